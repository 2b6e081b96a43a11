/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What filters cost that look into messages (scripts, SQL), by group and topic:
 * how many messages they judged, how many they let pass, how long they took.
 * Loops count, each for itself; whoever asks reads along.
 */
#ifndef BROKER_FILTER_COST_H
#define BROKER_FILTER_COST_H

#include <skua/json.h>

struct broker;

struct filter_cost {
	_Atomic int64_t judged, passed, ns;
};

/* The same one for all loops, for the broker's life.  NULL: there are too many.
 * Any loop. */
struct filter_cost *skua_filter_cost(struct broker *b, struct skua_str group,
    struct skua_str topic);
void skua_filter_costs_free(struct broker *b);
/* Members of an object, for those that took the longest:
 * "filter_GROUP@TOPIC": "JUDGED PASSED NANOSECONDS". */
void skua_filter_costs_put(struct broker *b, struct skua_jsonw *w);

#endif
