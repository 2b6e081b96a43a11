/* SPDX-License-Identifier: Apache-2.0 */
/* How far a group is, and setting it back. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "client/admin.h"

enum { GET_PROGRESS = 208, RESET_OFFSET = 222 };

struct progress_call {
	const char *group, *topic;
	struct skua_progress *progress;
	size_t refused;
	struct skua_error error;
};

static struct skua_queue_progress *
add_queue(struct skua_progress *p, const char *key)
{
	struct skua_queue_progress *q;
	struct admin_queue of;

	if (!admin_queue_of(p, key, &of))
		return NULL;
	p->queues = skua_result_grow(p, p->queues, p->count, sizeof(*q));
	q = &p->queues[p->count++];
	q->topic = of.topic;
	q->broker = of.broker;
	q->queue_id = of.queue_id;
	return q;
}

static int
add_progress(struct skua_client *client, const struct skua_broker *broker,
    void *arg, struct skua_error *e)
{
	struct progress_call *c = arg;
	struct skua_progress *p = c->progress;
	const char *const fields[] = { "consumerGroup", c->group,
		c->topic == NULL ? NULL : "topic", c->topic, NULL };
	const char *key;
	json_t *json, *value;
	int rc = admin_ask_json(client, broker->address, GET_PROGRESS,
	    fields, &json, NULL, &c->error);

	/* A broker that does not know the group has nothing to tell. */
	if (rc == SKUA_EREFUSED) {
		c->refused++;
		return SKUA_OK;
	}
	if (rc != SKUA_OK) {
		if (e != NULL)
			*e = c->error;
		return rc;
	}
	p->consume_rate +=
	    json_number_value(json_object_get(json, "consumeTps"));
	json_object_foreach (json_object_get(json, "offsetTable"), key, value) {
		struct skua_queue_progress *q = add_queue(p, key);

		if (q == NULL)
			continue;
		q->broker_offset = skua_json_int(value, "brokerOffset", 0);
		q->consumer_offset = skua_json_int(value, "consumerOffset", 0);
		q->last_ms = skua_json_int(value, "lastTimestamp", 0);
		p->lag = skua_add_clamped(p->lag,
		    skua_sub_clamped(q->broker_offset, q->consumer_offset));
	}
	json_decref(json);
	return skua_result_fits(p, e);
}

static int
by_queue(const void *a, const void *b)
{
	const struct skua_queue_progress *x = a, *y = b;
	int c = strcmp(x->topic, y->topic);

	if (c == 0)
		c = strcmp(x->broker, y->broker);
	return c != 0 ? c : x->queue_id - y->queue_id;
}

static void
sort_queues(struct skua_progress *p)
{
	if (p->count > 0)
		qsort(p->queues, p->count, sizeof(p->queues[0]), by_queue);
}

int
skua_admin_progress(struct skua_client *client, const char *group,
    const char *topic, struct skua_progress **progress_r, struct skua_error *e)
{
	struct skua_progress *p = skua_result_new(sizeof(*p));
	struct progress_call c = { .group = group, .topic = topic,
		.progress = p };
	int rc = admin_each_master(client, add_progress, &c, e);

	if (rc == SKUA_OK && p->count == 0)
		rc = skua_fail(e, SKUA_ENOENT,
		    "the group %s has consumed nothing%s%s", group,
		    c.refused > 0 ? ": " : "",
		    c.refused > 0 ? c.error.text : "");
	if (rc != SKUA_OK) {
		skua_admin_free(p);
		return rc;
	}
	sort_queues(p);
	*progress_r = p;
	return SKUA_OK;
}

/* --- setting back --- */

static int
reset_at(struct skua_client *client, const char *address,
    const char *const *fields, struct skua_progress *p, struct skua_error *e)
{
	json_t *json, *value;
	const char *key;
	int rc = admin_ask_json(client, address, RESET_OFFSET, fields,
	    &json, NULL, e);

	if (rc != SKUA_OK)
		return rc;
	json_object_foreach (json_object_get(json, "offsetTable"), key, value) {
		struct skua_queue_progress *q = add_queue(p, key);

		if (q != NULL)
			q->consumer_offset = json_integer_value(value);
	}
	json_decref(json);
	return skua_result_fits(p, e);
}

int
skua_admin_reset(struct skua_client *client, const char *group,
    const char *topic, int64_t ms, bool force,
    struct skua_progress **progress_r, struct skua_error *e)
{
	char time[32];
	const char *const fields[] = { "topic", topic, "group", group,
		"timestamp", time, "isForce", force ? "true" : "false",
		"queueId", "-1", "offset", "-1", NULL };
	struct skua_progress *p;
	struct skua_route_info *route;
	int rc = skua_client_route(client, topic, &route, e);

	if (rc != SKUA_OK)
		return rc;
	(void)snprintf(time, sizeof(time), "%lld", (long long)ms);
	p = skua_result_new(sizeof(*p));
	for (size_t i = 0; i < route->count && rc == SKUA_OK; i++)
		if (i == 0 || strcmp(route->queues[i].broker,
				  route->queues[i - 1].broker) != 0)
			rc = reset_at(client, route->queues[i].address, fields,
			    p, e);
	skua_route_free(&route);
	sort_queues(p);
	if (rc == SKUA_OK && progress_r != NULL)
		*progress_r = p;
	else
		skua_admin_free(p);
	return rc;
}
