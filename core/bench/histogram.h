/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latencies by value, after Gil Tene's high dynamic range histogram: 64 steps to
 * every power of two, so that any value is known to 1.6 %, in constant memory.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEP_BITS = 6, HISTOGRAM_POWERS = 42 };

struct histogram {
	uint64_t count, sum, max;
	uint64_t steps[HISTOGRAM_POWERS << HISTOGRAM_STEP_BITS];
};

void skua_histogram_add(struct histogram *h, uint64_t value);
/* The value that a part (0 … 1) of all values does not exceed; 0 without any. */
uint64_t skua_histogram_at(const struct histogram *h, double part);
double skua_histogram_mean(const struct histogram *h);

#endif
