/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: which there are, how they are set, who is in them. */
#include <stdlib.h>

#include "base/number.h"
#include "client/admin.h"

enum {
	PUT_GROUP = 200,
	GET_GROUPS = 201,
	GET_MEMBERS = 203,
	DELETE_GROUP = 207,
	GET_GROUP = 352,
	CODE_NO_SUCH_GROUP = 26,
	CODE_NOBODY = 206,
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
add_groups(struct skua_client *client, const struct skua_broker *broker,
    void *arg, struct skua_error *e)
{
	struct skua_names *n = arg;
	const char *name;
	json_t *json, *value;
	int rc = admin_ask_json(client, broker->address, GET_GROUPS, NULL,
	    &json, NULL, e);

	if (rc != SKUA_OK)
		return rc;
	json_object_foreach (json_object_get(json, "subscriptionGroupTable"),
	    name, value) {
		n->names = skua_result_grow(n, (void *)(uintptr_t)n->names,
		    n->count, sizeof(n->names[0]));
		n->names[n->count++] = skua_result_text_z(n, name);
	}
	json_decref(json);
	return skua_result_fits(n, e);
}

int
skua_admin_groups(struct skua_client *client, struct skua_names **groups_r,
    struct skua_error *e)
{
	struct skua_names *n = skua_result_new(sizeof(*n));
	int rc = admin_each_master(client, add_groups, n, e);
	size_t kept = 0;

	if (rc != SKUA_OK) {
		skua_admin_free(n);
		return rc;
	}
	if (n->count > 0)
		qsort((void *)(uintptr_t)n->names, n->count,
		    sizeof(n->names[0]), by_text);
	for (size_t i = 0; i < n->count; i++)
		if (kept == 0 || strcmp(n->names[kept - 1], n->names[i]) != 0)
			n->names[kept++] = n->names[i];
	n->count = kept;
	*groups_r = n;
	return SKUA_OK;
}

/* --- one --- */

static int
get_group(struct skua_client *client, const char *address, const char *group,
    json_t **json_r, struct skua_error *e)
{
	const char *const fields[] = { "group", group, NULL };
	int32_t code = 0;
	int rc = admin_ask_json(client, address, GET_GROUP, fields, json_r,
	    &code, e);

	return code == CODE_NO_SUCH_GROUP ? SKUA_ENOENT : rc;
}

int
skua_admin_group(struct skua_client *client, const char *address,
    const char *group, struct skua_group **group_r, struct skua_error *e)
{
	struct skua_group *g;
	json_t *json;
	int rc = get_group(client, address, group, &json, e);

	if (rc != SKUA_OK)
		return rc;
	g = skua_result_new(sizeof(*g));
	g->name = skua_result_text_z(g, group);
	g->consume = skua_json_bool(json, "consumeEnable", true);
	g->broadcast = skua_json_bool(json, "consumeBroadcastEnable", true);
	rc = skua_narrow_i32(skua_json_int(json, "retryQueueNums", 1), 0,
		 INT32_MAX, &g->retry_queues) &&
		skua_narrow_i32(skua_json_int(json, "retryMaxTimes", 16),
		    INT32_MIN, INT32_MAX, &g->max_tries) ?
	    SKUA_OK :
	    skua_fail(e, SKUA_EPROTO, "%s: a number of the group %s is out of "
				      "range", address, group);
	json_decref(json);
	if (rc != SKUA_OK) {
		skua_admin_free(g);
		return rc;
	}
	*group_r = g;
	return SKUA_OK;
}

/* What we do not know of stays as it is there. */
static int
put_group(struct skua_client *client, const struct skua_broker *broker,
    void *arg, struct skua_error *e)
{
	const struct skua_group *g = arg;
	json_t *json = NULL;
	char *text;
	int rc = get_group(client, broker->address, g->name, &json, NULL);

	if (rc != SKUA_OK)
		json = json_object();
	(void)json_object_set_new(json, "groupName", json_string(g->name));
	(void)json_object_set_new(json, "consumeEnable",
	    json_boolean(g->consume));
	(void)json_object_set_new(json, "consumeBroadcastEnable",
	    json_boolean(g->broadcast));
	(void)json_object_set_new(json, "retryQueueNums",
	    json_integer(g->retry_queues));
	(void)json_object_set_new(json, "retryMaxTimes",
	    json_integer(g->max_tries));
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	rc = admin_ask_code(client, broker->address, PUT_GROUP, NULL,
	    skua_str_z(text), NULL, NULL, NULL, e);
	free(text);
	json_decref(json);
	return rc;
}

int
skua_admin_group_put(struct skua_client *client, const char *address,
    const struct skua_group *group, struct skua_error *e)
{
	struct skua_broker broker = { .address = address };
	void *arg = (void *)(uintptr_t)group;

	return address != NULL ? put_group(client, &broker, arg, e) :
				 admin_each_master(client, put_group, arg,
				     e);
}

int
skua_admin_group_delete(struct skua_client *client, const char *group,
    bool with_offsets, struct skua_error *e)
{
	const char *const fields[] = { "groupName", group, "cleanOffset",
		with_offsets ? "true" : "false", NULL };

	return admin_change(client, NULL, DELETE_GROUP, fields,
	    skua_str_n(NULL, 0), e);
}

/* --- who is in it --- */

struct members_call {
	const char *group;
	struct skua_members *members;
};

static void
add_member(struct skua_members *m, const json_t *json)
{
	const char *id = skua_json_text(json, "clientId");
	struct skua_member *one;

	if (id == NULL)
		return;
	m->members = skua_result_grow(m, m->members, m->count, sizeof(*one));
	one = &m->members[m->count++];
	one->client_id = skua_result_text_z(m, id);
	one->address =
	    skua_result_text_z(m, skua_json_text(json, "clientAddr"));
	one->language = skua_result_text_z(m, skua_json_text(json, "language"));
	if (!skua_narrow_i32(skua_json_int(json, "version", 0), 0, INT32_MAX,
		&one->version))
		one->version = 0;
}

static void
add_subscriptions(struct skua_members *m, json_t *table)
{
	const char *topic;
	json_t *value;

	if (m->subscription_count > 0)
		return; /* every broker says the same */
	json_object_foreach (table, topic, value) {
		struct skua_subscription *s;

		m->subscriptions = skua_result_grow(m, m->subscriptions,
		    m->subscription_count, sizeof(*s));
		s = &m->subscriptions[m->subscription_count++];
		s->topic = skua_result_text_z(m, topic);
		s->expression =
		    skua_result_text_z(m, skua_json_text(value, "subString"));
		s->type = skua_result_text_z(m,
		    skua_json_text(value, "expressionType"));
	}
}

static int
add_members(struct skua_client *client, const struct skua_broker *broker,
    void *arg, struct skua_error *e)
{
	struct members_call *c = arg;
	struct skua_members *m = c->members;
	const char *const fields[] = { "consumerGroup", c->group, NULL };
	json_t *json, *one;
	int32_t code = 0;
	size_t i;
	int rc = admin_ask_json(client, broker->address, GET_MEMBERS,
	    fields, &json, &code, e);

	if (rc != SKUA_OK)
		return code == CODE_NOBODY ? SKUA_OK : rc;
	m->consume_type =
	    skua_result_text_z(m, skua_json_text(json, "consumeType"));
	m->model = skua_result_text_z(m, skua_json_text(json, "messageModel"));
	m->from =
	    skua_result_text_z(m, skua_json_text(json, "consumeFromWhere"));
	json_array_foreach (json_object_get(json, "connectionSet"), i, one)
		add_member(m, one);
	add_subscriptions(m, json_object_get(json, "subscriptionTable"));
	json_decref(json);
	return skua_result_fits(m, e);
}

static int
by_id(const void *a, const void *b)
{
	const struct skua_member *x = a, *y = b;

	return strcmp(x->client_id, y->client_id);
}

static int
by_topic(const void *a, const void *b)
{
	const struct skua_subscription *x = a, *y = b;

	return strcmp(x->topic, y->topic);
}

/* A member is connected to every broker. */
static void
drop_repeated(struct skua_members *m)
{
	size_t kept = 0;

	qsort(m->members, m->count, sizeof(m->members[0]), by_id);
	for (size_t i = 0; i < m->count; i++)
		if (kept == 0 || by_id(&m->members[kept - 1],
				     &m->members[i]) != 0)
			m->members[kept++] = m->members[i];
	m->count = kept;
}

int
skua_admin_members(struct skua_client *client, const char *group,
    struct skua_members **members_r, struct skua_error *e)
{
	struct skua_members *m = skua_result_new(sizeof(*m));
	struct members_call c = { group, m };
	int rc = admin_each_master(client, add_members, &c, e);

	if (rc == SKUA_OK && m->count == 0)
		rc = skua_fail(e, SKUA_ENOENT, "nobody is connected as %s",
		    group);
	if (rc != SKUA_OK) {
		skua_admin_free(m);
		return rc;
	}
	drop_repeated(m);
	if (m->subscription_count > 0)
		qsort(m->subscriptions, m->subscription_count,
		    sizeof(m->subscriptions[0]), by_topic);
	*members_r = m;
	return SKUA_OK;
}
