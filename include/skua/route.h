/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "route": sees each message before it is stored and may redirect, copy,
 * drop or reject it.  (A delay is a redirection to a topic that a service
 * watches.)  Routes run in the order in which they were provided; after one that
 * has redirected come those of the new topic that were provided after it.  Where
 * a route sends a message is checked as if its sender had named the place.
 *
 * What is answered is about the message itself, not about copies: where it was
 * stored.  One that was dropped is answered with success, the queue its sender
 * or a selector chose, queue offset -1, and an offset id in which nothing is.
 */
#ifndef SKUA_ROUTE_H
#define SKUA_ROUTE_H

#include <skua/message.h>
#include <skua/plugin.h>

SKUA_BEGIN_DECLS

enum skua_route_verdict {
	SKUA_ROUTE_STORE = 0,  /* store it, as changed */
	SKUA_ROUTE_DROP = 1,   /* answer success, store nothing */
	SKUA_ROUTE_REJECT = 2, /* answer skua_route_reject's code and remark */
	/* Any other value refuses the message. */
};

struct skua_route_call; /* one message's passage; borrowed for the call */

struct skua_route {
	size_t size;
	/* Optional; any loop.  False: this route never looks at the topic, and
	 * is left out of the topic's chain.  NULL means every topic. */
	bool (*wants)(struct skua_host *host, struct skua_str topic);
	/* On the message's loop; must not block.  May change message's topic,
	 * queue_id (below 0: any queue of the topic), sys_flag and
	 * reconsume_times in place; new text must come from skua_route_alloc or
	 * be static.  What the broker itself adds comes after: the properties
	 * MSG_REGION, TRACE_ON and CLUSTER, and a UNIQ_KEY when the sender gave
	 * none (unique_key has it). */
	enum skua_route_verdict (*route)(struct skua_host *host,
	    struct skua_route_call *call, struct skua_message *message);
};

/* Memory that lives until the message is stored.  NULL when there is none. */
SKUA_API void *skua_route_alloc(struct skua_route_call *call, size_t size);

/* Replaces a property (a value without address removes it).  Refreshes the
 * message's views. */
SKUA_API int skua_route_set_property(struct skua_route_call *call,
    struct skua_message *message, const char *name, struct skua_str value)
    SKUA_MUST_CHECK;

/* Stores a further message in the same batch, if all of the request is stored.
 * Later routes see it as well; this one does not.  A copy has no answer of its
 * own.  SKUA_ELIMIT for the 17th copy of one message. */
SKUA_API int skua_route_copy(struct skua_route_call *call,
    const struct skua_message *copy) SKUA_MUST_CHECK;

/* Sets the answer for SKUA_ROUTE_REJECT: a RocketMQ response code above 0; else
 * it is 1. */
SKUA_API void skua_route_reject(struct skua_route_call *call, int code,
    const char *remark);

SKUA_API int skua_provide_route(struct skua_host *host, const char *name,
    const struct skua_route *ops) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
