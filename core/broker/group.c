/* SPDX-License-Identifier: Apache-2.0 */
/* Subscription groups, and subscriptionGroup.json. */
#include <stdlib.h>

#include <skua/name.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rcu.h"
#include "broker/broker.h"
#include "broker/handlers.h"
#include "broker/keeping.h"
#include "broker/state_file.h"

static const char *const system_groups[] = { "TOOLS_CONSUMER",
	"FILTERSRV_CONSUMER", "SELF_TEST_C_GROUP", "CID_ONS-HTTP-PROXY",
	"CID_ONSAPI_PULL", "CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER",
	"CID_RMQ_SYS_TRANS" };

void
skua_groups_init(struct groups *g)
{
	skua_map_init(&g->map);
	(void)pthread_mutex_init(&g->lock, NULL);
	g->version.timestamp = skua_now_ms();
}

static void
free_conf(void *p)
{
	struct group_conf *conf = p;

	json_decref(conf->json);
	free(conf);
}

static void
free_group(void *p)
{
	struct group *group = p;

	free_conf((void *)(uintptr_t)atomic_load(&group->conf));
	free(group);
}

void
skua_groups_fini(struct groups *g)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&g->map, &at)) != NULL;)
		free_group(sk_container(e, struct group, entry));
	skua_map_fini(&g->map);
	json_decref(g->forbidden);
	(void)pthread_mutex_destroy(&g->lock);
}

struct group *
skua_group_find(const struct groups *g, struct skua_str name)
{
	struct map_entry *e = skua_map_get(&g->map, name);

	return e == NULL ? NULL : sk_container(e, struct group, entry);
}

const struct group_conf *
skua_group_conf(const struct group *group)
{
	return atomic_load_explicit(&group->conf, memory_order_acquire);
}

/* Upstream: remoting.protocol.subscription.SubscriptionGroupConfig. */
static json_t *
defaults(void)
{
	return json_pack("{s:{},s:i,s:b,s:b,s:b,s:b,s:i,s:{s:s},s:i,s:b,s:i,"
			 "s:i,s:i}",
	    "attributes", "brokerId", 0, "consumeBroadcastEnable", 1,
	    "consumeEnable", 1, "consumeFromMinEnable", 1,
	    "consumeMessageOrderly", 0, "consumeTimeoutMinute", 15,
	    "groupRetryPolicy", "type", "CUSTOMIZED", "groupSysFlag", 0,
	    "notifyConsumerIdsChangedEnable", 1, "retryMaxTimes", 16,
	    "retryQueueNums", 1, "whichBrokerWhenConsumeSlowly", 1);
}

static struct group_conf *
conf_new(struct skua_str name, const json_t *json)
{
	struct group_conf *c = sk_new(struct group_conf);

	c->json = defaults();
	if (json != NULL) {
		json_t *copy = json_deep_copy(json);

		(void)json_object_update(c->json, copy);
		json_decref(copy);
	}
	(void)json_object_set_new(c->json, "groupName",
	    json_stringn_nocheck(name.p, name.len));
	c->consume_enable = skua_json_bool(c->json, "consumeEnable", true);
	c->broadcast_enable =
	    skua_json_bool(c->json, "consumeBroadcastEnable", true);
	c->notify_ids_changed =
	    skua_json_bool(c->json, "notifyConsumerIdsChangedEnable", true);
	c->retry_queues = skua_json_int32(c->json, "retryQueueNums", 0,
	    TOPIC_QUEUES_MAX, 1);
	c->retry_max =
	    skua_json_int32(c->json, "retryMaxTimes", -1, INT32_MAX, 16);
	c->sys_flag = skua_json_int32(c->json, "groupSysFlag", INT32_MIN,
	    INT32_MAX, 0);
	return c;
}

struct group *
skua_group_put(struct broker *b, struct skua_str name, const json_t *json)
{
	struct groups *g = &b->groups;
	struct group_conf *conf = conf_new(name, json);
	const struct group_conf *old = NULL;
	struct group *group;

	(void)pthread_mutex_lock(&g->lock);
	group = skua_group_find(g, name);
	if (group == NULL) {
		group = skua_mem_new(1, sizeof(*group) + name.len + 1);
		skua_str_copy(group->name, name);
		group->entry.key = skua_str_n(group->name, name.len);
		atomic_init(&group->conf, conf);
		skua_map_put(&g->map, &group->entry);
	} else {
		old = atomic_exchange(&group->conf, conf);
	}
	data_version_next(&g->version);
	(void)pthread_mutex_unlock(&g->lock);
	if (old != NULL)
		skua_rcu_defer(free_conf, (void *)(uintptr_t)old);
	return group;
}

/* Names come from anybody who can send a request. */
static bool
has_room(const struct broker *b)
{
	static struct log_limit limit;
	int64_t max = broker_conf(b)->auto_groups_max;

	if ((int64_t)skua_map_count(&b->groups.map) < max)
		return true;
	if (skua_log_allowed(&limit, 1))
		skua_log(SKUA_LOG_WARNING, "broker",
		    "no group is created by itself: there are %lld "
		    "(maxAutoCreatedGroups)",
		    (long long)max);
	return false;
}

bool
skua_group_may_create(const struct broker *b, struct skua_str name)
{
	return broker_conf(b)->auto_create_group &&
	    skua_name_is(SKUA_NAME_GROUP, name) && has_room(b);
}

void
skua_group_write_defaults(struct skua_jsonw *w, struct skua_str name)
{
	struct group_conf *conf = conf_new(name, NULL);

	skua_jsonw_tree(w, conf->json);
	free_conf(conf);
}

struct group *
skua_group_need(struct broker *b, struct skua_str name)
{
	struct group *group = skua_group_find(&b->groups, name);

	if (group != NULL)
		return group;
	if (!skua_group_may_create(b, name))
		return NULL;
	group = skua_group_put(b, name, NULL);
	skua_keep_groups_soon(b);
	return group;
}

bool
skua_group_remove(struct broker *b, struct skua_str name)
{
	struct groups *g = &b->groups;
	struct map_entry *e;

	(void)pthread_mutex_lock(&g->lock);
	e = skua_map_remove(&g->map, name);
	if (e != NULL)
		data_version_next(&g->version);
	(void)pthread_mutex_unlock(&g->lock);
	if (e == NULL)
		return false;
	skua_rcu_defer(free_group, sk_container(e, struct group, entry));
	return true;
}

void
skua_groups_add_system(struct broker *b)
{
	for (size_t i = 0;
	     i < sizeof(system_groups) / sizeof(system_groups[0]); i++) {
		struct skua_str name = skua_str_z(system_groups[i]);

		if (skua_group_find(&b->groups, name) == NULL)
			(void)skua_group_put(b, name, NULL);
	}
	for (size_t i = 0; i < b->plugins.declared_count; i++) {
		const struct declared *d = &b->plugins.declared[i];

		if (d->is_group &&
		    skua_group_find(&b->groups, skua_str_z(d->name)) == NULL)
			(void)skua_group_put(b, skua_str_z(d->name), NULL);
	}
}

static void
take_group(struct broker *b, const char *name, const json_t *json)
{
	struct skua_error why;

	if (skua_name_check(SKUA_NAME_STORED_GROUP, skua_str_z(name), &why) ==
	    SKUA_OK)
		(void)skua_group_put(b, skua_str_z(name), json);
	else
		skua_log(SKUA_LOG_WARNING, "broker",
		    "subscriptionGroup.json: a group is left out: %s",
		    why.text);
}

int
skua_groups_load(struct broker *b, const char *path, struct skua_error *e)
{
	json_t *root, *table, *value;
	const char *name;
	int rc = skua_state_file_read(path, &root, NULL, e);

	if (rc != SKUA_OK || root == NULL)
		return rc;
	table = json_object_get(root, "subscriptionGroupTable");
	if (!json_is_object(table))
		rc = skua_fail(e, SKUA_ECORRUPT,
		    "%s: no subscriptionGroupTable", path);
	json_object_foreach (table, name, value) {
		if (rc == SKUA_OK && json_is_object(value))
			take_group(b, name, value);
	}
	b->groups.forbidden =
	    json_deep_copy(json_object_get(root, "forbiddenTable"));
	data_version_read(json_object_get(root, "dataVersion"),
	    &b->groups.version);
	json_decref(root);
	return rc;
}

int
skua_groups_persist(struct broker *b, const char *path)
{
	struct groups *g = &b->groups;
	struct skua_jsonw w;
	struct map_entry *e;
	int rc;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "dataVersion");
	data_version_write(&w, &g->version);
	skua_jsonw_key_z(&w, "forbiddenTable");
	if (g->forbidden != NULL)
		skua_jsonw_tree(&w, g->forbidden);
	else
		skua_jsonw_raw(&w, (struct skua_str)SKUA_STR("{}"));
	skua_jsonw_key_z(&w, "subscriptionGroupTable");
	skua_jsonw_open(&w, '{');
	for (size_t at = 0; (e = skua_map_next(&g->map, &at)) != NULL;) {
		struct group *group = sk_container(e, struct group, entry);

		skua_jsonw_key(&w, e->key);
		skua_jsonw_tree(&w, skua_group_conf(group)->json);
	}
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	rc = skua_state_file_write(path, &w);
	skua_jsonw_free(&w);
	return rc;
}
