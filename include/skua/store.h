/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "store": keeps records at increasing positions.
 *
 * Positions are bytes; a record of `len` bytes at `pos` ends at pos + len, and
 * the next begins there or later.  Append is called by one thread at a time
 * (the core's append lock); everything else may run beside it on any thread.
 * Stores stack: a store may open another with skua_store_open.
 * Upstream: store.CommitLog.
 */
#ifndef SKUA_STORE_H
#define SKUA_STORE_H

#include <skua/message.h>
#include <skua/plugin.h>

SKUA_BEGIN_DECLS

/* A record to append.  The store gives it its position: in pos and in the
 * record's own field, by skua_record_set_pos. */
struct skua_append {
	uint8_t *bytes; /* neighbours in memory may be written as one */
	uint32_t len;
	int64_t pos; /* out */
	void *reserved;
};

/* A stored range, readable until released. */
struct skua_slice {
	const uint8_t *bytes;
	size_t len;
	void *pin;
};

/* One record found by recover.  SKUA_ECORRUPT: it is not the one that was
 * stored, and counts as invalid. */
typedef int skua_recovered_fn(void *arg, const struct skua_record *record);

/* What is known of the last stop. */
struct skua_store_start {
	int64_t from_pos;   /* records from here on are wanted */
	int64_t synced_pos; /* what is below was on disk for certain */
	bool clean;         /* the stop was orderly */
};

struct skua_store_state {
	int64_t min_pos, max_pos; /* readable range */
	int64_t synced_pos;       /* survives a power cut below this */
	int64_t file_size;        /* of one file, 0 when there are none */
	int64_t disk_total, disk_free;
	int error; /* SKUA_OK, or why appends are refused */
	int64_t reserved[4];
};

struct skua_store {
	size_t size;
	size_t state_size; /* zeroed by the host */
	bool durable;      /* keeps its records across a restart */
	/* Main thread, before any loop.  folder is storePathRootDir, NULL for a
	 * broker without one.  One that fails leaves nothing to close. */
	int (*open)(void *state, struct skua_host *host, const char *folder,
	    struct skua_error *e);
	/* Main thread: reads forward, from start->from_pos or before it, and
	 * calls found for each valid record.  Returns with max_pos behind the
	 * last valid record and what follows made invalid, durably. */
	int (*recover)(void *state, const struct skua_store_start *start,
	    skua_recovered_fn *found, void *arg, struct skua_error *e);
	/* Appends all or nothing.  SKUA_ENOSPC, SKUA_EIO, SKUA_EPOISONED: none
	 * of them is stored, and max_pos is unchanged. */
	int (*append)(void *state, struct skua_append *batch, size_t n);
	/* Before recover: whatever bytes are there may be read.
	 * Pins len bytes at pos (len 0: the record there).  SKUA_ENOENT outside
	 * the readable range, SKUA_ECORRUPT when the bytes cannot be read. */
	int (*read)(void *state, int64_t pos, uint32_t len,
	    struct skua_slice *slice_r);
	void (*release)(void *state, struct skua_slice *slice);
	/* Worker threads: makes everything appended so far durable.  After a
	 * failure it returns SKUA_EPOISONED for ever. */
	int (*sync)(void *state, int64_t *synced_pos_r);
	/* *state_r is zeroed by the host. */
	void (*get_state)(void *state, struct skua_store_state *state_r);
	/* Worker thread: removes whole files below pos, as many as can be; sets
	 * the new min_pos in any case.  NULL: the store keeps everything. */
	int (*trim)(void *state, int64_t pos, int64_t *min_pos_r);
	/* Main thread, after the last append and read. */
	void (*close)(void *state);
};

/* Writes the position into an encoded record. */
SKUA_API void skua_record_set_pos(uint8_t *bytes, int64_t pos);

/* A store opened by name, for stores that wrap one. */
struct skua_store_ref {
	const struct skua_store *ops;
	void *state;
};
SKUA_API int skua_store_open(struct skua_host *host, const char *name,
    const char *folder, struct skua_store_ref *store_r, struct skua_error *e)
    SKUA_MUST_CHECK;
SKUA_API void skua_store_close(struct skua_store_ref *store);

SKUA_API int skua_provide_store(struct skua_host *host, const char *name,
    const struct skua_store *ops) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
