/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back-pressure.  What is under way is counted without a lock; only who found
 * no room, and sleeps, takes one.
 */
#include "client/producer.h"

static bool
fits(struct skua_producer *p, size_t messages, size_t bytes)
{
	return messages <= p->options.max_messages &&
	    bytes <= p->options.max_bytes;
}

bool
skua_room_take(struct skua_producer *p, size_t count, size_t bytes)
{
	size_t m = atomic_fetch_add(&p->messages, count);
	size_t b = atomic_fetch_add(&p->bytes, bytes);

	/* What alone is too large may go when nothing else does. */
	if (m == 0 || fits(p, m + count, b + bytes))
		return true;
	atomic_fetch_sub(&p->messages, count);
	atomic_fetch_sub(&p->bytes, bytes);
	return false;
}

void
skua_room_wait(struct skua_producer *p, size_t count, size_t bytes)
{
	if (skua_room_take(p, count, bytes))
		return;
	(void)pthread_mutex_lock(&p->lock);
	atomic_fetch_add(&p->sleepers, 1);
	while (!skua_room_take(p, count, bytes))
		(void)pthread_cond_wait(&p->room, &p->lock);
	atomic_fetch_sub(&p->sleepers, 1);
	(void)pthread_mutex_unlock(&p->lock);
}

static void
wake(struct skua_producer *p, pthread_cond_t *who)
{
	(void)pthread_mutex_lock(&p->lock);
	(void)pthread_cond_broadcast(who);
	(void)pthread_mutex_unlock(&p->lock);
}

/* On the client's thread. */
void
skua_room_give(struct skua_producer *p, size_t count, size_t bytes)
{
	size_t m = atomic_fetch_sub(&p->messages, count) - count;
	size_t b = atomic_fetch_sub(&p->bytes, bytes) - bytes;

	if (atomic_load(&p->sleepers) > 0)
		wake(p, &p->room);
	if (m == 0 && atomic_load(&p->drainers) > 0)
		wake(p, &p->empty);
	/* Not for every single one: a writer that filled up has to be told
	 * when it is worth its while. */
	if (m <= p->options.max_messages / 2 && b <= p->options.max_bytes / 2 &&
	    atomic_exchange(&p->wants_room, false) &&
	    p->options.writable != NULL && !p->ending)
		p->options.writable(p->options.arg);
}
