/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network loop: one thread, one uv_loop_t, a mailbox.
 *
 * One turn: wait; handle every ready connection's requests; then `turn_end`
 * (the broker appends what they sent as one batch); then one write for each
 * connection that has answers.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include <skua/request.h>

#include "base/assert.h"
#include "base/mem.h"
#include "net/budget.h"

#define LOOP_READ_SIZE (256 * 1024)

struct conn;
struct loop;

/* A message to a loop: embedded in what it is about. */
struct loop_msg {
	struct loop_msg *next;
	void (*fn)(struct loop *loop, struct loop_msg *msg);
};

struct loop {
	uv_loop_t uv;
	unsigned id;
	struct arena arena; /* of this turn */
	char *read_buffer;  /* shared by the loop's connections */
	struct skua_request *request; /* the one being handled */

	struct conn *conns;     /* all, as a list */
	struct conn *by_id;     /* all, as a hash */
	struct conn *unflushed; /* with answers of this turn */
	uint64_t next_conn;
	size_t conn_count;
	size_t resting; /* of them are not read from at present */
	const struct limits *limits; /* never NULL; set before it runs */
	struct held held;
	struct out_chunk *spare_chunks;
	size_t spare_count;

	/* The owner's, called when a turn's requests have been handled. */
	void (*turn_end)(struct loop *loop);
	/* … and when the loop is about to end, on its thread. */
	void (*ending)(struct loop *loop);
	void *data;

	/* private */
	uv_async_t wake;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_timer_t tick;
	unsigned ticks;
	_Atomic(struct loop_msg *) inbox;
	pthread_t thread;
	bool online; /* in the sense of base/rcu.h */
	bool stopping;
};

/* At the start of every callback of a handle on the loop: what it reads stays
 * until the turn ends. */
void skua_loop_enter(struct loop *loop);

/* libuv ends a process without a word when there is no memory; from now on with
 * one.  Before the first loop. */
void skua_loop_say_when_out_of_memory(void);

/* The loop that runs on this thread; NULL: none does. */
struct loop *skua_loop_here(void);
#define ASSERT_LOOP(loop) sk_assert(skua_loop_here() == (loop))

int skua_loop_init(struct loop *loop, unsigned id) SKUA_MUST_CHECK;
/* Runs it on a thread of its own. */
int skua_loop_start(struct loop *loop) SKUA_MUST_CHECK;
/* Runs it here until skua_loop_stop. */
void skua_loop_run(struct loop *loop);
/* Any thread: closes the connections and ends the loop. */
void skua_loop_stop(struct loop *loop);
void skua_loop_join(struct loop *loop);
void skua_loop_fini(struct loop *loop);
/* Handles what was posted to a loop that no longer runs. */
void skua_loop_drain(struct loop *loop);

/* Any thread: fn runs on the loop, once, later. */
void skua_loop_post(struct loop *loop, struct loop_msg *msg);
/* On the loop: ends the turn now (a handler made work for it). */
void skua_loop_flush(struct loop *loop);

#endif
