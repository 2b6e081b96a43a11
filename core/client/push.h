/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A push consumer's inside.  Jobs go from the client's thread to the workers
 * through a queue with a lock, and come back as messages to the loop.
 */
#ifndef CLIENT_PUSH_H
#define CLIENT_PUSH_H

#include "client/flow.h"

/* Some messages of one parcel, for one callback. */
struct job {
	struct loop_msg msg;
	struct job *prev, *next; /* of the queue */
	struct skua_push *push;
	struct parcel *parcel; /* a reference */
	size_t first, count;
	enum skua_consumed result;
};

struct skua_push {
	struct group_member member;
	struct skua_push_options options;
	/* the client's thread's */
	size_t under_way; /* jobs handed out, messages being sent back */
	struct retry *retries; /* to be delivered again from here */
	struct waiting *idle;  /* told when nothing is under way */
	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *queue;
	bool ending;
	pthread_t *workers;
	unsigned worker_count;
};

/* push.c */
void skua_push_enqueue(struct skua_push *push, struct parcel *parcel,
    size_t first, size_t count, struct job *job);
void skua_push_less(struct skua_push *push);

/* push_back.c: what was not consumed: to the broker, else kept here.  Owns a
 * reference of the parcel from here. */
void skua_push_back(struct skua_push *push, struct parcel *parcel, size_t i);
void skua_push_forget_retries(struct skua_push *push, const struct flow *flow);

#endif
