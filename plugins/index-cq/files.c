/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a queue: consumequeue/TOPIC/ID/OFFSET, each of one size, sparse
 * until written. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "cq.h"

#define OPEN_FILES_MAX 8192
#define BLANK_SIZE 0x7fffffff /* fills a queue that does not begin at 0 */

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

static void
decode(const uint8_t *p, struct skua_index_entry *e)
{
	e->pos = (int64_t)get_be(p, 8);
	e->len = (int32_t)get_be(p + 8, 4);
	e->tags_code = (int64_t)get_be(p + 12, 8);
}

static void
encode(uint8_t *p, const struct skua_index_entry *e)
{
	put_be(p, (uint64_t)e->pos, 8);
	put_be(p + 8, (uint32_t)e->len, 4);
	put_be(p + 12, (uint64_t)e->tags_code, 8);
}

static void
folder_path(const struct cq_state *s, const struct cq *q, char *path,
    size_t size)
{
	(void)snprintf(path, size, "%s/%s/%d", s->folder, q->topic, q->id);
}

static void
file_path(const struct cq_state *s, const struct cq *q, int64_t base,
    char *path, size_t size)
{
	(void)snprintf(path, size, "%s/%s/%d/%020lld", s->folder, q->topic,
	    q->id, (long long)(base * UNIT));
}

static int64_t
base_of(const struct cq_state *s, int64_t offset)
{
	return offset - offset % s->file_units;
}

void
cq_close_file(struct cq_state *s, struct cq *q)
{
	if (q->fd < 0)
		return;
	(void)skua_io()->close(q->fd);
	q->fd = -1;
	s->open_files--;
}

static int
create_file(struct cq_state *s, struct cq *q, const char *path)
{
	const struct skua_io *io = skua_io();
	char folder[4096];
	int rc, fd;

	folder_path(s, q, folder, sizeof(folder));
	rc = io->mkdir(folder);
	fd = rc != SKUA_OK ? rc : io->open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		return fd;
	rc = io->truncate(fd, s->file_units * UNIT);
	if (rc != SKUA_OK) {
		(void)io->close(fd);
		(void)io->unlink(path);
		return rc;
	}
	return fd;
}

/* The descriptor of the file that holds offset.  Files lock held. */
static int
need_file(struct cq_state *s, struct cq *q, int64_t offset)
{
	int64_t base = base_of(s, offset);
	char path[4096];
	int fd;

	if (q->fd >= 0 && q->fd_base == base)
		return SKUA_OK;
	if (q->fd >= 0 && q->dirty)
		(void)skua_io()->sync(q->fd);
	cq_close_file(s, q);
	file_path(s, q, base, path, sizeof(path));
	fd = skua_io()->open(path, O_RDWR, 0);
	if (fd == SKUA_ENOENT)
		fd = create_file(s, q, path);
	if (fd < 0)
		return fd;
	q->fd = fd;
	q->fd_base = base;
	s->open_files++;
	return SKUA_OK;
}

/* A first file that does not begin with its first unit: RocketMQ reads units
 * of this form as "nothing here". */
static int
fill_front(struct cq *q, int64_t first)
{
	const struct skua_index_entry blank = { 0, BLANK_SIZE, 0 };
	uint8_t unit[UNIT];
	int rc = SKUA_OK;

	encode(unit, &blank);
	for (int64_t i = q->fd_base; i < first && rc == SKUA_OK; i++)
		rc = skua_io()->pwrite(q->fd, unit, UNIT,
		    (i - q->fd_base) * UNIT);
	return rc;
}

int
cq_write_out(struct cq_state *s, struct cq *q)
{
	int64_t max = atomic_load(&q->max);
	int rc = SKUA_OK;

	while (atomic_load(&q->written) < max && rc == SKUA_OK) {
		int64_t from = atomic_load(&q->written);
		int64_t end = base_of(s, from) + s->file_units;
		uint8_t bytes[RING * UNIT];
		size_t n = 0;

		end = end < max ? end : max;
		for (int64_t i = from; i < end && n < RING; i++, n++) {
			struct skua_index_entry e;

			slot_get(&atomic_load(&q->ring)[i % RING], &e);
			encode(bytes + n * UNIT, &e);
		}
		rc = need_file(s, q, from);
		if (rc == SKUA_OK && from == atomic_load(&q->min) &&
		    from % s->file_units != 0)
			rc = fill_front(q, from);
		if (rc == SKUA_OK)
			rc = skua_io()->pwrite(q->fd, bytes, n * UNIT,
			    (from - q->fd_base) * UNIT);
		if (rc == SKUA_OK) {
			q->dirty = true;
			atomic_store_explicit(&q->written,
			    from + (int64_t)n, memory_order_release);
		}
	}
	if (s->open_files > OPEN_FILES_MAX && rc == SKUA_OK) {
		rc = skua_io()->sync(q->fd);
		q->dirty = false;
		cq_close_file(s, q);
	}
	return rc;
}

int
cq_read_file(struct cq_state *s, struct cq *q, int64_t offset, size_t n,
    struct skua_index_entry *entries, size_t *n_r)
{
	int64_t base = base_of(s, offset), end = base + s->file_units;
	uint8_t bytes[256 * UNIT];
	char path[4096];
	ssize_t got;
	int fd;

	if (n > 256)
		n = 256;
	if (offset + (int64_t)n > end)
		n = (size_t)(end - offset);
	/* The appender's descriptor if it is this file's, else a fresh one. */
	(void)pthread_mutex_lock(&s->files);
	if (q->fd >= 0 && q->fd_base == base) {
		got = skua_io()->pread(q->fd, bytes, n * UNIT,
		    (offset - base) * UNIT);
		(void)pthread_mutex_unlock(&s->files);
	} else {
		(void)pthread_mutex_unlock(&s->files);
		file_path(s, q, base, path, sizeof(path));
		fd = skua_io()->open(path, O_RDONLY, 0);
		if (fd < 0)
			return fd;
		got = skua_io()->pread(fd, bytes, n * UNIT,
		    (offset - base) * UNIT);
		(void)skua_io()->close(fd);
	}
	if (got < 0)
		return (int)got;
	*n_r = (size_t)got / UNIT;
	for (size_t i = 0; i < *n_r; i++)
		decode(bytes + i * UNIT, &entries[i]);
	return SKUA_OK;
}

/* --- at start --- */

struct files {
	int64_t first, last; /* bases; first > last: none */
	int64_t file_units;
	bool bad;
};

static int
note_file(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct files *f = arg;
	char *end;
	int64_t base = strtoll(name, &end, 10) / UNIT;

	if (is_folder || *end != '\0' || strlen(name) != 20 ||
	    size != f->file_units * UNIT || base % f->file_units != 0) {
		f->bad = true;
		return SKUA_OK;
	}
	if (base < f->first)
		f->first = base;
	if (base > f->last)
		f->last = base;
	return SKUA_OK;
}

static bool
is_used(const struct skua_index_entry *e)
{
	return e->len > 0 && e->pos >= 0;
}

static bool
unit_is_used(struct cq_state *s, struct cq *q, int64_t offset)
{
	struct skua_index_entry e;
	size_t n = 0;

	return cq_read_file(s, q, offset, 1, &e, &n) == SKUA_OK && n == 1 &&
	    is_used(&e);
}

/* Units are written front to back: the first unused one ends the queue. */
static int64_t
find_max(struct cq_state *s, struct cq *q, const struct files *f)
{
	int64_t low = f->last, high = f->last + s->file_units;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		if (unit_is_used(s, q, middle))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64_t
find_min(struct cq_state *s, struct cq *q, const struct files *f, int64_t max)
{
	for (int64_t i = f->first; i < max; i++) {
		struct skua_index_entry e;
		size_t n = 0;

		if (cq_read_file(s, q, i, 1, &e, &n) != SKUA_OK || n == 0 ||
		    !(e.pos == 0 && e.len == BLANK_SIZE))
			return i;
	}
	return max;
}

struct loading {
	struct cq_state *s;
	skua_index_found_fn *found;
	void *arg;
	const char *topic;
	struct skua_error *error;
};

static int
load_queue(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct loading *l = arg;
	struct cq_state *s = l->s;
	struct files f = { INT64_MAX, -1, s->file_units, false };
	char path[4096], *end;
	long id = strtol(name, &end, 10);
	struct cq *q;
	int rc;

	(void)size;
	if (!is_folder || *end != '\0' || id < 0 || id > 65535)
		return SKUA_OK;
	(void)snprintf(path, sizeof(path), "%s/%s/%s", s->folder, l->topic,
	    name);
	rc = skua_io()->list(path, note_file, &f);
	if (rc != SKUA_OK || f.bad)
		return skua_fail(l->error, rc == SKUA_OK ? SKUA_ECORRUPT : rc,
		    "%s holds files that are no consume queue of %lld bytes",
		    path, (long long)(s->file_units * UNIT));
	q = cq_new(s, skua_str_z(l->topic), (int32_t)id);
	if (q == NULL)
		return SKUA_ENOMEM;
	if (f.last >= 0) {
		int64_t max = find_max(s, q, &f);

		atomic_store(&q->max, max);
		atomic_store(&q->written, max);
		atomic_store(&q->min, find_min(s, q, &f, max));
	}
	return l->found(l->arg, skua_str_z(q->topic), q->id, q);
}

static int
load_topic(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct loading *l = arg;
	char path[4096];

	(void)size;
	if (!is_folder)
		return SKUA_OK;
	l->topic = name;
	(void)snprintf(path, sizeof(path), "%s/%s", l->s->folder, name);
	return skua_io()->list(path, load_queue, l);
}

int
cq_load(struct cq_state *s, skua_index_found_fn *found, void *arg,
    struct skua_error *e)
{
	struct loading l = { s, found, arg, NULL, e };
	int rc;

	e->text[0] = '\0';
	rc = skua_io()->list(s->folder, load_topic, &l);
	if (rc != SKUA_OK && e->text[0] == '\0')
		return skua_fail(e, rc, "could not read %s: %s", s->folder,
		    skua_strerror(rc));
	return rc;
}

/* --- shrinking --- */

int
cq_truncate_file(struct cq_state *s, struct cq *q, int64_t max)
{
	static const uint8_t zeros[4096];
	int64_t last = base_of(s, atomic_load(&q->max));
	int rc = SKUA_OK;

	for (int64_t base = base_of(s, max) + s->file_units; base <= last;
	     base += s->file_units) {
		char path[4096];

		file_path(s, q, base, path, sizeof(path));
		if (q->fd >= 0 && q->fd_base == base)
			cq_close_file(s, q);
		(void)skua_io()->unlink(path);
	}
	if (max % s->file_units == 0 && max >= atomic_load(&q->max))
		return SKUA_OK;
	rc = need_file(s, q, max);
	for (int64_t at = (max - base_of(s, max)) * UNIT,
		     end = s->file_units * UNIT;
	     rc == SKUA_OK && at < end; at += (int64_t)sizeof(zeros)) {
		uint8_t was[sizeof(zeros)];
		size_t n = end - at < (int64_t)sizeof(zeros) ?
		    (size_t)(end - at) :
		    sizeof(zeros);

		/* Sparse parts stay sparse, and end the cleaning. */
		if (skua_io()->pread(q->fd, was, n, at) != (ssize_t)n ||
		    memcmp(was, zeros, n) == 0)
			break;
		rc = skua_io()->pwrite(q->fd, zeros, n, at);
	}
	q->dirty = true;
	return rc;
}

void
cq_remove_files(struct cq_state *s, struct cq *q, int64_t below)
{
	int64_t first = base_of(s, atomic_load(&q->min));

	for (int64_t base = first; base + s->file_units <= below;
	     base += s->file_units) {
		char path[4096];

		file_path(s, q, base, path, sizeof(path));
		if (q->fd >= 0 && q->fd_base == base)
			cq_close_file(s, q);
		(void)skua_io()->unlink(path);
	}
}

static int
remove_entry(void *arg, const char *name, bool is_folder, int64_t size)
{
	char path[8192];

	(void)size;
	(void)snprintf(path, sizeof(path), "%s/%s", (const char *)arg, name);
	if (!is_folder)
		(void)skua_io()->unlink(path);
	return SKUA_OK;
}

void
cq_remove_folder(struct cq_state *s, struct cq *q)
{
	char path[4096];

	cq_close_file(s, q);
	folder_path(s, q, path, sizeof(path));
	(void)skua_io()->list(path, remove_entry, path);
	(void)skua_io()->rmdir(path);
	/* The topic's folder goes with its last queue. */
	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, q->topic);
	(void)skua_io()->rmdir(path);
}
