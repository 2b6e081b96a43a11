/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who provides what.  Filled while plug-ins load, on the main thread, and read
 * by everybody afterwards.
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include <skua/host.h>

/* kind, word in settings and messages, ops struct */
#define PLUGIN_KINDS(X)                                                        \
	X(SELECTOR, "selector", skua_selector)                                 \
	X(FILTER, "filter", skua_filter)                                       \
	X(ROUTE, "route", skua_route)                                          \
	X(STORE, "store", skua_store)                                          \
	X(INDEX, "index", skua_index)                                          \
	X(FLUSH, "flush", skua_flush)                                          \
	X(REPLICATION, "replication", skua_replication)                        \
	X(HOOK, "hook", skua_hook)                                             \
	X(SERVICE, "service", skua_service)

enum plugin_kind {
#define KIND(kind, word, ops) PLUGIN_##kind,
	PLUGIN_KINDS(KIND)
#undef KIND
	PLUGIN_KIND_COUNT
};

#define PROVIDER_NAME_MAX 64

/* Stays where it is until its host goes. */
struct provider {
	enum plugin_kind kind;
	char *name;
	/* A copy as large as this broker's table: what the plug-in's own table
	 * lacks is NULL. */
	void *ops;
	struct skua_host *host;
	uint64_t order; /* of providing */
};

struct registry {
	struct provider **providers;
	size_t count;
	uint64_t added;
};

const char *skua_plugin_kind_name(enum plugin_kind kind);

/* By kind and name; NULL when nobody provides it. */
const struct provider *skua_registry_find(const struct registry *r,
    enum plugin_kind kind, const char *name);
/* The same, with a sentence that lists who does provide the kind. */
const struct provider *skua_registry_need(const struct registry *r,
    enum plugin_kind kind, const char *name, struct skua_error *e);
/* Walks the providers of a kind in the order provided: *at from 0. */
const struct provider *skua_registry_next(const struct registry *r,
    enum plugin_kind kind, size_t *at);

/* Copies size bytes of ops into a table of known bytes. */
int skua_registry_add(struct registry *r, enum plugin_kind kind,
    const char *name, const void *ops, size_t size, size_t known,
    struct skua_host *host) SKUA_MUST_CHECK;
void skua_registry_remove_host(struct registry *r,
    const struct skua_host *host);
void skua_registry_fini(struct registry *r);

#endif
