/* SPDX-License-Identifier: Apache-2.0 */
/* One index file: its layout, putting and finding. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <skua/io.h>

#include "query.h"

#define ALLOCATE_ENTRIES 65536 /* at a time */

static uint64_t
get_be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static void
put_be(uint8_t *p, uint64_t v, size_t n)
{
	while (n > 0) {
		p[--n] = (uint8_t)v;
		v >>= 8;
	}
}

static int64_t
first_ms(const struct index_file *f)
{
	return (int64_t)get_be(f->map, 8);
}

int64_t
index_file_last_ms(const struct index_file *f)
{
	return (int64_t)get_be(f->map + 8, 8);
}

int64_t
index_file_last_pos(const struct index_file *f)
{
	return (int64_t)get_be(f->map + 24, 8);
}

static uint32_t
entry_count(const struct index_file *f)
{
	return (uint32_t)get_be(f->map + 36, 4);
}

static uint8_t *
slot_at(const struct query *q, const struct index_file *f, int32_t hash)
{
	return f->map + HEADER_SIZE + (int64_t)hash % q->slots * SLOT_SIZE;
}

static uint8_t *
entry_at(const struct query *q, const struct index_file *f, uint32_t n)
{
	return f->map + HEADER_SIZE + q->slots * SLOT_SIZE +
	    (int64_t)n * ENTRY_SIZE;
}

bool
index_file_is_full(const struct query *q, const struct index_file *f)
{
	return entry_count(f) >= (uint64_t)q->entries;
}

static size_t
size_of(const struct query *q)
{
	return (size_t)(HEADER_SIZE + q->slots * SLOT_SIZE +
	    q->entries * ENTRY_SIZE);
}

static int
map_file(struct query *q, const char *path, int fd, struct index_file **file_r)
{
	struct index_file *f = calloc(1, sizeof(*f));
	void *map;
	int rc = f == NULL ? SKUA_ENOMEM :
			     skua_io()->map(fd, 0, size_of(q), true, &map);

	if (rc != SKUA_OK || (f->path = strdup(path)) == NULL) {
		free(f);
		(void)skua_io()->close(fd);
		return rc == SKUA_OK ? SKUA_ENOMEM : rc;
	}
	f->fd = fd;
	f->map = map;
	f->size = size_of(q);
	*file_r = f;
	return SKUA_OK;
}

int
index_file_create(struct query *q, int64_t store_ms, struct index_file **file_r)
{
	const struct skua_io *io = skua_io();
	time_t second = (time_t)(store_ms / 1000);
	char path[4096], stamp[32];
	struct tm tm;
	int fd, rc;

	(void)localtime_r(&second, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y%m%d%H%M%S", &tm);
	(void)snprintf(path, sizeof(path), "%s/%s%03d", q->folder, stamp,
	    (int)(store_ms % 1000));
	fd = io->open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		return fd;
	rc = io->truncate(fd, (int64_t)size_of(q));
	if (rc == SKUA_OK)
		rc = io->allocate(fd, 0, HEADER_SIZE + q->slots * SLOT_SIZE);
	if (rc != SKUA_OK) {
		(void)io->close(fd);
		(void)io->unlink(path);
		return rc;
	}
	rc = map_file(q, path, fd, file_r);
	if (rc == SKUA_OK) {
		put_be((*file_r)->map, (uint64_t)store_ms, 8);
		put_be((*file_r)->map + 36, 1, 4);
	}
	return rc;
}

int
index_file_open(struct query *q, const char *path, struct index_file **file_r)
{
	int64_t size = 0;
	int fd = skua_io()->open(path, O_RDWR, 0), rc;

	if (fd < 0)
		return fd;
	rc = skua_io()->size(fd, &size);
	if (rc == SKUA_OK && size != (int64_t)size_of(q))
		rc = SKUA_ECORRUPT;
	if (rc != SKUA_OK) {
		(void)skua_io()->close(fd);
		return rc;
	}
	rc = map_file(q, path, fd, file_r);
	if (rc == SKUA_OK &&
	    (entry_count(*file_r) < 1 ||
		entry_count(*file_r) > (uint64_t)q->entries)) {
		index_file_close(*file_r);
		rc = SKUA_ECORRUPT;
	}
	return rc;
}

void
index_file_close(struct index_file *f)
{
	(void)skua_io()->unmap(f->map, f->size);
	(void)skua_io()->close(f->fd);
	free(f->path);
	free(f);
}

/* Blocks for the next entries, before they are touched. */
static int
make_room(struct query *q, struct index_file *f, uint32_t n)
{
	int64_t at, len;
	int rc;

	if ((int64_t)n < f->allocated)
		return SKUA_OK;
	at = entry_at(q, f, n) - f->map;
	len = ALLOCATE_ENTRIES * ENTRY_SIZE;
	if (at + len > (int64_t)f->size)
		len = (int64_t)f->size - at;
	rc = skua_io()->allocate(f->fd, at, len);
	if (rc == SKUA_OK)
		f->allocated = (int64_t)n + ALLOCATE_ENTRIES;
	return rc;
}

static uint32_t
seconds_since(const struct index_file *f, int64_t store_ms)
{
	int64_t s = (store_ms - first_ms(f)) / 1000;

	return s < 0 ? 0 : s > INT32_MAX ? INT32_MAX : (uint32_t)s;
}

int
index_file_put(struct query *q, struct index_file *f, int32_t hash, int64_t pos,
    int64_t store_ms)
{
	uint32_t n = entry_count(f), previous;
	uint8_t *slot = slot_at(q, f, hash), *entry = entry_at(q, f, n);
	int rc = make_room(q, f, n);

	if (rc != SKUA_OK)
		return rc;
	previous = (uint32_t)get_be(slot, 4);
	if (previous >= n)
		previous = 0;
	put_be(entry, (uint32_t)hash, 4);
	put_be(entry + 4, (uint64_t)pos, 8);
	put_be(entry + 12, seconds_since(f, store_ms), 4);
	put_be(entry + 16, previous, 4);
	put_be(slot, n, 4);
	if (n == 1) {
		put_be(f->map, (uint64_t)store_ms, 8);
		put_be(f->map + 16, (uint64_t)pos, 8);
	}
	if (previous == 0)
		put_be(f->map + 32, get_be(f->map + 32, 4) + 1, 4);
	put_be(f->map + 36, n + 1, 4);
	put_be(f->map + 8, (uint64_t)store_ms, 8);
	put_be(f->map + 24, (uint64_t)pos, 8);
	return SKUA_OK;
}

void
index_file_find(const struct query *q, const struct index_file *f, int32_t hash,
    int64_t from_ms, int64_t to_ms, int64_t hits[HITS_MAX], size_t *count,
    size_t max)
{
	uint32_t n = (uint32_t)get_be(slot_at(q, f, hash), 4);
	uint32_t limit = entry_count(f);

	/* Chains lead to ever older entries: anything else is damage. */
	while (n > 0 && n < limit && *count < max) {
		const uint8_t *e = entry_at(q, f, n);
		int64_t ms = first_ms(f) + (int64_t)get_be(e + 12, 4) * 1000;

		if ((int32_t)get_be(e, 4) == hash && ms + 999 >= from_ms &&
		    ms <= to_ms)
			hits[(*count)++] = (int64_t)get_be(e + 4, 8);
		limit = n;
		n = (uint32_t)get_be(e + 16, 4);
	}
}
