/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include <skua/host.h>

#include "base/assert.h"
#include "client/flow.h"

#define SPAN_MAX 2000 /* between the first and the last that are not done */

static size_t
make_key(char *to, size_t size, const char *topic, const char *broker,
    int32_t queue_id)
{
	return (size_t)snprintf(to, size, "%s %s %d", topic, broker, queue_id);
}

struct flow *
skua_flow_new(struct group_member *m, const char *topic,
    const struct skua_queue *queue)
{
	size_t n = make_key(NULL, 0, topic, queue->broker, queue->queue_id) + 1;
	struct flow *flow = skua_mem_new(1, sizeof(*flow) + n);

	(void)make_key(flow->key, n, topic, queue->broker, queue->queue_id);
	flow->refs = 1;
	flow->member = m;
	flow->topic = skua_mem_dup(skua_str_z(topic));
	flow->queue = *queue;
	flow->queue.broker = skua_mem_dup(skua_str_z(queue->broker));
	flow->queue.address = skua_mem_dup(skua_str_z(queue->address));
	flow->next_offset = -1;
	flow->last = &flow->first;
	HASH_ADD_STR(m->flows, key, flow);
	return flow;
}

struct flow *
skua_flow_find(const struct group_member *m, const char *topic,
    const char *broker, int32_t queue_id)
{
	char key[1024];
	struct flow *flow;

	if (make_key(key, sizeof(key), topic, broker, queue_id) >= sizeof(key))
		return NULL;
	HASH_FIND_STR(m->flows, key, flow);
	return flow;
}

struct flow *
skua_flow_ref(struct flow *flow)
{
	flow->refs++;
	return flow;
}

void
skua_flow_unref(struct flow *flow)
{
	if (--flow->refs > 0)
		return;
	free((char *)(uintptr_t)flow->queue.broker);
	free((char *)(uintptr_t)flow->queue.address);
	free(flow->topic);
	free(flow);
}

/* What was fetched counts no more; whoever still works on it may finish. */
static void
forget_parcels(struct flow *flow)
{
	while (flow->first != NULL) {
		struct parcel *p = flow->first;

		flow->first = p->next;
		p->detached = true;
		skua_parcel_unref(p);
	}
	flow->last = &flow->first;
	flow->messages = flow->bytes = 0;
	flow->stalled = false;
}

void
skua_flow_drop(struct flow *flow)
{
	struct group_member *m = flow->member;

	if (flow->next_offset >= 0)
		skua_flow_commit(flow);
	HASH_DEL(m->flows, flow);
	flow->dropped = true;
	skua_client_cancel(&flow->timer);
	if (m->ops->dropped != NULL)
		m->ops->dropped(m, flow);
	forget_parcels(flow);
	skua_flow_unref(flow);
}

void
skua_flow_restart(struct flow *flow, int64_t offset)
{
	struct group_member *m = flow->member;

	flow->epoch++;
	flow->pulling = false;
	skua_client_cancel(&flow->timer);
	if (m->ops->dropped != NULL)
		m->ops->dropped(m, flow);
	forget_parcels(flow);
	flow->next_offset = offset;
	flow->broker_id = 0;
	skua_flow_commit(flow);
	skua_flow_fetch(flow);
}

int64_t
skua_flow_offset(const struct flow *flow)
{
	const struct parcel *p = flow->first;

	if (p == NULL)
		return flow->next_offset;
	for (size_t i = 0; i < p->count; i++)
		if (!p->done[i])
			return p->messages[i].record.queue_offset;
	sk_assert(false); /* a parcel that is done leaves */
	return -1;
}

void
skua_flow_add(struct flow *flow, struct parcel *parcel)
{
	for (size_t i = 0; i < parcel->count; i++)
		flow->bytes += (size_t)parcel->messages[i].record.size;
	flow->messages += parcel->count;
	*flow->last = skua_parcel_ref(parcel);
	flow->last = &parcel->next;
}

bool
skua_flow_is_full(const struct flow *flow)
{
	const struct skua_group_options *o = &flow->member->options;

	return flow->messages > o->queue_messages ||
	    flow->bytes > o->queue_bytes ||
	    (flow->first != NULL &&
		flow->next_offset - skua_flow_offset(flow) > SPAN_MAX);
}

static void
pop_done(struct flow *flow)
{
	while (flow->first != NULL &&
	    flow->first->done_count == flow->first->count) {
		struct parcel *p = flow->first;

		flow->first = p->next;
		if (flow->first == NULL)
			flow->last = &flow->first;
		skua_parcel_unref(p);
	}
}

void
skua_flow_done(struct parcel *parcel, size_t i)
{
	struct flow *flow = parcel->flow;

	if (parcel->done[i])
		return;
	parcel->done[i] = true;
	parcel->done_count++;
	flow->done_ms = skua_now_ms();
	if (parcel->detached)
		return;
	flow->messages--;
	flow->bytes -= (size_t)parcel->messages[i].record.size;
	pop_done(flow);
	if (flow->stalled && !skua_flow_is_full(flow)) {
		flow->stalled = false;
		skua_flow_fetch(flow);
	}
}
