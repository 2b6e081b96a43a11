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

/* Runs on the connection's loop, or with DISPATCH_MAIN on the main loop with a
 * deferred request. */
typedef void handler_fn(struct broker *b, struct skua_request *request);

enum dispatch_flag {
	DISPATCH_MAIN = 1,   /* changes tables: the main thread's */
	DISPATCH_NO_VIP = 2, /* not on the VIP port */
};

struct dispatch_row {
	int32_t code;
	unsigned flags;
	handler_fn *handler;
	const struct provider *service;          /* or a plug-in's: */
	void (*handle)(struct skua_host *host, struct skua_request *request);
};

struct dispatch {
	struct dispatch_row *rows; /* sorted by code */
	size_t count;
	const struct provider **hooks;
	size_t hook_count;
};

void skua_dispatch_add(struct dispatch *d, const struct dispatch_row *row);
void skua_dispatch_fini(struct dispatch *d);
/* Sorts; takes the hooks.  Before the first request. */
void skua_dispatch_seal(struct dispatch *d, struct broker *b);
/* A command that arrived on a port. */
void skua_dispatch_command(struct port *port, struct conn *conn,
    const struct command *command);

/* Tells the hooks that an answer is about to leave. */
void skua_dispatch_after(const struct dispatch *d, int32_t request_code,
    int32_t answer_code, uint64_t connection);

/* The table of the broker's own codes. */
void skua_dispatch_add_core(struct dispatch *d, unsigned without_flags);

#endif
