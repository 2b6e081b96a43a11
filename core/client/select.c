/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which queue a message goes to: its own, its hash key's, the one the
 * producer's selector picks, or the next in turn.
 * Upstream: client.latency.MQFaultStrategy, impl.producer.TopicPublishInfo.
 */
#include "client/producer.h"

#define DEFAULT_QUEUES 4 /* of a topic that is made by sending to it */

static uint32_t
ask_selector(struct sending *s, uint32_t count)
{
	struct skua_message m = { .topic = s->topic_name, .queue_id = -1,
		.flag = s->flag, .sys_flag = s->sys_flag,
		.born_timestamp_ms = s->born_ms,
		.properties = s->properties, .body = s->body };

	m.tags = skua_property(m.properties, "TAGS");
	m.keys = skua_property(m.properties, "KEYS");
	m.unique_key = skua_str_n(s->sent.msg_id, UNIQUE_LEN);
	return s->producer->options.selector->pick(s->topic->selector_state, &m,
	    count) % count;
}

/* How choosy: a round for each, until one finds a queue. */
enum { FINE_AND_OTHER, OTHER, ANY, ROUNDS };

static bool
is_good(const struct sending *s, const struct skua_queue *q, int round)
{
	if (round <= OTHER && s->failed_broker != NULL &&
	    strcmp(s->failed_broker, q->broker) == 0)
		return false;
	return round > FINE_AND_OTHER ||
	    skua_fault_is_fine(s->producer, q->broker);
}

static const struct skua_queue *
next_in_turn(struct sending *s, const struct client_route *route,
    bool is_default)
{
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < route->writable_count; i++) {
			const struct skua_queue *q =
			    route->writable[s->topic->next++ %
				route->writable_count];

			if (is_default && q->queue_id >= DEFAULT_QUEUES)
				continue;
			if (is_good(s, q, round))
				return q;
		}
	return NULL;
}

const struct skua_queue *
skua_send_select(struct sending *s, const struct client_route *route,
    bool is_default)
{
	uint32_t n = (uint32_t)route->writable_count;

	if (n == 0)
		return NULL;
	if (s->hash_key.len > 0 && !is_default)
		return route->writable[skua_hash_choice(s->hash_key, n)];
	if (s->producer->options.selector != NULL && s->tries == 0 &&
	    !is_default)
		return route->writable[ask_selector(s, n)];
	return next_in_turn(s, route, is_default);
}
