/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scripted peer: a nameserver and broker in one, on a free port of this
 * machine, with a thread of its own.  It keeps what is sent to it, serves it to
 * pulls, remembers every request, and misbehaves on cue.
 */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include "test.h"
#include "wire/command.h"

struct fake;

/* broker: its name in routes. */
struct fake *fake_new(const char *broker, int queues);
void fake_free(struct fake *f);
const char *fake_address(const struct fake *f); /* "127.0.0.1:PORT" */
/* What it tells as nameserver of any topic: its own queues and the others'.
 * others: …, NULL. */
void fake_route(struct fake *f, struct fake *const *others);
/* Stops listening and closes every connection; the port stays its own. */
void fake_vanish(struct fake *f);
void fake_return(struct fake *f);

/* The next n requests with this code are answered so: a response code, or */
enum { FAKE_SILENT = -1, FAKE_CLOSE = -2 };
void fake_script(struct fake *f, int32_t code, int n, int32_t answer);

/* How many requests with this code came so far. */
int fake_count(struct fake *f, int32_t code);
/* Waits until there are n; fails the test after 10 s. */
void fake_wait(struct fake *f, int32_t code, int n);
/* A field of the n-th (from 1) such request; the test's until the fake goes.
 * Empty when absent. */
const char *fake_field(struct fake *f, int32_t code, int n, const char *name);
struct skua_str fake_body(struct fake *f, int32_t code, int n);
/* The place of the n-th such request among all. */
int fake_order(struct fake *f, int32_t code, int n);

/* Sends a request to every connection. */
void fake_ask(struct fake *f, int32_t code, const struct field *fields,
    size_t count, const char *body, bool oneway);
/* The n-th answer that clients gave; waits for it. */
const char *fake_answer(struct fake *f, int n);

/* Stores a message as if it had been sent. */
void fake_put(struct fake *f, const char *topic, int queue, const char *tag,
    const char *body);
/* The last offset a group committed; -1: none. */
int64_t fake_committed(struct fake *f, const char *topic, int queue);
void fake_set_committed(struct fake *f, int64_t offset);
/* The ids 38 answers beside those that sent heartbeats. */
void fake_add_member(struct fake *f, const char *id);

#endif
