/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Appending: positions are given record by record; what lies together in memory
 * and in the file is one pwrite.  max_pos moves once, at the end, so a failure
 * on the way leaves nothing that a reader could see; what it did write is zeroed
 * before the next append, or a recovery could take it for records.
 */
#include <skua/io.h>

#include "commitlog.h"

static int
write_run(struct segment *s, const struct skua_append *first,
    const struct skua_append *end)
{
	const uint8_t *bytes = first->bytes;
	int64_t at = first->pos - s->base;
	size_t len = 0;

	for (const struct skua_append *a = first; a < end; a++) {
		if (a->bytes != bytes + len) {
			int rc = skua_io()->pwrite(s->fd, bytes, len, at);

			if (rc != SKUA_OK)
				return rc;
			at += (int64_t)len;
			bytes = a->bytes;
			len = 0;
		}
		len += a->len;
	}
	return len == 0 ? SKUA_OK : skua_io()->pwrite(s->fd, bytes, len, at);
}

/* Fills the rest of a file and goes to the next one. */
static int
roll(struct commitlog *log, struct segment **s, int64_t pos, int64_t *pos_r)
{
	int64_t next = (*s)->base + log->file_size;
	uint8_t blank[SKUA_BLANK_SIZE];
	int rc = SKUA_OK;

	skua_blank_put(blank, (uint32_t)(next - pos));
	if (!(*s)->folder->read_only)
		rc = skua_io()->pwrite((*s)->fd, blank, sizeof(blank),
		    pos - (*s)->base);
	if (rc != SKUA_OK)
		return rc;
	if (segment_peek(log, next) == NULL) {
		rc = segment_add(log, next, NULL);
		if (rc != SKUA_OK)
			return rc;
	}
	*s = segment_peek(log, next);
	*pos_r = next;
	return SKUA_OK;
}

/* Zeros over what a failed append may have left in [from, to). */
static int
clear_left_over(struct commitlog *log, int64_t from, int64_t to)
{
	static const uint8_t zeros[65536];

	while (from < to) {
		struct segment *s = segment_peek(log, from);
		int64_t end = s == NULL ? to : s->base + log->file_size;
		int64_t n = (end < to ? end : to) - from;
		int rc = SKUA_OK;

		if (n > (int64_t)sizeof(zeros))
			n = (int64_t)sizeof(zeros);
		if (s != NULL && !s->folder->read_only)
			rc = skua_io()->pwrite(s->fd, zeros, (size_t)n,
			    from - s->base);
		if (rc != SKUA_OK)
			return rc;
		from += n;
	}
	log->left_over_pos = 0;
	return SKUA_OK;
}

/* The segment that takes pos, made when it is missing. */
static int
need_segment(struct commitlog *log, int64_t pos, struct segment **s_r)
{
	int rc = SKUA_OK;

	*s_r = segment_peek(log, pos);
	if (*s_r == NULL) {
		rc = segment_add(log, pos - pos % log->file_size, NULL);
		*s_r = segment_peek(log, pos);
	}
	return rc;
}

/* Gives positions from *pos_r on, and writes; *pos_r is how far it came. */
static int
write_batch(struct commitlog *log, struct segment *s, struct skua_append *batch,
    size_t n, int64_t *pos_r)
{
	struct skua_append *first = batch;
	int64_t pos = *pos_r;
	int rc = SKUA_OK;

	for (size_t i = 0; i < n; i++) {
		int64_t room = s->base + log->file_size - pos;

		if ((int64_t)batch[i].len + SKUA_BLANK_SIZE > room ||
		    s->folder->read_only) {
			*pos_r = pos + SKUA_BLANK_SIZE;
			rc = write_run(s, first, &batch[i]);
			if (rc == SKUA_OK)
				rc = roll(log, &s, pos, &pos);
			if (rc != SKUA_OK)
				return rc;
			first = &batch[i];
		}
		batch[i].pos = pos;
		skua_record_set_pos(batch[i].bytes, pos);
		pos += batch[i].len;
	}
	*pos_r = pos;
	return write_run(s, first, batch + n);
}

int
commitlog_append(void *state, struct skua_append *batch, size_t n)
{
	struct commitlog *log = state;
	int64_t pos = atomic_load_explicit(&log->max_pos, memory_order_relaxed);
	struct segment *s;
	int rc = atomic_load_explicit(&log->error, memory_order_relaxed);

	for (size_t i = 0; i < n; i++)
		if ((int64_t)batch[i].len + SKUA_BLANK_SIZE > log->file_size)
			return SKUA_ELIMIT;
	if (rc == SKUA_OK && log->left_over_pos > pos)
		rc = clear_left_over(log, pos, log->left_over_pos);
	if (rc == SKUA_OK)
		rc = need_segment(log, pos, &s);
	if (rc != SKUA_OK)
		return rc;
	rc = write_batch(log, s, batch, n, &pos);
	if (rc != SKUA_OK) {
		if (pos > log->left_over_pos)
			log->left_over_pos = pos;
		return rc;
	}
	atomic_store_explicit(&log->max_pos, pos, memory_order_release);
	s = segment_peek(log, pos - 1);
	if (pos - s->base > log->file_size / 2 &&
	    segment_peek(log, s->base + log->file_size) == NULL &&
	    !atomic_exchange(&log->next_wanted, true))
		ahead_wake(log);
	return SKUA_OK;
}
