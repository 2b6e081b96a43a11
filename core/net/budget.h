/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What peers may make a process hold.  The limits are settings; what is held is
 * counted by each loop for itself, so that the hot path shares nothing, and a
 * loop's part of a limit "in all" is its share.
 *
 *	reading    unfinished frames
 *	deferred   requests that are answered later, parked pulls among them
 *	unsent     answers that were built and not taken; messages are views into
 *	           the store and do not count
 */
#ifndef NET_BUDGET_H
#define NET_BUDGET_H

#include <stdatomic.h>

#include <skua/types.h>

/* Written by the main thread, read by any.  Those in all are the share of a
 * loop. */
struct limits {
	_Atomic int64_t conns, conns_per_addr;
	_Atomic int64_t unsent, unsent_all, reading_all;
	_Atomic int64_t deferred, parked, deferred_bytes, deferred_all;
};

/* Of one loop: written by it, read by any. */
struct held {
	_Atomic int64_t reading, deferred, parked, deferred_bytes, unsent;
	/* how often a limit was reached */
	_Atomic int64_t rested, busy, closed;
};

/* Those of a program that sets none: as good as unlimited. */
extern struct limits skua_no_limits;

static inline int64_t
held_get(const _Atomic int64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* There is one writer. */
static inline void
held_add(_Atomic int64_t *counter, int64_t n)
{
	atomic_store_explicit(counter, held_get(counter) + n,
	    memory_order_relaxed);
}

#endif
