/* SPDX-License-Identifier: Apache-2.0 */
/* What a killed process, or a power cut, leaves of a node. */
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "disk_node.h"
#include "own.h"
#include "random.h"

/* The nodes copied so far: a file of two names stays one file. */
struct copies {
	const struct node **from;
	struct node **to;
	size_t count, size;
};

/* A number that is the same for the same thing of the same cut. */
static uint64_t
draw(const struct survival *how, uint64_t id, uint64_t what)
{
	return random_mix(how->seed ^ random_mix(id * 0x100000001b3u + what));
}

/* Of the sector's versions since the sync: those below this number. */
static uint64_t
version_of(const struct survival *how, const struct node *n, int64_t sector,
    uint64_t first, uint64_t last)
{
	uint64_t number = draw(how, n->id, (uint64_t)sector);
	uint64_t any = first + (number >> 8) % (last + 2 - first);

	switch ((enum disk_end)how->end) {
	case DISK_KILL:
	case DISK_CUT_ALL:
		return UINT64_MAX;
	case DISK_CUT_NONE:
	case DISK_ENDS:
		return 0;
	case DISK_CUT_PREFIX:
		return how->prefix + (how->torn && (number & 1) != 0);
	case DISK_CUT_ANY:
		return any;
	case DISK_CUT_MOST:
		return (number & 15) != 0 ? UINT64_MAX : any;
	case DISK_CUT_FEW:
		return (number & 15) != 0 ? 0 : any;
	}
	return 0;
}

static void
keep_sectors(const struct survival *how, const struct node *n,
    const struct change *c, uint64_t first, uint64_t last, struct node *to)
{
	int64_t end = c->at + c->len;

	for (int64_t at = c->at; at < end;) {
		int64_t sector = at / SECTOR;
		int64_t next = (sector + 1) * SECTOR;

		next = next < end ? next : end;
		if (c->number < version_of(how, n, sector, first, last))
			node_write(to, 0, c->bytes + (at - c->at), next - at,
			    at);
		at = next;
	}
}

/* Sizes come back in their order, whatever became of the bytes. */
static void
keep_changes(const struct survival *how, const struct node *n, struct node *to)
{
	uint64_t first = UINT64_MAX, last = 0, sizes;
	int64_t size = n->durable_size;

	for (const struct change *c = n->changes; c != NULL; c = c->next) {
		first = c->number < first ? c->number : first;
		last = c->number > last ? c->number : last;
	}
	if (last == 0)
		return;
	sizes = version_of(how, n, -1, first, last);
	for (const struct change *c = n->changes; c != NULL; c = c->next) {
		if (c->number < sizes)
			size = c->len == 0 ? c->at :
			    c->at + c->len > size ? c->at + c->len :
						    size;
		if (c->len > 0)
			keep_sectors(how, n, c, first, last, to);
		else if (c->number < sizes)
			node_resize(to, 0, c->at);
	}
	if (to->size != size)
		node_resize(to, 0, size);
}

/* Stores by a map have no order: each sector is there or not. */
static void
keep_stores(const struct survival *how, const struct node *n, struct node *to)
{
	if (!n->mapped_writable)
		return;
	for (int64_t at = 0; at < to->size; at += SECTOR) {
		int64_t len = to->size - at < SECTOR ? to->size - at : SECTOR;
		uint64_t number = draw(how, n->id, (uint64_t)at + 1);
		bool stays = how->end == DISK_KILL ||
		    how->end == DISK_CUT_ALL ||
		    (how->end != DISK_CUT_NONE && (number & 1) != 0);

		if (stays && at + len <= n->size &&
		    memcmp(to->bytes + at, n->bytes + at, (size_t)len) != 0)
			node_write(to, 0, n->bytes + at, len, at);
	}
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static void
copy_cut_file(const struct survival *how, const struct node *n,
    struct node *to)
{
	if (n->durable_size > 0)
		node_write(to, 0, n->durable, n->durable_size, 0);
	keep_changes(how, n, to);
	keep_stores(how, n, to);
	node_sync(to);
	/* What was not written is still a hole, or reserved. */
	for (int64_t b = 0; b * BLOCK < to->used_max; b++)
		to->blocks[b] = !is_zero(to->bytes + b * BLOCK, BLOCK) ?
		    BLOCK_WRITTEN :
		    n->blocks[b] == BLOCK_HOLE || b * BLOCK >= to->size ?
		    BLOCK_HOLE :
		    BLOCK_ALLOCATED;
}

static void
copy_killed_file(const struct node *n, struct node *to)
{
	if (n->durable_size > 0) {
		node_write(to, 0, n->durable, n->durable_size, 0);
		node_sync(to);
	}
	for (const struct change *c = n->changes; c != NULL; c = c->next) {
		if (c->len > 0)
			node_write(to, c->number, c->bytes, c->len, c->at);
		else
			node_resize(to, c->number, c->at);
		/* The page is clean, as far as the system knows. */
		if (c->forgotten)
			node_forget_last(to);
	}
	if (n->mapped_writable) {
		struct survival all = { .end = DISK_KILL };

		keep_stores(&all, n, to);
		to->mapped_writable = true;
	}
	memcpy(to->blocks, n->blocks, NODE_SIZE_MAX / BLOCK);
}

static struct node *copy(struct copies *copies, const struct node *n,
    const struct survival *how);

static struct node *
copy_once(struct copies *c, const struct node *n, const struct survival *how)
{
	struct node *to;

	for (size_t i = 0; i < c->count; i++)
		if (c->from[i] == n)
			return node_ref(c->to[i]);
	to = copy(c, n, how);
	if (c->count == c->size) {
		c->size = c->size == 0 ? 64 : 2 * c->size;
		c->from = own_grow(c->from, c->size * sizeof(*c->from));
		c->to = own_grow(c->to, c->size * sizeof(*c->to));
	}
	c->from[c->count] = n;
	c->to[c->count++] = to;
	return to;
}

static void
copy_entries(struct copies *c, const struct entries *entries,
    const struct survival *how, struct node *to)
{
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *e = &entries->list[i];
		struct node *node = copy_once(c, e->node, how);

		node_rename_entry(to, "", e->name, node);
		node_unref(node);
	}
}

static size_t
names_kept(const struct survival *how, const struct node *n)
{
	size_t count = 0;

	for (const struct name_change *c = n->names; c != NULL; c = c->next)
		count++;
	if (how->end == DISK_CUT_ALL || how->end == DISK_KILL)
		return count;
	if (how->end == DISK_CUT_NONE)
		return 0;
	return draw(how, n->id, 7) % (count + 1);
}

static struct node *
copy_folder(struct copies *c, const struct node *n, const struct survival *how)
{
	struct node *to = node_new(true, n->id);
	size_t kept = names_kept(how, n);

	copy_entries(c, &n->then, how, to);
	node_sync_names(to);
	for (const struct name_change *change = n->names;
	     change != NULL && kept > 0; change = change->next, kept--) {
		struct node *node = change->node == NULL ?
		    NULL :
		    copy_once(c, change->node, how);

		node_rename_entry(to, change->removed, change->added, node);
		if (node != NULL)
			node_unref(node);
	}
	/* After a power cut the disk is all there is. */
	if (how->end != DISK_KILL)
		node_sync_names(to);
	return to;
}

static struct node *
copy(struct copies *copies, const struct node *n, const struct survival *how)
{
	struct node *to;

	if (n->is_folder)
		return copy_folder(copies, n, how);
	to = node_new(false, n->id);
	if (how->end == DISK_KILL)
		copy_killed_file(n, to);
	else
		copy_cut_file(how, n, to);
	return to;
}

struct node *
node_left(const struct node *node, const struct survival *how)
{
	struct copies copies = { .count = 0 };
	struct node *to = copy(&copies, node, how);

	free(copies.from);
	free(copies.to);
	return to;
}
