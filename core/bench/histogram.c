/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "bench/histogram.h"

#define STEPS (1u << HISTOGRAM_STEP_BITS)
#define STEP_COUNT ((size_t)HISTOGRAM_POWERS << HISTOGRAM_STEP_BITS)

/* Values below 2 * STEPS have a step each; above, a step is as wide as the
 * power of two its value is in, divided by STEPS. */
static size_t
step_of(uint64_t value)
{
	unsigned width, shift;
	size_t step;

	if (value < 2 * STEPS)
		return (size_t)value;
	width = 64u - (unsigned)__builtin_clzll(value);
	shift = width - HISTOGRAM_STEP_BITS - 1;
	step = (size_t)shift * STEPS + (size_t)(value >> shift);
	return step < STEP_COUNT ? step : STEP_COUNT - 1;
}

/* The largest value of a step. */
static uint64_t
value_of(size_t step)
{
	size_t shift = step < 2 * STEPS ? 0 : step / STEPS - 1;

	return ((uint64_t)(step - shift * STEPS + 1) << shift) - 1;
}

void
skua_histogram_add(struct histogram *h, uint64_t value)
{
	h->steps[step_of(value)]++;
	h->count++;
	h->sum += value;
	if (value > h->max)
		h->max = value;
}

uint64_t
skua_histogram_at(const struct histogram *h, double part)
{
	double exact = (double)h->count * part;
	uint64_t want = (uint64_t)exact, seen = 0;

	if ((double)want < exact || want == 0)
		want++;
	for (size_t i = 0; i < STEP_COUNT; i++) {
		seen += h->steps[i];
		if (seen >= want) {
			uint64_t value = value_of(i);

			return value < h->max ? value : h->max;
		}
	}
	return h->max;
}

double
skua_histogram_mean(const struct histogram *h)
{
	return h->count == 0 ? 0 : (double)h->sum / (double)h->count;
}
