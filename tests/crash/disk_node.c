/* SPDX-License-Identifier: Apache-2.0 */
/* See disk_node.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "disk_node.h"
#include "own.h"

#define SPARES_MAX 256

/* Address space that is all zero again. */
static uint8_t *spares[SPARES_MAX];
static size_t spare_count;

static uint8_t *
take_space(void)
{
	void *p;

	if (spare_count > 0)
		return spares[--spare_count];
	p = mmap(NULL, NODE_SIZE_MAX, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		(void)fputs("crash: no room for a file\n", stderr);
		abort();
	}
	return p;
}

static void
give_space(uint8_t *space, int64_t used)
{
	if (spare_count == SPARES_MAX) {
		(void)munmap(space, NODE_SIZE_MAX);
		return;
	}
	memset(space, 0, (size_t)used);
	spares[spare_count++] = space;
}

struct node *
node_new(bool is_folder, uint64_t id)
{
	struct node *n = own_new(sizeof(*n));

	n->refs = 1;
	n->id = id;
	n->is_folder = is_folder;
	n->changes_end = &n->changes;
	n->names_end = &n->names;
	if (!is_folder) {
		n->bytes = take_space();
		n->blocks = own_new(NODE_SIZE_MAX / BLOCK);
	}
	return n;
}

struct node *
node_ref(struct node *node)
{
	node->refs++;
	return node;
}

static void
free_entries(struct entries *e)
{
	for (size_t i = 0; i < e->count; i++)
		node_unref(e->list[i].node);
	free(e->list);
}

static void
drop_change(struct change **link)
{
	struct change *c = *link;

	*link = c->next;
	free(c);
}

static void
drop_name_change(struct node *n)
{
	struct name_change *c = n->names;

	n->names = c->next;
	if (n->names == NULL)
		n->names_end = &n->names;
	if (c->node != NULL)
		node_unref(c->node);
	free(c);
}

void
node_unref(struct node *node)
{
	if (--node->refs > 0)
		return;
	while (node->changes != NULL)
		drop_change(&node->changes);
	while (node->names != NULL)
		drop_name_change(node);
	free_entries(&node->now);
	free_entries(&node->then);
	if (node->bytes != NULL)
		give_space(node->bytes, node->used_max);
	free(node->durable);
	free(node->blocks);
	free(node);
}

/* --- files --- */

static struct change *
add_change(struct node *n, uint64_t number, int64_t at, int64_t len)
{
	struct change *c = own_grow(NULL, sizeof(*c) + (size_t)len);

	*c = (struct change){ .number = number, .at = at, .len = len };
	*n->changes_end = c;
	n->changes_end = &c->next;
	return c;
}

static void
set_blocks(struct node *n, int64_t at, int64_t len, enum block_state state)
{
	for (int64_t b = at / BLOCK; b * BLOCK < at + len; b++)
		if (n->blocks[b] < state)
			n->blocks[b] = (uint8_t)state;
}

static void
note_used(struct node *n, int64_t end)
{
	if (end > NODE_SIZE_MAX) {
		(void)fputs("crash: a file outgrew the disk's limit\n", stderr);
		abort();
	}
	if (end > n->used_max)
		n->used_max = end;
}

void
node_write(struct node *n, uint64_t number, const void *bytes, int64_t len,
    int64_t at)
{
	struct change *c;

	if (len == 0)
		return;
	note_used(n, at + len);
	c = add_change(n, number, at, len);
	memcpy(c->bytes, bytes, (size_t)len);
	memcpy(n->bytes + at, bytes, (size_t)len);
	set_blocks(n, at, len, BLOCK_WRITTEN);
	if (at + len > n->size)
		n->size = at + len;
}

void
node_resize(struct node *n, uint64_t number, int64_t size)
{
	(void)add_change(n, number, size, 0);
	note_used(n, size);
	if (size < n->size) {
		int64_t first = (size + BLOCK - 1) / BLOCK;

		memset(n->bytes + size, 0, (size_t)(n->size - size));
		memset(n->blocks + first, BLOCK_HOLE,
		    (size_t)(NODE_SIZE_MAX / BLOCK - first));
	}
	n->size = size;
}

void
node_allocate(struct node *n, int64_t at, int64_t len)
{
	set_blocks(n, at, len, BLOCK_ALLOCATED);
}

int64_t
node_blocks(const struct node *n)
{
	int64_t count = 0;

	for (int64_t b = 0; b * BLOCK < n->used_max; b++)
		count += n->blocks[b] != BLOCK_HOLE;
	return count;
}

int64_t
node_new_blocks(const struct node *n, int64_t at, int64_t len)
{
	int64_t count = 0;

	for (int64_t b = at / BLOCK; b * BLOCK < at + len; b++)
		count += n->blocks[b] == BLOCK_HOLE;
	return count;
}

void
node_map_writable(struct node *n, int64_t end)
{
	n->mapped_writable = true;
	note_used(n, end);
}

static void
set_durable_size(struct node *n, int64_t size)
{
	if (size > n->durable_room) {
		n->durable_room = size + size / 4;
		n->durable = own_grow(n->durable,
		    (size_t)n->durable_room);
	}
	if (size > n->durable_size)
		memset(n->durable + n->durable_size, 0,
		    (size_t)(size - n->durable_size));
	n->durable_size = size;
}

static void
make_durable(struct node *n, const struct change *c)
{
	if (c->len == 0) {
		set_durable_size(n, c->at);
		return;
	}
	if (c->at + c->len > n->durable_size)
		set_durable_size(n, c->at + c->len);
	memcpy(n->durable + c->at, c->bytes, (size_t)c->len);
}

void
node_sync(struct node *n)
{
	for (struct change **link = &n->changes; *link != NULL;) {
		if ((*link)->forgotten) {
			link = &(*link)->next;
			continue;
		}
		make_durable(n, *link);
		drop_change(link);
	}
	n->changes_end = &n->changes;
	while (*n->changes_end != NULL)
		n->changes_end = &(*n->changes_end)->next;
	if (n->mapped_writable && n->durable_size == n->size && n->size > 0)
		memcpy(n->durable, n->bytes, (size_t)n->size);
}

/* What was stored by a map.  Writes that wait there carry the same bytes from
 * now on. */
void
node_sync_range(struct node *n, int64_t at, int64_t len)
{
	int64_t end = at + len;

	if (end > n->durable_size)
		end = n->durable_size;
	if (end > at)
		memcpy(n->durable + at, n->bytes + at, (size_t)(end - at));
	for (struct change *c = n->changes; c != NULL; c = c->next) {
		int64_t from = c->at > at ? c->at : at;
		int64_t to = c->at + c->len < end ? c->at + c->len : end;

		if (to > from)
			memcpy(c->bytes + (from - c->at), n->bytes + from,
			    (size_t)(to - from));
	}
}

void
node_forget(struct node *n)
{
	for (struct change *c = n->changes; c != NULL; c = c->next)
		c->forgotten = true;
}

void
node_forget_last(struct node *n)
{
	struct change *last = n->changes;

	while (last != NULL && last->next != NULL)
		last = last->next;
	if (last != NULL)
		last->forgotten = true;
}

/* --- folders --- */

static size_t
index_of(const struct entries *e, const char *name)
{
	size_t i;

	for (i = 0; i < e->count; i++)
		if (strcmp(e->list[i].name, name) == 0)
			break;
	return i;
}

struct node *
node_find(const struct entries *e, const char *name)
{
	size_t i = index_of(e, name);

	return i == e->count ? NULL : e->list[i].node;
}

static void
remove_entry(struct entries *e, const char *name)
{
	size_t i = index_of(e, name);

	if (i == e->count)
		return;
	node_unref(e->list[i].node);
	e->list[i] = e->list[--e->count];
}

static void
add_entry(struct entries *e, const char *name, struct node *node)
{
	size_t i = index_of(e, name);

	(void)node_ref(node);
	if (i < e->count) {
		node_unref(e->list[i].node);
		e->list[i].node = node;
		return;
	}
	if (e->count == e->size) {
		e->size = e->size == 0 ? 8 : 2 * e->size;
		e->list = own_grow(e->list, e->size * sizeof(*e->list));
	}
	(void)snprintf(e->list[i].name, NAME_SIZE, "%s", name);
	e->list[i].node = node;
	e->count++;
}

static void
apply_names(struct entries *e, const char *removed, const char *added,
    struct node *node)
{
	if (*removed != '\0')
		remove_entry(e, removed);
	if (*added != '\0')
		add_entry(e, added, node);
}

static void
add_name_change(struct node *folder, const char *removed, const char *added,
    struct node *node)
{
	struct name_change *c = own_new(sizeof(*c));

	(void)snprintf(c->removed, NAME_SIZE, "%s", removed);
	(void)snprintf(c->added, NAME_SIZE, "%s", added);
	c->node = node == NULL ? NULL : node_ref(node);
	*folder->names_end = c;
	folder->names_end = &c->next;
}

void
node_rename_entry(struct node *folder, const char *removed, const char *added,
    struct node *node)
{
	add_name_change(folder, removed, added, node);
	apply_names(&folder->now, removed, added, node);
}

void
node_sync_names(struct node *folder)
{
	while (folder->names != NULL) {
		const struct name_change *c = folder->names;

		apply_names(&folder->then, c->removed, c->added, c->node);
		drop_name_change(folder);
	}
}
