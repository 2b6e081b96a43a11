/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of one subscription, compiled for one loop: the one its
 * expression type names, and those bound to (group, topic) on the server.
 */
#ifndef BROKER_CHAIN_H
#define BROKER_CHAIN_H

#include <skua/filter.h>

#include "broker/state.h"

#define CHAIN_LINKS_MAX 4

struct filter_cost;

struct chain {
	size_t count;
	size_t first_record; /* link before which records must be read */
	struct filter_cost *cost; /* of links that read records; or NULL */
	struct chain_link {
		const struct skua_filter *filter;
		void *instance;
	} links[CHAIN_LINKS_MAX];
};

/* The chain for a subscription, from the loop's cache while neither the
 * subscription nor a binding has changed.  *chain_r, which may be NULL, is valid
 * until the next call.  A sentence in e when the expression is wrong or too
 * long.  What a loop keeps is bounded by its share of maxFilterBytesInAll; the
 * chain that was not asked for longest goes first. */
int skua_chain_get(struct loop_state *s,
    const struct skua_subscription *subscription, const struct chain **chain_r,
    struct skua_error *e) SKUA_MUST_CHECK;
void skua_chain_drop_all(struct loop_state *s);
/* Whether some plug-in takes the expression type, and the text. */
int skua_chain_check(struct broker *b,
    const struct skua_subscription *subscription, struct skua_error *e)
    SKUA_MUST_CHECK;

#endif
