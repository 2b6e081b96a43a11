/* SPDX-License-Identifier: Apache-2.0 */
/* Parked pulls, on their loop, by queue. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "broker/park.h"

/* Very many are looked at once a second; RocketMQ does every 5 s. */
#define MANY 256
#define SCAN_MANY_MS 1000

struct parked {
	struct parked *next;
	struct skua_request *request; /* deferred */
	int64_t until_ms;
};

struct parked_queue {
	UT_hash_handle hh;
	struct queue *queue;
	struct parked *first;
	bool hidden; /* one of them waits for messages to be safe */
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

static void
forget(struct loop_state *s, struct skua_request *request)
{
	s->parked_count--;
	skua_request_drop(request);
}

void
skua_park(struct loop_state *s, struct skua_request *request,
    struct queue *queue, const struct get_result *seen, int64_t hold_ms)
{
	struct parked_queue *pq;
	struct parked *p;

	if (!skua_request_park(request))
		return;
	p = sk_new(struct parked);
	p->request = request;
	p->until_ms = skua_mono_ms() + hold_ms;
	HASH_FIND_PTR(s->parked, &queue, pq);
	if (pq == NULL) {
		pq = sk_new(struct parked_queue);
		pq->queue = queue;
		HASH_ADD_PTR(s->parked, queue, pq);
	}
	p->next = pq->first;
	pq->first = p;
	pq->hidden |= seen->hidden;
	s->hidden |= seen->hidden;
	s->parked_count++;
	due_at(s, p->until_ms);
	atomic_fetch_or(&queue->parked, bit_of(s->loop));
	/* A message that came since then, and before the bit, was seen by
	 * nobody. */
	atomic_thread_fence(memory_order_seq_cst);
	if (skua_queue_max(s->broker, queue) != seen->max_offset)
		skua_park_wake(s->broker, queue);
}

static void
wake_here(struct loop *loop, struct loop_msg *msg)
{
	struct wake *w = sk_container(msg, struct wake, msg);

	skua_park_rerun(loop->data, w->queue);
	free(w);
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

/* Takes the queue's pulls out, so that they may park again meanwhile. */
static struct parked *
take_all(struct loop_state *s, struct parked_queue *pq)
{
	struct parked *first = pq->first;

	HASH_DEL(s->parked, pq);
	free(pq);
	return first;
}

static struct parked *
joined(struct parked *list, struct parked *rest)
{
	struct parked *last = list;

	if (list == NULL)
		return rest;
	while (last->next != NULL)
		last = last->next;
	last->next = rest;
	return list;
}

static void
rerun_list(struct loop_state *s, struct parked *list)
{
	int64_t now = skua_mono_ms();

	while (list != NULL) {
		struct parked *p = list;
		struct skua_request *request = p->request;

		list = p->next;
		s->parked_count--;
		skua_request_unpark(request);
		if (request->conn->closing)
			skua_request_drop(request);
		else
			skua_pull_again(s, request, p->until_ms - now);
		free(p);
	}
}

void
skua_park_rerun(struct loop_state *s, struct queue *queue)
{
	struct parked_queue *pq;

	HASH_FIND_PTR(s->parked, &queue, pq);
	if (pq != NULL)
		rerun_list(s, take_all(s, pq));
}

void
skua_park_rerun_hidden(struct loop_state *s)
{
	struct parked_queue *pq, *next;
	struct parked *all = NULL;

	if (!s->hidden)
		return;
	s->hidden = false;
	HASH_ITER(hh, s->parked, pq, next)
		if (pq->hidden)
			all = joined(take_all(s, pq), all);
	rerun_list(s, all);
}

/* Splits off the pulls that are due; the others stay. */
static struct parked *
take_due(struct loop_state *s, struct parked_queue *pq, int64_t now)
{
	struct parked *due = NULL, **at = &pq->first;

	while (*at != NULL) {
		struct parked *p = *at;

		if (p->until_ms > now && !p->request->conn->closing) {
			due_at(s, p->until_ms);
			at = &p->next;
			continue;
		}
		*at = p->next;
		p->next = due;
		due = p;
	}
	return due;
}

void
skua_park_expire(struct loop_state *s)
{
	struct parked_queue *pq, *next;
	struct parked *all = NULL;
	int64_t now = skua_mono_ms();

	if (now < s->parked_due_ms ||
	    (s->parked_count > MANY && now < s->parked_scan_ms))
		return;
	s->parked_due_ms = INT64_MAX;
	s->parked_scan_ms = now + SCAN_MANY_MS;
	HASH_ITER(hh, s->parked, pq, next) {
		all = joined(take_due(s, pq, now), all);
		if (pq->first == NULL) {
			HASH_DEL(s->parked, pq);
			free(pq);
		}
	}
	rerun_list(s, all);
}

void
skua_park_connection_closed(struct loop_state *s)
{
	due_at(s, 0);
}

void
skua_park_drop_all(struct loop_state *s)
{
	struct parked_queue *pq, *next;

	HASH_ITER(hh, s->parked, pq, next) {
		struct parked *list = take_all(s, pq);

		while (list != NULL) {
			struct parked *p = list;

			list = p->next;
			forget(s, p->request);
			free(p);
		}
	}
}
