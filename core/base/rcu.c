/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Epochs: every defer starts a new one and remembers it.  A thread that comes
 * online notes the epoch it saw; a deferred call is due when every online
 * thread has seen a later one.
 */
#include <pthread.h>
#include <sched.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/rcu.h"

#define THREADS_MAX 256

struct deferred {
	struct deferred *next;
	uint64_t epoch;
	void (*fn)(void *);
	void *p;
};

static _Atomic uint64_t epoch_now = 1;
static _Atomic uint64_t seen[THREADS_MAX]; /* 0: offline */
static _Atomic bool taken[THREADS_MAX];
static _Thread_local int slot = -1;

static pthread_mutex_t deferred_lock = PTHREAD_MUTEX_INITIALIZER;
static struct deferred *deferred_head, **deferred_tail = &deferred_head;

static bool
take_slot(void)
{
	for (int i = 0; i < THREADS_MAX; i++) {
		bool expected = false;

		if (atomic_compare_exchange_strong(&taken[i], &expected, true)) {
			slot = i;
			skua_rcu_online();
			return true;
		}
	}
	return false;
}

void
skua_rcu_register(void)
{
	sk_assert(take_slot()); /* else more threads than THREADS_MAX */
}

bool
skua_rcu_enter(void)
{
	if (slot >= 0)
		return false;
	while (!take_slot())
		(void)sched_yield(); /* others leave soon */
	return true;
}

void
skua_rcu_leave(bool entered)
{
	if (entered)
		skua_rcu_unregister();
}

void
skua_rcu_unregister(void)
{
	skua_rcu_offline();
	atomic_store(&taken[slot], false);
	slot = -1;
}

void
skua_rcu_online(void)
{
	if (slot < 0)
		return;
	/* Sequentially consistent: the announcement must be visible before any
	 * pointer is read. */
	atomic_store(&seen[slot], atomic_load(&epoch_now));
}

void
skua_rcu_offline(void)
{
	if (slot >= 0)
		atomic_store_explicit(&seen[slot], 0, memory_order_release);
}

void
skua_rcu_defer(void (*fn)(void *), void *p)
{
	struct deferred *d = sk_new(struct deferred);

	d->fn = fn;
	d->p = p;
	pthread_mutex_lock(&deferred_lock);
	d->epoch = atomic_fetch_add(&epoch_now, 1);
	*deferred_tail = d;
	deferred_tail = &d->next;
	pthread_mutex_unlock(&deferred_lock);
}

static void
run_older_than(uint64_t limit)
{
	struct deferred *due, **end;

	pthread_mutex_lock(&deferred_lock);
	end = &deferred_head;
	while (*end != NULL && (*end)->epoch < limit)
		end = &(*end)->next;
	due = NULL;
	if (end != &deferred_head) {
		due = deferred_head;
		deferred_head = *end;
		*end = NULL;
		if (deferred_head == NULL)
			deferred_tail = &deferred_head;
	}
	pthread_mutex_unlock(&deferred_lock);
	while (due != NULL) {
		struct deferred *d = due;

		due = d->next;
		d->fn(d->p);
		free(d);
	}
}

void
skua_rcu_poll(void)
{
	uint64_t oldest = atomic_load(&epoch_now);

	for (int i = 0; i < THREADS_MAX; i++) {
		uint64_t s = atomic_load(&seen[i]);

		if (s != 0 && s < oldest)
			oldest = s;
	}
	run_older_than(oldest);
}

void
skua_rcu_drain(void)
{
	run_older_than(UINT64_MAX);
}
