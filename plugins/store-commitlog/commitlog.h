/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commit log: files of one size, each named after its first position, read
 * through read-only maps.
 *
 * Threads: one appender (the core's append lock); readers on any thread; a
 * worker that prepares the next file; sync and trim on worker threads.  A
 * segment's struct lives until the log is closed, so that a reader may look at
 * one that is being removed; its map and descriptor go with its last reference.
 * Tables of segments are replaced whole, and kept until the close as well:
 * there is one per file rolled or trimmed.
 */
#ifndef COMMITLOG_H
#define COMMITLOG_H

#include <pthread.h>
#include <stdatomic.h>

#include <skua/files.h>
#include <skua/host.h>
#include <skua/store.h>

struct commitlog_conf {
	int64_t file_size;
	const char *folders;   /* empty: commitlog/ below the store folder */
	const char *read_only; /* folders whose files are only read */
	int64_t full_percent;  /* a disk above this takes no new file */
};

struct folder {
	char *path;
	bool read_only;
};

struct segment {
	int64_t base;
	int fd;
	uint8_t *map;
	_Atomic unsigned refs; /* 0: closed */
	const struct folder *folder;
	bool was_cut; /* found too short: what is lost was there once */
};

struct segment_table {
	struct segment_table *older;
	size_t count;
	int64_t first_base;
	struct segment *segments[];
};

struct commitlog {
	struct skua_host *host;
	struct folder *folders;
	size_t folder_count;
	int64_t full_percent;
	int64_t file_size;
	_Atomic(struct segment_table *) table;
	pthread_mutex_t lock; /* changes of the table */
	_Atomic int64_t max_pos;
	int64_t left_over_pos; /* appender: a failed append wrote up to here */
	_Atomic int64_t synced_pos;
	_Atomic int error;
	bool has_stuck; /* lock: a file could not be removed, and that was said */
	struct segment **all; /* every segment ever opened */
	size_t all_count;
	/* the worker that prepares the next file */
	pthread_t worker;
	pthread_mutex_t worker_lock;
	pthread_cond_t worker_wake;
	bool worker_runs, ending;
	_Atomic bool next_wanted;
};

/* folders.c */
int folders_open(struct commitlog *log, const char *root,
    const struct commitlog_conf *conf, struct skua_error *e);
void folders_free(struct commitlog *log);
/* Where a new file goes; NULL when every folder is read-only. */
const struct folder *folders_choose(const struct commitlog *log, int64_t base);
/* Room left where the next file would go. */
void folders_disk(const struct commitlog *log, int64_t *total_r,
    int64_t *free_r);

/* files.c: what is there at the start */
int files_open(struct commitlog *log, struct skua_error *e);

/* segment.c */
bool segment_ref(struct segment *s); /* false: closed already */
void segment_unref(struct commitlog *log, struct segment *s);
/* The segment that holds pos, referenced; NULL outside. */
struct segment *segment_at(struct commitlog *log, int64_t pos);
/* The same for the appender, which needs no reference. */
struct segment *segment_peek(struct commitlog *log, int64_t pos);
/* Puts a segment behind the last one: the file in folder, or a new one where
 * there is room (NULL). */
int segment_add(struct commitlog *log, int64_t base,
    const struct folder *folder);
/* Removes the first n, or those from n on, one after the other, and takes them
 * out of the table; as many as can be. */
int segment_remove_first(struct commitlog *log, size_t n) SKUA_MUST_CHECK;
int segment_remove_from(struct commitlog *log, size_t n) SKUA_MUST_CHECK;
void segment_path(const struct folder *folder, int64_t base, char *path,
    size_t size);

/* append.c */
int commitlog_append(void *state, struct skua_append *batch, size_t n);

/* read.c */
int commitlog_read(void *state, int64_t pos, uint32_t len,
    struct skua_slice *slice_r);
void commitlog_release(void *state, struct skua_slice *slice);

/* recover.c */
int commitlog_recover(void *state, const struct skua_store_start *start,
    skua_recovered_fn *found, void *arg, struct skua_error *e);

/* cut.c: makes what is behind the end invalid, durably. */
int commitlog_cut(struct commitlog *log, int64_t end);

/* ahead.c */
int ahead_start(struct commitlog *log);
void ahead_stop(struct commitlog *log);
void ahead_wake(struct commitlog *log);

#endif
