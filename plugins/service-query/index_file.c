/* SPDX-License-Identifier: Apache-2.0 */
/* One index file: its layout, putting and finding. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <skua/files.h>
#include <skua/io.h>

#include "query.h"

#define ALLOCATE_ENTRIES 65536 /* at a time */

static int64_t
first_ms(const struct index_file *f)
{
	return (int64_t)skua_get_be64(f->map + SKUA_KEYS_AT_FIRST_MS);
}

int64_t
index_file_last_ms(const struct index_file *f)
{
	return (int64_t)skua_get_be64(f->map + SKUA_KEYS_AT_LAST_MS);
}

int64_t
index_file_last_pos(const struct index_file *f)
{
	return (int64_t)skua_get_be64(f->map + SKUA_KEYS_AT_LAST_POS);
}

uint32_t
index_file_count(const struct index_file *f)
{
	return skua_get_be32(f->map + SKUA_KEYS_AT_COUNT);
}

static uint8_t *
slot_at(const struct query *q, const struct index_file *f, int32_t hash)
{
	return f->map + skua_keys_slot_at(q->slots, hash);
}

static uint8_t *
entry_at(const struct query *q, const struct index_file *f, uint32_t n)
{
	return f->map + skua_keys_entry_at(q->slots, n);
}

uint32_t
index_file_tail(const struct query *q, const struct index_file *f, int64_t pos)
{
	uint32_t count = index_file_count(f), n = count;
	struct skua_keys_entry e = { .pos = pos };

	while (n > 1 && e.pos == pos)
		skua_keys_entry_get(entry_at(q, f, --n), &e);
	return count - n - (count > 1 && e.pos != pos);
}

bool
index_file_is_full(const struct query *q, const struct index_file *f)
{
	return index_file_count(f) >= (uint64_t)q->entries;
}

static size_t
size_of(const struct query *q)
{
	return (size_t)skua_keys_file_size(q->slots, q->entries);
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

/* YYYYmmddHHMMSSmmm in local time, as upstream names it. */
static void
name_of(const struct query *q, int64_t ms, char *path, size_t size)
{
	time_t second = (time_t)(ms / 1000);
	char stamp[32];
	struct tm tm;

	(void)localtime_r(&second, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y%m%d%H%M%S", &tm);
	(void)snprintf(path, size, "%s/%s%03d", q->folder, stamp,
	    (int)(ms % 1000));
}

/* Two files that begin in one millisecond have different names. */
static int
open_new(const struct query *q, int64_t ms, char *path, size_t size)
{
	int fd;

	do {
		name_of(q, ms++, path, size);
		fd = skua_io()->open(path, O_RDWR | O_CREAT | O_EXCL, 0640);
	} while (fd == SKUA_EEXIST);
	return fd;
}

int
index_file_create(struct query *q, int64_t store_ms, struct index_file **file_r)
{
	const struct skua_io *io = skua_io();
	char path[4096];
	int fd = open_new(q, store_ms, path, sizeof(path)), rc;

	if (fd < 0)
		return fd;
	rc = io->truncate(fd, (int64_t)size_of(q));
	if (rc == SKUA_OK)
		rc = io->allocate(fd, 0, skua_keys_entry_at(q->slots, 0));
	if (rc != SKUA_OK) {
		(void)io->close(fd);
		(void)io->unlink(path);
		return rc;
	}
	rc = map_file(q, path, fd, file_r);
	if (rc == SKUA_OK) {
		const struct skua_keys_header h = { .first_ms = store_ms,
			.count = 1 };

		skua_keys_header_put((*file_r)->map, &h);
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
	    (index_file_count(*file_r) < 1 ||
		index_file_count(*file_r) > (uint64_t)q->entries)) {
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
	len = ALLOCATE_ENTRIES * SKUA_KEYS_ENTRY_SIZE;
	if (at + len > (int64_t)f->size)
		len = (int64_t)f->size - at;
	rc = skua_io()->allocate(f->fd, at, len);
	if (rc == SKUA_OK)
		f->allocated = (int64_t)n + ALLOCATE_ENTRIES;
	return rc;
}

void
index_file_fetch_slot(const struct query *q, const struct index_file *f,
    int32_t hash)
{
	__builtin_prefetch(slot_at(q, f, hash), 1);
}

int
index_file_put(struct query *q, struct index_file *f, int32_t hash, int64_t pos,
    int64_t store_ms)
{
	uint32_t n = index_file_count(f);
	uint8_t *slot = slot_at(q, f, hash);
	struct skua_keys_entry entry = { .hash = hash, .pos = pos };
	struct skua_keys_header h;
	int rc = make_room(q, f, n);

	if (rc != SKUA_OK)
		return rc;
	skua_keys_header_get(f->map, &h);
	if (n == 1) {
		h.first_ms = store_ms;
		h.first_pos = pos;
	}
	entry.seconds = skua_keys_seconds(h.first_ms, store_ms);
	entry.previous = skua_get_be32(slot);
	if (entry.previous >= n)
		entry.previous = 0;
	skua_keys_entry_put(entry_at(q, f, n), &entry);
	skua_put_be32(slot, n);
	h.used_slots += entry.previous == 0;
	h.count = n + 1;
	h.last_ms = store_ms;
	h.last_pos = pos;
	skua_keys_header_put(f->map, &h);
	return SKUA_OK;
}

/* Chains lead to ever older entries: anything else is damage. */
static bool
is_chain(const struct chain_walk *w)
{
	return w->next > 0 && w->next < w->limit;
}

static void
enter_file(const struct query *q, struct chain_walk *w)
{
	w->limit = index_file_count(w->file);
	w->next = skua_get_be32(slot_at(q, w->file, w->hash));
}

bool
index_file_walk(const struct query *q, struct chain_walk *w, size_t steps,
    int64_t *pos_r)
{
	for (; w->file != NULL && steps > 0; steps--, w->steps++) {
		struct skua_keys_entry e;
		int64_t ms;

		if (w->limit == 0)
			enter_file(q, w);
		if (!is_chain(w)) {
			w->file = w->file->older;
			w->limit = 0;
			continue;
		}
		skua_keys_entry_get(entry_at(q, w->file, w->next), &e);
		ms = first_ms(w->file) + (int64_t)e.seconds * 1000;
		w->limit = w->next;
		w->next = e.previous;
		if (e.hash == w->hash && ms + 999 >= w->from_ms &&
		    ms <= w->to_ms) {
			*pos_r = e.pos;
			return true;
		}
	}
	return false;
}
