/* SPDX-License-Identifier: Apache-2.0 */
/* How many messages came in every tenth of a second. */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#include <skua/types.h>

#define SERIES_STEP_NS 100000000u

struct series {
	uint64_t *counts; /* by step since the start */
	size_t count, size;
};

/* since_ns: since the start. */
void skua_series_add(struct series *s, uint64_t since_ns, uint64_t messages);
void skua_series_free(struct series *s);
/* Messages per second in the steps from … to - 1. */
double skua_series_rate(const struct series *s, size_t from, size_t to);

#endif
