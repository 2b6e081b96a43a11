/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store folder of Skua or of Apache RocketMQ, read without a broker.
 *
 * Nothing here trusts a byte: sizes of files come from the files themselves, a
 * record counts when it decodes, carries its own position and its body has its
 * CRC, and whatever does not fit is told as a finding and stepped over.  Memory
 * is bounded by the number of queues, not of records.
 *
 * Everything but repair only reads.  One thread.
 */
#ifndef OFFLINE_OFFLINE_H
#define OFFLINE_OFFLINE_H

#include <jansson.h>
#include <skua/files.h>
#include <skua/message.h>

#include "offline/window.h"

/* --- findings --- */

enum offline_severity {
	OFFLINE_NOTE,   /* worth knowing; the store is whole */
	OFFLINE_DAMAGE,
};

/* What belongs to what: which files a finding speaks of, and what repair would
 * build anew. */
enum offline_part {
	OFFLINE_STORE, /* abort, lock, the folder */
	OFFLINE_LOG,
	OFFLINE_QUEUES,
	OFFLINE_KEYS,
	OFFLINE_CHECKPOINT,
	OFFLINE_CONFIG,
	OFFLINE_CHECKS, /* Skua's checksums */
	OFFLINE_PARTS,
};

#define OFFLINE_NOWHERE INT64_MIN

struct offline_finding {
	enum offline_severity severity;
	enum offline_part part;
	const char *kind; /* "record", "unit", "missing-unit" … */
	const char *file; /* below the folder; NULL */
	int64_t offset;   /* in the file, or OFFLINE_NOWHERE */
	int64_t pos;      /* in the log, or OFFLINE_NOWHERE */
	struct skua_str topic; /* empty: of none */
	int32_t queue_id;
	int64_t queue_offset; /* or OFFLINE_NOWHERE */
	const char *text;
};

typedef void offline_found_fn(void *arg, const struct offline_finding *f);
/* Now and then: how much of the work is done. */
typedef void offline_progress_fn(void *arg, int64_t done, int64_t total);

/* Who wants to know; either function may be NULL. */
struct offline_ear {
	offline_found_fn *found;
	offline_progress_fn *progress;
	void *arg;
};

const char *skua_offline_part_name(enum offline_part part);

/* --- the folder --- */

/* Files of one folder, named after where they begin, in that order. */
struct offline_file {
	const char *folder; /* below the store's */
	int64_t base, size;
};

struct offline_files {
	struct offline_file *all;
	size_t count;
	int digits;        /* of the names */
	int64_t file_size; /* that all should have */
};

struct offline_queue;
struct offline_life;

#define OFFLINE_LOG_FOLDERS 64

struct offline {
	char *folder;
	struct offline_ear ear;
	struct offline_files log;  /* commitlog/, or other folders */
	char *log_folders[OFFLINE_LOG_FOLDERS];
	struct offline_files sums; /* skua/checks/ */
	struct offline_files keys; /* index/ */
	struct offline_queue *queues; /* a hash by topic/id */
	int64_t cq_file_size;
	json_t *topics; /* topics.json's table; NULL: not known */
	/* Where topics that were removed may begin again: a hash by name. */
	struct offline_life *lives;
	bool has_abort, is_open; /* is_open: a broker holds it */
	bool has_ext; /* consumequeue_ext/ */
	/* Of index files that were whole; 0: not known. */
	int64_t key_slots, key_room;
	bool has_tag_keys; /* index files have entries of tags */
	size_t buffers; /* of queues, now allocated */
	int64_t done, total; /* bytes, for progress */
	int64_t damage[OFFLINE_PARTS], notes[OFFLINE_PARTS]; /* told */
};

/* Reads the folder's tree.  SKUA_ENOENT when there is no store at all.  logs:
 * folders of the log, separated by colons or commas; NULL: commitlog/. */
int skua_offline_open(const char *folder, const char *logs,
    const struct offline_ear *ear, struct offline **store_r,
    struct skua_error *e) SKUA_MUST_CHECK;
void skua_offline_close(struct offline *store);
/* Whether a broker holds the folder's lock file. */
bool skua_offline_is_held(const char *folder);

/* --- the log --- */

enum offline_what {
	OFFLINE_RECORD,
	OFFLINE_HOLE, /* bytes that are no records; told as a finding, too */
	OFFLINE_END,
};

struct offline_cursor {
	struct offline *store;
	struct window window;
	size_t file;
	int64_t pos; /* where to look next */
	/* A record: good until the next call. */
	struct skua_record record;
	const uint8_t *bytes;
	size_t record_file; /* the file it is in */
	/* A hole. */
	int64_t hole_from, hole_to;
	bool at_tail; /* no record follows the hole */
	bool is_decoded; /* record was, though something in it is wrong */
};

/* From the first record at or behind pos.  A pos that is no record's begins at
 * the next one, silently. */
int skua_offline_seek(struct offline_cursor *c, struct offline *store,
    int64_t pos) SKUA_MUST_CHECK;
/* An enum offline_what, or a negative error (no memory). */
int skua_offline_next(struct offline_cursor *c) SKUA_MUST_CHECK;
void skua_offline_cursor_close(struct offline_cursor *c);
/* Where the log begins. */
int64_t skua_offline_min_pos(const struct offline *store);

/* --- the whole --- */

struct offline_summary {
	int64_t records, bytes, units, entries, keys, queues, topics;
	int64_t checks; /* records whose checksum was verified */
	int64_t log_from, log_to;
	int64_t holes;
	int64_t damage[OFFLINE_PARTS], notes[OFFLINE_PARTS];
};

/* Reads everything and compares it. */
int skua_offline_check(struct offline *store, struct offline_summary *sum,
    struct skua_error *e) SKUA_MUST_CHECK;

struct offline_plan {
	bool dry_run;
	bool extend; /* log files that were cut short get their size back */
	/* Delay levels, from 1; none: upstream's. */
	const int64_t *levels_ms;
	size_t levels;
};

struct offline_repaired {
	int64_t queues, units, key_files, entries, checks, extended;
	bool keys, sums, checkpoint; /* built anew, sifted, replaced */
};

/* After a check that found damage in what is derived: builds the damaged
 * queues and index files anew from the log, takes out checksums that are
 * damaged themselves, and replaces a checkpoint that does not fit.  Never writes
 * to config/, nor to the log unless asked to extend.  SKUA_EBUSY when a broker has the store open. */
int skua_offline_repair(struct offline *store, const struct offline_plan *plan,
    struct offline_repaired *done, struct skua_error *e) SKUA_MUST_CHECK;

#endif
