/* SPDX-License-Identifier: Apache-2.0 */
/* skua topic list | create | delete | route. */
#include <stdlib.h>

#include <skua/json.h>

#include "cli/cluster.h"
#include "cli/commands.h"

/* --- list --- */

static const struct cli_option list_options[] = {
	CLI_NAMESRV,
	{ 'a', "all", NULL, "also the system's own topics", false },
	CLI_JSON,
	CLI_END,
};

static bool
is_own(const char *name)
{
	static const char *const own[] = { "TBW102", "SELF_TEST_TOPIC",
		"BenchmarkTest", "OFFSET_MOVED_EVENT", "SCHEDULE_TOPIC_XXXX",
		"DefaultCluster", "TRANS_CHECK_MAX_TIME_TOPIC" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return strncmp(name, "rmq_sys_", 8) == 0 ||
	    strncmp(name, "RMQ_SYS_", 8) == 0 ||
	    strncmp(name, "%RETRY%", 7) == 0 ||
	    strncmp(name, "%DLQ%", 5) == 0 ||
	    strstr(name, "_REPLY_TOPIC") != NULL;
}

static int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int
print_topics(const struct cli *cli, const json_t *list)
{
	size_t n = 0, count = json_array_size(list);
	const char **names = calloc(count + 1, sizeof(char *));
	bool all = cli_value(cli, "all") != NULL;

	for (size_t i = 0; names != NULL && i < count; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name != NULL && (all || !is_own(name)))
			names[n++] = name;
	}
	if (names == NULL)
		return cli_fail("out of memory");
	qsort(names, n, sizeof(names[0]), by_text);
	for (size_t i = 0; i < n; i++)
		if (cli->json)
			cli_print_json(json_pack("{s:s}", "topic", names[i]));
		else
			(void)puts(names[i]);
	free(names);
	return CLI_OK;
}

static int
run_list(struct cli *cli)
{
	struct skua_client *client = cli_connect(cli);
	json_t *json;
	int rc = CLI_FAILED;

	if (client == NULL)
		return CLI_FAILED;
	json = cli_ask_json(client, NULL, 206, NULL);
	if (json != NULL)
		rc = print_topics(cli, json_object_get(json, "topicList"));
	json_decref(json);
	skua_client_free(&client);
	return rc;
}

const struct cli_command cmd_topic_list = {
	.name = "topic list",
	.summary = "List topics",
	.options = list_options,
	.run = run_list,
	.example = "skua topic list",
};

/* --- create --- */

static const struct cli_option create_options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "its name (needed)", false },
	{ 'b', "broker", "HOST:PORT", "on this broker [every master]", false },
	{ 'r', "read", "N", "queues to read [8]", false },
	{ 'w', "write", "N", "queues to write [8]", false },
	{ 'p', "perm", "N", "2 write, 4 read, 6 both [6]", false },
	{ 'a', "attributes", "+NAME=VALUE,…", "attributes, such as "
					      "+queue.selector=hash", false },
	CLI_JSON,
	CLI_END,
};

struct change {
	const struct cli *cli;
	int32_t code;
	const char *const *fields;
	const char *done; /* "created" */
	const char *topic;
};

static int
change_at(struct skua_client *client, const char *broker, const char *address,
    void *arg)
{
	const struct change *c = arg;
	struct skua_error e;

	if (skua_client_ask(client, address, c->code, c->fields,
		skua_str_n(NULL, 0), NULL, NULL, &e) != SKUA_OK)
		return cli_fail("%s: %s", address, e.text);
	if (c->cli->json)
		cli_print_json(json_pack("{s:s,s:s,s:s,s:s}", "topic", c->topic,
		    "broker", broker, "address", address, "result", c->done));
	else
		(void)printf("%s %s on %s (%s)\n", c->done, c->topic, broker,
		    address);
	return CLI_OK;
}

static int
change_topic(const struct cli *cli, struct change *c)
{
	const char *broker = cli_value(cli, "broker");
	struct skua_client *client = cli_connect(cli);
	int rc;

	if (client == NULL)
		return CLI_FAILED;
	c->cli = cli;
	rc = broker != NULL ? change_at(client, broker, broker, c) :
			      cluster_each_master(client, change_at, c);
	skua_client_free(&client);
	return rc;
}

static const char *
or_else(const struct cli *cli, const char *name, const char *dflt)
{
	const char *value = cli_value(cli, name);

	return value == NULL ? dflt : value;
}

static int
run_create(struct cli *cli)
{
	const char *topic = cli_need(cli, "topic");
	const char *fields[] = { "topic", topic, "defaultTopic", "TBW102",
		"readQueueNums", or_else(cli, "read", "8"), "writeQueueNums",
		or_else(cli, "write", "8"), "perm", or_else(cli, "perm", "6"),
		"topicFilterType", "SINGLE_TAG", "topicSysFlag", "0", "order",
		"false", "attributes", or_else(cli, "attributes", ""), NULL };
	struct change c = { .code = 17, .fields = fields, .done = "created",
		.topic = topic };
	int64_t ignored;

	if (topic == NULL || !cli_int(cli, "read", 0, &ignored) ||
	    !cli_int(cli, "write", 0, &ignored) ||
	    !cli_int(cli, "perm", 0, &ignored))
		return CLI_USAGE;
	return change_topic(cli, &c);
}

const struct cli_command cmd_topic_create = {
	.name = "topic create",
	.summary = "Create or change a topic",
	.options = create_options,
	.run = run_create,
	.example = "skua topic create -t orders -r 16 -w 16",
};

/* --- delete --- */

static const struct cli_option delete_options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "its name (needed)", false },
	{ 'b', "broker", "HOST:PORT", "on this broker only", false },
	CLI_JSON,
	CLI_END,
};

static int
run_delete(struct cli *cli)
{
	const char *topic = cli_need(cli, "topic");
	const char *fields[] = { "topic", topic, NULL };
	struct change c = { .code = 215, .fields = fields, .done = "deleted",
		.topic = topic };
	struct skua_client *client;
	struct skua_error e;
	int rc;

	if (topic == NULL)
		return CLI_USAGE;
	rc = change_topic(cli, &c);
	/* The nameserver forgets it too, unless other brokers keep it. */
	if (rc != CLI_OK || cli_value(cli, "broker") != NULL)
		return rc;
	client = cli_connect(cli);
	if (client == NULL)
		return CLI_FAILED;
	if (skua_client_ask(client, NULL, 216, fields, skua_str_n(NULL, 0), NULL,
		NULL, &e) != SKUA_OK)
		rc = cli_fail("%s", e.text);
	skua_client_free(&client);
	return rc;
}

const struct cli_command cmd_topic_delete = {
	.name = "topic delete",
	.summary = "Delete a topic and its messages",
	.options = delete_options,
	.run = run_delete,
	.example = "skua topic delete -t orders",
};

/* --- route --- */

static const struct cli_option route_options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "its name (needed)", false },
	CLI_JSON,
	CLI_END,
};

static void
print_route(const json_t *route)
{
	const json_t *data, *broker, *address;
	struct cli_table t;
	size_t i, k;

	cli_table_init(&t, 6);
	for (const char *const *h = (const char *const[]){ "BROKER", "ID",
		 "ADDRESS", "READ", "WRITE", "PERM", NULL };
	     *h != NULL; h++)
		cli_table_add(&t, *h);
	json_array_foreach (json_object_get(route, "queueDatas"), i, data) {
		const char *name = skua_json_text(data, "brokerName"), *id;

		json_array_foreach (json_object_get(route, "brokerDatas"), k,
		    broker) {
			const char *own = skua_json_text(broker, "brokerName");

			if (name == NULL || own == NULL ||
			    strcmp(own, name) != 0)
				continue;
			json_object_foreach (
			    json_object_get(broker, "brokerAddrs"), id,
			    address) {
				cli_table_add(&t, name);
				cli_table_add(&t, id);
				cli_table_add(&t, json_string_value(address));
				cluster_add_number(&t,
				    skua_json_int(data, "readQueueNums", 0));
				cluster_add_number(&t,
				    skua_json_int(data, "writeQueueNums", 0));
				cluster_add_number(&t,
				    skua_json_int(data, "perm", 0));
			}
		}
	}
	cli_table_print(&t);
}

static int
run_route(struct cli *cli)
{
	const char *topic = cli_need(cli, "topic");
	const char *fields[] = { "topic", topic, "acceptStandardJsonOnly",
		"true", NULL };
	struct skua_client *client;
	json_t *json;

	if (topic == NULL)
		return CLI_USAGE;
	client = cli_connect(cli);
	if (client == NULL)
		return CLI_FAILED;
	json = cli_ask_json(client, NULL, 105, fields);
	skua_client_free(&client);
	if (json == NULL)
		return CLI_FAILED;
	if (cli->json) {
		cli_print_json(json);
	} else {
		print_route(json);
		json_decref(json);
	}
	return CLI_OK;
}

const struct cli_command cmd_topic_route = {
	.name = "topic route",
	.summary = "Show which brokers hold a topic",
	.options = route_options,
	.run = run_route,
	.example = "skua topic route -t orders",
};
