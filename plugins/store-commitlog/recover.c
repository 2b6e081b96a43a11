/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery: reads forward from where the index is known to be complete.
 *
 * A record is valid when it decodes, carries its own position, and its body has
 * its CRC.  At an invalid one the rest of the log is searched.  No valid record
 * follows: this is the torn end of the last write, and it is cut.  One follows:
 * either the gap was once on disk and is damaged, then it is named and skipped,
 * and what follows is kept; or a power cut took a page and left a later one, and
 * then the log ends here, because nothing behind was ever promised.  The two are
 * told apart by the position that was synced for certain, and by what a lost
 * page leaves in a file that was allocated as zeros.
 */
#include <sys/mman.h>

#include <skua/io.h>

#include "commitlog.h"

struct scan {
	struct commitlog *log;
	skua_recovered_fn *found;
	void *arg;
	const struct skua_store_start *start;
	int64_t end; /* of the last file */
};

#define SECTOR 512
#define PIECE 65536

static bool
is_valid(const struct commitlog *log, const struct segment *s, int64_t pos,
    struct skua_record *r)
{
	int64_t room = s->base + log->file_size - pos;

	return skua_record_decode(s->map + (pos - s->base), (size_t)room, r) ==
	    SKUA_OK &&
	    r->pos == pos && r->size + SKUA_BLANK_SIZE <= room &&
	    skua_record_crc_ok(r);
}

static bool
is_blank(const struct commitlog *log, const struct segment *s, int64_t pos)
{
	const uint8_t *p = s->map + (pos - s->base);
	int64_t room = s->base + log->file_size - pos;

	return room >= SKUA_BLANK_SIZE && skua_blank_is(p, room);
}

static bool
is_zero(const struct commitlog *log, const struct segment *s, int64_t pos)
{
	const uint8_t *p = s->map + (pos - s->base);

	return s->base + log->file_size - pos < SKUA_BLANK_SIZE ||
	    skua_get_be64(p) == 0;
}

/* The first valid record whose magic is in [from, to) of the file. */
static int64_t
search_piece(const struct commitlog *log, const struct segment *s,
    int64_t from, int64_t to)
{
	static const uint8_t lead[3] = { 0xda, 0xa3, 0x20 };
	const uint8_t *p = s->map + from, *end = s->map + to;

	while (p < end &&
	    (p = memchr(p, lead[0], (size_t)(end - p))) != NULL) {
		int64_t at = p - 4 - s->map;
		struct skua_record r;

		if (log->file_size - at >= SKUA_BLANK_SIZE &&
		    memcmp(p, lead, 3) == 0 &&
		    is_valid(log, s, s->base + at, &r))
			return s->base + at;
		p++;
	}
	return -1;
}

static void
fetch(const struct segment *s, int64_t from, int64_t to)
{
	from -= from % PIECE; /* of a page, too */
	(void)posix_madvise((void *)(uintptr_t)(s->map + from),
	    (size_t)(to - from), POSIX_MADV_WILLNEED);
}

/* In one file.  What was never written is not looked at; nor may a page of it be
 * read ahead, or it passes for a written one, and so does the next. */
static int64_t
search_file(const struct commitlog *log, const struct segment *s, int64_t at)
{
	int64_t found = -1, end = log->file_size, to;

	(void)posix_madvise((void *)(uintptr_t)s->map, (size_t)end,
	    POSIX_MADV_RANDOM);
	for (at += 4; found < 0 &&
	     skua_io()->next_data(s->fd, at, &at) == SKUA_OK && at < end;
	     at = to) {
		to = at - at % PIECE + PIECE;
		if (to > end)
			to = end;
		fetch(s, at, to);
		found = search_piece(log, s, at, to);
	}
	(void)posix_madvise((void *)(uintptr_t)s->map, (size_t)end,
	    POSIX_MADV_NORMAL);
	return found;
}

/* The next valid record at or behind pos, or -1. */
static int64_t
search(const struct scan *scan, int64_t pos)
{
	int64_t found = -1;

	while (pos < scan->end && found < 0) {
		struct segment *s = segment_peek(scan->log, pos);

		found = search_file(scan->log, s, pos - s->base);
		pos = s->base + scan->log->file_size;
	}
	return found;
}

/* Whether a sector in [from, to), or the first one's rest, is empty.  A disk
 * keeps some state of a sector whole, and the log only grows: what is lost of
 * one is lost up to its end.  A record begins at from: the four bytes of its size
 * are never all zeros. */
static bool
has_empty_sector(struct commitlog *log, int64_t from, int64_t to)
{
	static const uint8_t zeros[SECTOR];
	size_t least = sizeof(uint32_t);

	for (; from < to; least = SKUA_BLANK_SIZE) {
		const struct segment *s = segment_peek(log, from);
		int64_t end = from - from % SECTOR + SECTOR;
		size_t n = (size_t)(end - from);

		/* At a file's end nothing need be. */
		if (end > s->base + log->file_size) {
			n = (size_t)(s->base + log->file_size - from);
			least = SKUA_BLANK_SIZE;
		}
		if (n >= least &&
		    memcmp(s->map + (from - s->base), zeros, n) == 0)
			return true;
		from += (int64_t)n;
	}
	return false;
}

/* A page that a power cut took, in what was never synced.  Not in a file that
 * this broker did not write, nor in one whose end is gone: that goes with the
 * file's name, or not at all. */
static bool
is_lost_write(const struct scan *scan, int64_t pos, int64_t next)
{
	const struct segment *s = segment_peek(scan->log, pos);

	return !scan->start->clean && pos >= scan->start->synced_pos &&
	    !s->folder->read_only && !s->was_cut &&
	    has_empty_sector(scan->log, pos, next);
}

/* A read-only folder may end where another broker stopped. */
static bool
is_left_over(const struct commitlog *log, const struct segment *s, int64_t pos)
{
	return s->folder->read_only && is_zero(log, s, pos) &&
	    segment_peek((struct commitlog *)(uintptr_t)log,
		s->base + log->file_size) != NULL;
}

static void
name_damage(const struct segment *s, int64_t pos, int64_t next)
{
	struct skua_record r;
	bool readable = skua_record_decode(s->map + (pos - s->base),
	    (size_t)(next - pos), &r) == SKUA_OK;

	skua_log(SKUA_LOG_ERROR, "store-commitlog",
	    "damage in %s/%020lld at %lld: %lld bytes up to position %lld are "
	    "no record%s" SKUA_STR_FMT "; what follows is kept",
	    s->folder->path, (long long)s->base, (long long)(pos - s->base),
	    (long long)(next - pos), (long long)next,
	    readable ? " any more, of topic " : "",
	    SKUA_STR_ARG(readable ? r.topic : skua_str_n("", 0)));
}

/* What ends the log was torn, unless it had been on disk. */
static void
name_lost_end(const struct scan *scan, const struct segment *s, int64_t pos)
{
	if (pos < scan->start->synced_pos)
		skua_log(SKUA_LOG_ERROR, "store-commitlog",
		    "damage in %s/%020lld at %lld: the log was on disk up to "
		    "position %lld, and ends at %lld now",
		    s->folder->path, (long long)s->base,
		    (long long)(pos - s->base),
		    (long long)scan->start->synced_pos, (long long)pos);
}

/* Behind an invalid place: where to go on, or -1: the log ends there.  At it
 * there may be what looks like a record. */
static int64_t
behind_damage(const struct scan *scan, const struct segment *s, int64_t pos)
{
	struct commitlog *log = scan->log;
	int64_t next;

	if (is_blank(log, s, pos) || is_left_over(log, s, pos))
		return s->base + log->file_size;
	next = search(scan, pos + 1);
	if (next < 0)
		name_lost_end(scan, s, pos);
	if (next < 0 || is_lost_write(scan, pos, next))
		return -1;
	name_damage(s, pos, next);
	return next;
}

/* Walks records from pos; the position behind the last valid one. */
static int
walk(const struct scan *scan, int64_t pos, int64_t *end_r)
{
	struct commitlog *log = scan->log;

	while (pos >= 0 && pos < scan->end) {
		struct segment *s = segment_peek(log, pos);
		struct skua_record r;
		int rc = is_valid(log, s, pos, &r) ?
		    scan->found(scan->arg, &r) :
		    SKUA_ECORRUPT;

		if (rc == SKUA_ECORRUPT) {
			pos = behind_damage(scan, s, pos);
			continue;
		}
		if (rc != SKUA_OK)
			return rc;
		pos += r.size;
		*end_r = pos;
	}
	return SKUA_OK;
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
	    skua_get_be32(s->map + (from_pos - s->base)) == 0)
		return from_pos;
	return s->base;
}

/* Files that are only read stay, whatever is in them: the log goes on behind. */
static int64_t
behind_read_only(const struct commitlog *log, int64_t end)
{
	const struct segment_table *t = atomic_load(&log->table);

	for (size_t i = t->count; i > 0; i--) {
		const struct segment *s = t->segments[i - 1];

		if (s->base < end)
			break;
		if (!s->folder->read_only)
			continue;
		skua_log(SKUA_LOG_ERROR, "store-commitlog",
		    "damage in %s/%020lld: it holds no record, and neither does "
		    "anything behind position %lld; as the folder is read-only, "
		    "it stays, and the log goes on behind it",
		    s->folder->path, (long long)s->base, (long long)end);
		return s->base + log->file_size;
	}
	return end;
}

int
commitlog_recover(void *state, const struct skua_store_start *start,
    skua_recovered_fn *found, void *arg, struct skua_error *e)
{
	struct commitlog *log = state;
	struct segment_table *t = atomic_load(&log->table);
	struct scan scan = { log, found, arg, start, 0 };
	int64_t from, end;
	int rc;

	if (t == NULL || t->count == 0)
		return SKUA_OK;
	scan.end = t->first_base + (int64_t)t->count * log->file_size;
	from = end = choose_start(log, start->from_pos, scan.end);
	rc = walk(&scan, from, &end);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not index the log: %s",
		    skua_strerror(rc));
	end = behind_read_only(log, end);
	rc = commitlog_cut(log, end);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not cut the log at %lld: %s",
		    (long long)end, skua_strerror(rc));
	atomic_store(&log->max_pos, end);
	/* What an abrupt stop left may be in memory only. */
	if (!start->clean && start->synced_pos < end)
		end = start->synced_pos < from ? start->synced_pos : from;
	atomic_store(&log->synced_pos, end < t->first_base ? t->first_base :
							       end);
	return SKUA_OK;
}
