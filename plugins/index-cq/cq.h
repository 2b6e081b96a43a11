/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consume queues: 20-byte units in files of one size.
 *
 *	i64 log position | i32 record size | i64 tags code
 *
 * A queue's newest entries are in a ring in memory; when it is full, or once a
 * second, they go to the file.  With no folder (a store in memory) all entries
 * stay in blocks in memory.
 *
 * Threads: append, queue and remove run under the core's append lock; `files`
 * guards what both the appender and the worker touch (written, descriptors).
 * Readers take no lock on the ring: an entry is three atomic words, and a reader
 * checks afterwards that the writer has not come round to its slot.
 */
#ifndef CQ_H
#define CQ_H

#include <pthread.h>
#include <stdatomic.h>

#include <skua/files.h>
#include <skua/host.h>
#include <skua/index.h>
#include <uthash.h>

#define UNIT SKUA_CQ_UNIT_SIZE
#define RING 64 /* entries */
#define BLOCK 1024
#define SYNC_TOGETHER_FROM 64 /* queues */

struct cq_conf {
	int64_t file_size;
};

struct slot {
	_Atomic int64_t pos, len, tags;
};

struct block {
	struct slot slots[BLOCK];
};

/* The blocks of a queue in memory; replaced whole when it grows. */
struct directory {
	struct directory *older;
	size_t size;
	_Atomic(struct block *) blocks[];
};

struct cq {
	struct cq *next, *prev;
	UT_hash_handle hh; /* by key */
	char *key;         /* topic/id */
	char *topic;
	int32_t id;
	_Atomic int64_t min, max;
	_Atomic int64_t written; /* below: in the file */
	_Atomic(struct slot *) ring;
	_Atomic int64_t ring_from; /* the first offset that was put there */
	_Atomic(struct directory *) directory; /* without a folder */
	int fd; /* of the file at fd_base; -1 */
	int64_t fd_base;
	bool dirty;  /* written since the last sync */
	bool is_new; /* a name that may not survive a power cut */
	bool is_removed; /* files lock */
};

struct cq_state {
	struct skua_host *host;
	char *folder; /* consumequeue/; NULL: memory */
	int64_t file_units;
	pthread_mutex_t files;
	struct cq *queues; /* files lock */
	struct cq *by_key; /* the same, as a hash */
	struct cq *removed; /* kept until close: readers may hold them */
	size_t open_files;
	bool sync_failed; /* files lock; the kernel has forgotten some units */
};

/* files.c */
int cq_load(struct cq_state *s, int64_t complete_pos,
    skua_index_found_fn *found, void *arg, struct skua_error *e);
/* Makes what was written survive a power cut.  Files lock held. */
int cq_sync(struct cq_state *s, struct cq *q);
/* Writes [written, max) out.  Files lock held. */
int cq_write_out(struct cq_state *s, struct cq *q);
int cq_read_file(struct cq_state *s, struct cq *q, int64_t offset, size_t n,
    struct skua_index_entry *entries, size_t *n_r);
/* Removes all units at and above max, up to the last file's end. */
int cq_cut_files(struct cq_state *s, struct cq *q, int64_t max,
    int64_t last_base);
/* One unit in its place. */
int cq_write_unit(struct cq_state *s, struct cq *q, int64_t offset,
    const struct skua_index_entry *entry);
void cq_remove_files(struct cq_state *s, struct cq *q, int64_t below);
void cq_close_file(struct cq_state *s, struct cq *q);
void cq_remove_folder(struct cq_state *s, struct cq *q);

/* memory.c */
int cq_memory_put(struct cq *q, int64_t offset,
    const struct skua_index_entry *entry);
int cq_memory_get(const struct cq *q, int64_t offset,
    struct skua_index_entry *entry);
void cq_memory_free(struct cq *q);

/* index-cq.c */
struct cq *cq_new(struct cq_state *s, struct skua_str topic, int32_t id);

static inline void
slot_put(struct slot *to, const struct skua_index_entry *e)
{
	atomic_store_explicit(&to->pos, e->pos, memory_order_relaxed);
	atomic_store_explicit(&to->len, e->len, memory_order_relaxed);
	atomic_store_explicit(&to->tags, e->tags_code, memory_order_relaxed);
}

static inline void
slot_get(const struct slot *from, struct skua_index_entry *e)
{
	e->pos = atomic_load_explicit(&from->pos, memory_order_relaxed);
	e->len = (int32_t)atomic_load_explicit(&from->len,
	    memory_order_relaxed);
	e->tags_code = atomic_load_explicit(&from->tags, memory_order_relaxed);
}

#endif
