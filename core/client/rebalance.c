/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which queues are this member's: for each topic, the route's readable queues
 * and the group's client ids, both sorted, are shared out in the same way by
 * every member.  Looked at every 20 s, when a broker says that members changed
 * (40), when a route changed, and a second after something was missing.
 * Upstream: client.impl.consumer.RebalanceImpl, AllocateMessageQueueAveragely.
 */
#include <stdlib.h>

#include "client/allocate.h"
#include "client/flow.h"
#include "client/heartbeat.h"

#define AGAIN_MS 1000
#define CHANGED_MS 10

struct looking {
	struct skua_client *client;
	struct group_member *member;
	struct client_route *route;
	size_t broker; /* of the route: the one asked now */
	char topic[];
};

bool
skua_member_is_broadcasting(const struct group_member *m)
{
	return m->options.broadcasting;
}

/* NULL when the member went meanwhile. */
static struct group_member *
still_there(const struct looking *l)
{
	for (struct group_member *m = l->client->members; m != NULL;
	     m = m->next)
		if (m == l->member && !m->stopping)
			return m;
	return NULL;
}

static void
finish(struct looking *l, bool complete)
{
	struct group_member *m = still_there(l);

	skua_client_route_unref(l->route);
	free(l);
	if (m == NULL)
		return;
	m->unbalanced |= !complete;
	if (--m->rebalancing > 0)
		return;
	if (m->rebalance_again) {
		m->rebalance_again = false;
		skua_member_rebalance(m);
	} else {
		skua_member_rebalance_soon(m, m->unbalanced ?
			AGAIN_MS : m->client->options.rebalance_ms);
	}
}

/* --- flows follow queues --- */

static bool
is_among(const struct flow *flow, const struct skua_queue *queues, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (queues[i].queue_id == flow->queue.queue_id &&
		    strcmp(queues[i].broker, flow->queue.broker) == 0)
			return true;
	return false;
}

void
skua_member_set_queues(struct group_member *m, const char *topic,
    const struct skua_queue *queues, size_t count)
{
	struct flow *flow, *next;
	bool changed = false;

	HASH_ITER(hh, m->flows, flow, next) {
		if (strcmp(flow->topic, topic) != 0 ||
		    is_among(flow, queues, count))
			continue;
		skua_flow_drop(flow);
		changed = true;
	}
	for (size_t i = 0; i < count; i++) {
		if (skua_flow_find(m, topic, queues[i].broker,
			queues[i].queue_id) != NULL)
			continue;
		skua_flow_begin(skua_flow_new(m, topic, &queues[i]));
		changed = true;
	}
	if (changed)
		skua_member_tell_assigned(m);
}

void
skua_member_tell_assigned(struct group_member *m)
{
	struct skua_assigned *list;
	struct flow *flow, *next;
	size_t n = 0;

	if (m->options.assigned == NULL)
		return;
	list = sk_new_array(HASH_COUNT(m->flows) + 1, struct skua_assigned);
	HASH_ITER(hh, m->flows, flow, next) {
		list[n].topic = flow->topic;
		list[n].queue = flow->queue;
		list[n++].offset = skua_flow_offset(flow);
	}
	m->options.assigned(m->options.assigned_arg, list, n);
	free(list);
}

static size_t
readable(const struct client_route *route, struct skua_queue *queues)
{
	size_t n = 0;

	for (size_t i = 0; i < route->info.count; i++)
		if ((route->info.queues[i].perm & 4) != 0)
			queues[n++] = route->info.queues[i];
	return n;
}

/* ids NULL: everything is ours. */
static void
share_out(struct group_member *m, const struct looking *l, const char **ids,
    size_t id_count)
{
	struct skua_queue *queues =
	    sk_new_array(l->route->info.count + 1, struct skua_queue);
	size_t n = readable(l->route, queues), first = 0, count = n;

	if (ids != NULL)
		skua_allocate_averagely(n, ids, id_count, m->client->id, &first,
		    &count);
	skua_member_set_queues(m, l->topic, queues + first, count);
	free(queues);
}

/* --- who is in the group --- */

static bool ask_members(struct looking *l);

static bool
take_members(struct group_member *m, struct looking *l, struct skua_str body)
{
	json_t *json, *list, *one;
	const char **ids;
	size_t i, n = 0;

	if (skua_json_parse(body, &json) != SKUA_OK)
		return false;
	list = json_object_get(json, "consumerIdList");
	ids = sk_new_array(json_array_size(list) + 1, const char *);
	json_array_foreach (list, i, one)
		if (json_is_string(one))
			ids[n++] = json_string_value(one);
	if (n > 0)
		share_out(m, l, ids, n);
	free(ids);
	json_decref(json);
	return n > 0;
}

static void
on_members(void *arg, int status, const struct skua_reply *reply)
{
	struct looking *l = arg;
	struct group_member *m = still_there(l);
	bool complete = false;

	if (m != NULL && status == SKUA_OK && reply->code == CODE_OK) {
		complete = take_members(m, l, reply->body);
	} else if (m != NULL && status != SKUA_ECANCELED) {
		/* A broker that knows no member should know one. */
		if (status == SKUA_OK)
			skua_client_heartbeat_to(l->client,
			    l->route->brokers[l->broker].address);
		l->broker++;
		if (ask_members(l))
			return;
	}
	finish(l, complete);
}

/* Any broker of the topic knows. */
static bool
ask_members(struct looking *l)
{
	struct field field = { SKUA_STR("consumerGroup"),
		skua_str_z(l->member->group) };

	while (l->broker < l->route->broker_count &&
	    l->route->brokers[l->broker].id != 0)
		l->broker++;
	if (l->broker >= l->route->broker_count)
		return false;
	skua_client_start_call(l->client, l->route->brokers[l->broker].address,
	    REQUEST_CONSUMER_LIST, &field, 1, skua_str_n(NULL, 0), 0,
	    on_members, l);
	return true;
}

static void
on_route(void *arg, int status, struct client_route *route,
    const struct skua_error *e)
{
	struct looking *l = arg;
	struct group_member *m = still_there(l);

	(void)e;
	l->route = route;
	if (m == NULL || status != SKUA_OK) {
		/* Retry topics come with the first message to be retried. */
		finish(l, strncmp(l->topic, "%RETRY%", 7) == 0);
	} else if (m->options.broadcasting) {
		share_out(m, l, NULL, 0);
		finish(l, true);
	} else if (!ask_members(l)) {
		finish(l, false);
	}
}

static void
look_at(struct group_member *m, const char *topic)
{
	struct looking *l = skua_mem_new(1, sizeof(*l) + strlen(topic) + 1);

	l->client = m->client;
	l->member = m;
	memcpy(l->topic, topic, strlen(topic) + 1);
	m->rebalancing++;
	skua_client_find_route(m->client, topic, on_route, l);
}

void
skua_member_rebalance(struct group_member *m)
{
	struct subscription *s, *next;

	if (!m->started || m->stopping || m->assigns)
		return;
	if (m->rebalancing > 0) {
		m->rebalance_again = true;
		return;
	}
	m->unbalanced = false;
	m->rebalancing = 1; /* until all were begun */
	HASH_ITER(hh, m->subscriptions, s, next)
		look_at(m, s->topic);
	if (--m->rebalancing == 0)
		skua_member_rebalance_soon(m, m->unbalanced ?
			AGAIN_MS : m->client->options.rebalance_ms);
}

static void
on_timer(void *arg)
{
	struct group_member *m = arg;

	m->rebalance_timer = NULL;
	skua_member_rebalance(m);
}

void
skua_member_rebalance_soon(struct group_member *m, int64_t ms)
{
	skua_client_cancel(&m->rebalance_timer);
	m->rebalance_timer = skua_client_after(m->client, ms, on_timer, m);
}

/* --- routes that change --- */

static void
on_told(void *arg, size_t taken)
{
	struct skua_client *client = arg;

	(void)taken;
	for (struct group_member *m = client->members; m != NULL; m = m->next)
		if (m->started && !m->stopping)
			skua_member_rebalance_soon(m, 0);
}

/* Brokers that are new must know us before they are asked for anything. */
static void
on_changed(void *arg)
{
	struct skua_client *client = arg;

	client->changed_timer = NULL;
	skua_client_heartbeat(client, on_told, client);
}

void
skua_members_route_changed(struct skua_client *client)
{
	/* Many topics change together. */
	if (client->changed_timer == NULL && !client->ending)
		client->changed_timer = skua_client_after(client, CHANGED_MS,
		    on_changed, client);
}
