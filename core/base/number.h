/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that come from outside (peers, files, settings) are read as 64 bits
 * and narrowed here, nowhere else: a value out of its range is seen, not cut.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <skua/types.h>

/* Beyond this a time span is as good as for ever; sums of a few of them with a
 * clock do not overflow. */
#define SPAN_MAX_MS (INT64_C(100) * 365 * 24 * 3600 * 1000)

/* Sets *to when value is between min and max, both included. */
static inline bool SKUA_MUST_CHECK
skua_narrow_i32(int64_t value, int32_t min, int32_t max, int32_t *to)
{
	if (value < min || value > max)
		return false;
	*to = (int32_t)value;
	return true;
}

static inline int64_t
skua_clamp(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

/* A span of time as a peer or a setting gives it. */
static inline int64_t
skua_clamp_span(int64_t span)
{
	return skua_clamp(span, 0, SPAN_MAX_MS);
}

/* Sums that stop at the ends of their range. */
static inline int64_t
skua_add_clamped(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static inline int64_t
skua_sub_clamped(int64_t a, int64_t b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return b > 0 ? INT64_MIN : INT64_MAX;
	return difference;
}

#endif
