/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "index": queue offset -> log position, for every queue.
 *
 * Append runs under the core's append lock.  Entries below a queue's max are
 * immutable and may be read by any thread beside it.
 * Upstream: store.ConsumeQueue, store.queue.ConsumeQueueStore.
 */
#ifndef SKUA_INDEX_H
#define SKUA_INDEX_H

#include <skua/plugin.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

struct skua_index_entry {
	int64_t pos;
	int32_t len;
	int64_t tags_code;
};

/* A queue found by open.  *slot_r becomes the queue's handle in later calls. */
typedef int skua_index_found_fn(void *arg, struct skua_str topic,
    int32_t queue_id, void *queue);

struct skua_index {
	size_t size;
	size_t state_size;
	/* Main thread.  Calls found for each queue that exists on disk.  Only
	 * entries of records below complete_pos are known to have reached it:
	 * what is behind them is dropped; INT64_MAX after an orderly stop.
	 * One that fails leaves nothing to close. */
	int (*open)(void *state, struct skua_host *host, const char *folder,
	    int64_t complete_pos, skua_index_found_fn *found, void *arg,
	    struct skua_error *e);
	/* The handle of a queue; creates it.  Append lock held. */
	int (*queue)(void *state, struct skua_str topic, int32_t queue_id,
	    void **queue_r);
	/* Queue offsets: [min, max).  Any thread. */
	int64_t (*min)(void *state, void *queue);
	int64_t (*max)(void *state, void *queue);
	/* Adds entries at offset max; the readable max moves with it.  Append
	 * lock held.  A queue whose first offset is not 0 starts there. */
	int (*append)(void *state, void *queue, int64_t offset,
	    const struct skua_index_entry *entries, size_t n);
	/* Reads up to n entries from offset; *n_r may be less at a block's end,
	 * 0 only outside [min, max).  Any thread. */
	int (*read)(void *state, void *queue, int64_t offset, size_t n,
	    struct skua_index_entry *entries, size_t *n_r);
	/* Drops the entries at and above offset (recovery: main thread, before
	 * any loop). */
	int (*cut)(void *state, void *queue, int64_t offset);
	/* Puts a right entry in the place of a damaged one.  Any thread. */
	int (*repair)(void *state, void *queue, int64_t offset,
	    const struct skua_index_entry *entry);
	/* Worker: raises min past entries whose position is below pos and
	 * removes files no longer needed. */
	int (*trim)(void *state, void *queue, int64_t pos);
	/* Worker: writes out what is only in memory; durable: also syncs. */
	int (*flush)(void *state, bool durable);
	/* Removes a deleted topic's queue.  Append lock held; the handle is
	 * freed once no reader can hold it. */
	int (*remove)(void *state, void *queue);
	void (*close)(void *state);
};

SKUA_API int skua_provide_index(struct skua_host *host, const char *name,
    const struct skua_index *ops) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
