/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits on a loop for messages of one queue or several: pulls, and what
 * plug-ins wait for.  All of it on the loop, unless said otherwise.
 * Upstream: broker.longpolling.PullRequestHoldService.
 */
#ifndef BROKER_PARK_H
#define BROKER_PARK_H

#include "broker/state.h"

enum park_why {
	PARK_GROWN = 1, /* a queue has grown, or what was hidden is safe */
	PARK_OVER,      /* it has waited long enough */
	PARK_CLOSED,    /* its connection is gone */
	PARK_ENDING,    /* the loop ends */
};

struct park;
struct parked_queue;

/* Called once; the park is no longer in use and may be freed, or park again. */
typedef void park_fn(struct loop_state *s, struct park *park,
    enum park_why why);

/* A queue that is waited for, and private links. */
struct park_place {
	struct park *park;
	struct parked_queue *queue;
	struct park_place *next, **back;
};

/* A part of what waits. */
struct park {
	park_fn *fn;
	const struct conn *conn; /* that it waits for; the owner's reference */
	struct park_place *places; /* the owner's, count of them */
	uint32_t count;
	bool hidden; /* it waits for messages to be safe, too */
	int64_t until_ms; /* monotonic */
	struct park *next, **back; /* private: all of the loop */
};

/* What the place's owner has seen of a queue. */
struct park_seen {
	struct queue *queue;
	int64_t max_offset;
};

/* Waits until one of the queues has more than was seen, or the time is over.
 * seen has one entry for each place. */
void skua_park(struct loop_state *s, struct park *park,
    const struct park_seen *seen);
/* The queue has grown: wakes the loops that wait for it.  Any thread. */
void skua_park_wake(struct broker *b, struct queue *queue);
/* A tick: who has waited long enough. */
void skua_park_expire(struct loop_state *s);
/* Messages have become safe: who waits for that. */
void skua_park_rerun_hidden(struct loop_state *s);
/* One of the loop's connections is gone: what waits for it is due. */
void skua_park_connection_closed(struct loop_state *s);
void skua_park_end_all(struct loop_state *s);

#endif
