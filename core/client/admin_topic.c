/* SPDX-License-Identifier: Apache-2.0 */
/* Topics. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/number.h"
#include "client/admin.h"

enum {
	PUT_TOPIC = 17,
	GET_STATS = 202,
	GET_TOPICS = 206,
	DELETE_AT_BROKER = 215,
	DELETE_AT_NAMESRV = 216,
	GET_TOPIC = 351,
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
skua_admin_topics(struct skua_client *client, struct skua_names **topics_r,
    struct skua_error *e)
{
	struct skua_names *n;
	json_t *json, *one;
	size_t i;
	int rc = admin_ask_json(client, NULL, GET_TOPICS, NULL, &json,
	    NULL, e);

	if (rc != SKUA_OK)
		return rc;
	n = skua_result_new(sizeof(*n));
	json_array_foreach (json_object_get(json, "topicList"), i, one) {
		if (!json_is_string(one))
			continue;
		n->names = skua_result_grow(n, (void *)(uintptr_t)n->names,
		    n->count, sizeof(n->names[0]));
		n->names[n->count++] =
		    skua_result_text_z(n, json_string_value(one));
	}
	json_decref(json);
	if (n->count > 0)
		qsort((void *)(uintptr_t)n->names, n->count,
		    sizeof(n->names[0]), by_text);
	*topics_r = n;
	return SKUA_OK;
}

static char *
attributes_of(void *result, const json_t *json)
{
	struct buf b = { NULL, 0, 0 };
	const char *name;
	json_t *value;
	char *text;

	json_object_foreach (json_object_get(json, "attributes"), name, value) {
		if (!json_is_string(value))
			continue;
		if (b.len > 0)
			(void)skua_buf_put(&b, ",", 1);
		(void)skua_buf_put(&b, name, strlen(name));
		(void)skua_buf_put(&b, "=", 1);
		(void)skua_buf_put(&b, json_string_value(value),
		    strlen(json_string_value(value)));
	}
	text = skua_result_text(result, skua_str_n((char *)b.p, b.len));
	skua_buf_free(&b);
	return text;
}

static bool
take_numbers(struct skua_topic *t, const json_t *json)
{
	return skua_narrow_i32(skua_json_int(json, "readQueueNums", 0), 0,
		   INT32_MAX, &t->read_queues) &&
	    skua_narrow_i32(skua_json_int(json, "writeQueueNums", 0), 0,
		INT32_MAX, &t->write_queues) &&
	    skua_narrow_i32(skua_json_int(json, "perm", 0), 0, INT32_MAX,
		&t->perm);
}

int
skua_admin_topic(struct skua_client *client, const char *address,
    const char *topic, struct skua_topic **topic_r, struct skua_error *e)
{
	const char *const fields[] = { "topic", topic, NULL };
	struct skua_topic *t;
	int32_t code = 0;
	json_t *json;
	int rc = admin_ask_json(client, address, GET_TOPIC, fields, &json,
	    &code, e);

	if (rc != SKUA_OK)
		return code == CODE_NO_TOPIC ? SKUA_ENOENT : rc;
	t = skua_result_new(sizeof(*t));
	t->name = skua_result_text_z(t, topic);
	if (!take_numbers(t, json)) {
		json_decref(json);
		skua_admin_free(t);
		return skua_fail(e, SKUA_EPROTO,
		    "%s: a number of the topic %s is out of range", address,
		    topic);
	}
	t->order = skua_json_bool(json, "order", false);
	t->attributes = attributes_of(t, json);
	json_decref(json);
	*topic_r = t;
	return SKUA_OK;
}

int
skua_admin_topic_put(struct skua_client *client, const char *address,
    const struct skua_topic *topic, struct skua_error *e)
{
	char readable[16], writable[16], perm[16];
	const char *fields[] = { "topic", topic->name, "defaultTopic", "TBW102",
		"readQueueNums", readable, "writeQueueNums", writable, "perm",
		perm, "topicFilterType", "SINGLE_TAG", "topicSysFlag", "0",
		"order", topic->order ? "true" : "false",
		topic->attributes == NULL ? NULL : "attributes",
		topic->attributes, NULL };

	(void)snprintf(readable, sizeof(readable), "%d", topic->read_queues);
	(void)snprintf(writable, sizeof(writable), "%d", topic->write_queues);
	(void)snprintf(perm, sizeof(perm), "%d", topic->perm);
	return admin_change(client, address, PUT_TOPIC, fields,
	    skua_str_n(NULL, 0), e);
}

int
skua_admin_topic_delete(struct skua_client *client, const char *topic,
    struct skua_error *e)
{
	const char *const fields[] = { "topic", topic, NULL };
	int rc = admin_change(client, NULL, DELETE_AT_BROKER, fields,
	    skua_str_n(NULL, 0), e);

	for (size_t i = 0; i < client->namesrv_count && rc == SKUA_OK; i++)
		rc = admin_ask_code(client, client->namesrvs[i],
		    DELETE_AT_NAMESRV, fields, skua_str_n(NULL, 0), NULL, NULL,
		    NULL, e);
	return rc;
}

/* --- what is in it --- */

static int
by_queue(const void *a, const void *b)
{
	const struct skua_queue_stats *x = a, *y = b;
	int c = strcmp(x->broker, y->broker);

	return c != 0 ? c : x->queue_id - y->queue_id;
}

static void
add_stats(struct skua_topic_stats *s, const json_t *json)
{
	const char *key;
	json_t *value;

	s->put_rate +=
	    json_number_value(json_object_get(json, "topicPutTps"));
	json_object_foreach (json_object_get(json, "offsetTable"), key, value) {
		struct skua_queue_stats *q;
		struct admin_queue of;

		if (!admin_queue_of(s, key, &of))
			continue;
		s->queues =
		    skua_result_grow(s, s->queues, s->count, sizeof(*q));
		q = &s->queues[s->count++];
		q->broker = of.broker;
		q->queue_id = of.queue_id;
		q->min_offset = skua_json_int(value, "minOffset", 0);
		q->max_offset = skua_json_int(value, "maxOffset", 0);
		q->last_ms = skua_json_int(value, "lastUpdateTimestamp", 0);
	}
}

int
skua_admin_topic_stats(struct skua_client *client, const char *topic,
    struct skua_topic_stats **stats_r, struct skua_error *e)
{
	const char *const fields[] = { "topic", topic, NULL };
	struct skua_route_info *route;
	struct skua_topic_stats *s;
	int rc = skua_client_route(client, topic, &route, e);

	if (rc != SKUA_OK)
		return rc;
	s = skua_result_new(sizeof(*s));
	for (size_t i = 0; i < route->count && rc == SKUA_OK; i++) {
		json_t *json;

		/* Sorted: each broker once. */
		if (i > 0 && strcmp(route->queues[i].broker,
				 route->queues[i - 1].broker) == 0)
			continue;
		rc = admin_ask_json(client, route->queues[i].address,
		    GET_STATS, fields, &json, NULL, e);
		if (rc != SKUA_OK)
			break;
		add_stats(s, json);
		json_decref(json);
		rc = skua_result_fits(s, e);
	}
	skua_route_free(&route);
	if (rc != SKUA_OK) {
		skua_admin_free(s);
		return rc;
	}
	if (s->count > 0)
		qsort(s->queues, s->count, sizeof(s->queues[0]), by_queue);
	*stats_r = s;
	return SKUA_OK;
}
