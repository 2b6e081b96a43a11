/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that follow from a seed (splitmix64). */
#ifndef CRASH_RANDOM_H
#define CRASH_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t
random_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static inline uint64_t
random_next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	return random_mix(*state);
}

/* In [0, n). */
static inline uint64_t
random_below(uint64_t *state, uint64_t n)
{
	return n == 0 ? 0 : random_next(state) % n;
}

static inline bool
random_one_in(uint64_t *state, uint64_t n)
{
	return random_below(state, n) == 0;
}

#endif
