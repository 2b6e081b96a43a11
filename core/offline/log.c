/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the log.  At each position there is a record, the blank that ends a
 * file, nothing (zeros), or something else.  Where it is nothing or something
 * else, the rest of the log is searched for the next valid record: what lies
 * between is a hole; if there is none, this is the end.
 */
#include <skua/io.h>

#include "base/bytes.h"
#include "offline/files.h"
#include "offline/place.h"
#include "wire/record.h"

int64_t
skua_offline_min_pos(const struct offline *s)
{
	return s->log.count > 0 ? s->log.all[0].base : 0;
}

static int64_t
end_of(const struct offline *s)
{
	const struct offline_file *last;

	if (s->log.count == 0)
		return 0;
	last = &s->log.all[s->log.count - 1];
	return last->base > INT64_MAX - s->log.file_size ?
	    INT64_MAX :
	    last->base + s->log.file_size;
}

static int
open_file(struct offline_cursor *c, size_t i)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_LOG, "unreadable");
	char path[OFFLINE_PATH];
	int rc;

	c->file = i;
	offline_file_path(c->store, &c->store->log, i, path);
	rc = window_open(&c->window, path);
	if (rc == SKUA_OK)
		return rc;
	offline_file_name(&c->store->log, i, path);
	f.file = path;
	offline_tell(c->store, &f, "could not be opened: %s",
	    skua_strerror(rc));
	return rc;
}

/* --- searching --- */

static bool
is_zeros(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* The bytes at `at` look like the head of a record that knows where it is. */
static bool
looks_right(const struct offline_cursor *c, const uint8_t *p, size_t n,
    int64_t at)
{
	uint32_t magic = get_be32(p + 4);

	return n >= 36 &&
	    (magic == SKUA_RECORD_MAGIC_V1 || magic == SKUA_RECORD_MAGIC_V2) &&
	    (int64_t)get_be64(p + 28) ==
	    c->store->log.all[c->file].base + at;
}

struct search {
	int64_t next; /* of a valid record; -1 */
	bool is_zero; /* up to there, or to the end */
};

/* Candidates in one piece of the open file. */
static int64_t
search_piece(struct offline_cursor *c, const uint8_t *piece, size_t n,
    int64_t at)
{
	const uint8_t *p = piece + 4, *end = piece + n;
	char why[256];

	while (p < end && (p = memchr(p, 0xda, (size_t)(end - p))) != NULL) {
		size_t k = (size_t)(p - 4 - piece);

		if (n - k >= 36 && looks_right(c, p - 4, n - k, at +
			(int64_t)k)) {
			if (place_judge(c, at + (int64_t)k, why) == IS_RECORD)
				return at + (int64_t)k;
			/* The window may have moved. */
			piece = window_view(&c->window, at, n, &n);
			if (piece == NULL || n <= k)
				return -1;
			end = piece + n;
			p = piece + k + 4;
		}
		p++;
	}
	return -1;
}

/* The open file from `at` on. */
static int64_t
search_file(struct offline_cursor *c, int64_t at, bool *is_zero)
{
	while (at < c->window.size && at < c->store->log.file_size) {
		const uint8_t *p;
		int64_t data = at, hit;
		size_t n;

		/* What was never written need not be read. */
		if (skua_io()->next_data(c->window.fd, at, &data) == SKUA_OK &&
		    data > at) {
			/* A record may begin before its first written byte,
			 * but not by more than its head. */
			at = data - 36 > at ? data - 36 : at;
			if (data >= c->window.size)
				return -1;
		}
		p = window_view(&c->window, at, PLACE_WINDOW, &n);
		if (p == NULL || n == 0)
			return -1;
		if (!is_zeros(p, n)) {
			hit = search_piece(c, p, n, at);
			if (hit >= 0) {
				p = window_view(&c->window, at,
				    (size_t)(hit - at), &n);
				*is_zero &= p != NULL && is_zeros(p, n);
				return hit;
			}
			*is_zero = false;
		}
		/* A head may lie across the border. */
		at += n > 36 ? (int64_t)n - 35 : (int64_t)n;
	}
	return -1;
}

static struct search
search(struct offline_cursor *c, int64_t from)
{
	struct search found = { -1, true };
	const struct offline_files *log = &c->store->log;
	size_t first = c->file;

	for (size_t i = first; i < log->count && found.next < 0; i++) {
		int64_t at = from - log->all[i].base, hit;

		if ((i != first || c->window.fd < 0) &&
		    open_file(c, i) != SKUA_OK)
			continue;
		if (at < 0)
			at = 0;
		hit = search_file(c, at, &found.is_zero);
		if (hit >= 0)
			found.next = log->all[i].base + hit;
	}
	return found;
}

/* --- walking --- */

/* The broken record, as far as it can be read. */
struct remains {
	char topic[256];
	struct offline_finding finding;
};

static void
keep_remains(const struct offline_cursor *c, struct remains *r)
{
	const struct skua_record *record = &c->record;

	r->finding = offline_finding(OFFLINE_DAMAGE, OFFLINE_LOG, "record");
	if (!c->is_decoded || record->topic.len >= sizeof(r->topic))
		return;
	skua_str_copy(r->topic, record->topic);
	r->finding.topic = skua_str_n(r->topic, record->topic.len);
	r->finding.queue_id = record->queue_id;
	r->finding.queue_offset = record->queue_offset;
}

static void
tell_hole(struct offline_cursor *c, size_t file, struct remains *r,
    const char *why)
{
	struct offline *s = c->store;
	struct offline_finding *f = &r->finding;
	char name[OFFLINE_PATH];

	offline_file_name(&s->log, file, name);
	f->file = name;
	if (c->hole_from >= s->log.all[file].base)
		f->offset = c->hole_from - s->log.all[file].base;
	f->pos = c->hole_from;
	if (!c->at_tail) {
		offline_tell(s, f, "%s; the next record is %lld bytes on, at "
		    "%lld", why, (long long)(c->hole_to - c->hole_from),
		    (long long)c->hole_to);
		return;
	}
	f->kind = "tail";
	/* What was being written when the broker stopped. */
	if (s->has_abort || s->is_open)
		f->severity = OFFLINE_NOTE;
	offline_tell(s, f, "%s; no record follows: a broker cuts the log here",
	    why);
}

/* Nothing valid at pos. */
static int
step_over(struct offline_cursor *c, enum place what, const char *why)
{
	size_t file = c->file;
	struct remains r;
	struct search found;

	keep_remains(c, &r);
	found = search(c, what == IS_ZERO ? c->pos : c->pos + 1);
	c->hole_from = c->pos;
	c->at_tail = found.next < 0;
	c->hole_to = c->at_tail ? end_of(c->store) : found.next;
	c->pos = c->hole_to;
	if (c->at_tail)
		c->file = c->store->log.count;
	/* Zeros to the end are what the log has not reached yet. */
	if (c->at_tail && what == IS_ZERO && found.is_zero)
		return OFFLINE_END;
	if (what == IS_ZERO)
		why = c->at_tail ? "zeros, and then bytes that are no records" :
				   "zeros where a record should be";
	tell_hole(c, file, &r, why);
	return OFFLINE_HOLE;
}

static void
tell_unreadable(struct offline_cursor *c)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_LOG, "unreadable");
	char name[OFFLINE_PATH];

	if (c->window.unreadable == 0 || c->file >= c->store->log.count)
		return;
	offline_file_name(&c->store->log, c->file, name);
	f.file = name;
	f.offset = c->window.unreadable_at;
	f.pos = c->store->log.all[c->file].base + f.offset;
	offline_tell(c->store, &f,
	    "the disk did not give back %lld bytes from here",
	    (long long)c->window.unreadable);
	c->window.unreadable = 0;
}

/* The file's last bytes are passed: OFFLINE_RECORD when the next one follows. */
static int
next_file(struct offline_cursor *c)
{
	const struct offline_files *log = &c->store->log;
	size_t i = c->file + 1;

	if (i >= log->count) {
		c->file = log->count;
		return OFFLINE_END;
	}
	if (log->all[i].base == c->pos && open_file(c, i) == SKUA_OK)
		return OFFLINE_RECORD;
	c->file = i;
	window_shut(&c->window);
	c->is_decoded = false;
	return step_over(c, IS_WRONG, log->all[i].base == c->pos ?
		"a file cannot be read" : "a file is missing");
}

int
skua_offline_next(struct offline_cursor *c)
{
	const struct offline_files *log = &c->store->log;
	char why[256] = "";

	for (;;) {
		int64_t base;
		enum place what;
		int rc;

		if (c->file >= log->count)
			return OFFLINE_END;
		base = log->all[c->file].base;
		if (c->pos - base >= log->file_size) {
			rc = next_file(c);
			if (rc != OFFLINE_RECORD)
				return rc;
			continue;
		}
		what = place_judge(c, c->pos - base, why);
		tell_unreadable(c);
		if (what == IS_BLANK) {
			c->pos = base + log->file_size;
			continue;
		}
		if (what != IS_RECORD)
			return step_over(c, what, why);
		c->record_file = c->file;
		c->pos += c->record.size;
		return OFFLINE_RECORD;
	}
}

int
skua_offline_seek(struct offline_cursor *c, struct offline *store, int64_t pos)
{
	const struct offline_files *log = &store->log;
	struct search found;
	char why[256];
	int64_t base;

	memset(c, 0, sizeof(*c));
	c->store = store;
	window_init(&c->window, PLACE_WINDOW);
	if (log->count == 0 || log->file_size == 0) {
		c->file = log->count;
		return SKUA_OK;
	}
	if (pos <= log->all[0].base)
		pos = log->all[0].base;
	/* The file that holds pos, or the first one behind it. */
	while (c->file < log->count &&
	    pos - log->all[c->file].base >= log->file_size)
		c->file++;
	if (c->file == log->count)
		return SKUA_OK;
	base = log->all[c->file].base;
	c->pos = pos < base ? base : pos;
	if (open_file(c, c->file) == SKUA_OK &&
	    (c->pos == base || place_judge(c, c->pos - base, why) == IS_RECORD))
		return SKUA_OK;
	found = search(c, c->pos);
	if (found.next < 0)
		c->file = log->count;
	else
		c->pos = found.next;
	return SKUA_OK;
}

void
skua_offline_cursor_close(struct offline_cursor *c)
{
	window_close(&c->window);
}
