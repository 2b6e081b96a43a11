/* SPDX-License-Identifier: Apache-2.0 */
/* Heartbeats: the groups, subscriptions and retry topics they bring.
 * Upstream: broker.processor.ClientManageProcessor. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/name.h>

#include "base/mem.h"
#include "base/text.h"
#include "broker/broker.h"
#include "broker/session_priv.h"

#define KIND_MAX 64 /* bytes of a consume type and the like */

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

/* A subscription in the place of an older one, or of none. */
static void
put_subscription(struct broker *b, struct consumer_group *g, const char *topic,
    const json_t *sub, struct heartbeat_result *result)
{
	json_t *old = json_object_get(g->subscriptions, topic);
	json_t *copy = subscription_copy(sub);
	int64_t more = session_weight(copy) -
	    (old == NULL ? 0 : session_weight(old));

	if (more > 0 && !session_has_room(b, more)) {
		json_decref(copy);
		result->refused = true;
		return;
	}
	b->sessions.bytes += more;
	(void)json_object_set_new_nocheck(g->subscriptions, topic, copy);
}

/* Newer entries replace, missing ones go.  True when a topic came or went;
 * *republish when anything at all is new. */
static bool
update_subscriptions(struct broker *b, struct consumer_group *g,
    const json_t *set, bool *republish, struct heartbeat_result *result)
{
	json_t *keep = json_object(), *sub, *old;
	bool changed = false;
	const char *topic;
	size_t i;
	void *next;

	json_array_foreach (set, i, sub) {
		topic = skua_json_text(sub, "topic");
		if (!skua_name_is(SKUA_NAME_STORED_TOPIC, skua_str_z(topic)))
			continue;
		(void)json_object_set_new_nocheck(keep, topic, json_true());
		old = json_object_get(g->subscriptions, topic);
		if (old != NULL &&
		    skua_json_int(sub, "subVersion", INT64_MAX) <=
			skua_json_int(old, "subVersion", 0))
			continue;
		changed |= old == NULL;
		*republish = true;
		put_subscription(b, g, topic, sub, result);
	}
	json_object_foreach_safe (g->subscriptions, next, topic, old) {
		if (json_object_get(keep, topic) != NULL)
			continue;
		changed = *republish = true;
		b->sessions.bytes -= session_weight(old);
		(void)json_object_del(g->subscriptions, topic);
	}
	json_decref(keep);
	return changed;
}

static void
set_text(char **to, const char *text, bool *republish)
{
	if (text == NULL || strlen(text) > KIND_MAX ||
	    (*to != NULL && strcmp(*to, text) == 0))
		return;
	free(*to);
	*to = skua_mem_dup(skua_str_z(text));
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
	static const char *const models[] = { "BROADCASTING", "CLUSTERING",
		"LITE_SELECTIVE" };
	static const char *const wheres[] = { "CONSUME_FROM_LAST_OFFSET",
		"CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
		"CONSUME_FROM_MIN_OFFSET", "CONSUME_FROM_MAX_OFFSET",
		"CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP" };

	set_text(&g->consume_type, enum_text(json, "consumeType", types, 3),
	    republish);
	set_text(&g->model, enum_text(json, "messageModel", models, 3),
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
	bool republish, changed;
	struct consumer_group *g;
	enum session_touch touch;

	if (group == NULL)
		return;
	need_retry_topic(b, name, skua_group_conf(group),
	    skua_json_bool(json, "unitMode", false), &result->made_topic);
	g = session_need_consumers(&b->sessions, name);
	touch = session_touch(b, &g->members, request, client_id);
	result->refused |= touch == TOUCH_REFUSED;
	if (g->members.first == NULL) {
		/* Refused, and nobody else is in it. */
		session_changed(b, g);
		return;
	}
	changed = republish = touch == TOUCH_NEW;
	set_kind(g, json, &republish);
	if (with_subscriptions)
		changed |= update_subscriptions(b, g,
		    json_object_get(json, "subscriptionDataSet"), &republish,
		    result);
	if (republish)
		session_changed(b, g);
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
    const char *client_id, const json_t *json,
    struct heartbeat_result *result)
{
	struct skua_str name = skua_str_z(skua_json_text(json, "groupName"));
	struct producer_group *g;

	if (!skua_name_is(SKUA_NAME_STORED_GROUP, name))
		return;
	g = session_need_producers(&b->sessions, name);
	if (session_touch(b, &g->members, request, client_id) ==
	    TOUCH_REFUSED) {
		result->refused = true;
		session_forget_empty(b, &g->members);
	}
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
		take_producer(b, request, id, json, result);
	if (result->is_v2 && !without)
		note_fingerprint(b, consumers, fingerprint);
	return SKUA_OK;
}
