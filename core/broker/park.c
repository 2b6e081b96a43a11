/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for messages, on their loop, by queue.
 *
 *	loop: parked (hash)  queue -> parked_queue -> place -> place
 *	      parks (list)   park ------------------> park
 *
 * A place is in the list of its queue and belongs to a park; whoever takes a
 * park out takes all of its places out. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "broker/park.h"

/* Very many are looked at once a second; RocketMQ does every 5 s. */
#define MANY 256
#define SCAN_MANY_MS 1000

struct parked_queue {
	UT_hash_handle hh;
	const struct queue *queue;
	struct park_place *first;
};

struct wake {
	struct loop_msg msg;
	struct queue *queue;
};

static uint64_t
bit_of(const struct loop *loop)
{
	return (uint64_t)1 << loop->id;
}

static void
due_at(struct loop_state *s, int64_t ms)
{
	if (ms < s->parked_due_ms)
		s->parked_due_ms = ms;
}

static struct parked_queue *
need_queue(struct loop_state *s, const struct queue *queue)
{
	struct parked_queue *pq;

	HASH_FIND_PTR(s->parked, &queue, pq);
	if (pq != NULL)
		return pq;
	pq = sk_new(struct parked_queue);
	pq->queue = queue;
	HASH_ADD_PTR(s->parked, queue, pq);
	return pq;
}

static void
link_place(struct loop_state *s, struct park *park, struct park_place *place,
    const struct queue *queue)
{
	struct parked_queue *pq = need_queue(s, queue);

	place->park = park;
	place->queue = pq;
	place->next = pq->first;
	place->back = &pq->first;
	if (place->next != NULL)
		place->next->back = &place->next;
	pq->first = place;
}

/* Frees the queue's entry when nobody is left, but not the one the caller looks
 * at. */
static void
unlink_place(struct loop_state *s, struct park_place *place,
    const struct parked_queue *in_use)
{
	struct parked_queue *pq = place->queue;

	*place->back = place->next;
	if (place->next != NULL)
		place->next->back = place->back;
	if (pq->first != NULL || pq == in_use)
		return;
	HASH_DEL(s->parked, pq);
	free(pq);
}

static void
take_out(struct loop_state *s, struct park *park,
    const struct parked_queue *in_use)
{
	for (size_t i = 0; i < park->count; i++)
		unlink_place(s, &park->places[i], in_use);
	*park->back = park->next;
	if (park->next != NULL)
		park->next->back = park->back;
	s->parked_count--;
}

void
skua_park(struct loop_state *s, struct park *park,
    const struct park_seen *seen)
{
	ASSERT_LOOP(s->loop);
	for (size_t i = 0; i < park->count; i++)
		link_place(s, park, &park->places[i], seen[i].queue);
	park->next = s->parks;
	park->back = &s->parks;
	if (park->next != NULL)
		park->next->back = &park->next;
	s->parks = park;
	s->hidden |= park->hidden;
	s->parked_count++;
	due_at(s, park->until_ms);
	for (size_t i = 0; i < park->count; i++)
		atomic_fetch_or(&seen[i].queue->parked, bit_of(s->loop));
	/* A message that came since then, and before the bit, was seen by
	 * nobody. */
	atomic_thread_fence(memory_order_seq_cst);
	for (size_t i = 0; i < park->count; i++)
		if (skua_queue_max(s->broker, seen[i].queue) !=
		    seen[i].max_offset)
			skua_park_wake(s->broker, seen[i].queue);
}

/* They were taken out, so that they may park again. */
static void
run_list(struct loop_state *s, struct park *list, enum park_why why)
{
	while (list != NULL) {
		struct park *park = list;

		list = park->next;
		park->fn(s, park, park->conn->closing ? PARK_CLOSED : why);
	}
}

static void
wake_here(struct loop *loop, struct loop_msg *msg)
{
	struct wake *w = sk_container(msg, struct wake, msg);
	struct loop_state *s = loop->data;
	struct parked_queue *pq;
	struct park *list = NULL;

	HASH_FIND_PTR(s->parked, &w->queue, pq);
	free(w);
	if (pq == NULL)
		return;
	while (pq->first != NULL) {
		struct park *park = pq->first->park;

		take_out(s, park, pq);
		park->next = list;
		list = park;
	}
	HASH_DEL(s->parked, pq);
	free(pq);
	run_list(s, list, PARK_GROWN);
}

void
skua_park_wake(struct broker *b, struct queue *queue)
{
	uint64_t loops = atomic_exchange(&queue->parked, 0);

	for (; loops != 0; loops &= loops - 1) {
		struct wake *w = sk_new(struct wake);

		w->msg.fn = wake_here;
		w->queue = queue;
		skua_loop_post(b->loop_list[__builtin_ctzll(loops)], &w->msg);
	}
}

void
skua_park_rerun_hidden(struct loop_state *s)
{
	struct park *park = s->parks, *next, *list = NULL;

	if (!s->hidden)
		return;
	s->hidden = false;
	for (; park != NULL; park = next) {
		next = park->next;
		if (!park->hidden)
			continue;
		take_out(s, park, NULL);
		park->next = list;
		list = park;
	}
	run_list(s, list, PARK_GROWN);
}

void
skua_park_expire(struct loop_state *s)
{
	struct park *park = s->parks, *next, *list = NULL;
	int64_t now = skua_mono_ms();

	if (now < s->parked_due_ms ||
	    (s->parked_count > MANY && now < s->parked_scan_ms))
		return;
	s->parked_due_ms = INT64_MAX;
	s->parked_scan_ms = now + SCAN_MANY_MS;
	for (; park != NULL; park = next) {
		next = park->next;
		if (park->until_ms > now && !park->conn->closing) {
			due_at(s, park->until_ms);
			continue;
		}
		take_out(s, park, NULL);
		park->next = list;
		list = park;
	}
	run_list(s, list, PARK_OVER);
}

void
skua_park_connection_closed(struct loop_state *s)
{
	due_at(s, 0);
}

void
skua_park_end_all(struct loop_state *s)
{
	while (s->parks != NULL) {
		struct park *park = s->parks;

		take_out(s, park, NULL);
		park->fn(s, park, PARK_ENDING);
	}
}
