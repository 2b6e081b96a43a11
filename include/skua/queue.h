/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues: reading their messages as a pull does, without copying, and waiting for
 * more.
 *
 *	rc = skua_queue_read(host, &read, &records);
 *	if (rc == SKUA_OK && skua_records_info(records)->count > 0)
 *		skua_answer_records(request, NULL, records);
 *	else
 *		… skua_queue_wait(host, skua_request_defer(request), …)
 *
 * SKUA_ENOTSUP in a process without the role broker.
 * Upstream: store.MessageStore.getMessage, broker.longpolling.
 */
#ifndef SKUA_QUEUE_H
#define SKUA_QUEUE_H

#include <skua/filter.h>
#include <skua/host.h>
#include <skua/request.h>

SKUA_BEGIN_DECLS

/* Any thread: the offsets of a queue are [min, max).  A queue that has had no
 * message has 0 and 0.  SKUA_ENOENT: no such topic, or queue of it. */
SKUA_API int skua_queue_range(struct skua_host *host, struct skua_str topic,
    int32_t queue, int64_t *min_r, int64_t *max_r) SKUA_MUST_CHECK;

/* A thread that may wait for the disk: the offset of the first message that was
 * stored at ms or later, max if there is none; with upper that of the last one
 * at ms or before, min if there is none. */
SKUA_API int skua_queue_by_time(struct skua_host *host, struct skua_str topic,
    int32_t queue, int64_t ms, bool upper, int64_t *offset_r) SKUA_MUST_CHECK;

/* What a read has come to; as RocketMQ has it. */
enum skua_read_status {
	SKUA_READ_FOUND = 0,
	SKUA_READ_NO_MATCH, /* the filter wants none of those that it has seen */
	SKUA_READ_REMOVED,  /* they have just been deleted */
	SKUA_READ_NULL,     /* no entry is there */
	SKUA_READ_BEYOND,   /* the offset is above the end */
	SKUA_READ_AT_END,   /* nothing yet, or nothing that is safe yet */
	SKUA_READ_BELOW,    /* the offset is below the beginning */
	SKUA_READ_NO_QUEUE,
	SKUA_READ_EMPTY,
};

struct skua_read {
	size_t size; /* sizeof(struct skua_read) */
	struct skua_str topic;
	int32_t queue;
	int64_t offset;
	/* At most so many, and no more than the settings give a pull
	 * (maxTransferCountOnMessageInMemory, …). */
	int64_t max_messages;
	/* Those that this subscription wants, also by filters that are bound to
	 * its group on the server; on a network loop only.  NULL: all. */
	const struct skua_subscription *filter;
	void *reserved[4];
};

struct skua_read_info {
	size_t size;
	enum skua_read_status status;
	int64_t next;     /* the offset to read from the next time */
	int64_t min, max; /* of the queue */
	size_t count;     /* of messages */
	size_t bytes;
	bool hidden; /* there are more, which are not as safe yet as asked */
	void *reserved[4];
};

struct skua_records; /* messages as they lie in the store, held there */

/* A loop or any other thread; may wait for the disk if the messages are cold.
 * *records_r, to be freed or answered, holds the store's pages: soon.
 * SKUA_ENOENT: no such topic; SKUA_EINVAL; SKUA_ENOMEM; of a filter's
 * expression: its error, with a sentence. */
SKUA_API int skua_queue_read(struct skua_host *host,
    const struct skua_read *read, struct skua_records **records_r,
    struct skua_error *e) SKUA_MUST_CHECK;
SKUA_API const struct skua_read_info *skua_records_info(
    const struct skua_records *records);
/* The next message; false after the last one.  The views are valid until the
 * records are freed. */
SKUA_API bool skua_records_next(struct skua_records *records,
    struct skua_record *record_r);
SKUA_API void skua_records_free(struct skua_records *records);

/* Answers with code 0 and the messages, back to back, as the body: the store's
 * own bytes.  Takes both.  On a loop: the request's own, or that of a deferred
 * request. */
SKUA_API void skua_answer_records(struct skua_request *request,
    const char *remark, struct skua_records *records);

/* --- waiting --- */

enum skua_wait_end {
	/* One of the queues can be read on, or its topic is gone. */
	SKUA_WAIT_MESSAGE = 1,
	SKUA_WAIT_OVER = 2,
	/* The connection is gone, or the broker stops: what is answered reaches
	 * nobody. */
	SKUA_WAIT_CLOSED = 3,
};

struct skua_queue_at {
	struct skua_str topic;
	int32_t queue;
	int64_t offset; /* where it would be read */
	void *reserved;
};

#define SKUA_WAIT_QUEUES_MAX 1024

/* On the request's loop: fn is to answer it. */
typedef void skua_wait_fn(void *arg, struct skua_request *request,
    enum skua_wait_end end);

/* Waits on the loop of a deferred request until a message at one of the offsets,
 * or after it, is as safe as the settings ask; at most ms (0 and above).  On that
 * loop.  Counts for the request's connection as a pull that waits.
 *
 * SKUA_OK: takes the request; fn is called once, later, never within this call.
 * SKUA_EAGAIN: there is something to be read already; SKUA_ENOENT: one of the
 * topics or queues does not exist; SKUA_EINVAL: none or too many.  Then the
 * request stays the caller's.  SKUA_EBUSY: the connection waits for too much;
 * the request was answered. */
SKUA_API int skua_queue_wait(struct skua_host *host,
    struct skua_request *request, const struct skua_queue_at *queues, size_t n,
    int64_t ms, skua_wait_fn *fn, void *arg) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
