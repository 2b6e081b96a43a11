/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables that change rarely are read without locks and replaced whole.  What
 * was replaced is freed once every thread that could still see it has passed a
 * moment at which it held nothing (quiescent-state based reclamation).
 *
 * A reading thread registers, and is online while it reads.  A loop is offline
 * while it waits for events, so a sleeping thread delays nobody.
 */
#ifndef BASE_RCU_H
#define BASE_RCU_H

#include <stdatomic.h>

#include <skua/types.h>

void skua_rcu_register(void);
void skua_rcu_unregister(void);
/* Nothing on a thread that did not register: it reads no such table. */
void skua_rcu_online(void);
void skua_rcu_offline(void);

/* Around a short read on a thread that may not be registered. */
bool skua_rcu_enter(void);
void skua_rcu_leave(bool entered); /* what enter returned */

/* fn(p) once no reader can hold p.  Any thread. */
void skua_rcu_defer(void (*fn)(void *p), void *p);

/* Runs what is due; the main thread calls it now and then. */
void skua_rcu_poll(void);
/* Runs everything: no reader is left. */
void skua_rcu_drain(void);

#endif
