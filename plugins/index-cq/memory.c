/* SPDX-License-Identifier: Apache-2.0 */
/* Queues that live in memory only: blocks in a directory that grows. */
#include <stdlib.h>

#include "cq.h"

static struct directory *
grow(struct cq *q, size_t need)
{
	struct directory *old = atomic_load(&q->directory);
	size_t size = old == NULL ? 8 : old->size * 2;
	struct directory *d;

	if (size < need)
		size = need;
	d = calloc(1, sizeof(*d) + size * sizeof(d->blocks[0]));
	if (d == NULL)
		return NULL;
	d->size = size;
	d->older = old; /* readers may still look at it */
	for (size_t i = 0; old != NULL && i < old->size; i++)
		atomic_init(&d->blocks[i], atomic_load(&old->blocks[i]));
	atomic_store_explicit(&q->directory, d, memory_order_release);
	return d;
}

int
cq_memory_put(struct cq *q, int64_t offset,
    const struct skua_index_entry *entry)
{
	struct directory *d = atomic_load(&q->directory);
	size_t i = (size_t)(offset / BLOCK);
	struct block *b;

	if ((d == NULL || i >= d->size) && (d = grow(q, i + 1)) == NULL)
		return SKUA_ENOMEM;
	b = atomic_load(&d->blocks[i]);
	if (b == NULL) {
		b = calloc(1, sizeof(*b));
		if (b == NULL)
			return SKUA_ENOMEM;
		atomic_store_explicit(&d->blocks[i], b, memory_order_release);
	}
	slot_put(&b->slots[offset % BLOCK], entry);
	return SKUA_OK;
}

int
cq_memory_get(const struct cq *q, int64_t offset,
    struct skua_index_entry *entry)
{
	const struct directory *d =
	    atomic_load_explicit(&q->directory, memory_order_acquire);
	size_t i = (size_t)(offset / BLOCK);
	const struct block *b;

	if (d == NULL || i >= d->size)
		return SKUA_ENOENT;
	b = atomic_load_explicit(&d->blocks[i], memory_order_acquire);
	if (b == NULL)
		return SKUA_ENOENT;
	slot_get(&b->slots[offset % BLOCK], entry);
	return SKUA_OK;
}

void
cq_memory_free(struct cq *q)
{
	struct directory *d = atomic_load(&q->directory);

	for (size_t i = 0; d != NULL && i < d->size; i++)
		free(atomic_load(&d->blocks[i]));
	while (d != NULL) {
		struct directory *older = d->older;

		free(d);
		d = older;
	}
}
