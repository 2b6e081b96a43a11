/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection.  It belongs to one loop for life; everything here runs on that
 * loop.  Other threads hold a reference and post to the loop.
 *
 * Frames are decoded straight from the loop's read buffer.  What leaves is
 * collected in segments: small answers in chunks, message bytes as views into
 * the store, and written with one call at the end of the turn, or before it when
 * there is much.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <skua/store.h>

#include "base/hash.h"
#include "net/loop.h"
#include "wire/command.h"

/* A small answer to each of very many connections takes as many of them. */
#define OUT_CHUNK_SIZE 4032
struct out_chunk {
	struct out_chunk *next;
	size_t used;
	unsigned refs; /* segments that point into it */
	size_t size;
	uint8_t bytes[];
};

/* Releases a pinned view; runs on the connection's loop. */
typedef void out_release_fn(void *owner, void *pin);

struct out_segment {
	const uint8_t *bytes;
	size_t len;
	struct out_chunk *chunk; /* or */
	out_release_fn *release;
	void *owner, *pin;
};

/* Who a connection talks for: a listening port or an outgoing peer. */
struct conn_user {
	/* One whole command; the bytes are valid during the call. */
	void (*command)(struct conn *conn, const struct command *command);
	/* Gone: the last call.  May be NULL. */
	void (*closed)(struct conn *conn);
	int64_t idle_ms; /* closed after so long without a byte; 0: never */
	void *data;
};

struct conn {
	uv_tcp_t tcp;
	struct loop *loop;
	const struct conn_user *user;
	void *data; /* the user's, for this connection */
	uint64_t id;
	struct skua_addr peer, local;
	_Atomic unsigned refs;
	UT_hash_handle hh; /* loop->by_id */
	struct conn *prev, *next;
	int64_t active_ms;

	/* the beginning of a frame that has not arrived whole, or frames that
	 * wait while it rests */
	uint8_t *partial;
	size_t partial_len, partial_size;
	int64_t partial_since_ms; /* of a large one */

	struct out_segment *out;
	size_t out_first, out_count, out_size;
	size_t out_bytes;
	size_t copied; /* of them not views into the store */
	struct out_chunk *chunk; /* the one being filled */
	uv_write_t write;
	size_t writing; /* segments given to uv_write */
	struct conn *next_unflushed;
	bool is_unflushed;

	/* Requests that are answered later (net/request.h), and whether for one
	 * of these things nothing is read at present. */
	int64_t deferred, parked, deferred_bytes;
	bool rests, cutting, resume_posted;
	struct loop_msg resume;
	bool is_counted; /* among those of its address (net/address_count.h) */
	_Atomic bool closing; /* other threads ask, too */
};

/* Adopts a connected socket. */
int skua_conn_open(struct loop *loop, int fd, const struct conn_user *user,
    void *data, struct conn **conn_r) SKUA_MUST_CHECK;
/* Idempotent; `closed` is called later, once. */
void skua_conn_close(struct conn *conn, const char *why);
struct conn *skua_conn_ref(struct conn *conn);
void skua_conn_unref(struct conn *conn); /* any thread */
struct conn *skua_conn_find(struct loop *loop, uint64_t id);

/* Room for n bytes of output, contiguous; commit what was used.  NULL: out of
 * memory, the connection is being closed. */
uint8_t *skua_conn_reserve(struct conn *conn, size_t n);
void skua_conn_commit(struct conn *conn, size_t n);
/* Adds bytes that stay valid until release(owner, pin) is called. */
void skua_conn_send_pinned(struct conn *conn, const void *bytes, size_t len,
    out_release_fn *release, void *owner, void *pin);
/* Copies bytes. */
void skua_conn_send(struct conn *conn, const void *bytes, size_t len);
void skua_conn_send_command(struct conn *conn, const struct command_out *out,
    struct skua_str body);

/* For the loop. */
void skua_conn_flush(struct conn *conn);

/* It has not taken as much as it may leave unsent: what need not be said is not
 * said to it. */
bool skua_conn_is_full(const struct conn *conn);
/* Reads on when what it rested for is over: output that left, a request that was
 * answered, a tick. */
void skua_conn_balance(struct conn *conn);
/* Every 100 ms while something rests. */
void skua_conns_tick(struct loop *loop);
/* A request of it is kept, and no longer kept: bytes of memory, which may not
 * be had (false: the peer is to be told so). */
bool skua_conn_hold(struct conn *conn, int64_t bytes) SKUA_MUST_CHECK;
void skua_conn_unhold(struct conn *conn, int64_t bytes);
/* The same for the answer to what is stored already, which is never refused:
 * nothing more is read meanwhile. */
void skua_conn_hold_answer(struct conn *conn, int64_t bytes);
void skua_conn_unhold_answer(struct conn *conn, int64_t bytes);
/* A kept request waits for messages, or no longer does. */
bool skua_conn_hold_parked(struct conn *conn) SKUA_MUST_CHECK;
void skua_conn_unhold_parked(struct conn *conn);

/* Between conn.c and conn_out.c. */
void skua_conn_drop_output(struct conn *conn);

#endif
