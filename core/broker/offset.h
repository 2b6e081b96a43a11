/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far each group has consumed each queue.  Read and written by every loop;
 * a cell is one atomic number.
 * Upstream: broker.offset.ConsumerOffsetManager.
 */
#ifndef BROKER_OFFSET_H
#define BROKER_OFFSET_H

#include <pthread.h>
#include <stdatomic.h>

#include <skua/json.h>

#include "base/map.h"
#include "broker/data_version.h"

struct broker;

#define OFFSET_NONE (-1)
#define OFFSET_UNSET INT64_MIN /* no cell was ever written */
#define OFFSET_BLOCK 16

struct offset_block {
	_Atomic(struct offset_block *) next;
	int32_t first;
	_Atomic int64_t cell[OFFSET_BLOCK];
	/* A reset by an administrator that the client has not seen yet. */
	_Atomic int64_t reset[OFFSET_BLOCK];
};

struct offset_row {
	struct map_entry entry; /* key: topic@group */
	struct offset_block first;
	size_t topic_len;
	char name[];
};

struct offsets {
	struct map map;
	pthread_mutex_t lock; /* new rows and blocks */
	struct data_version version;
	_Atomic bool dirty;
	bool has_removed; /* main thread: and the file still has the rows */
};

void skua_offsets_init(struct offsets *o);
void skua_offsets_fini(struct offsets *o);

/* OFFSET_NONE when there is none. */
int64_t skua_offset_get(const struct offsets *o, struct skua_str group,
    struct skua_str topic, int32_t queue_id);
/* Any loop.  queue ids below 0 or above 65535 are refused with SKUA_EINVAL. */
int skua_offset_set(struct offsets *o, struct skua_str group,
    struct skua_str topic, int32_t queue_id, int64_t offset);
void skua_offset_reset(struct offsets *o, struct skua_str group,
    struct skua_str topic, int32_t queue_id, int64_t offset);
/* A pending reset, or OFFSET_NONE; take clears it. */
int64_t skua_offset_pending(const struct offsets *o, struct skua_str group,
    struct skua_str topic, int32_t queue_id, bool take);
/* Rows of a group, of a topic, or (either empty) any: fn until it says false. */
typedef bool offset_visit_fn(void *arg, struct skua_str topic,
    struct skua_str group, const struct offset_row *row);
void skua_offset_visit(const struct offsets *o, offset_visit_fn *fn, void *arg);
int64_t skua_offset_cell(const struct offset_row *row, int32_t queue_id);
/* Main thread.  Lost on a crash until skua_keep_removals. */
void skua_offset_remove_group(struct offsets *o, struct skua_str group);
void skua_offset_remove_topic(struct offsets *o, struct skua_str topic);

/* After recovery: rows of topics that are not there. */
void skua_offsets_drop_absent(struct broker *b);

/* consumerOffset.json */
int skua_offsets_load(struct broker *b, const char *path, struct skua_error *e);
int skua_offsets_persist(struct broker *b, const char *path);

#endif
