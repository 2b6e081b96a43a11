/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "filter": does this consumer want this message?
 *
 * A subscription names a filter by its expression type ("TAG", "SQL92",
 * "LUA"); a filter can also attach itself to (group, topic) on the server.
 * The host compiles one instance per subscription and loop, and hands it
 * vectors of candidates.  An instance that fails must keep the message: a
 * filter error never loses one.
 * Upstream: store.MessageFilter, filter.FilterFactory.
 */
#ifndef SKUA_FILTER_H
#define SKUA_FILTER_H

#include <skua/message.h>
#include <skua/plugin.h>

SKUA_BEGIN_DECLS

#define SKUA_EXPRESSION_MAX 65536

struct skua_subscription {
	struct skua_str group, topic;
	struct skua_str expression;
	struct skua_str expression_type;
	int64_t version;
};

/* One message to judge.  record is NULL unless the filter's needs_record is
 * set, or an earlier filter of the chain needed it. */
struct skua_candidate {
	int64_t tags_code;
	const struct skua_record *record;
	void *reserved;
};

struct skua_filter {
	size_t size;
	bool needs_record;
	/* Optional: whether the subscription would be taken (main thread or any
	 * loop).  Asked by clients before they subscribe; the group may be
	 * empty. */
	int (*check)(struct skua_host *host,
	    const struct skua_subscription *subscription, struct skua_error *e);
	/* On a loop.  Makes an instance for that loop.  *instance_r NULL with
	 * SKUA_OK: nothing to judge, every message passes.  The expression has
	 * at most SKUA_EXPRESSION_MAX bytes. */
	int (*compile)(struct skua_host *host,
	    const struct skua_subscription *subscription, void **instance_r,
	    struct skua_error *e);
	void (*release)(void *instance); /* on the loop that compiled it */
	/* Clears keep[i] for each candidate that is not wanted; entries that
	 * are already 0 may be skipped.  On the instance's loop; no blocking.
	 * Returns how many candidates it has judged, from the first on: all n,
	 * or those up to the one during which skua_mono_ns() has passed
	 * until_ns.  The others are asked about by a later request. */
	size_t (*match)(void *instance, const struct skua_candidate *candidates,
	    size_t n, uint8_t *keep, int64_t until_ns);
	/* Optional: the filter also judges subscriptions it is bound to on the
	 * server.  Returns 0 when it is not bound to (group, topic), else a
	 * number that changes whenever the binding does; compile is then
	 * called with an empty expression_type.  Any loop, often: be quick. */
	uint64_t (*bound)(struct skua_host *host, struct skua_str group,
	    struct skua_str topic);
	/* Optional: bytes that the instance holds now, beside twice its
	 * expression.  On its loop; be quick.  The host keeps instances for the
	 * next request and releases those that were not used for longest when
	 * all of them hold too much. */
	size_t (*memory)(const void *instance);
};

SKUA_API int skua_provide_filter(struct skua_host *host, const char *name,
    const struct skua_filter *ops) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
