/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery: reads forward from where the index is known to be complete.
 *
 * A record is valid when it decodes, carries its own position, and its body has
 * its CRC.  At an invalid one the rest of the log is searched: if a valid record
 * follows, the gap is damage, is named and skipped, and what follows is kept;
 * if none does, this is the torn end of the last write, and it is cut.
 */
#include <stdlib.h>

#include <skua/io.h>

#include "commitlog.h"

struct scan {
	struct commitlog *log;
	skua_recovered_fn *found;
	void *arg;
	int64_t end; /* of the last file */
	bool clean;
};

static uint32_t
get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static bool
is_valid(const struct commitlog *log, const struct segment *s, int64_t pos,
    struct skua_record *r)
{
	int64_t room = s->base + log->file_size - pos;

	return skua_record_decode(s->map + (pos - s->base), (size_t)room, r) ==
	    SKUA_OK &&
	    r->pos == pos && r->size + BLANK_MIN <= room &&
	    skua_record_crc_ok(r);
}

static bool
is_blank(const struct commitlog *log, const struct segment *s, int64_t pos)
{
	const uint8_t *p = s->map + (pos - s->base);
	int64_t room = s->base + log->file_size - pos;

	return room >= BLANK_MIN && get_be32(p + 4) == BLANK_MAGIC &&
	    get_be32(p) == (uint32_t)room;
}

static bool
is_zero(const struct commitlog *log, const struct segment *s, int64_t pos)
{
	const uint8_t *p = s->map + (pos - s->base);

	return s->base + log->file_size - pos < BLANK_MIN ||
	    (get_be32(p) == 0 && get_be32(p + 4) == 0);
}

/* The next valid record at or behind pos, or -1. */
static int64_t
search(const struct scan *scan, int64_t pos)
{
	static const uint8_t lead[3] = { 0xda, 0xa3, 0x20 };
	struct commitlog *log = scan->log;

	while (pos < scan->end) {
		struct segment *s = segment_peek(log, pos);
		const uint8_t *end = s->map + log->file_size;
		int64_t data = pos - s->base;
		struct skua_record r;
		const uint8_t *p;

		/* What was allocated and never written need not be looked at. */
		(void)skua_io()->next_data(s->fd, data, &data);
		p = s->map + data + 4;

		while (p < end &&
		    (p = memchr(p, lead[0], (size_t)(end - p))) != NULL) {
			int64_t at = s->base + (p - 4 - s->map);

			if (end - p >= 4 && memcmp(p, lead, 3) == 0 &&
			    is_valid(log, s, at, &r))
				return at;
			p++;
		}
		pos = s->base + log->file_size;
	}
	return -1;
}

/* Walks records from pos; the position behind the last valid one. */
static int
walk(struct scan *scan, int64_t pos, int64_t *end_r)
{
	struct commitlog *log = scan->log;

	while (pos < scan->end) {
		struct segment *s = segment_peek(log, pos);
		struct skua_record r;
		int64_t next;
		int rc;

		if (is_valid(log, s, pos, &r)) {
			rc = scan->found(scan->arg, &r);
			if (rc != SKUA_OK)
				return rc;
			pos += r.size;
			*end_r = pos;
			continue;
		}
		if (is_blank(log, s, pos))
			next = s->base + log->file_size;
		else if (scan->clean && is_zero(log, s, pos))
			break;
		else
			next = search(scan, pos);
		if (next < 0)
			break;
		if (!is_blank(log, s, pos))
			skua_log(SKUA_LOG_ERROR, "store-commitlog",
			    "damage in %s at %lld: %lld bytes up to %lld are "
			    "no records; what follows is kept",
			    log->folder, (long long)pos,
			    (long long)(next - pos), (long long)next);
		pos = next;
	}
	return SKUA_OK;
}

/* Makes what is behind the end invalid, durably. */
static int
cut(struct commitlog *log, int64_t end)
{
	struct segment_table *t = atomic_load(&log->table);
	struct segment *s = segment_peek(log, end);
	static const uint8_t zeros[BLANK_MIN];
	size_t keep;

	if (t == NULL || t->count == 0)
		return SKUA_OK;
	keep = (size_t)((end - t->first_base) / log->file_size) + 1;
	/* One file further may have been prepared; it is as good as new. */
	segment_remove_from(log, keep);
	if (s == NULL || memcmp(s->map + (end - s->base), zeros,
			     (size_t)(s->base + log->file_size - end) <
				     BLANK_MIN ?
				 (size_t)(s->base + log->file_size - end) :
				 BLANK_MIN) == 0)
		return SKUA_OK;
	skua_log(SKUA_LOG_NOTICE, "store-commitlog",
	    "cut the torn end of the log at %lld", (long long)end);
	for (int64_t at = end; at < s->base + log->file_size;
	     at += BLANK_MIN) {
		int64_t room = s->base + log->file_size - at;
		size_t n = room < BLANK_MIN ? (size_t)room : BLANK_MIN;
		int rc;

		if (memcmp(s->map + (at - s->base), zeros, n) == 0)
			break;
		rc = skua_io()->pwrite(s->fd, zeros, n, at - s->base);
		if (rc != SKUA_OK)
			return rc;
	}
	return skua_io()->sync(s->fd);
}

/* Where to begin: a record at from_pos, else its file's start. */
static int64_t
choose_start(struct commitlog *log, int64_t from_pos, int64_t end)
{
	struct segment_table *t = atomic_load(&log->table);
	struct segment *s;
	struct skua_record r;

	if (from_pos <= t->first_base)
		return t->first_base;
	if (from_pos >= end)
		from_pos = end - 1;
	s = segment_peek(log, from_pos);
	if (is_valid(log, s, from_pos, &r) || is_blank(log, s, from_pos) ||
	    get_be32(s->map + (from_pos - s->base)) == 0)
		return from_pos;
	return s->base;
}

int
commitlog_recover(void *state, int64_t from_pos, bool clean,
    skua_recovered_fn *found, void *arg, struct skua_error *e)
{
	struct commitlog *log = state;
	struct segment_table *t = atomic_load(&log->table);
	struct scan scan = { log, found, arg, 0, clean };
	int64_t start, end;
	int rc;

	if (t == NULL || t->count == 0)
		return SKUA_OK;
	scan.end = t->first_base + (int64_t)t->count * log->file_size;
	start = end = choose_start(log, from_pos, scan.end);
	rc = walk(&scan, start, &end);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not index the log: %s",
		    skua_strerror(rc));
	rc = cut(log, end);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not cut the log at %lld: %s",
		    (long long)end, skua_strerror(rc));
	atomic_store(&log->max_pos, end);
	/* What an abrupt stop left may be in memory only. */
	atomic_store(&log->synced_pos, clean ? end : start);
	return SKUA_OK;
}
