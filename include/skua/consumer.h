/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libskua: consuming as a member of a group.  Threads and ownership are as
 * client.h says.
 *
 * Members of a group share the queues of a topic as RocketMQ's clients do
 * (average allocation over sorted client ids), so that Java and libskua members
 * may be mixed; members of one group must have the same subscriptions.  A
 * broadcasting member reads every queue, and keeps its offsets in files below
 * the client's folder.
 *
 * A push consumer calls the program with messages; a lite consumer is asked for
 * them.  A message is delivered at least once: twice when a member dies, or
 * loses a queue to another member, before its offset was committed.
 */
#ifndef SKUA_CONSUMER_H
#define SKUA_CONSUMER_H

#include <skua/client.h>

SKUA_BEGIN_DECLS

/* A message as a consumer sees it.  Views and pointers are good for the call,
 * or until the batch is freed. */
struct skua_received {
	struct skua_str topic; /* the one it was first sent to */
	struct skua_str body;  /* uncompressed */
	struct skua_str tag, keys;
	struct skua_str msg_id; /* the unique key; else the offset id */
	const struct skua_queue *queue;
	struct skua_record record; /* as stored: offsets, times, properties */
};

/* Where a group begins that has no offset for a queue. */
enum skua_from {
	SKUA_FROM_LAST = 0, /* messages that come from now on */
	SKUA_FROM_FIRST = 1,
	SKUA_FROM_TIMESTAMP = 2,
};

/* Which queues are this member's, after each change.  On the client's thread. */
struct skua_assigned {
	const char *topic;
	struct skua_queue queue;
	int64_t offset; /* the lowest that is not done */
};
typedef void skua_assigned_fn(void *arg, const struct skua_assigned *queues,
    size_t count);

/* What both kinds have in common.  Zero means the default everywhere. */
struct skua_group_options {
	const char *group; /* (needed) */
	bool broadcasting;
	enum skua_from from;
	int64_t from_ms;      /* store time, for SKUA_FROM_TIMESTAMP */
	int32_t pull_batch;   /* messages asked for at once [32] */
	int64_t hold_ms;      /* a pull waits so long at the broker [15000] */
	size_t queue_messages; /* fetched and not done, per queue [1000] */
	size_t queue_bytes;    /* [104857600] */
	skua_assigned_fn *assigned;
	void *assigned_arg;
};

/* expression NULL: everything.  type "TAG" (or NULL), "SQL92", "LUA".  A second
 * subscription of a topic replaces the first. */

/* --- push --- */

struct skua_push;

enum skua_consumed {
	SKUA_CONSUMED = 0,
	/* Again, later: after the group's delay where the broker has one, else
	 * after 5 s from this client.  Broadcasting: not again. */
	SKUA_CONSUME_LATER = 1,
};
/* On a worker thread, several at once; with threads 0 on the client's thread. */
typedef enum skua_consumed skua_consume_fn(void *arg,
    const struct skua_received *messages, size_t count);

struct skua_push_options {
	size_t size; /* sizeof(struct skua_push_options) */
	struct skua_group_options group;
	unsigned threads;    /* that call consume; 0: none of their own */
	size_t batch;        /* messages per call, at most [1] */
	int32_t delay_level; /* of LATER [0: by number of tries]; -1: give up */
	int32_t max_tries;   /* before a message is dead [the group's] */
	skua_consume_fn *consume; /* (needed) */
	void *arg;
};

/* SKUA_EINVAL: no group or no consume, or a name with forbidden characters. */
SKUA_API int skua_push_new(struct skua_client *client,
    const struct skua_push_options *options, struct skua_push **push_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* Any time; takes effect at once when started. */
SKUA_API int skua_push_subscribe(struct skua_push *push, const char *topic,
    const char *expression, const char *type, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Announces the member and waits until brokers know it.  SKUA_ENOENT: a topic
 * has no route; SKUA_EREFUSED: a broker does not take an expression. */
SKUA_API int skua_push_start(struct skua_push *push, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Pulling pauses; what was fetched is still delivered. */
SKUA_API void skua_push_pause(struct skua_push *push);
SKUA_API void skua_push_resume(struct skua_push *push);
/* Stops pulling, waits for callbacks that run, commits, leaves the group: the
 * successor sees nothing twice.  Not in consume. */
SKUA_API void skua_push_free(struct skua_push **push);

/* --- lite pull --- */

struct skua_lite;

struct skua_lite_options {
	size_t size; /* sizeof(struct skua_lite_options) */
	struct skua_group_options group;
	bool no_auto_commit; /* only skua_lite_commit commits */
	/* On the client's thread: messages came after a poll that had found
	 * none. */
	void (*ready)(void *arg);
	void *arg;
};

SKUA_API int skua_lite_new(struct skua_client *client,
    const struct skua_lite_options *options, struct skua_lite **lite_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* Leaves the group as skua_push_free does; messages polled count as done. */
SKUA_API void skua_lite_free(struct skua_lite **lite);
/* Either subscribe (queues are shared with the group) or assign (queues are
 * the caller's choice), then start. */
SKUA_API int skua_lite_subscribe(struct skua_lite *lite, const char *topic,
    const char *expression, const char *type, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Replaces what was assigned of the topic. */
SKUA_API int skua_lite_assign(struct skua_lite *lite, const char *topic,
    const struct skua_queue *queues, size_t count, struct skua_error *e)
    SKUA_MUST_CHECK;
SKUA_API int skua_lite_start(struct skua_lite *lite, struct skua_error *e)
    SKUA_MUST_CHECK;

/* Messages of one queue, in order. */
struct skua_polled {
	const struct skua_received *messages;
	size_t count;
	void *owner; /* libskua's */
};
/* Waits up to timeout_ms (0: not at all) for messages, at most max of them.
 * SKUA_EAGAIN: none came.  From any thread; with timeout 0 from callbacks, too.
 * The offset moves past what was polled. */
SKUA_API int skua_lite_poll(struct skua_lite *lite, size_t max,
    int64_t timeout_ms, struct skua_polled *polled_r) SKUA_MUST_CHECK;
SKUA_API void skua_polled_free(struct skua_polled *polled);

/* What was fetched is dropped; polls go on at offset.  INT64_MAX: the end; -1:
 * the oldest.  SKUA_ENOENT: the queue is not this member's. */
SKUA_API int skua_lite_seek(struct skua_lite *lite, const char *topic,
    const struct skua_queue *queue, int64_t offset, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Pulling of this queue pauses; what was fetched can still be polled.
 * SKUA_ENOENT as above. */
SKUA_API int skua_lite_pause(struct skua_lite *lite, const char *topic,
    const struct skua_queue *queue) SKUA_MUST_CHECK;
SKUA_API int skua_lite_resume(struct skua_lite *lite, const char *topic,
    const struct skua_queue *queue) SKUA_MUST_CHECK;
/* Commits the offsets behind everything polled. */
SKUA_API int skua_lite_commit(struct skua_lite *lite, struct skua_error *e)
    SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
