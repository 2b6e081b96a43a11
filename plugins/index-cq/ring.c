/* SPDX-License-Identifier: Apache-2.0 */
/* A queue's newest entries, in memory. */
#include <stdlib.h>

#include "cq.h"

static struct slot *
slot_of(struct ring *ring, int64_t offset)
{
	return &ring->slots[offset & (ring->size - 1)];
}

static struct ring *
ring_new(int64_t size, int64_t from)
{
	struct ring *ring =
	    malloc(sizeof(*ring) + (size_t)size * sizeof(ring->slots[0]));

	if (ring == NULL)
		return NULL;
	ring->older = NULL;
	atomic_init(&ring->from, from);
	ring->size = size;
	return ring;
}

/* A queue that is written to often gets a large one soon. */
static bool
grow(struct cq *q, struct ring *old, int64_t max)
{
	int64_t size = old->size < RING_MAX / 4 ? 2 * old->size : RING_MAX;
	int64_t from = atomic_load(&old->from);
	struct skua_index_entry e;
	struct ring *ring;

	if (from <= max - old->size)
		from = max - old->size + 1;
	ring = ring_new(size, from);
	if (ring == NULL)
		return false;
	for (int64_t i = from; i < max; i++) {
		slot_get(slot_of(old, i), &e);
		slot_put(slot_of(ring, i), &e);
	}
	ring->older = old;
	atomic_store_explicit(&q->ring, ring, memory_order_release);
	return true;
}

int
cq_ring_room(struct cq_state *s, struct cq *q, int64_t offset)
{
	struct ring *ring =
	    atomic_load_explicit(&q->ring, memory_order_relaxed);
	int rc;

	if (ring == NULL) {
		ring = ring_new(RING_FIRST, offset);
		if (ring == NULL)
			return SKUA_ENOMEM;
		atomic_store_explicit(&q->ring, ring, memory_order_release);
	}
	/* The slot at max - size is the next to be reused: no reader trusts it,
	 * so what it holds must be in the file. */
	if (offset - atomic_load_explicit(&q->written, memory_order_relaxed) <
	    ring->size - 1)
		return SKUA_OK;
	if (ring->size < RING_MAX && grow(q, ring, offset))
		return SKUA_OK;
	cq_lock(s, q);
	rc = cq_write_out(s, q);
	cq_unlock(s, q);
	return rc;
}

void
cq_ring_put(struct cq *q, int64_t offset, const struct skua_index_entry *entry)
{
	struct ring *ring =
	    atomic_load_explicit(&q->ring, memory_order_relaxed);

	/* Readers that see these words see the max before them as well, and
	 * know that the slot was reused. */
	atomic_thread_fence(memory_order_release);
	slot_put(slot_of(ring, offset), entry);
}

void
cq_ring_get(const struct cq *q, int64_t offset, struct skua_index_entry *entry)
{
	slot_get(slot_of(atomic_load_explicit(&q->ring, memory_order_acquire),
		     offset),
	    entry);
}

bool
cq_ring_read(const struct cq *q, int64_t offset, size_t n,
    struct skua_index_entry *entries)
{
	struct ring *ring =
	    atomic_load_explicit(&q->ring, memory_order_acquire);

	if (ring == NULL ||
	    offset < atomic_load_explicit(&ring->from, memory_order_relaxed) ||
	    offset <= atomic_load_explicit(&q->max, memory_order_acquire) -
		    ring->size)
		return false;
	for (size_t i = 0; i < n; i++)
		slot_get(slot_of(ring, offset + (int64_t)i), &entries[i]);
	atomic_thread_fence(memory_order_acquire);
	return offset >
	    atomic_load_explicit(&q->max, memory_order_acquire) - ring->size;
}

void
cq_ring_cut(struct cq *q, int64_t keep)
{
	struct ring *ring = atomic_load(&q->ring);

	if (ring != NULL && atomic_load(&ring->from) > keep)
		atomic_store(&ring->from, keep);
}

void
cq_ring_free(struct cq *q)
{
	struct ring *ring = atomic_load(&q->ring);

	while (ring != NULL) {
		struct ring *older = ring->older;

		free(ring);
		ring = older;
	}
}
