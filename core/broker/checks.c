/* SPDX-License-Identifier: Apache-2.0 */
/* See checks.h. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/files.h>
#include <skua/host.h>
#include <skua/io.h>

#include "base/mem.h"
#include "broker/checks.h"
#include "wire/integrity.h"
#include "wire/record.h"

#define ENTRY SKUA_CHECK_SIZE
#define BUFFER 65536
#define CLOSING_MAX 8

struct checks {
	char *folder;
	int64_t file_size;
	/* append lock */
	uint8_t buffer[BUFFER];
	size_t len;
	int fd; /* of the file at base; -1 */
	int64_t base, at;
	bool failed;
	bool is_new; /* a name that is not synced yet */
	int closing[CLOSING_MAX]; /* full files: the worker syncs and closes */
	size_t closing_count;
	pthread_mutex_t lock; /* fd, closing: appender and worker */
};

static int64_t
entry_pos(const uint8_t *p)
{
	struct skua_check_entry e;

	skua_check_get(p, &e);
	return e.pos;
}

/* --- files --- */

static int64_t
base_of(const struct checks *c, int64_t pos)
{
	return pos - pos % c->file_size;
}

static void
path_of(const struct checks *c, int64_t base, char *path, size_t size)
{
	char name[SKUA_FILE_NAME_LEN + 1];

	skua_file_name(name, base);
	(void)snprintf(path, size, "%s/%s", c->folder, name);
}

static int
read_pos(int fd, int64_t i, int64_t *pos_r)
{
	uint8_t entry[ENTRY];
	ssize_t n = skua_io()->pread(fd, entry, ENTRY, i * ENTRY);

	if (n != ENTRY)
		return n < 0 ? (int)n : SKUA_ECORRUPT;
	*pos_r = entry_pos(entry);
	return SKUA_OK;
}

/* The number of entries below pos. */
static int
count_below(int fd, int64_t pos, int64_t *count_r)
{
	int64_t size = 0, low = 0, high;
	int rc = skua_io()->size(fd, &size);

	high = size / ENTRY;
	while (rc == SKUA_OK && low < high) {
		int64_t middle = low + (high - low) / 2, at = 0;

		rc = read_pos(fd, middle, &at);
		if (rc == SKUA_OK && at < pos)
			low = middle + 1;
		else
			high = middle;
	}
	*count_r = low;
	return rc;
}

struct listing {
	struct checks *c;
	int64_t below, from; /* files to remove: below, or at and above from */
	bool removed;
};

static int
remove_outside(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct listing *l = arg;
	char path[4096];
	int64_t base;

	if (is_folder || size < 0 || !skua_file_name_parse(name, &base) ||
	    (base + l->c->file_size > l->below && base < l->from))
		return SKUA_OK;
	path_of(l->c, base, path, sizeof(path));
	l->removed = true;
	return skua_io()->unlink(path);
}

static int
open_file(struct checks *c, int64_t base)
{
	char path[4096];
	int64_t size = 0;
	int rc;

	path_of(c, base, path, sizeof(path));
	c->fd = skua_io()->open(path, O_RDWR | O_CREAT, 0640);
	if (c->fd < 0)
		return c->fd;
	rc = skua_io()->size(c->fd, &size);
	c->base = base;
	c->at = size;
	c->is_new |= size == 0;
	return rc;
}

int
skua_checks_cut(struct checks *c, int64_t end_pos)
{
	struct listing l = { c, 0, base_of(c, end_pos) + c->file_size,
		false };
	int64_t count = 0;
	int rc = skua_io()->list_own(c->folder, remove_outside,
	    &l);

	if (c->fd >= 0)
		(void)skua_io()->close(c->fd);
	c->fd = -1;
	/* A power cut must not bring them back behind what is written now. */
	if (rc == SKUA_OK && l.removed)
		rc = skua_io()->sync_folder(c->folder);
	if (rc == SKUA_OK)
		rc = open_file(c, base_of(c, end_pos));
	if (rc == SKUA_OK)
		rc = count_below(c->fd, end_pos, &count);
	if (rc != SKUA_OK || count * ENTRY == c->at)
		return rc;
	c->at = count * ENTRY;
	rc = skua_io()->truncate(c->fd, c->at);
	return rc == SKUA_OK ? skua_io()->sync(c->fd) : rc;
}

int
skua_checks_open(const char *root, int64_t file_size, struct checks **checks_r,
    struct skua_error *e)
{
	struct checks *c = sk_new(struct checks);
	char path[4096];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/" SKUA_CHECKS_FOLDER, root);
	c->folder = skua_mem_dup(skua_str_z(path));
	c->file_size = file_size;
	c->fd = -1;
	(void)pthread_mutex_init(&c->lock, NULL);
	c->base = -1;
	rc = skua_io()->mkdir(path);
	if (rc != SKUA_OK) {
		(void)skua_fail(e, rc, "%s: %s", path, skua_strerror(rc));
		skua_checks_close(&c);
		return rc;
	}
	*checks_r = c;
	return SKUA_OK;
}

/* --- writing --- */

static void
roll(struct checks *c, int64_t base)
{
	if (c->fd >= 0) {
		(void)pthread_mutex_lock(&c->lock);
		if (c->closing_count < CLOSING_MAX)
			c->closing[c->closing_count++] = c->fd;
		else
			(void)skua_io()->close(c->fd);
		c->fd = -1;
		(void)pthread_mutex_unlock(&c->lock);
	}
	if (open_file(c, base) != SKUA_OK)
		c->failed = true;
}

void
skua_checks_write(struct checks *c)
{
	int rc = SKUA_OK;

	if (c->len == 0 || c->failed)
		return;
	if (c->fd >= 0)
		rc = skua_io()->pwrite(c->fd, c->buffer, c->len, c->at);
	c->at += (int64_t)c->len;
	c->len = 0;
	if (rc == SKUA_OK)
		return;
	c->failed = true;
	skua_log(SKUA_LOG_WARNING, "log",
	    "could not write checksums to %s: %s; messages from here on have "
	    "none until the next start",
	    c->folder, skua_strerror(rc));
}

void
skua_checks_add(struct checks *c, const uint8_t *record, size_t len,
    const struct skua_index_entry *entry)
{
	struct skua_check_entry check;

	if (base_of(c, entry->pos) != c->base) {
		skua_checks_write(c);
		roll(c, base_of(c, entry->pos));
	}
	check.pos = entry->pos;
	check.record = skua_record_check(record, len);
	check.unit = skua_unit_check(entry);
	skua_check_put(c->buffer + c->len, &check);
	c->len += ENTRY;
	if (c->len == BUFFER)
		skua_checks_write(c);
}

int
skua_checks_sync(struct checks *c)
{
	int fds[CLOSING_MAX + 1], rc = SKUA_OK, one;
	size_t n, closing;

	(void)pthread_mutex_lock(&c->lock);
	closing = n = c->closing_count;
	memcpy(fds, c->closing, n * sizeof(fds[0]));
	c->closing_count = 0;
	if (c->fd >= 0)
		fds[n++] = c->fd;
	(void)pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < n; i++) {
		one = skua_io()->sync(fds[i]);
		if (one != SKUA_OK)
			rc = one;
		if (i < closing)
			(void)skua_io()->close(fds[i]);
	}
	return rc == SKUA_OK ? skua_io()->sync_folder(c->folder) : rc;
}

void
skua_checks_trim(struct checks *c, int64_t min_pos)
{
	struct listing l = { c, min_pos, INT64_MAX, false };

	(void)skua_io()->list_own(c->folder, remove_outside,
	    &l);
}

void
skua_checks_close(struct checks **checks)
{
	struct checks *c = *checks;

	if (c == NULL)
		return;
	for (size_t i = 0; i < c->closing_count; i++)
		(void)skua_io()->close(c->closing[i]);
	if (c->fd >= 0)
		(void)skua_io()->close(c->fd);
	(void)pthread_mutex_destroy(&c->lock);
	free(c->folder);
	free(c);
	*checks = NULL;
}

/* --- looking up --- */

void
skua_check_cursor_close(struct check_cursor *cursor)
{
	if (cursor->is_open && cursor->fd >= 0)
		(void)skua_io()->close(cursor->fd);
	cursor->is_open = false;
}

/* The file of pos.  A file that is not there stays in mind as an empty one. */
static int
need_file(const struct checks *c, struct check_cursor *cursor, int64_t pos)
{
	int64_t base = base_of(c, pos), size = 0;
	char path[4096];

	if (cursor->is_open && cursor->base == base)
		return cursor->count == 0 ? SKUA_ENOTSUP : SKUA_OK;
	skua_check_cursor_close(cursor);
	path_of(c, base, path, sizeof(path));
	cursor->fd = skua_io()->open(path, O_RDONLY, 0);
	if (cursor->fd >= 0 &&
	    skua_io()->size(cursor->fd, &size) != SKUA_OK)
		size = 0;
	cursor->is_open = true;
	cursor->base = base;
	cursor->count = size / ENTRY;
	cursor->from = 0;
	cursor->n = 0;
	return cursor->count == 0 ? SKUA_ENOTSUP : SKUA_OK;
}

/* The page that holds the first entry at or behind pos; -1 on an error. */
static int64_t
find_place(struct check_cursor *cursor, int64_t pos)
{
	int64_t count = 0;

	if (cursor->n > 0 && entry_pos(cursor->bytes) <= pos &&
	    entry_pos(cursor->bytes + (cursor->n - 1) * ENTRY) >= pos)
		return cursor->from;
	/* The next page is the likeliest. */
	count = cursor->from + (int64_t)cursor->n;
	if (cursor->n == 0 || entry_pos(cursor->bytes) > pos ||
	    count >= cursor->count) {
		if (count_below(cursor->fd, pos, &count) != SKUA_OK)
			return -1;
	}
	return count;
}

static int
need_page(struct check_cursor *cursor, int64_t pos)
{
	for (int tries = 0; tries < 2; tries++) {
		int64_t from = find_place(cursor, pos);
		ssize_t got;

		if (from < 0)
			return SKUA_EIO;
		if (cursor->n > 0 && from == cursor->from)
			return SKUA_OK;
		got = skua_io()->pread(cursor->fd, cursor->bytes,
		    sizeof(cursor->bytes), from * ENTRY);
		if (got < 0)
			return (int)got;
		cursor->from = from;
		cursor->n = (size_t)got / ENTRY;
		if (cursor->n == 0)
			return SKUA_ENOENT;
		if (entry_pos(cursor->bytes) <= pos &&
		    entry_pos(cursor->bytes + (cursor->n - 1) * ENTRY) >= pos)
			return SKUA_OK;
		/* Not the next page: look it up. */
		if (tries == 0)
			cursor->n = 0;
	}
	return SKUA_OK;
}

/* The first entry at or behind pos in the page. */
static const uint8_t *
in_page(const struct check_cursor *cursor, int64_t pos)
{
	size_t low = 0, high = cursor->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entry_pos(cursor->bytes + middle * ENTRY) < pos)
			low = middle + 1;
		else
			high = middle;
	}
	return low < cursor->n ? cursor->bytes + low * ENTRY : NULL;
}

static const uint8_t *
at_or_behind(const struct checks *c, struct check_cursor *cursor, int64_t pos,
    int *rc_r)
{
	*rc_r = need_file(c, cursor, pos);
	if (*rc_r == SKUA_OK)
		*rc_r = need_page(cursor, pos);
	return *rc_r == SKUA_OK ? in_page(cursor, pos) : NULL;
}

int
skua_checks_find(const struct checks *c, struct check_cursor *cursor,
    int64_t pos, struct check *check_r)
{
	struct skua_check_entry e;
	const uint8_t *entry;
	int rc;

	if (pos < 0 || pos >= (int64_t)1 << 47)
		return SKUA_ENOENT;
	entry = at_or_behind(c, cursor, pos, &rc);
	if (rc != SKUA_OK)
		return rc;
	if (entry == NULL || entry_pos(entry) != pos)
		return SKUA_ENOENT;
	if (!skua_check_is_sound(entry))
		return SKUA_ECORRUPT;
	skua_check_get(entry, &e);
	check_r->record = e.record;
	check_r->unit = e.unit;
	return SKUA_OK;
}

int64_t
skua_checks_next(const struct checks *c, struct check_cursor *cursor,
    int64_t pos)
{
	int rc;
	const uint8_t *entry = at_or_behind(c, cursor, pos + 1, &rc);

	return entry != NULL && skua_check_is_sound(entry) ? entry_pos(entry) : -1;
}
