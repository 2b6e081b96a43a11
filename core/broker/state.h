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

/* One send request of the batch. */
struct put_request {
	struct conn *conn;
	int32_t opaque;
	enum command_codec codec;
	bool oneway, want_ids;
	bool dropped;        /* a route has dropped some of it */
	int32_t chosen;      /* the queue a selector has picked, or -1 */
	int32_t queue_id;    /* of what is answered */
	size_t first, count; /* its items */
	size_t own_first, own_count; /* without copies that routes made */
	struct skua_str unique_key; /* echoed; lives until the turn ends */
	const struct dispatch *dispatch;
	int32_t code; /* of the request, for hooks */
};

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

struct awaiting; /* an answer that waits for its position */
struct parked;
struct compiled;

struct loop_state {
	struct broker *broker;
	struct loop *loop;
	struct put_batch put;
	struct awaiting *awaiting_first, **awaiting_end;
	uv_timer_t tick;
	/* parked pulls by queue, and compiled filters by group@topic */
	struct parked_queue *parked;
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
