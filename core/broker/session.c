/* SPDX-License-Identifier: Apache-2.0 */
/* Producers and consumers by group.  The main thread keeps the lists and, when
 * something changed, publishes a new view for the loops. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rcu.h"
#include "base/text.h"
#include "broker/broker.h"
#include "broker/notice.h"

void
skua_sessions_init(struct sessions *s)
{
	skua_map_init(&s->consumers);
	skua_map_init(&s->producers);
}

static void
free_client(struct session_client *c)
{
	skua_conn_unref(c->conn);
	free(c->id);
	free(c);
}

static void
free_clients(struct session_client *list)
{
	while (list != NULL) {
		struct session_client *c = list;

		list = c->next;
		free_client(c);
	}
}

static void
free_view(void *p)
{
	struct consumer_view *v = p;

	if (v == NULL)
		return;
	for (size_t i = 0; i < v->client_count; i++) {
		free((char *)(uintptr_t)v->clients[i].id);
		skua_conn_unref(v->clients[i].conn);
	}
	for (size_t i = 0; i < v->subscription_count; i++)
		json_decref(v->subscriptions[i].json);
	free(v->clients);
	free(v->subscriptions);
	free((char *)(uintptr_t)v->consume_type);
	free((char *)(uintptr_t)v->model);
	free((char *)(uintptr_t)v->from_where);
	free(v);
}

static void
free_consumer_group(void *p)
{
	struct consumer_group *g = p;

	free_view((void *)(uintptr_t)atomic_load(&g->view));
	free_clients(g->clients);
	json_decref(g->subscriptions);
	free(g->consume_type);
	free(g->model);
	free(g->from_where);
	free(g);
}

static void
free_producer_group(void *p)
{
	struct producer_group *g = p;

	free_clients(g->clients);
	free(g);
}

void
skua_sessions_fini(struct sessions *s)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&s->consumers, &at)) != NULL;)
		free_consumer_group(
		    sk_container(e, struct consumer_group, entry));
	for (size_t at = 0; (e = skua_map_next(&s->producers, &at)) != NULL;)
		free_producer_group(
		    sk_container(e, struct producer_group, entry));
	skua_map_fini(&s->consumers);
	skua_map_fini(&s->producers);
}

const struct consumer_view *
skua_session_view(const struct sessions *s, struct skua_str group)
{
	struct map_entry *e = skua_map_get(&s->consumers, group);

	return e == NULL ?
	    NULL :
	    atomic_load_explicit(
		&sk_container(e, struct consumer_group, entry)->view,
		memory_order_acquire);
}

const struct session_subscription *
skua_view_subscription(const struct consumer_view *view, struct skua_str topic)
{
	for (size_t i = 0; i < view->subscription_count; i++)
		if (skua_str_eq(view->subscriptions[i].topic, topic))
			return &view->subscriptions[i];
	return NULL;
}

/* --- views --- */

static char *
dup_text(const char *text)
{
	return text == NULL ? NULL : skua_mem_dup(skua_str_z(text));
}

static void
view_clients(struct consumer_view *v, const struct consumer_group *g)
{
	for (struct session_client *c = g->clients; c != NULL; c = c->next)
		v->client_count++;
	v->clients = sk_new_array(v->client_count + 1, struct view_client);
	v->client_count = 0;
	for (struct session_client *c = g->clients; c != NULL; c = c->next) {
		struct view_client *to = &v->clients[v->client_count++];

		to->id = dup_text(c->id);
		to->conn = skua_conn_ref(c->conn);
		to->language = c->language;
		to->version = c->version;
	}
}

static void
view_subscription(struct session_subscription *to, const char *topic,
    json_t *json)
{
	const char *expression = skua_json_text(json, "subString");
	const char *type = skua_json_text(json, "expressionType");

	to->json = json_incref(json);
	to->topic = skua_str_z(topic);
	to->expression = skua_str_z(expression);
	to->type = skua_str_z(type);
	to->version = skua_json_int(json, "subVersion", 0);
}

static void
publish(struct consumer_group *g)
{
	struct consumer_view *v = NULL;
	const struct consumer_view *old;
	const char *topic;
	json_t *json;

	if (g->clients != NULL) {
		v = sk_new(struct consumer_view);
		v->consume_type = dup_text(g->consume_type);
		v->model = dup_text(g->model);
		v->from_where = dup_text(g->from_where);
		v->broadcasting = g->model != NULL &&
		    strcmp(g->model, "BROADCASTING") == 0;
		view_clients(v, g);
		v->subscriptions = sk_new_array(
		    json_object_size(g->subscriptions) + 1,
		    struct session_subscription);
		json_object_foreach (g->subscriptions, topic, json)
			view_subscription(
			    &v->subscriptions[v->subscription_count++],
			    skua_json_text(json, "topic"), json);
	}
	old = atomic_exchange(&g->view, v);
	if (old != NULL)
		skua_rcu_defer(free_view, (void *)(uintptr_t)old);
}

/* --- groups and clients --- */

static struct consumer_group *
need_consumer_group(struct sessions *s, struct skua_str name)
{
	struct map_entry *e = skua_map_get(&s->consumers, name);
	struct consumer_group *g;

	if (e != NULL)
		return sk_container(e, struct consumer_group, entry);
	g = skua_mem_new(1, sizeof(*g) + name.len + 1);
	memcpy(g->name, name.p, name.len);
	g->entry.key = skua_str_n(g->name, name.len);
	g->subscriptions = json_object();
	skua_map_put(&s->consumers, &g->entry);
	return g;
}

static struct producer_group *
need_producer_group(struct sessions *s, struct skua_str name)
{
	struct map_entry *e = skua_map_get(&s->producers, name);
	struct producer_group *g;

	if (e != NULL)
		return sk_container(e, struct producer_group, entry);
	g = skua_mem_new(1, sizeof(*g) + name.len + 1);
	memcpy(g->name, name.p, name.len);
	g->entry.key = skua_str_n(g->name, name.len);
	skua_map_put(&s->producers, &g->entry);
	return g;
}

/* A client is its connection.  True when it is new to the list. */
static bool
touch_client(struct session_client **list, const struct skua_request *request,
    const char *id)
{
	struct session_client *c, **end = list;

	for (c = *list; c != NULL; c = c->next) {
		if (c->conn == request->conn)
			break;
		end = &c->next;
	}
	if (c != NULL) {
		bool renamed = strcmp(c->id, id) != 0;

		if (renamed) {
			free(c->id);
			c->id = dup_text(id);
		}
		c->seen_ms = skua_mono_ms();
		return renamed;
	}
	c = sk_new(struct session_client);
	c->conn = skua_conn_ref(request->conn);
	c->id = dup_text(id);
	c->language = request->command.language;
	c->version = request->command.version;
	c->seen_ms = skua_mono_ms();
	*end = c;
	return true;
}

static bool
drop_conn(struct session_client **list, const struct conn *conn)
{
	for (; *list != NULL; list = &(*list)->next) {
		struct session_client *c = *list;

		if (c->conn != conn)
			continue;
		*list = c->next;
		free_client(c);
		return true;
	}
	return false;
}

static bool
is_member(const struct session_client *list, const struct conn *conn)
{
	for (; list != NULL; list = list->next)
		if (list->conn == conn)
			return true;
	return false;
}

/* --- heartbeats --- */

/* Codes may be text (Go): administrators get numbers back. */
static void
normalise_codes(json_t *sub)
{
	json_t *codes = json_object_get(sub, "codeSet"), *code;
	size_t i;

	json_array_foreach (codes, i, code) {
		int64_t number;

		if (json_is_string(code) &&
		    skua_text_int(skua_str_z(json_string_value(code)), &number))
			(void)json_array_set_new(codes, i,
			    json_integer(number));
	}
}

static json_t *
subscription_copy(const json_t *from)
{
	static const char *const sets[] = { "codeSet", "tagsSet" };
	json_t *sub = json_deep_copy(from);

	normalise_codes(sub);
	if (skua_json_text(sub, "expressionType") == NULL)
		(void)json_object_set_new(sub, "expressionType",
		    json_string("TAG"));
	if (json_object_get(sub, "subVersion") == NULL)
		(void)json_object_set_new(sub, "subVersion",
		    json_integer(skua_now_ms()));
	for (size_t i = 0; i < 2; i++)
		if (!json_is_array(json_object_get(sub, sets[i])))
			(void)json_object_set_new(sub, sets[i], json_array());
	if (json_object_get(sub, "classFilterMode") == NULL)
		(void)json_object_set_new(sub, "classFilterMode",
		    json_false());
	return sub;
}

/* Newer entries replace, missing ones go.  True when a topic came or went;
 * *republish when anything at all is new. */
static bool
update_subscriptions(struct consumer_group *g, const json_t *set,
    bool *republish)
{
	json_t *keep = json_object(), *sub, *old;
	bool changed = false;
	const char *topic;
	size_t i;
	void *next;

	json_array_foreach (set, i, sub) {
		topic = skua_json_text(sub, "topic");
		if (topic == NULL)
			continue;
		(void)json_object_set_new_nocheck(keep, topic, json_true());
		old = json_object_get(g->subscriptions, topic);
		if (old != NULL &&
		    skua_json_int(sub, "subVersion", INT64_MAX) <=
			skua_json_int(old, "subVersion", 0))
			continue;
		changed |= old == NULL;
		*republish = true;
		(void)json_object_set_new_nocheck(g->subscriptions, topic,
		    subscription_copy(sub));
	}
	json_object_foreach_safe (g->subscriptions, next, topic, old) {
		if (json_object_get(keep, topic) != NULL)
			continue;
		changed = *republish = true;
		(void)json_object_del(g->subscriptions, topic);
	}
	json_decref(keep);
	return changed;
}

static void
set_text(char **to, const char *text, bool *republish)
{
	if (text == NULL || (*to != NULL && strcmp(*to, text) == 0))
		return;
	free(*to);
	*to = dup_text(text);
	*republish = true;
}

/* Enums come by name or by number. */
static const char *
enum_text(const json_t *json, const char *name, const char *const *names,
    size_t n)
{
	const json_t *v = json_object_get(json, name);

	if (json_is_integer(v))
		return json_integer_value(v) >= 0 &&
			(size_t)json_integer_value(v) < n ?
		    names[json_integer_value(v)] :
		    NULL;
	return json_string_value(v);
}

static void
set_kind(struct consumer_group *g, const json_t *json, bool *republish)
{
	static const char *const types[] = { "CONSUME_ACTIVELY",
		"CONSUME_PASSIVELY", "CONSUME_POP" };
	static const char *const models[] = { "BROADCASTING", "CLUSTERING" };
	static const char *const wheres[] = { "CONSUME_FROM_LAST_OFFSET",
		"CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
		"CONSUME_FROM_MIN_OFFSET", "CONSUME_FROM_MAX_OFFSET",
		"CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP" };

	set_text(&g->consume_type, enum_text(json, "consumeType", types, 3),
	    republish);
	set_text(&g->model, enum_text(json, "messageModel", models, 2),
	    republish);
	set_text(&g->from_where, enum_text(json, "consumeFromWhere", wheres, 6),
	    republish);
}

/* The topic that failed messages come back by. */
static void
need_retry_topic(struct broker *b, struct skua_str group,
    const struct group_conf *conf, bool unit, bool *made)
{
	struct topic_conf tc = { .read_queues = conf->retry_queues,
		.write_queues = conf->retry_queues,
		.perm = PERM_READ | PERM_WRITE,
		.sys_flag = unit ? TOPIC_UNIT_SUB : 0 };
	char name[SKUA_GROUP_NAME_SIZE];
	int n = snprintf(name, sizeof(name), "%%RETRY%%" SKUA_STR_FMT,
	    SKUA_STR_ARG(group));

	if (n < 0 || (size_t)n >= sizeof(name) || conf->retry_queues <= 0 ||
	    skua_topic_find(&b->topics, skua_str_n(name, (size_t)n)) != NULL)
		return;
	(void)skua_topic_put(b, skua_str_n(name, (size_t)n), &tc);
	*made = true;
}

static void
take_consumer(struct broker *b, const struct skua_request *request,
    const char *client_id, const json_t *json, bool with_subscriptions,
    struct heartbeat_result *result)
{
	struct skua_str name = skua_str_z(skua_json_text(json, "groupName"));
	struct group *group = skua_group_need(b, name);
	struct consumer_group *g;
	bool republish = false, changed;

	if (group == NULL)
		return;
	need_retry_topic(b, name, skua_group_conf(group),
	    skua_json_bool(json, "unitMode", false), &result->made_topic);
	g = need_consumer_group(&b->sessions, name);
	changed = touch_client(&g->clients, request, client_id);
	republish = changed;
	set_kind(g, json, &republish);
	if (with_subscriptions)
		changed |= update_subscriptions(g,
		    json_object_get(json, "subscriptionDataSet"), &republish);
	if (republish)
		publish(g);
	if (changed && skua_group_conf(group)->notify_ids_changed)
		skua_heartbeat_note(result, name);
	result->changed |= changed;
}

void
skua_heartbeat_note(struct heartbeat_result *result, struct skua_str group)
{
	result->groups = skua_mem_grow(result->groups, result->group_count + 1,
	    sizeof(*result->groups));
	result->groups[result->group_count++] = skua_mem_dup(group);
}

static void
take_producer(struct broker *b, const struct skua_request *request,
    const char *client_id, const json_t *json)
{
	const char *name = skua_json_text(json, "groupName");
	struct producer_group *g;

	if (name == NULL || *name == '\0')
		return;
	g = need_producer_group(&b->sessions, skua_str_z(name));
	(void)touch_client(&g->clients, request, client_id);
}

/* V2: the same fingerprint again means the same subscriptions. */
static bool
is_known(struct broker *b, const json_t *consumers, int64_t fingerprint)
{
	const json_t *json;
	size_t i;

	json_array_foreach (consumers, i, json) {
		struct map_entry *e = skua_map_get(&b->sessions.consumers,
		    skua_str_z(skua_json_text(json, "groupName")));

		if (e == NULL ||
		    sk_container(e, struct consumer_group, entry)->fingerprint !=
			fingerprint)
			return false;
	}
	return true;
}

static void
note_fingerprint(struct broker *b, const json_t *consumers, int64_t fingerprint)
{
	const json_t *json;
	size_t i;

	json_array_foreach (consumers, i, json) {
		struct map_entry *e = skua_map_get(&b->sessions.consumers,
		    skua_str_z(skua_json_text(json, "groupName")));

		if (e != NULL)
			sk_container(e, struct consumer_group, entry)
			    ->fingerprint = fingerprint;
	}
}

int
skua_session_heartbeat(struct broker *b, struct skua_request *request,
    const json_t *body, struct heartbeat_result *result)
{
	const char *id = skua_json_text(body, "clientID");
	json_t *consumers = json_object_get(body, "consumerDataSet"), *json;
	json_t *producers = json_object_get(body, "producerDataSet");
	int64_t fingerprint = skua_json_int(body, "heartbeatFingerprint", 0);
	bool without = skua_json_bool(body, "withoutSub", false);
	size_t i;

	memset(result, 0, sizeof(*result));
	result->is_v2 = fingerprint != 0;
	if (id == NULL)
		id = "";
	if (request->conn->closing)
		return SKUA_ECLOSED;
	result->subscriptions_known =
	    result->is_v2 && (!without || is_known(b, consumers, fingerprint));
	json_array_foreach (consumers, i, json)
		take_consumer(b, request, id, json, !without, result);
	json_array_foreach (producers, i, json)
		take_producer(b, request, id, json);
	if (result->is_v2 && !without)
		note_fingerprint(b, consumers, fingerprint);
	return SKUA_OK;
}

/* --- leaving --- */

static void
leave_consumers(struct broker *b, struct consumer_group *g,
    const struct conn *conn)
{
	struct group *group;

	if (!drop_conn(&g->clients, conn))
		return;
	if (g->clients == NULL)
		json_object_clear(g->subscriptions);
	g->fingerprint = 0;
	publish(g);
	group = skua_group_find(&b->groups, g->entry.key);
	if (group != NULL && skua_group_conf(group)->notify_ids_changed)
		skua_session_notify(b, g->entry.key);
}

void
skua_session_unregister(struct broker *b, struct conn *conn,
    struct skua_str producer_group, struct skua_str consumer_group)
{
	struct map_entry *e;

	if (producer_group.len > 0 &&
	    (e = skua_map_get(&b->sessions.producers, producer_group)) != NULL)
		(void)drop_conn(
		    &sk_container(e, struct producer_group, entry)->clients,
		    conn);
	if (consumer_group.len > 0 &&
	    (e = skua_map_get(&b->sessions.consumers, consumer_group)) != NULL)
		leave_consumers(b,
		    sk_container(e, struct consumer_group, entry), conn);
}

void
skua_session_lost(struct broker *b, struct conn *conn)
{
	struct map_entry *e;

	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.producers, &at)) != NULL;)
		(void)drop_conn(
		    &sk_container(e, struct producer_group, entry)->clients,
		    conn);
	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.consumers, &at)) != NULL;) {
		struct consumer_group *g =
		    sk_container(e, struct consumer_group, entry);

		if (is_member(g->clients, conn))
			leave_consumers(b, g, conn);
	}
}

static struct conn *
find_expired(struct broker *b, int64_t before_ms)
{
	struct map_entry *e;
	struct session_client *c;

	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.consumers, &at)) != NULL;)
		for (c = sk_container(e, struct consumer_group, entry)->clients;
		     c != NULL; c = c->next)
			if (c->seen_ms < before_ms)
				return c->conn;
	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.producers, &at)) != NULL;)
		for (c = sk_container(e, struct producer_group, entry)->clients;
		     c != NULL; c = c->next)
			if (c->seen_ms < before_ms)
				return c->conn;
	return NULL;
}

void
skua_session_expire(struct broker *b)
{
	int64_t before = skua_mono_ms() - broker_conf(b)->channel_expired_ms;
	struct conn *conn;

	while ((conn = find_expired(b, before)) != NULL) {
		(void)skua_conn_ref(conn);
		skua_session_lost(b, conn);
		skua_notice_close(conn, "no heartbeat");
		skua_conn_unref(conn);
	}
}

void
skua_session_notify(struct broker *b, struct skua_str group)
{
	struct map_entry *e = skua_map_get(&b->sessions.consumers, group);
	const char *fields[] = { "consumerGroup", NULL, NULL };
	struct consumer_group *g;

	if (e == NULL || b->stopping || !broker_conf(b)->notify_ids_changed)
		return;
	g = sk_container(e, struct consumer_group, entry);
	/* A broadcasting client takes every queue whoever else is there. */
	if (g->model != NULL && strcmp(g->model, "BROADCASTING") == 0)
		return;
	fields[1] = g->name;
	for (struct session_client *c = g->clients; c != NULL; c = c->next)
		skua_notice_send(c->conn, REQUEST_NOTIFY_CONSUMER_IDS_CHANGED,
		    fields, skua_str_n(NULL, 0));
}
