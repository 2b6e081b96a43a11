/* SPDX-License-Identifier: Apache-2.0 */
/* When tables go to their files, and to the nameservers.  Main thread. */
#ifndef BROKER_KEEPING_H
#define BROKER_KEEPING_H

#include "broker/broker.h"

/* Writes topics.json, and registers with every nameserver; then fn(b, arg) once
 * they have answered or a second has passed.  fn may be NULL. */
void skua_keep_topics(struct broker *b, void (*fn)(struct broker *b, void *arg),
    void *arg);
/* Durably.  Logs its error. */
int skua_keep_groups(struct broker *b);
/* Makes removals of topics and of offsets durable, before they are answered.
 * Logs its error; it is tried again every second. */
int skua_keep_removals(struct broker *b) SKUA_MUST_CHECK;
/* At the end of the turn, so that many changes share it: for groups that come by
 * themselves, and would come again. */
void skua_keep_groups_soon(struct broker *b);
/* Loads all tables, adds what every broker has. */
int skua_keeping_load(struct broker *b, struct skua_error *e) SKUA_MUST_CHECK;
/* Starts the timers. */
void skua_keeping_start(struct broker *b);
/* The first registration, of all; fn as skua_registrar_register has it. */
void skua_keeping_announce(struct broker *b, int64_t limit_ms,
    void (*fn)(struct broker *b, void *arg), void *arg);
/* Writes everything. */
void skua_keeping_stop(struct broker *b);
/* After the main loop's end. */
void skua_keeping_free(struct broker *b);

/* --- registration --- */

typedef void registered_fn(struct broker *b, void *arg);
struct registrar *skua_registrar_new(struct broker *b);
void skua_registrar_free(struct registrar *r);
/* Registers with all: the changed topics, or the whole table; fn once all have
 * answered, or after limit_ms. */
void skua_registrar_register(struct registrar *r, bool whole, int64_t limit_ms,
    registered_fn *fn, void *arg);
/* Follows names that moved. */
void skua_registrar_refresh(struct registrar *r);
/* Tells all that this broker leaves; fn as above. */
void skua_registrar_unregister(struct registrar *r, int64_t limit_ms,
    registered_fn *fn, void *arg);
/* The nameservers of the settings.  Those that stay keep their connection; a new
 * one is told of all topics by the next registration. */
void skua_registrar_choose(struct registrar *r);

#endif
