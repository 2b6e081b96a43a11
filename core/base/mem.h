/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory.  Small fixed sizes: sk_new dies when there is none.  Sizes that come
 * from a peer or a file: malloc, and handle NULL.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdlib.h>

#include <skua/types.h>

/* Zeroed; never NULL. */
/* Whether the process ends for want of memory, and has said so. */
bool skua_mem_is_out(void);
void *skua_mem_new(size_t count, size_t size);
/* The view as a NUL-terminated copy; never NULL. */
char *skua_mem_dup(struct skua_str text);
void *skua_mem_grow(void *old, size_t count, size_t size);

/* malloc for libraries whose small pieces are counted on: those never fail; a
 * large one is a peer's or a file's, and NULL when there is no memory. */
void *skua_mem_for_library(size_t size);

#define sk_new(type) ((type *)skua_mem_new(1, sizeof(type)))
#define sk_new_array(n, type) ((type *)skua_mem_new((n), sizeof(type)))

#define sk_container(ptr, type, member)                                        \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* Memory that is given back all at once: requests and answers of one read
 * event.  Keeps its first block. */
struct arena_block;
struct arena {
	struct arena_block *first, *now;
	size_t used; /* of now */
	size_t more; /* bytes of blocks beyond the first */
};

void skua_arena_init(struct arena *a, size_t block_size);
void skua_arena_fini(struct arena *a);
/* Aligned to 16; NULL when out of memory. */
void *skua_arena_alloc(struct arena *a, size_t size);
/* Everything allocated becomes invalid. */
void skua_arena_reset(struct arena *a);

#endif
