/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libskua: a client for Skua and Apache RocketMQ.
 *
 * A client runs a thread of its own; callbacks come on it and must not block.
 * Functions that take a callback return at once; those without one wait for the
 * answer and must not be called from a callback.  What a caller passes is copied
 * before the function returns; what a callback gets is borrowed for the call.
 */
#ifndef SKUA_CLIENT_H
#define SKUA_CLIENT_H

#include <skua/error.h>
#include <skua/message.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

struct skua_client;

/* namesrvs: "HOST:PORT;HOST:PORT".  Connects when first needed. */
SKUA_API int skua_client_new(const char *namesrvs,
    struct skua_client **client_r, struct skua_error *e) SKUA_MUST_CHECK;
/* What is under way ends with SKUA_ECANCELED.  Sets *client to NULL. */
SKUA_API void skua_client_free(struct skua_client **client);

/* --- any request --- */

struct skua_reply {
	int32_t code; /* of RocketMQ: 0 is success */
	struct skua_str remark, body;
	const void *fields; /* for skua_reply_field */
};
SKUA_API struct skua_str skua_reply_field(const struct skua_reply *reply,
    const char *name);

/* status SKUA_OK: the peer answered, with whatever code. */
typedef void skua_reply_fn(void *arg, int status,
    const struct skua_reply *reply);

/* address: "IP:PORT", or NULL for a nameserver.  fields: name, value, …, NULL;
 * may be NULL.  fn is called exactly once, unless an error is returned. */
SKUA_API int skua_client_call(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    int64_t timeout_ms, skua_reply_fn *fn, void *arg) SKUA_MUST_CHECK;

/* The same, waiting.  The sentence in e tells what failed, also when the code
 * is not 0; the body is malloc'd text (may be NULL to ignore it). */
SKUA_API int skua_client_ask(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    char **body_r, size_t *len_r, struct skua_error *e) SKUA_MUST_CHECK;

/* --- routes --- */

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
/* From the cache, at most 30 s old.  A topic without one: SKUA_ENOENT. */
SKUA_API int skua_client_route(struct skua_client *client, const char *topic,
    struct skua_route_info **route_r, struct skua_error *e) SKUA_MUST_CHECK;
SKUA_API void skua_route_free(struct skua_route_info **route);

/* --- sending --- */

struct skua_outgoing {
	const char *topic;
	const char *tag, *keys;        /* may be NULL */
	const char *const *properties; /* name, value, …, NULL; may be NULL */
	struct skua_str body;
	const char *group; /* NULL: "skua" */
};
struct skua_sent {
	char msg_id[SKUA_MSG_ID_SIZE];    /* the unique key */
	char offset_id[SKUA_MSG_ID_SIZE]; /* where it is stored */
	const char *broker;
	int32_t queue_id;
	int64_t queue_offset;
};
/* SKUA_OK: stored.  SKUA_EREFUSED: the broker said no; e has its words. */
typedef void skua_sent_fn(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e);

/* Queues in turn; another broker is tried when one cannot be reached.  A topic
 * without a route goes where TBW102 leads, and is created there. */
SKUA_API int skua_send_async(struct skua_client *client,
    const struct skua_outgoing *message, skua_sent_fn *fn, void *arg)
    SKUA_MUST_CHECK;
SKUA_API int skua_send(struct skua_client *client,
    const struct skua_outgoing *message, struct skua_sent *sent_r,
    struct skua_error *e) SKUA_MUST_CHECK;

/* --- pulling --- */

struct skua_pull {
	const char *group, *topic;
	const struct skua_queue *queue;
	int64_t offset;
	int32_t max_messages;
	const char *expression, *expression_type; /* NULL: everything, "TAG" */
	int64_t hold_ms; /* wait so long for a message */
};
enum skua_pull_outcome {
	SKUA_PULL_FOUND = 0,
	SKUA_PULL_NONE = 1,  /* nothing there now */
	SKUA_PULL_MOVED = 2, /* the offset was not there: go on at next_offset */
};
struct skua_pulled {
	enum skua_pull_outcome outcome;
	int64_t next_offset, min_offset, max_offset;
	struct skua_str records; /* back to back, for skua_record_decode */
};
typedef void skua_pulled_fn(void *arg, int status,
    const struct skua_pulled *pulled, const struct skua_error *e);
SKUA_API int skua_pull_async(struct skua_client *client,
    const struct skua_pull *pull, skua_pulled_fn *fn, void *arg)
    SKUA_MUST_CHECK;
/* records in *pulled_r are malloc'd: free them with skua_pulled_free. */
SKUA_API int skua_pull(struct skua_client *client,
    const struct skua_pull *pull, struct skua_pulled *pulled_r,
    struct skua_error *e) SKUA_MUST_CHECK;
SKUA_API void skua_pulled_free(struct skua_pulled *pulled);

/* --- offsets --- */

/* The group's offset; -1 when it has none. */
SKUA_API int skua_offset_query(struct skua_client *client, const char *group,
    const char *topic, const struct skua_queue *queue, int64_t *offset_r,
    struct skua_error *e) SKUA_MUST_CHECK;
SKUA_API int skua_offset_commit(struct skua_client *client, const char *group,
    const char *topic, const struct skua_queue *queue, int64_t offset,
    struct skua_error *e) SKUA_MUST_CHECK;
/* The first offset at or after a store time; INT64_MAX: the end; 0: the
 * oldest. */
SKUA_API int skua_offset_at(struct skua_client *client, const char *topic,
    const struct skua_queue *queue, int64_t ms, int64_t *offset_r,
    struct skua_error *e) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
