/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk in memory behind skua/io.h: what programs see (the volatile image), and
 * what a power cut leaves of it.
 *
 * A file's writes since its last sync are kept as they came.  A power cut keeps
 * of each sector of 512 bytes what some moment since that sync had there: any
 * subset of pending sectors, and a write torn in the middle.  A file's size is
 * that of some moment, too.  Names (create, link, rename, unlink, mkdir, rmdir)
 * are of their folder, and last when it was synced; a cut keeps a prefix of a
 * folder's pending changes.  A sync that failed has forgotten what it had to
 * write: no later one makes that durable.
 *
 * Every operation has a number, and a name (point.h): a run can be cut, or made
 * to fail, at any of them.
 */
#ifndef CRASH_DISK_H
#define CRASH_DISK_H

#include <skua/io.h>

#include "point.h"

struct disk;

struct disk *disk_new(const char *root);
void disk_free(struct disk *disk);

/* The table for skua_io_replace, and the disk behind it. */
extern const struct skua_io disk_io;
void disk_use(struct disk *disk);

/* Bytes; 0: no limit.  What is allocated beyond it fails with SKUA_ENOSPC. */
void disk_set_quota(struct disk *disk, int64_t bytes);
/* Writes, syncs and changes of names fail. */
void disk_set_read_only(struct disk *disk, bool read_only);
/* The world where nothing is made durable, but all syncs succeed. */
void disk_ignore_syncs(struct disk *disk, bool ignore);

/* --- the end of a run --- */

enum disk_end {
	DISK_KILL,       /* the process ends: all that was written is there */
	DISK_CUT_NONE,   /* power: nothing that was not synced */
	DISK_CUT_ALL,    /* power, but all had been written back */
	DISK_CUT_PREFIX, /* writes in their order, the last one torn */
	DISK_CUT_ANY,    /* of each sector some version */
	DISK_CUT_MOST,   /* the newest, but here and there */
	DISK_CUT_FEW,    /* the synced one, but here and there */
	DISK_ENDS
};
const char *disk_end_name(enum disk_end end);

/* Ends the run at the operation of that number (from 1): the image is taken
 * before it, or in its middle, and the program goes on, on a disk that does not
 * matter any more. */
void disk_end_at(struct disk *disk, uint64_t operation, enum disk_end end,
    uint64_t seed);
bool disk_has_ended(const struct disk *disk);
/* What is left, as a disk of its own: the caller's. */
struct disk *disk_take_left(struct disk *disk);
/* The same, now. */
struct disk *disk_left_now(struct disk *disk, enum disk_end end,
    uint64_t seed);
/* The name of the operation at which it ended. */
const char *disk_end_point(const struct disk *disk);

/* --- faults --- */

struct disk_fault {
	const char *pattern; /* for point_matches; borrowed */
	uint64_t nth;        /* the first to fail, from 1 */
	uint64_t times;      /* so many; UINT64_MAX: for ever */
	int error;           /* SKUA_E… */
	bool half;           /* of a pwrite, half of it is done */
};
/* NULL: none.  Counting starts now. */
void disk_fail(struct disk *disk, const struct disk_fault *fault);
uint64_t disk_failed(const struct disk *disk); /* so many did */

/* --- what happened --- */

uint64_t disk_operations(const struct disk *disk);
/* Of kinds, names and sizes so far: equal runs have equal ones. */
uint64_t disk_trace(const struct disk *disk);
typedef void disk_point_fn(void *arg, const char *name, uint64_t count);
void disk_each_point(const struct disk *disk, disk_point_fn *fn, void *arg);

/* --- looking at it, and spoiling it, from outside --- */

typedef void disk_file_fn(void *arg, const char *path, int64_t size);
void disk_each_file(struct disk *disk, disk_file_fn *fn, void *arg);
/* The bytes of a file, durable and volatile at once; NULL without it. */
uint8_t *disk_bytes(struct disk *disk, const char *path, int64_t *size_r);
void disk_set_size(struct disk *disk, const char *path, int64_t size);
struct disk *disk_copy(struct disk *disk);
/* Writes all files below a real folder, for a look at what went wrong. */
void disk_dump(struct disk *disk, const char *folder);

#endif
