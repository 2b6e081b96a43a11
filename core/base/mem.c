/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that cannot fail, and the arena. */
#include <stdio.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"

#define LIBRARY_SMALL_MAX 65536

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(16) char bytes[];
};

void
skua_assert_failed(const char *file, int line, const char *expr)
{
	skua_log(SKUA_LOG_ERROR, "assert", "%s:%d: %s does not hold", file, line,
	    expr);
	abort();
}

static _Atomic bool is_out;

bool
skua_mem_is_out(void)
{
	return is_out;
}

/* A wrong program stops, and so does one without the memory for its own small
 * things: what is on the disk is whole at any instant. */
_Noreturn static void
no_memory(size_t count, size_t size)
{
	is_out = true;
	skua_log(SKUA_LOG_ERROR, "memory",
	    "no memory for %zu bytes: the process ends", count * size);
	abort();
}

void *
skua_mem_new(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (p == NULL && count > 0 && size > 0)
		no_memory(count, size);
	return p;
}

char *
skua_mem_dup(struct skua_str text)
{
	char *p = malloc(text.len + 1);

	if (p == NULL)
		no_memory(text.len + 1, 1);
	skua_str_copy(p, text);
	p[text.len] = '\0';
	return p;
}

void *
skua_mem_grow(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count, size);

	if (p == NULL && count > 0 && size > 0)
		no_memory(count, size);
	return p;
}

void *
skua_mem_for_library(size_t size)
{
	void *p = malloc(size);

	if (p == NULL && size > 0 && size <= LIBRARY_SMALL_MAX)
		no_memory(size, 1);
	return p;
}

static struct arena_block *
block_new(size_t size)
{
	struct arena_block *b = malloc(sizeof(*b) + size);

	if (b != NULL) {
		b->next = NULL;
		b->size = size;
	}
	return b;
}

void
skua_arena_init(struct arena *a, size_t block_size)
{
	a->first = a->now = block_new(block_size);
	if (a->first == NULL)
		no_memory(block_size, 1);
	a->used = a->more = 0;
}

void
skua_arena_fini(struct arena *a)
{
	skua_arena_reset(a);
	free(a->first);
	a->first = a->now = NULL;
}

void *
skua_arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->now;
	size_t at = (a->used + 15) & ~(size_t)15;

	if (size > SIZE_MAX / 2)
		return NULL;
	if (at + size > b->size) {
		size_t want = size > a->first->size ? size : a->first->size;

		b = block_new(want);
		if (b == NULL)
			return NULL;
		a->now->next = b;
		a->now = b;
		a->more += want;
		at = 0;
	}
	a->used = at + size;
	return b->bytes + at;
}

void
skua_arena_reset(struct arena *a)
{
	for (struct arena_block *b = a->first->next, *next; b != NULL;
	     b = next) {
		next = b->next;
		free(b);
	}
	a->first->next = NULL;
	a->now = a->first;
	a->used = a->more = 0;
}
