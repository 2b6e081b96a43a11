/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one network loop keeps for the broker: the batch being built, answers
 * that wait for flush and replication, parked pulls, compiled filters.
 */
#ifndef BROKER_STATE_H
#define BROKER_STATE_H

#include "base/buf.h"
#include "broker/broker.h"

/* A turn ends early beyond this; one request may still exceed it. */
#define PUT_BATCH_MAX 1024
#define PUT_BATCH_BYTES (1024 * 1024)

struct loop_state;
struct put_request;

/* The batch was appended (code 0), or was refused.  What end_pos is above 0 may be
 * told when the log is safe up to there: skua_put_wait.  Once, on the loop. */
typedef void put_done_fn(struct loop_state *s, const struct put_request *r,
    int32_t code, const char *remark, int64_t end_pos);

/* What is stored together, and who is told. */
struct put_request {
	put_done_fn *done;
	void *arg;           /* its own */
	uint64_t first_route; /* in the order of providing; UINT64_MAX: none */
	bool no_hold;        /* not held back by an almost full disk */
	bool dropped;        /* a route has dropped some of it */
	int32_t chosen;      /* the queue a selector has picked, or -1 */
	int32_t queue_id;    /* of what is answered */
	size_t first, count; /* its items */
	size_t own_first, own_count; /* without copies that routes made */
};

/* Waits until the log is safe up to end_pos; a part of what waits. */
struct put_wait {
	struct put_wait *next;
	int64_t end_pos, since_ms;
	/* code: 0, why it is less safe than asked, or PUT_ENDING: the loop
	 * ends.  Once, on the loop. */
	void (*done)(struct loop_state *s, struct put_wait *w, int32_t code);
};
#define PUT_ENDING (-1)

struct put_batch {
	struct buf bytes; /* encoded records, back to back */
	/* Until the append, pos is the record's place in bytes. */
	struct skua_append *appends;
	struct log_item *items;
	bool *is_copy; /* of each item: it has no answer of its own */
	size_t item_count, item_size;
	struct put_request requests[PUT_BATCH_MAX];
	size_t request_count;
};

struct park;
struct compiled;

struct loop_state {
	struct broker *broker;
	struct loop *loop;
	struct put_batch put;
	struct put_wait *waits_first, **waits_end;
	uv_timer_t tick;
	/* who waits, by queue and all; compiled filters by group@topic */
	struct parked_queue *parked;
	struct park *parks;
	size_t parked_count;
	bool hidden; /* some wait for messages to be safe */
	int64_t parked_due_ms;  /* before, none has waited long enough */
	int64_t parked_scan_ms; /* the next look, when there are many */
	struct compiled *compiled, *compiled_newest, *compiled_oldest;
	size_t compiled_bytes;
	struct selector_state *selectors;
	struct check_cursor checks;
	_Atomic bool durable_posted;
	struct loop_msg durable_msg;
	uint32_t random;
};

static inline struct loop_state *
state_of(const struct conn *conn)
{
	return conn->loop->data;
}

struct loop_state *skua_state_new(struct broker *b, struct loop *loop);
void skua_state_free(struct loop_state *s);

#endif
