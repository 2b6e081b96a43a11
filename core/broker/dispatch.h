/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request code -> handler, and the hooks around it.
 */
#ifndef BROKER_DISPATCH_H
#define BROKER_DISPATCH_H

#include "base/map.h"
#include "net/request.h"

struct broker;
struct provider;
struct port;

/* Runs on the connection's loop, or elsewhere with a deferred request. */
typedef void handler_fn(struct broker *b, struct skua_request *request);

enum dispatch_flag {
	DISPATCH_MAIN = 1,   /* uses what only the main thread may */
	DISPATCH_NO_VIP = 2, /* not on the VIP port */
	DISPATCH_SLOW = 4,   /* there too, and walks a whole table: one a turn */
	DISPATCH_READ = 8,   /* on the reader: tables and the store, to read */
};
#define DISPATCH_ELSEWHERE (DISPATCH_MAIN | DISPATCH_SLOW | DISPATCH_READ)

struct dispatch_row {
	int32_t code;
	unsigned flags;
	handler_fn *handler;
	const struct provider *service;          /* or a plug-in's: */
	void (*handle)(struct skua_host *host, struct skua_request *request);
	enum skua_operation operation;
};

struct dispatch {
	struct dispatch_row *rows; /* sorted by code */
	size_t count;
	/* Hooks that have the function, in the order provided. */
	const struct provider **before, **after;
	size_t before_count, after_count;
};

/* NULL when nobody answers the code.  Before the table is sealed, too. */
struct dispatch_row *skua_dispatch_find(const struct dispatch *d, int32_t code);
void skua_dispatch_add(struct dispatch *d, const struct dispatch_row *row);
void skua_dispatch_fini(struct dispatch *d);
/* Sorts; takes the hooks.  Before the first request. */
void skua_dispatch_seal(struct dispatch *d, struct broker *b);
/* A command that arrived on a port. */
void skua_dispatch_command(struct port *port, struct conn *conn,
    const struct command *command);

/* A deferred request whose handler needed the main thread goes back to its loop
 * and is handled once more, with `retried`; one whose connection is gone meanwhile
 * is dropped.  Main thread. */
void skua_dispatch_again(struct skua_request *request);

/* Tells the hooks that an answer is about to leave. */
void skua_dispatch_after(const struct dispatch *d, int32_t request_code,
    int32_t answer_code, uint64_t connection);

/* Defers the request, and has the handler run where the flags say. */
void skua_handler_elsewhere(struct broker *b, struct skua_request *request,
    handler_fn *handler, unsigned flags);
int skua_reader_start(struct broker *b, struct skua_error *e) SKUA_MUST_CHECK;
/* Ends the reader; what waited is dropped.  The loops have ended. */
void skua_reader_stop(struct broker *b);
/* Main thread, at the end of a turn: lets the next slow one run. */
void skua_slow_turn_end(struct broker *b);

/* The table of the broker's own codes. */
void skua_dispatch_add_core(struct dispatch *d, unsigned without_flags);

#endif
