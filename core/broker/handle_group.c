/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPDATE_AND_CREATE_SUBSCRIPTIONGROUP (200), its list (225),
 * GET_ALL_SUBSCRIPTIONGROUP_CONFIG (201), GET_SUBSCRIPTIONGROUP_CONFIG (352),
 * DELETE_SUBSCRIPTIONGROUP (207).
 * Upstream: broker.processor.AdminBrokerProcessor, SubscriptionGroupManager.
 */
#include <stdlib.h>

#include "base/text.h"
#include "broker/admin.h"
#include "broker/handlers.h"
#include "broker/keeping.h"

enum kind { BOOLEAN, NUMBER, OBJECT, ARRAY };

/* What a group may say of itself, beside its name and attributes. */
static const struct member {
	const char *name;
	enum kind kind;
} members[] = {
	{ "brokerId", NUMBER },
	{ "consumeBroadcastEnable", BOOLEAN },
	{ "consumeEnable", BOOLEAN },
	{ "consumeFromMinEnable", BOOLEAN },
	{ "consumeMessageOrderly", BOOLEAN },
	{ "consumeTimeoutMinute", NUMBER },
	{ "groupRetryPolicy", OBJECT },
	{ "groupSysFlag", NUMBER },
	{ "notifyConsumerIdsChangedEnable", BOOLEAN },
	{ "retryMaxTimes", NUMBER },
	{ "retryQueueNums", NUMBER },
	{ "subscriptionDataSet", ARRAY },
	{ "whichBrokerWhenConsumeSlowly", NUMBER },
};
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

/* A new reference to the value in its own type, or NULL. */
static json_t *
as_boolean(const json_t *value)
{
	struct skua_str text = skua_str_z(json_string_value(value));

	if (json_is_boolean(value))
		return json_boolean(json_is_true(value));
	if (json_is_integer(value))
		return json_boolean(json_integer_value(value) != 0);
	if (skua_text_eq_nocase(text, "true"))
		return json_true();
	return skua_text_eq_nocase(text, "false") ? json_false() : NULL;
}

static json_t *
as_number(const json_t *value)
{
	double real = json_real_value(value);
	int64_t number = 0;

	if (json_is_integer(value))
		number = json_integer_value(value);
	else if (json_is_real(value) && real > INT32_MIN && real < INT32_MAX)
		number = (int64_t)real;
	else if (!json_is_string(value) ||
	    !skua_text_int(skua_str_z(json_string_value(value)), &number))
		return NULL;
	return number < INT32_MIN || number > INT32_MAX ? NULL :
							  json_integer(number);
}

static json_t *
as_kind(json_t *value, enum kind kind)
{
	switch (kind) {
	case BOOLEAN:
		return as_boolean(value);
	case NUMBER:
		return as_number(value);
	case OBJECT:
		return json_is_object(value) ? json_incref(value) : NULL;
	case ARRAY:
		return json_is_array(value) ? json_incref(value) : NULL;
	}
	return NULL;
}

/* Known members in their own types; what is unknown is left out. */
static json_t *
clean(const json_t *json, struct skua_error *e)
{
	json_t *attributes = json_object_get(json, "attributes");
	json_t *to = json_object();

	if (json_object_size(attributes) > 0) {
		(void)skua_fail(e, SKUA_EINVAL, "unsupported key: %s",
		    json_object_iter_key(json_object_iter(attributes)));
		json_decref(to);
		return NULL;
	}
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		json_t *value = json_object_get(json, members[i].name), *own;

		if (value == NULL || json_is_null(value))
			continue;
		own = as_kind(value, members[i].kind);
		if (own == NULL ||
		    json_object_set_new(to, members[i].name, own) != 0) {
			(void)skua_fail(e, SKUA_EINVAL,
			    "%s: the value has another type", members[i].name);
			json_decref(to);
			return NULL;
		}
	}
	return to;
}

static struct skua_str
name_of(const json_t *json)
{
	return skua_str_z(skua_json_text(json, "groupName"));
}

static bool
check_name(struct skua_request *request, const json_t *json)
{
	struct skua_error e;

	if (skua_group_check_name(name_of(json), &e) == SKUA_OK)
		return true;
	skua_answer(request, SKUA_CODE_INVALID_PARAMETER, "%s", e.text);
	return false;
}

static void
put(struct broker *b, const json_t *json, const json_t *cleaned)
{
	(void)skua_group_put(b, name_of(json), cleaned);
	skua_log(SKUA_LOG_NOTICE, "broker", "group " SKUA_STR_FMT " set",
	    SKUA_STR_ARG(name_of(json)));
}

static void
create_one(struct broker *b, struct skua_request *request, const json_t *json)
{
	struct skua_error e;
	json_t *cleaned;

	if (!json_is_object(json)) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the body is no object");
		return;
	}
	if (!check_name(request, json))
		return;
	cleaned = clean(json, &e);
	if (cleaned == NULL) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", e.text);
		return;
	}
	put(b, json, cleaned);
	json_decref(cleaned);
	skua_keep_groups(b);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

void
handle_create_group(struct broker *b, struct skua_request *request)
{
	json_t *json;

	if (skua_request_body(request).len == 0) {
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
		return;
	}
	json = skua_need_json(request);
	if (json == NULL)
		return;
	create_one(b, request, json);
	json_decref(json);
}

/* All of them, or none. */
static bool
put_list(struct broker *b, struct skua_request *request, const json_t *list)
{
	json_t *cleaned = json_array(), *json, *one;
	struct skua_error e;
	bool ok = true;
	size_t i;

	json_array_foreach (list, i, json) {
		ok = check_name(request, json);
		if (!ok)
			break;
		one = clean(json, &e);
		ok = one != NULL && json_array_append_new(cleaned, one) == 0;
		if (!ok) {
			skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s",
			    one == NULL ? e.text : "out of memory");
			break;
		}
	}
	if (ok)
		json_array_foreach (list, i, json)
			put(b, json, json_array_get(cleaned, i));
	json_decref(cleaned);
	return ok;
}

void
handle_create_groups(struct broker *b, struct skua_request *request)
{
	json_t *body = skua_need_json(request), *list;

	if (body == NULL)
		return;
	list = json_object_get(body, "groupConfigList");
	if (!json_is_array(list)) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the body has no groupConfigList");
	} else if (put_list(b, request, list)) {
		if (json_array_size(list) > 0)
			skua_keep_groups(b);
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	}
	json_decref(body);
}

void
handle_get_group(struct broker *b, struct skua_request *request)
{
	const struct group *group;
	struct skua_str name;
	struct skua_jsonw w;

	/* Upstream makes a group that is asked for; here a read makes nothing. */
	if (!skua_need_field(request, "group", &name))
		return;
	group = skua_group_find(&b->groups, name);
	if (group == NULL && !skua_group_may_create(b, name)) {
		skua_answer(request, SKUA_CODE_GROUP_NOT_EXIST,
		    "No group in this broker");
		return;
	}
	skua_answer_json_begin(&w);
	if (group != NULL)
		skua_jsonw_tree(&w, skua_group_conf(group)->json);
	else
		skua_group_write_defaults(&w, name);
	skua_answer_json(request, &w);
}

static void
write_forbidden(struct skua_jsonw *w, const json_t *forbidden,
    struct map_entry **all, const struct page *page)
{
	skua_jsonw_open(w, '{');
	for (size_t i = page->begin; i < page->end && w->error == SKUA_OK; i++) {
		const struct group *g =
		    sk_container(all[i], struct group, entry);
		const json_t *own = json_object_get(forbidden, g->name);

		if (own == NULL)
			continue;
		skua_jsonw_key(w, g->entry.key);
		skua_jsonw_tree(w, own);
	}
	skua_jsonw_close(w, '}');
}

static void
answer_groups(struct broker *b, struct skua_request *request,
    struct map_entry **all, size_t total, const struct page *page)
{
	struct skua_jsonw w;

	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "dataVersion");
	data_version_write(&w, &b->groups.version);
	skua_jsonw_key_z(&w, "forbiddenTable");
	write_forbidden(&w, b->groups.forbidden, all, page);
	skua_jsonw_key_z(&w, "subscriptionGroupTable");
	skua_jsonw_open(&w, '{');
	for (size_t i = page->begin; i < page->end && w.error == SKUA_OK; i++) {
		skua_jsonw_key(&w, all[i]->key);
		skua_jsonw_tree(&w,
		    skua_group_conf(sk_container(all[i], struct group, entry))
			->json);
	}
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	skua_answer_int(request, "totalGroupNum", (int64_t)total);
	skua_answer_json(request, &w);
}

void
handle_all_groups(struct broker *b, struct skua_request *request)
{
	static const struct page_fields fields = { "groupSeq", "maxGroupNum" };
	struct map_entry **all;
	struct page page;
	size_t total;

	all = skua_admin_sorted(&b->groups.map, &total);
	if (skua_admin_page(b, request, &fields, &b->groups.version, total,
		&page))
		answer_groups(b, request, all, total, &page);
	free(all);
}

/* SKUA_ENOENT: it was not there. */
static int
delete_group(struct broker *b, struct skua_str name)
{
	char *key;

	if (!skua_group_remove(b, name))
		return SKUA_ENOENT;
	key = skua_mem_dup(name);
	(void)json_object_del(b->groups.forbidden, key);
	free(key);
	skua_log(SKUA_LOG_NOTICE, "broker", "group " SKUA_STR_FMT " deleted",
	    SKUA_STR_ARG(name));
	return skua_keep_groups(b);
}

void
handle_delete_group(struct broker *b, struct skua_request *request)
{
	struct skua_str name;
	int rc, rc_kept = SKUA_OK;

	if (!skua_need_field(request, "groupName", &name))
		return;
	rc = delete_group(b, name);
	if (skua_request_bool(request, "cleanOffset", false)) {
		skua_offset_remove_group(&b->offsets, name);
		rc_kept = skua_keep_removals(b);
	}
	if (rc == SKUA_OK || rc == SKUA_ENOENT)
		rc = rc_kept;
	if (rc == SKUA_OK)
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	else
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "deleted, but that could not be written down: %s",
		    skua_strerror(rc));
}
