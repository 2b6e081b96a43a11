/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checksums that RocketMQ's files have no place for: <storePathRootDir>/skua/
 * checks/NAME belongs to the commit log file NAME and has an entry for each of
 * its records, in their order (struct skua_check_entry): a checksum of the record
 * without its body, which has one of its own, and of the queue's unit.  With them
 * a flipped bit in a topic, a property or a tags code is seen before a consumer
 * gets, or misses, a message.
 * What Apache RocketMQ appends to the same folder has no entries and is checked
 * as far as its own format allows.
 *
 * Writing happens under the append lock, and syncing on the worker.  Only what
 * was there when the broker started is looked up: what this process wrote needs
 * no check.
 */
#ifndef BROKER_CHECKS_H
#define BROKER_CHECKS_H

#include <stddef.h>

#include <skua/error.h>
#include <skua/index.h>

struct checks;

struct check {
	uint32_t record, unit;
};

/* A reader's place; one per loop.  Zeroed before its first use. */
struct check_cursor {
	bool is_open;
	int fd;
	int64_t base, count; /* of the file */
	int64_t from;        /* the first entry in bytes */
	size_t n;
	uint8_t bytes[4096];
};

int skua_checks_open(const char *root, int64_t file_size,
    struct checks **checks_r, struct skua_error *e) SKUA_MUST_CHECK;
/* Before the first skua_checks_add: keeps the entries below end_pos.  Those
 * behind it are of records that are gone; others may come to their places, and
 * must not be held against them. */
int skua_checks_cut(struct checks *c, int64_t end_pos) SKUA_MUST_CHECK;
/* Append lock held. */
void skua_checks_add(struct checks *c, const uint8_t *record, size_t len,
    const struct skua_index_entry *entry);
/* Append lock held: to the file. */
void skua_checks_write(struct checks *c);
/* Worker: what was written survives a power cut. */
int skua_checks_sync(struct checks *c) SKUA_MUST_CHECK;
/* Worker: files of log files below min_pos go. */
void skua_checks_trim(struct checks *c, int64_t min_pos);
void skua_checks_close(struct checks **c);

/* SKUA_ENOENT: no entry.  SKUA_ENOTSUP: nothing is known of this part of the
 * log.  SKUA_ECORRUPT: the entry itself is damaged. */
int skua_checks_find(const struct checks *c, struct check_cursor *cursor,
    int64_t pos, struct check *check_r);
/* The position of the first record behind pos, -1 when none is known. */
int64_t skua_checks_next(const struct checks *c, struct check_cursor *cursor,
    int64_t pos);
void skua_check_cursor_close(struct check_cursor *cursor);

#endif
