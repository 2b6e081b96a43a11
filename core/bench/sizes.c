/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "bench/sizes.h"

static int
take_number(struct skua_str text, int64_t least, int64_t most, size_t *value_r,
    struct skua_error *e)
{
	int64_t value;

	if (!skua_text_int(text, &value) || value < least || value > most)
		return skua_fail(e, SKUA_EINVAL,
		    "\"" SKUA_STR_FMT "\" is not a number from %lld to %lld",
		    SKUA_STR_ARG(text), (long long)least, (long long)most);
	*value_r = (size_t)value;
	return SKUA_OK;
}

/* SIZE, or FROM-TO. */
static int
take_range(struct skua_str text, struct bench_size *size,
    struct skua_error *e)
{
	const char *dash = memchr(text.p, '-', text.len);
	size_t len = dash == NULL ? text.len : (size_t)(dash - text.p);
	int rc = take_number(skua_str_n(text.p, len), 1, BENCH_BODY_MAX,
	    &size->from, e);

	size->to = size->from;
	if (rc != SKUA_OK || dash == NULL)
		return rc;
	return take_number(skua_str_n(dash + 1, text.len - len - 1),
	    (int64_t)size->from, BENCH_BODY_MAX, &size->to, e);
}

/* RANGE, or RANGE:WEIGHT. */
static int
take_part(struct skua_str text, struct bench_sizes *sizes,
    struct skua_error *e)
{
	struct bench_size *size = &sizes->sizes[sizes->count];
	const char *colon = memchr(text.p, ':', text.len);
	size_t len = colon == NULL ? text.len : (size_t)(colon - text.p);
	size_t weight = 1;
	int rc = take_range(skua_str_n(text.p, len), size, e);

	if (rc == SKUA_OK && colon != NULL)
		rc = take_number(skua_str_n(colon + 1, text.len - len - 1), 1,
		    1000000, &weight, e);
	if (rc != SKUA_OK)
		return rc;
	size->weight = (uint32_t)weight;
	sizes->weight += weight;
	if (size->to > sizes->largest)
		sizes->largest = size->to;
	sizes->count++;
	return SKUA_OK;
}

int
skua_bench_sizes_parse(const char *text, struct bench_sizes *sizes_r,
    struct skua_error *e)
{
	memset(sizes_r, 0, sizeof(*sizes_r));
	sizes_r->random = 88172645463325252u;
	for (;;) {
		size_t len = strcspn(text, ",");
		int rc;

		if (sizes_r->count == BENCH_SIZES_MAX)
			return skua_fail(e, SKUA_ELIMIT,
			    "at most %d sizes can be mixed", BENCH_SIZES_MAX);
		rc = take_part(skua_str_n(text, len), sizes_r, e);
		if (rc != SKUA_OK)
			return rc;
		if (text[len] == '\0')
			return SKUA_OK;
		text += len + 1;
	}
}

/* Marsaglia's xorshift. */
static uint64_t
next_random(struct bench_sizes *sizes)
{
	sizes->random ^= sizes->random << 13;
	sizes->random ^= sizes->random >> 7;
	sizes->random ^= sizes->random << 17;
	return sizes->random;
}

size_t
skua_bench_sizes_next(struct bench_sizes *sizes)
{
	const struct bench_size *size = sizes->sizes;
	uint64_t at;

	if (sizes->count == 1 && size->from == size->to)
		return size->from;
	at = next_random(sizes) % sizes->weight;
	while (at >= size->weight)
		at -= size++->weight;
	return size->from +
	    (size_t)(next_random(sizes) % (size->to - size->from + 1));
}
