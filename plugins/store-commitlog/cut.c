/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's end is made durable before anything is appended: bytes left behind
 * it could pass for records once the log has grown up to them.
 */
#include <sys/mman.h>

#include <skua/io.h>

#include "commitlog.h"

#define PIECE 65536

/* The first piece that is not all zeros, from `at` on; the file's end without
 * one.  What was never written is not looked at; nor may it be read ahead, or
 * the pages that come of it pass for written ones, piece after piece. */
static int64_t
next_rest(const struct commitlog *log, const struct segment *s, int64_t at,
    size_t *n_r)
{
	static const uint8_t zeros[PIECE];

	while (skua_io()->next_data(s->fd, at, &at) == SKUA_OK &&
	    at < log->file_size) {
		int64_t room = log->file_size - at;

		*n_r = room < PIECE ? (size_t)room : PIECE;
		if (memcmp(s->map + at, zeros, *n_r) != 0)
			return at;
		at += (int64_t)*n_r;
	}
	return log->file_size;
}

static int
clear_rest(const struct commitlog *log, const struct segment *s, int64_t at)
{
	static const uint8_t zeros[PIECE];
	int rc = SKUA_OK;
	size_t n = 0;

	while ((at = next_rest(log, s, at, &n)) < log->file_size &&
	    rc == SKUA_OK) {
		rc = skua_io()->pwrite(s->fd, zeros, n, at);
		at += (int64_t)n;
	}
	return rc == SKUA_OK ? skua_io()->sync(s->fd) : rc;
}

/* The names of files that another process made and did not live to sync. */
static int
sync_names(const struct commitlog *log)
{
	int rc = SKUA_OK;

	for (size_t i = 0; i < log->folder_count && rc == SKUA_OK; i++)
		if (!log->folders[i].read_only)
			rc = skua_io()->sync_folder(log->folders[i].path);
	return rc;
}

int
commitlog_cut(struct commitlog *log, int64_t end)
{
	struct segment_table *t = atomic_load(&log->table);
	struct segment *s = segment_peek(log, end);
	int rc = sync_names(log);
	size_t n = 0;
	int64_t rest;

	if (rc != SKUA_OK)
		return rc;

	/* Files behind the end go; at a file's very start, this one is kept,
	 * empty. */
	rc = segment_remove_from(log,
	    (size_t)((end - t->first_base) / log->file_size) + 1);
	if (rc != SKUA_OK || s == NULL)
		return rc;
	(void)posix_madvise((void *)(uintptr_t)s->map, (size_t)log->file_size,
	    POSIX_MADV_RANDOM);
	rest = next_rest(log, s, end - s->base, &n);
	(void)posix_madvise((void *)(uintptr_t)s->map, (size_t)log->file_size,
	    POSIX_MADV_NORMAL);
	if (rest == log->file_size)
		return SKUA_OK;
	if (s->folder->read_only) {
		skua_log(SKUA_LOG_WARNING, "store-commitlog",
		    "%s/%020lld holds bytes behind the end of the log at %lld, "
		    "and is read-only", s->folder->path, (long long)s->base,
		    (long long)(end - s->base));
		return SKUA_OK;
	}
	skua_log(SKUA_LOG_NOTICE, "store-commitlog",
	    "cut the torn end of the log at %lld", (long long)end);
	return clear_rest(log, s, end - s->base);
}
