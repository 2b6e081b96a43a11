/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libskua: a client for Skua and Apache RocketMQ.  This header has the client
 * itself: its thread, its connections, requests, routes.  What one does with it
 * is in producer.h, consumer.h, pull.h and admin.h.
 *
 * Threads.  A client either has a thread of its own, or lives on a uv loop of
 * the caller's.  "The client's thread" below means that thread, or the thread
 * that runs the caller's loop.  Callbacks come on it, unless their comment says
 * otherwise, and must not block.  A callback never comes from inside the
 * function it was given to.
 *
 * Functions that take a callback return at once and may be called from any
 * thread.  Functions without one wait for the answer: they may be called from
 * any thread, but not from a callback on the client's thread (SKUA_EBUSY).  On
 * the thread of the caller's loop they drive the client while they wait, so
 * that callbacks of other calls may come meanwhile.
 *
 * Ownership.  What a caller passes is copied before the function returns; what
 * a callback gets is borrowed for the call.  What *_new gives, *_free takes, and
 * sets the caller's pointer to NULL; everything made of a client is freed before
 * it, and not in a callback.  There is no state outside the client: two of them
 * know nothing of each other.
 *
 * Errors.  A struct skua_error * may be NULL; otherwise it has a sentence
 * whenever a function fails.  Those that wait for a peer fail with SKUA_ECLOSED
 * (it could not be reached), SKUA_ETIMEOUT, SKUA_EREFUSED (it said no),
 * SKUA_EPROTO (its answer makes no sense) and SKUA_EBUSY; comments name what
 * else there is.
 */
#ifndef SKUA_CLIENT_H
#define SKUA_CLIENT_H

#include <skua/error.h>
#include <skua/message.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

struct uv_loop_s;
struct skua_client;

/* Zero means the default everywhere. */
struct skua_client_options {
	size_t size;          /* sizeof(struct skua_client_options) */
	const char *namesrvs; /* "HOST:PORT;HOST:PORT" (needed) */
	/* The caller's loop; NULL: a thread of its own.  The client is then made
	 * and freed on the thread that runs the loop, and the loop is run at
	 * least once more after the client was freed.  The program ignores
	 * SIGPIPE, as every program on libuv; a thread of the client's own
	 * has it blocked. */
	struct uv_loop_s *loop;
	const char *instance; /* end of the client id [PID#NUMBER] */
	const char *folder;   /* of local offsets [~/.skua_offsets] */
	int64_t timeout_ms;   /* of a request [5000] */
	int64_t route_ms;     /* how often routes are asked anew [30000] */
	int64_t heartbeat_ms; /* [30000] */
	int64_t rebalance_ms; /* [20000] */
	int64_t commit_ms;    /* [5000] */
	bool binary_headers;  /* the compact header encoding instead of JSON */
	bool no_heartbeat_v2; /* the whole heartbeat every time */
};

/* Connects when first needed.  options is borrowed for the call.  SKUA_EINVAL:
 * no nameserver, or one that is no HOST:PORT. */
SKUA_API int skua_client_open(const struct skua_client_options *options,
    struct skua_client **client_r, struct skua_error *e) SKUA_MUST_CHECK;
/* The same with nothing but nameservers. */
SKUA_API int skua_client_new(const char *namesrvs,
    struct skua_client **client_r, struct skua_error *e) SKUA_MUST_CHECK;
/* What is under way ends with SKUA_ECANCELED, on the client's thread, before
 * this returns. */
SKUA_API void skua_client_free(struct skua_client **client);
/* What brokers know it by: "IP@INSTANCE".  The client's own. */
SKUA_API const char *skua_client_id(const struct skua_client *client);

/* --- any request --- */

struct skua_reply {
	int32_t code; /* of RocketMQ: 0 is success */
	struct skua_str remark, body;
	const void *fields; /* for skua_reply_field */
};
/* The value's p is NULL when there is no such field. */
SKUA_API struct skua_str skua_reply_field(const struct skua_reply *reply,
    const char *name);

/* status SKUA_OK: the peer answered, with whatever code.  Else SKUA_ECLOSED,
 * SKUA_ETIMEOUT, SKUA_ECANCELED, SKUA_EINVAL (no such address). */
typedef void skua_reply_fn(void *arg, int status,
    const struct skua_reply *reply);

/* address: "IP:PORT", or NULL for a nameserver (another is asked when one does
 * not answer).  fields: name, value, …, NULL; may be NULL.  timeout_ms 0: the
 * client's.  fn is called exactly once, unless an error is returned: SKUA_ELIMIT,
 * when there are too many fields, or the body is too large for a frame. */
SKUA_API int skua_client_call(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    int64_t timeout_ms, skua_reply_fn *fn, void *arg) SKUA_MUST_CHECK;

/* The same, waiting.  The sentence in e tells what failed, also when the code
 * is not 0 (SKUA_EREFUSED); the body is malloc'd text, NUL-terminated (body_r
 * and len_r may be NULL to ignore it). */
SKUA_API int skua_client_ask(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    char **body_r, size_t *len_r, struct skua_error *e) SKUA_MUST_CHECK;

/* --- routes --- */

/* A queue is known by its topic, its broker's name and its number. */
struct skua_queue {
	const char *broker;  /* name */
	const char *address; /* of its master */
	int32_t queue_id;
	int32_t perm; /* 4 readable, 2 writable */
};
struct skua_route_info {
	size_t count; /* sorted by broker and queue */
	struct skua_queue *queues;
};
/* From the cache, at most route_ms old.  A topic without one: SKUA_ENOENT.  The
 * caller's, with all it points to, until skua_route_free. */
SKUA_API int skua_client_route(struct skua_client *client, const char *topic,
    struct skua_route_info **route_r, struct skua_error *e) SKUA_MUST_CHECK;
SKUA_API void skua_route_free(struct skua_route_info **route);

SKUA_END_DECLS

#endif
