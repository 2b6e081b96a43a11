/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the log.  At each position there is a record, the blank that ends a
 * file, nothing (zeros), or something else.  Where it is nothing or something
 * else, the rest of the log is searched for the next valid record: what lies
 * between is a hole; if there is none, this is the end.
 */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/bytes.h"
#include "offline/files.h"
#include "wire/record.h"

#define WINDOW ((size_t)1 << 20)
#define HEAD_MAX 112 /* size … body length, with both hosts IPv6 */

enum found { IS_RECORD, IS_BLANK, IS_ZERO, IS_WRONG };

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

/* --- one position --- */

/* Whether the lengths inside add up to size; only looks at a few bytes, so that
 * a wrong size asks for no memory. */
static bool
lengths_fit(struct offline_cursor *c, int64_t at, int64_t size, char why[256])
{
	uint8_t head[HEAD_MAX], tail[2] = { 0, 0 };
	int64_t body_at, body, topic_at, topic;
	int32_t flags;
	bool v2;

	if (skua_io()->pread(c->window.fd, head, sizeof(head), at) < 92)
		return false;
	flags = (int32_t)get_be32(head + 36);
	v2 = get_be32(head + 4) == SKUA_RECORD_MAGIC_V2;
	body_at = 84 + ((flags & SKUA_SYS_BORN_V6) != 0 ? 12 : 0) +
	    ((flags & SKUA_SYS_STORE_V6) != 0 ? 12 : 0);
	body = (int32_t)get_be32(head + body_at);
	topic_at = body_at + 4 + body;
	if (body < 0 || topic_at + 3 > size) {
		(void)snprintf(why, 256,
		    "a body of %lld bytes does not fit into a record of %lld",
		    (long long)body, (long long)size);
		return false;
	}
	(void)skua_io()->pread(c->window.fd, tail, 2, at + topic_at);
	topic = v2 ? (int16_t)get_be16(tail) : (int8_t)tail[0];
	topic_at += v2 ? 2 : 1;
	if (topic < 0 || topic_at + topic + 2 > size) {
		(void)snprintf(why, 256, "a topic of %lld bytes does not fit",
		    (long long)topic);
		return false;
	}
	(void)skua_io()->pread(c->window.fd, tail, 2, at + topic_at + topic);
	if (topic_at + topic + 2 + (int16_t)get_be16(tail) != size) {
		(void)snprintf(why, 256,
		    "its lengths do not add up: body %lld, topic %lld, "
		    "properties %d, size %lld", (long long)body,
		    (long long)topic, (int16_t)get_be16(tail),
		    (long long)size);
		return false;
	}
	return true;
}

/* Of a size that is possible; decodes into c->record. */
static enum found
judge_record(struct offline_cursor *c, int64_t at, int64_t size, char why[256])
{
	size_t n;

	if (size > (int64_t)WINDOW && !lengths_fit(c, at, size, why))
		return IS_WRONG;
	c->bytes = window_view(&c->window, at, (size_t)size, &n);
	if (c->bytes == NULL) {
		(void)snprintf(why, 256, "there is no memory for it");
		return IS_WRONG;
	}
	if (skua_record_decode(c->bytes, n, &c->record) != SKUA_OK) {
		if (n < (size_t)size)
			(void)snprintf(why, 256, "the file ends within it");
		else if (lengths_fit(c, at, size, why))
			(void)snprintf(why, 256, "it does not decode");
		return IS_WRONG;
	}
	c->is_decoded = true;
	if (c->record.pos != c->store->log.all[c->file].base + at) {
		(void)snprintf(why, 256, "it says that it is at %lld",
		    (long long)c->record.pos);
		return IS_WRONG;
	}
	if (!skua_record_crc_ok(&c->record)) {
		(void)snprintf(why, 256,
		    "its body has the CRC %08x where it says %08x",
		    skua_body_crc(c->record.body.p, c->record.body.len),
		    c->record.body_crc);
		return IS_WRONG;
	}
	return IS_RECORD;
}

/* What is at a byte of the open file, and if it is wrong, why. */
static enum found
judge(struct offline_cursor *c, int64_t at, char why[256])
{
	int64_t room = c->store->log.file_size - at;
	const uint8_t *p;
	uint32_t size, magic;
	size_t n;

	c->is_decoded = false;
	if (room < SKUA_BLANK_SIZE)
		return IS_BLANK;
	p = window_view(&c->window, at, SKUA_BLANK_SIZE, &n);
	if (p == NULL || n < SKUA_BLANK_SIZE) {
		(void)snprintf(why, 256, "the file ends here");
		return IS_WRONG;
	}
	size = get_be32(p);
	magic = get_be32(p + 4);
	if (size == 0 && magic == 0)
		return IS_ZERO;
	if (magic == SKUA_BLANK_MAGIC) {
		if ((int64_t)size == room)
			return IS_BLANK;
		(void)snprintf(why, 256,
		    "the blank at the file's end says %u bytes where %lld are "
		    "left", size, (long long)room);
		return IS_WRONG;
	}
	if (magic != SKUA_RECORD_MAGIC_V1 && magic != SKUA_RECORD_MAGIC_V2) {
		(void)snprintf(why, 256, "%08x is no record's magic", magic);
		return IS_WRONG;
	}
	if (size < RECORD_FIXED_MIN || (int64_t)size + SKUA_BLANK_SIZE > room) {
		(void)snprintf(why, 256,
		    "a record of %u bytes cannot be with %lld left in the file",
		    size, (long long)room);
		return IS_WRONG;
	}
	return judge_record(c, at, size, why);
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
			if (judge(c, at + (int64_t)k, why) == IS_RECORD)
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
		p = window_view(&c->window, at, WINDOW, &n);
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
step_over(struct offline_cursor *c, enum found what, const char *why)
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
		enum found what;
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
		what = judge(c, c->pos - base, why);
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
	window_init(&c->window, WINDOW);
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
	    (c->pos == base || judge(c, c->pos - base, why) == IS_RECORD))
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
