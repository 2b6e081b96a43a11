/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storing messages, from any thread: what a service does that brings messages
 * back (delay, retry), or keeps its own (half messages, acknowledgements).
 *
 *	static void
 *	stored(void *arg, const struct skua_put_result *r)
 *	{
 *		skua_answer_put(arg, r);
 *	}
 *
 *	struct skua_put put = { .size = sizeof(put), .messages = &m, .count = 1 };
 *	int rc = skua_put(host, &put, stored, skua_request_defer(request));
 *
 * Upstream: broker.failover.EscapeBridge.putMessage, MessageStore.asyncPutMessage.
 */
#ifndef SKUA_PUT_H
#define SKUA_PUT_H

#include <skua/host.h>
#include <skua/message.h>
#include <skua/request.h>

SKUA_BEGIN_DECLS

#define SKUA_PUT_MESSAGES_MAX 4096 /* of one put */

enum skua_put_flag {
	SKUA_PUT_NO_ROUTES = 1, /* they have seen it, or are not asked */
	/* Not refused while the disk is almost full of messages that
	 * retainUnconsumedOf keeps: for what makes room in the end. */
	SKUA_PUT_NO_HOLD = 2,
};

struct skua_put {
	size_t size; /* sizeof(struct skua_put) */
	/* All of one topic; stored together, or none of them.  Copied.  As they
	 * are: nothing is added to their properties, and tags, keys and
	 * unique_key are read from these.  queue_id below 0: a selector chooses,
	 * one queue for all.  born_host without an address: this broker's;
	 * born_timestamp_ms 0: now. */
	const struct skua_message *messages;
	size_t count; /* 1 to SKUA_PUT_MESSAGES_MAX */
	unsigned flags;
	/* The name of a route: only those after it in the order see the
	 * messages, so that one that has delayed a message does not do it
	 * again.  NULL: all do. */
	const char *after_route;
	void *reserved[4];
};

/* Where a message was stored. */
struct skua_put_place {
	int32_t queue_id;
	int64_t queue_offset; /* -1: a route has dropped it */
	int64_t pos;          /* -1: likewise */
	void *reserved;
};

struct skua_put_result {
	size_t size;
	/* What a producer would be answered: SKUA_CODE_SUCCESS, or why not.
	 * With 10, 11 or 12 it is stored, but not as safe as the settings ask. */
	int32_t code;
	const char *remark; /* NULL: none */
	/* One for each message, in their order; none were stored: count is 0. */
	const struct skua_put_place *places;
	size_t count;
	struct skua_str unique_key; /* of the first message */
	void *reserved[4];
};

/* The result is valid during the call. */
typedef void skua_put_done_fn(void *arg, const struct skua_put_result *result);

/* Stores messages.  Any thread, also while a request is handled or in done.
 * Messages of one topic are stored in the order of the calls.
 *
 * SKUA_OK: done is called once, never within this call: when flush and
 * replication agree that the messages are safe, or when a producer would be
 * refused.  It runs on a network loop, where it must not block.  When the broker
 * stops first it gets SKUA_CODE_SERVICE_NOT_AVAILABLE, on a loop or, before the
 * services are stopped, on the main thread; with places, if the messages were
 * written and it is only not known whether they are safe.
 *
 * Else done is never called: SKUA_EINVAL for no message or too many, several
 * topics or a route that does not exist; SKUA_EBUSY while puts of plug-ins hold
 * maxPluginPutBytes; SKUA_ELIMIT for one that would on its own; SKUA_ENOTSUP
 * without the role broker; SKUA_ECLOSED when the loops do not run: before the
 * services have started, and from when they are being stopped. */
SKUA_API int skua_put(struct skua_host *host, const struct skua_put *put,
    skua_put_done_fn *done, void *arg) SKUA_MUST_CHECK;

/* Answers a request as the broker answers a send: code, remark, msgId, queueId,
 * queueOffset, transactionId.  Takes the request.  On the request's loop, or
 * anywhere when it was deferred; to be called in done. */
SKUA_API void skua_answer_put(struct skua_host *host,
    struct skua_request *request, const struct skua_put_result *result);

SKUA_END_DECLS

#endif
