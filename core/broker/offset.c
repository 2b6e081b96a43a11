/* SPDX-License-Identifier: Apache-2.0 */
/* Consumer offsets: rows by topic@group, cells in blocks that never move. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/rcu.h"
#include "broker/broker.h"

#define NAME_MAX_LEN 512
#define QUEUE_ID_MAX 65535

void
skua_offsets_init(struct offsets *o)
{
	skua_map_init(&o->map);
	(void)pthread_mutex_init(&o->lock, NULL);
	o->version.timestamp = skua_now_ms();
	atomic_init(&o->dirty, false);
}

static void
free_row(void *p)
{
	struct offset_row *row = p;
	struct offset_block *block = atomic_load(&row->first.next);

	while (block != NULL) {
		struct offset_block *next = atomic_load(&block->next);

		free(block);
		block = next;
	}
	free(row);
}

void
skua_offsets_fini(struct offsets *o)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&o->map, &at)) != NULL;)
		free_row(sk_container(e, struct offset_row, entry));
	skua_map_fini(&o->map);
	(void)pthread_mutex_destroy(&o->lock);
}

static bool
key_of(char key[NAME_MAX_LEN], struct skua_str topic, struct skua_str group,
    struct skua_str *key_r)
{
	if (topic.len + group.len + 1 > NAME_MAX_LEN)
		return false;
	skua_str_copy(key, topic);
	key[topic.len] = '@';
	skua_str_copy(key + topic.len + 1, group);
	*key_r = skua_str_n(key, topic.len + 1 + group.len);
	return true;
}

static struct offset_row *
find_row(const struct offsets *o, struct skua_str group, struct skua_str topic)
{
	char text[NAME_MAX_LEN];
	struct skua_str key;
	struct map_entry *e;

	if (topic.len == 0 || !key_of(text, topic, group, &key))
		return NULL;
	e = skua_map_get(&o->map, key);
	return e == NULL ? NULL : sk_container(e, struct offset_row, entry);
}

static struct offset_block *
find_block(const struct offset_row *row, int32_t queue_id)
{
	const struct offset_block *b = &row->first;

	while (b != NULL && b->first != queue_id / OFFSET_BLOCK * OFFSET_BLOCK)
		b = atomic_load_explicit(&b->next, memory_order_acquire);
	return (struct offset_block *)(uintptr_t)b;
}

static void
clear_block(struct offset_block *b, int32_t first)
{
	b->first = first;
	atomic_init(&b->next, NULL);
	for (int i = 0; i < OFFSET_BLOCK; i++) {
		atomic_init(&b->cell[i], OFFSET_UNSET);
		atomic_init(&b->reset[i], OFFSET_NONE);
	}
}

static struct offset_row *
add_row(struct offsets *o, struct skua_str group, struct skua_str topic)
{
	struct offset_row *row = find_row(o, group, topic);
	size_t len = topic.len + 1 + group.len;

	if (row != NULL)
		return row;
	row = skua_mem_new(1, sizeof(*row) + len + 1);
	row->topic_len = topic.len;
	skua_str_copy(row->name, topic);
	row->name[topic.len] = '@';
	skua_str_copy(row->name + topic.len + 1, group);
	row->entry.key = skua_str_n(row->name, len);
	clear_block(&row->first, 0);
	skua_map_put(&o->map, &row->entry);
	return row;
}

static struct offset_block *
add_block(struct offset_row *row, int32_t queue_id)
{
	struct offset_block *b = find_block(row, queue_id);

	if (b != NULL)
		return b;
	b = sk_new(struct offset_block);
	clear_block(b, queue_id / OFFSET_BLOCK * OFFSET_BLOCK);
	atomic_store(&b->next, atomic_load(&row->first.next));
	atomic_store_explicit(&row->first.next, b, memory_order_release);
	return b;
}

static struct offset_block *
need_block(struct offsets *o, struct skua_str group, struct skua_str topic,
    int32_t queue_id)
{
	struct offset_row *row = find_row(o, group, topic);
	struct offset_block *b = row == NULL ? NULL : find_block(row, queue_id);

	if (b != NULL)
		return b;
	(void)pthread_mutex_lock(&o->lock);
	b = add_block(add_row(o, group, topic), queue_id);
	(void)pthread_mutex_unlock(&o->lock);
	return b;
}

static bool
is_sane(struct skua_str group, struct skua_str topic, int32_t queue_id)
{
	return queue_id >= 0 && queue_id <= QUEUE_ID_MAX && topic.len > 0 &&
	    topic.len + group.len + 1 <= NAME_MAX_LEN;
}

int64_t
skua_offset_cell(const struct offset_row *row, int32_t queue_id)
{
	const struct offset_block *b = find_block(row, queue_id);

	return b == NULL ? OFFSET_UNSET :
			   atomic_load_explicit(
			       &b->cell[queue_id % OFFSET_BLOCK],
			       memory_order_relaxed);
}

int64_t
skua_offset_get(const struct offsets *o, struct skua_str group,
    struct skua_str topic, int32_t queue_id)
{
	const struct offset_row *row = queue_id < 0 || queue_id > QUEUE_ID_MAX ?
	    NULL :
	    find_row(o, group, topic);
	int64_t offset =
	    row == NULL ? OFFSET_UNSET : skua_offset_cell(row, queue_id);

	return offset < 0 ? OFFSET_NONE : offset;
}

int
skua_offset_set(struct offsets *o, struct skua_str group, struct skua_str topic,
    int32_t queue_id, int64_t offset)
{
	struct offset_block *b;

	if (!is_sane(group, topic, queue_id))
		return SKUA_EINVAL;
	b = need_block(o, group, topic, queue_id);
	atomic_store_explicit(&b->cell[queue_id % OFFSET_BLOCK], offset,
	    memory_order_relaxed);
	if (!atomic_load_explicit(&o->dirty, memory_order_relaxed))
		atomic_store(&o->dirty, true);
	return SKUA_OK;
}

void
skua_offset_reset(struct offsets *o, struct skua_str group,
    struct skua_str topic, int32_t queue_id, int64_t offset)
{
	if (skua_offset_set(o, group, topic, queue_id, offset) != SKUA_OK)
		return;
	atomic_store(&need_block(o, group, topic, queue_id)
			  ->reset[queue_id % OFFSET_BLOCK],
	    offset);
}

int64_t
skua_offset_pending(const struct offsets *o, struct skua_str group,
    struct skua_str topic, int32_t queue_id, bool take)
{
	struct offset_row *row = find_row(o, group, topic);
	struct offset_block *b = row == NULL ? NULL : find_block(row, queue_id);
	_Atomic int64_t *reset;

	if (b == NULL || queue_id < 0)
		return OFFSET_NONE;
	reset = &b->reset[queue_id % OFFSET_BLOCK];
	if (atomic_load_explicit(reset, memory_order_relaxed) == OFFSET_NONE)
		return OFFSET_NONE;
	return take ? atomic_exchange(reset, OFFSET_NONE) : atomic_load(reset);
}

void
skua_offset_visit(const struct offsets *o, offset_visit_fn *fn, void *arg)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&o->map, &at)) != NULL;) {
		struct offset_row *row =
		    sk_container(e, struct offset_row, entry);
		struct skua_str topic = skua_str_n(row->name, row->topic_len);
		struct skua_str group = skua_str_n(row->name + row->topic_len +
			1, e->key.len - row->topic_len - 1);

		if (!fn(arg, topic, group, row))
			return;
	}
}

/* Any of the two may be without text: then every one fits. */
static bool
is_of(const struct offset_row *row, struct skua_str group, struct skua_str topic)
{
	struct skua_str key = row->entry.key;
	size_t n = row->topic_len;

	return (group.p == NULL ||
		   skua_str_eq(group, skua_str_n(key.p + n + 1,
					  key.len - n - 1))) &&
	    (topic.p == NULL || skua_str_eq(topic, skua_str_n(key.p, n)));
}

static void
remove_row(struct offsets *o, struct offset_row *row)
{
	(void)skua_map_remove(&o->map, row->entry.key);
	skua_rcu_defer(free_row, row);
	o->has_removed = true;
	atomic_store(&o->dirty, true);
}

static void
remove_matching(struct offsets *o, struct skua_str group, struct skua_str topic)
{
	struct map_entry *e;

	(void)pthread_mutex_lock(&o->lock);
	for (size_t at = 0; (e = skua_map_next(&o->map, &at)) != NULL;) {
		struct offset_row *row =
		    sk_container(e, struct offset_row, entry);

		if (is_of(row, group, topic))
			remove_row(o, row);
	}
	(void)pthread_mutex_unlock(&o->lock);
}

void
skua_offset_remove_group(struct offsets *o, struct skua_str group)
{
	remove_matching(o, group, skua_str_n(NULL, 0));
}

void
skua_offset_remove_topic(struct offsets *o, struct skua_str topic)
{
	remove_matching(o, skua_str_n(NULL, 0), topic);
}

void
skua_offsets_drop_absent(struct broker *b)
{
	struct offsets *o = &b->offsets;
	struct map_entry *e;

	(void)pthread_mutex_lock(&o->lock);
	for (size_t at = 0; (e = skua_map_next(&o->map, &at)) != NULL;) {
		struct offset_row *row =
		    sk_container(e, struct offset_row, entry);
		struct skua_str topic = skua_str_n(row->name, row->topic_len);

		if (skua_topic_find(&b->topics, topic) == NULL &&
		    !skua_topic_is_system(b, topic))
			remove_row(o, row);
	}
	(void)pthread_mutex_unlock(&o->lock);
}
