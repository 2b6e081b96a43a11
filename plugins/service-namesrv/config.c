/* SPDX-License-Identifier: Apache-2.0 */
/* The nameserver's settings, from the host's configuration to its own copy.
 * Upstream: common.namesrv.NamesrvConfig. */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "conf.h"
#include "namesrv.h"

#define BOOL(name, field, live, dflt, help)                                    \
	SKUA_OPT_ROW_BOOL(name, struct namesrv_conf, field,                    \
	    SKUA_OPT_GLOBAL | (live), dflt, help)
#define INT(name, field, live, min, max, dflt, unit, help)                     \
	SKUA_OPT_ROW_INT(name, struct namesrv_conf, field,                     \
	    SKUA_OPT_GLOBAL | (live), min, max, dflt, unit, help)
#define TEXT(name, field, dflt, help)                                          \
	SKUA_OPT_ROW_STRING(name, struct namesrv_conf, field,                  \
	    SKUA_OPT_GLOBAL, dflt, help)
#define LIVE SKUA_OPT_LIVE
#define UNUSED "Kept for RocketMQ's configuration files; has no effect."

const struct skua_option namesrv_options[] = {
	INT("namesrvListenPort", listen_port, 0, 0, 65535, "9876", NULL,
	    "The port the nameserver listens on; 0 means any free one."),
	INT("namesrvMaxBrokers", max_brokers, LIVE, 1, 1000000, "10000",
	    "brokers", "Broker addresses that may be registered at once."),
	INT("namesrvMaxTopics", max_topics, LIVE, 1, 100000000, "500000",
	    "topics", "Topics that may have a route."),
	INT("namesrvMaxQueues", max_queues, LIVE, 1, 100000000, "1000000",
	    "routes", "Routes, each of one topic to the brokers of one name."),
	INT("namesrvMaxKvBytes", max_kv_bytes, LIVE, 1, 1 << 25, "8388608",
	    "bytes", "Keys and values of the key-value configuration."),
	INT("clientRequestThreadPoolNums", client_threads, 0, 0, INT32_MAX,
	    "8", "threads", UNUSED),
	INT("clientRequestThreadPoolQueueCapacity", client_queue, 0, 0,
	    INT32_MAX, "50000", "requests", UNUSED),
	BOOL("clusterTest", cluster_test, 0, "false", UNUSED),
	TEXT("configBlackList", config_black_list,
	    "configBlackList;configStorePath;kvConfigPath",
	    "Settings, separated by semicolons, that no request may change."),
	TEXT("configStorePath", config_store_path, "",
	    "Where changed settings are written; empty means "
	    "HOME/namesrv/namesrv.properties."),
	INT("defaultThreadPoolNums", default_threads, 0, 0, INT32_MAX, "16",
	    "threads", UNUSED),
	INT("defaultThreadPoolQueueCapacity", default_queue, 0, 0, INT32_MAX,
	    "10000", "requests", UNUSED),
	BOOL("deleteTopicWithBrokerRegistration", delete_topics, LIVE, "false",
	    "A topic that a broker's registration lacks leaves its routes."),
	BOOL("enableAllTopicList", all_topic_list, LIVE, "true",
	    "Answer requests for the names of all topics."),
	BOOL("enableControllerInNamesrv", controller, 0, "false", UNUSED),
	BOOL("enableTopicList", topic_list, LIVE, "true",
	    "Answer requests for the topics of a cluster or kind."),
	TEXT("kvConfigPath", kv_config_path, "",
	    "The file of the key-value configuration; empty means "
	    "HOME/namesrv/kvConfig.json."),
	BOOL("needWaitForService", need_wait, LIVE, "false",
	    "Refuse route queries until waitSecondsForService have passed."),
	BOOL("notifyMinBrokerIdChanged", notify_min_id, LIVE, "false",
	    "Tell the brokers of a group when its smallest id changes."),
	BOOL("orderMessageEnable", order_message, LIVE, "false",
	    "Put the order configuration of a topic into its route."),
	TEXT("productEnvName", product_env_name, "center", UNUSED),
	BOOL("returnOrderTopicConfigToBroker", return_order_conf, LIVE, "true",
	    "Answer a registration with the order configuration."),
	TEXT("rocketmqHome", rocketmq_home, "", UNUSED),
	INT("scanNotActiveBrokerInterval", scan_interval_ms, 0, 1, INT64_MAX,
	    "5000", "ms", "How often brokers are checked for expiry."),
	BOOL("supportActingMaster", support_acting_master, LIVE, "false",
	    "Show a slave that acts for its lost master as the master."),
	INT("unRegisterBrokerQueueCapacity", unregister_queue, 0, 0, INT32_MAX,
	    "3000", "requests", UNUSED),
	INT("waitSecondsForService", wait_seconds, LIVE, 0, INT32_MAX, "45",
	    "s", "For how long needWaitForService refuses route queries."),
	SKUA_OPT_END,
};

_Static_assert(sizeof(namesrv_options) / sizeof(namesrv_options[0]) ==
    N_OPTIONS + 1, "N_OPTIONS counts the rows");

union field
field_of(struct namesrv_conf *conf, const struct skua_option *row)
{
	union field f;

	f.p = (char *)conf + row->offset;
	return f;
}

static char *
home_path(const char *set, const char *name)
{
	const char *home = getenv("HOME");
	const struct passwd *user;
	size_t size;
	char *path;

	if (set != NULL && *set != '\0')
		return must_dup(skua_str_z(set));
	if (home == NULL || *home == '\0') {
		user = getpwuid(getuid());
		home = user == NULL ? "." : user->pw_dir;
	}
	size = strlen(home) + strlen(name) + sizeof("/namesrv/");
	path = must_alloc(size, 1);
	(void)snprintf(path, size, "%s/namesrv/%s", home, name);
	return path;
}

void
config_init(struct namesrv *ns)
{
	const struct namesrv_conf *given = skua_host_conf(ns->host);
	struct namesrv_conf *conf = &ns->conf;
	const char *home = given->rocketmq_home;

	*conf = *given;
	ns->host_conf = *given;
	if (home == NULL || *home == '\0')
		home = getenv("ROCKETMQ_HOME");
	conf->rocketmq_home = must_dup(skua_str_z(home));
	conf->kv_config_path = home_path(given->kv_config_path,
	    "kvConfig.json");
	conf->config_store_path = home_path(given->config_store_path,
	    "namesrv.properties");
	conf->product_env_name = must_dup(skua_str_z(given->product_env_name));
	conf->config_black_list =
	    must_dup(skua_str_z(given->config_black_list));
	if (conf->cluster_test || conf->controller)
		skua_log(SKUA_LOG_WARNING, UNIT, "clusterTest and "
		    "enableControllerInNamesrv have no effect");
}

void
config_fini(struct namesrv *ns)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct skua_option *row = &namesrv_options[i];

		if (row->type == SKUA_OPT_STRING)
			free((char *)(uintptr_t)*field_of(&ns->conf, row).s);
	}
}

void
config_publish(struct namesrv *ns, const struct skua_option *row,
    struct namesrv_conf *from)
{
	union field to = field_of(&ns->conf, row), f = field_of(from, row);

	switch (row->type) {
	case SKUA_OPT_BOOL:
		__atomic_store_n(to.b, *f.b, __ATOMIC_RELAXED);
		break;
	case SKUA_OPT_INT:
		__atomic_store_n(to.i, *f.i, __ATOMIC_RELAXED);
		break;
	case SKUA_OPT_STRING:
		free((char *)(uintptr_t)*to.s);
		*to.s = must_dup(skua_str_z(*f.s));
		break;
	}
}

/* Only what the host changed: a request may have changed something else. */
int
config_reconfigure(struct skua_host *host, const void *conf,
    struct skua_error *e)
{
	struct namesrv *ns = namesrv_of(host);
	struct namesrv_conf given = *(const struct namesrv_conf *)conf;

	(void)e;
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct skua_option *row = &namesrv_options[i];
		union field was = field_of(&ns->host_conf, row);
		union field is = field_of(&given, row);

		if ((row->flags & SKUA_OPT_LIVE) == 0)
			continue;
		if (row->type == SKUA_OPT_BOOL ? *was.b != *is.b :
						 *was.i != *is.i)
			config_publish(ns, row, &given);
	}
	ns->host_conf = given;
	return SKUA_OK;
}
