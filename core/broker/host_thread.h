/* SPDX-License-Identifier: Apache-2.0 */
/* What host functions share: the broker behind a host, tables read from any
 * thread, things asked of the main thread. */
#ifndef BROKER_HOST_THREAD_H
#define BROKER_HOST_THREAD_H

#include <skua/topic.h>

#include "base/rcu.h"
#include "broker/broker.h"

/* NULL without the role broker: there are no tables. */
static inline struct broker *
host_broker(const struct skua_host *host)
{
	struct broker *b = host->plugins->broker;

	return b != NULL && b->has_broker_role ? b : NULL;
}

/* Something that the main thread does for a plug-in, which is told once. */
struct host_ask {
	struct host_ask *next;
	struct broker *broker;
	void (*begin)(struct host_ask *ask); /* main thread */
	skua_done_fn *done; /* NULL: it was told */
	void *arg;
};

#define HOST_ASKS_MAX 1024 /* at a time, of all plug-ins */

/* Has begin called on the main thread.  SKUA_EBUSY, SKUA_ECLOSED: not, and the
 * ask stays the caller's. */
int skua_host_ask(struct host_ask *ask) SKUA_MUST_CHECK;
/* Main thread: tells, and frees the ask. */
void skua_host_ask_done(struct host_ask *ask, int rc);
/* The main loop has ended: tells the rest. */
void skua_host_asks_close(struct broker *b);
/* Nothing refers to them any more. */
void skua_host_asks_free(struct broker *b);

#endif
