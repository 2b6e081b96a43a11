/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consume queues: 20-byte units in files of one size.
 *
 *	i64 log position | i32 record size | i64 tags code
 *
 * A queue's newest entries are in a ring in memory; when it is full, or when the
 * core asks for it, they go to the file.  With no folder (a store in memory) all
 * entries stay in blocks in memory.
 *
 * Threads: append, queue and remove run under the core's append lock.  What the
 * appender and the worker both touch of a queue (written, descriptors) is guarded
 * by one of `locks`, so that appending waits at most for one write to another
 * queue, however many there are.  Readers take no lock on the ring: an entry is
 * three atomic words, and a reader checks afterwards that the writer has not come
 * round to its slot.
 */
#ifndef CQ_H
#define CQ_H

#include <pthread.h>
#include <stdatomic.h>

#include <skua/files.h>
#include <skua/host.h>
#include <skua/index.h>

/* One that could not be put in has no table. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define UNIT SKUA_CQ_UNIT_SIZE
#define RING_FIRST 8 /* entries: most of very many queues have few */
#define RING_MAX 64
#define BLOCK 1024
#define LOCKS 64

struct cq_conf {
	int64_t file_size;
};

struct slot {
	_Atomic int64_t pos, len, tags;
};

/* The size is a power of 2. */
struct ring {
	struct ring *older; /* readers may still look at it */
	_Atomic int64_t from; /* the first offset that was put there */
	int64_t size;
	struct slot slots[];
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
	struct cq *next, *prev; /* table lock */
	UT_hash_handle hh;      /* by key; table lock */
	char *key;              /* TOPIC/ID */
	uint16_t topic_len;
	bool is_new;     /* its lock: a name that may not survive a power cut */
	bool dirty;      /* its lock: written since the last sync */
	bool is_removed; /* its lock */
	bool is_unsynced; /* in `unsynced` */
	_Atomic bool is_busy; /* in `busy` */
	int32_t id;
	int fd; /* its lock: of the file at fd_base; -1 */
	int64_t fd_base;
	_Atomic int64_t min, max;
	_Atomic int64_t written; /* below: in the file */
	_Atomic(struct ring *) ring;
	_Atomic(struct directory *) directory; /* without a folder */
	struct cq *next_busy, *next_unsynced;
};

struct cq_state {
	struct skua_host *host;
	char *folder; /* consumequeue/; NULL: memory */
	int64_t file_units;
	pthread_mutex_t locks[LOCKS]; /* each of some queues; no two at once */
	pthread_mutex_t table;
	struct cq *queues;  /* table lock */
	struct cq *by_key;  /* the same, as a hash */
	struct cq *removed; /* kept until close: readers may hold them */
	_Atomic(struct cq *) busy; /* may have something to write or to sync */
	struct cq *unsynced;       /* the worker's */
	_Atomic int open_files;
	_Atomic bool sync_failed; /* the kernel has forgotten some units */
};

/* flush.c */
/* Any thread, after a change to what the queue should have on disk. */
void cq_mark_busy(struct cq_state *s, struct cq *q);
int cq_flush(void *state, bool durable);

/* ring.c */
/* A place for the entry at offset, max so far.  The append lock is held, the
 * queue's is not. */
int cq_ring_room(struct cq_state *s, struct cq *q, int64_t offset);
void cq_ring_put(struct cq *q, int64_t offset,
    const struct skua_index_entry *entry);
/* The entry at offset, which has not left the ring; its lock held. */
void cq_ring_get(const struct cq *q, int64_t offset,
    struct skua_index_entry *entry);
/* False when the writer has come round, or the entries were never there. */
bool cq_ring_read(const struct cq *q, int64_t offset, size_t n,
    struct skua_index_entry *entries);
void cq_ring_cut(struct cq *q, int64_t keep);
void cq_ring_free(struct cq *q);

/* load.c */
int cq_load(struct cq_state *s, int64_t complete_pos,
    skua_index_found_fn *found, void *arg, struct skua_error *e);

/* files.c */
/* Makes what was written survive a power cut.  Its lock held. */
int cq_sync(struct cq_state *s, struct cq *q);
/* Writes [written, max) out.  Its lock held. */
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
int cq_remove_folder(struct cq_state *s, struct cq *q);

/* memory.c */
int cq_memory_put(struct cq *q, int64_t offset,
    const struct skua_index_entry *entry);
int cq_memory_get(const struct cq *q, int64_t offset,
    struct skua_index_entry *entry);
void cq_memory_free(struct cq *q);

/* index-cq.c */
struct cq *cq_new(struct cq_state *s, struct skua_str topic, int32_t id);

static inline struct skua_str
cq_topic(const struct cq *q)
{
	return skua_str_n(q->key, q->topic_len);
}

static inline void
cq_lock(struct cq_state *s, const struct cq *q)
{
	(void)pthread_mutex_lock(&s->locks[(uintptr_t)q / 64 % LOCKS]);
}

static inline void
cq_unlock(struct cq_state *s, const struct cq *q)
{
	(void)pthread_mutex_unlock(&s->locks[(uintptr_t)q / 64 % LOCKS]);
}

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
