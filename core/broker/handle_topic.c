/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPDATE_AND_CREATE_TOPIC (17), UPDATE_AND_CREATE_TOPIC_LIST (18).  The answer
 * leaves when the change is on disk and the nameservers know.
 * Upstream: broker.processor.AdminBrokerProcessor, TopicConfigManager.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/number.h"
#include "broker/admin.h"
#include "broker/handlers.h"
#include "broker/keeping.h"

/* One topic as it shall be. */
struct change {
	struct skua_str name;
	struct topic_conf conf; /* owns its attributes */
};

static bool
check_name(struct broker *b, struct skua_request *request, struct skua_str name)
{
	struct skua_error e;

	if (skua_topic_check_name(name, &e) == SKUA_OK)
		return skua_admin_may_change(b, request, name);
	skua_answer(request, SKUA_CODE_INVALID_PARAMETER, "%s", e.text);
	return false;
}

static bool
check_queues(struct skua_request *request, const char *name, int64_t value)
{
	int32_t queues;

	if (skua_narrow_i32(value, INT32_MIN, TOPIC_QUEUES_MAX, &queues))
		return true;
	skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
	    "%s: a topic has at most %d queues", name, TOPIC_QUEUES_MAX);
	return false;
}

static bool
need_queues(struct skua_request *request, const char *name, int32_t *value_r)
{
	int64_t value;

	return skua_need_int(request, name, &value) &&
	    check_queues(request, name, value) &&
	    skua_narrow_i32(value, INT32_MIN, TOPIC_QUEUES_MAX, value_r);
}

static bool
need_filter_type(struct skua_request *request, bool *multi_tag_r)
{
	struct skua_str text = skua_request_field(request, "topicFilterType");

	*multi_tag_r = skua_str_eq_z(text, "MULTI_TAG");
	if (*multi_tag_r || skua_str_eq_z(text, "SINGLE_TAG"))
		return true;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
	    "topicFilterType is SINGLE_TAG or MULTI_TAG");
	return false;
}

static bool
asks_for_mixed(struct skua_str changes)
{
	char *text = skua_mem_dup(changes);
	bool asks = skua_conf_list_has(text, "+message.type=MIXED");

	free(text);
	return asks;
}

/* The attributes the topic has now, changed: "+key=value,-key". */
static bool
change_attributes(struct broker *b, struct skua_request *request,
    struct change *c, struct skua_str changes)
{
	const struct topic *old = skua_topic_find(&b->topics, c->name);
	const json_t *now =
	    old == NULL ? NULL : skua_topic_conf(old)->attributes;
	struct skua_error e;

	c->conf.attributes = now == NULL ? json_object() : json_deep_copy(now);
	if (changes.len == 0)
		return true;
	if (asks_for_mixed(changes) &&
	    !skua_admin_is_set(b, "enableMixedMessageType")) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "MIXED message type is not supported.");
		return false;
	}
	if (skua_topic_change_attributes(b, old == NULL, c->conf.attributes,
		changes, &e) == SKUA_OK)
		return true;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", e.text);
	return false;
}

static bool
is_unchanged(const struct topic *topic, const struct topic_conf *to)
{
	const struct topic_conf *now;

	if (topic == NULL)
		return false;
	now = skua_topic_conf(topic);
	return now->read_queues == to->read_queues &&
	    now->write_queues == to->write_queues && now->perm == to->perm &&
	    now->sys_flag == to->sys_flag && now->order == to->order &&
	    now->multi_tag == to->multi_tag &&
	    (now->attributes == NULL ?
		    json_object_size(to->attributes) == 0 :
		    json_equal(now->attributes, to->attributes));
}

/* Takes the request. */
static void
apply(struct broker *b, struct skua_request *request,
    const struct change *changes, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct change *c = &changes[i];

		if (is_unchanged(skua_topic_find(&b->topics, c->name),
			&c->conf))
			continue;
		(void)skua_topic_put(b, c->name, &c->conf);
		any = true;
		skua_log(SKUA_LOG_NOTICE, "broker",
		    "topic " SKUA_STR_FMT " set: %d read and %d write queues, "
		    "permission %d", SKUA_STR_ARG(c->name),
		    c->conf.read_queues, c->conf.write_queues, c->conf.perm);
	}
	if (any)
		skua_keep_topics(b, skua_admin_kept, request);
	else
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static bool
take_fields(struct broker *b, struct skua_request *request, struct change *c)
{
	int64_t flag = 0;

	if (!skua_need_field(request, "topic", &c->name) ||
	    !need_filter_type(request, &c->conf.multi_tag) ||
	    !check_name(b, request, c->name) ||
	    !need_queues(request, "readQueueNums", &c->conf.read_queues) ||
	    !need_queues(request, "writeQueueNums", &c->conf.write_queues) ||
	    !skua_need_i32(request, "perm", INT32_MIN, INT32_MAX,
		SKUA_CODE_SYSTEM_ERROR, &c->conf.perm))
		return false;
	(void)skua_request_int(request, "topicSysFlag", &flag);
	if (!skua_narrow_i32(flag, INT32_MIN, INT32_MAX, &c->conf.sys_flag))
		c->conf.sys_flag = 0;
	c->conf.order = skua_request_bool(request, "order", false);
	return change_attributes(b, request, c,
	    skua_request_field(request, "attributes"));
}

void
handle_create_topic(struct broker *b, struct skua_request *request)
{
	struct change c = { .conf.attributes = NULL };

	if (take_fields(b, request, &c))
		apply(b, request, &c, 1);
	json_decref(c.conf.attributes);
}

/* --- a list --- */

static bool
check_number(struct skua_request *request, const json_t *json, const char *name)
{
	const json_t *value = json_object_get(json, name);

	if (value == NULL || json_is_null(value))
		return true;
	if (skua_json_int(json, name, INT64_MIN) == INT64_MIN) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "%s is not a number", name);
		return false;
	}
	return check_queues(request, name, skua_json_int(json, name, 0));
}

/* {"+key":"value","-key":""} as the text that a single change has. */
static bool
change_by_object(struct broker *b, struct skua_request *request,
    struct change *c, json_t *object)
{
	struct buf text = { NULL, 0, 0 };
	const char *key;
	json_t *value;
	bool ok;

	json_object_foreach (object, key, value) {
		const char *word = json_string_value(value);

		if (text.len > 0)
			(void)skua_buf_put(&text, ",", 1);
		(void)skua_buf_put(&text, key, strlen(key));
		if (word == NULL || *word == '\0')
			continue;
		(void)skua_buf_put(&text, "=", 1);
		(void)skua_buf_put(&text, word, strlen(word));
	}
	ok = change_attributes(b, request, c,
	    skua_str_n((const char *)text.p, text.len));
	skua_buf_free(&text);
	return ok;
}

static bool
take_json(struct broker *b, struct skua_request *request, json_t *json,
    struct change *c)
{
	struct skua_error e;

	if (!check_number(request, json, "readQueueNums") ||
	    !check_number(request, json, "writeQueueNums") ||
	    !check_number(request, json, "perm") ||
	    !check_number(request, json, "topicSysFlag"))
		return false;
	if (skua_topic_read(b, json, &c->conf, &e) != SKUA_OK) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", e.text);
		return false;
	}
	c->conf.attributes = NULL; /* these are changes */
	return change_by_object(b, request, c,
	    json_object_get(json, "attributes"));
}

/* All of them, or none. */
static bool
take_list(struct broker *b, struct skua_request *request, const json_t *list,
    struct change *changes)
{
	json_t *json;
	size_t i;

	json_array_foreach (list, i, json) {
		changes[i].name =
		    skua_str_z(skua_json_text(json, "topicName"));
		if (!check_name(b, request, changes[i].name))
			return false;
	}
	json_array_foreach (list, i, json)
		if (!take_json(b, request, json, &changes[i]))
			return false;
	return true;
}

void
handle_create_topics(struct broker *b, struct skua_request *request)
{
	json_t *body = skua_need_json(request), *list;
	struct change *changes;
	size_t n;

	if (body == NULL)
		return;
	list = json_object_get(body, "topicConfigList");
	if (!json_is_array(list)) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the body has no topicConfigList");
		json_decref(body);
		return;
	}
	n = json_array_size(list);
	changes = sk_new_array(n + 1, struct change);
	if (take_list(b, request, list, changes))
		apply(b, request, changes, n);
	for (size_t i = 0; i < n; i++)
		json_decref(changes[i].conf.attributes);
	free(changes);
	json_decref(body);
}
