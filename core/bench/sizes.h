/* SPDX-License-Identifier: Apache-2.0 */
/* How large bodies are: "1024", "100-4096" (all alike often), or
 * "100:70,1024:25,65536:5" (sizes with how often each comes). */
#ifndef BENCH_SIZES_H
#define BENCH_SIZES_H

#include <skua/error.h>
#include <skua/types.h>

enum { BENCH_SIZES_MAX = 16, BENCH_BODY_MAX = 15 << 20 };

struct bench_sizes {
	size_t count;
	struct bench_size {
		size_t from, to;
		uint32_t weight;
	} sizes[BENCH_SIZES_MAX];
	uint64_t weight; /* of all */
	size_t largest;
	uint64_t random; /* state */
};

int skua_bench_sizes_parse(const char *text, struct bench_sizes *sizes_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* The next one, the same in every run. */
size_t skua_bench_sizes_next(struct bench_sizes *sizes);

#endif
