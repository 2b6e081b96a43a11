/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "test.h"

static void
what_an_arena_gives_is_aligned_and_apart(void **state)
{
	struct arena a;
	char *p[200];

	(void)state;
	skua_arena_init(&a, 256);
	for (size_t i = 0; i < 200; i++) {
		p[i] = skua_arena_alloc(&a, i);
		assert_non_null(p[i]);
		assert_int_equal(0, (uintptr_t)p[i] % 16);
		memset(p[i], (int)i, i);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_equal((char)i, p[i][k]);
	skua_arena_fini(&a);
}

static void
a_reset_arena_starts_afresh_in_its_first_block(void **state)
{
	struct arena a;
	char *first;

	(void)state;
	skua_arena_init(&a, 64);
	first = skua_arena_alloc(&a, 10);
	assert_non_null(skua_arena_alloc(&a, 100000));
	skua_arena_reset(&a);
	assert_ptr_equal(first, skua_arena_alloc(&a, 10));
	skua_arena_fini(&a);
}

static void
an_absurd_size_is_refused_not_wrapped(void **state)
{
	struct arena a;

	(void)state;
	skua_arena_init(&a, 64);
	assert_null(skua_arena_alloc(&a, SIZE_MAX));
	assert_null(skua_arena_alloc(&a, SIZE_MAX / 2 + 1));
	skua_arena_fini(&a);
}

static void
a_copied_view_ends_with_nul(void **state)
{
	char *copy = skua_mem_dup(skua_str_n("abcdef", 3));
	char *empty = skua_mem_dup(skua_str_n(NULL, 0));

	(void)state;
	assert_string_equal("abc", copy);
	assert_string_equal("", empty);
	free(copy);
	free(empty);
}

RUN(T(what_an_arena_gives_is_aligned_and_apart),
    T(a_reset_arena_starts_afresh_in_its_first_block),
    T(an_absurd_size_is_refused_not_wrapped), T(a_copied_view_ends_with_nul))
