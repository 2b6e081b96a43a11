/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a queue: consumequeue/TOPIC/ID/OFFSET, each of one size, sparse
 * until written. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "cq.h"

#define OPEN_FILES_MAX 8192

static void
folder_path(const struct cq_state *s, const struct cq *q, char *path,
    size_t size)
{
	(void)snprintf(path, size, "%s/%s", s->folder, q->key);
}

static void
topic_folder_path(const struct cq_state *s, const struct cq *q, char *path,
    size_t size)
{
	(void)snprintf(path, size, "%s/" SKUA_STR_FMT, s->folder,
	    SKUA_STR_ARG(cq_topic(q)));
}

static void
file_path(const struct cq_state *s, const struct cq *q, int64_t base,
    char *path, size_t size)
{
	char name[SKUA_FILE_NAME_LEN + 1];

	skua_file_name(name, base * UNIT);
	(void)snprintf(path, size, "%s/%s/%s", s->folder, q->key, name);
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

/* Names become durable with the queue's next sync; until then they may be many,
 * and appending waits for each. */
static int
create_file(struct cq_state *s, struct cq *q, const char *path)
{
	char folder[4096];
	int rc;

	topic_folder_path(s, q, folder, sizeof(folder));
	rc = skua_io()->make_folder(folder);
	folder_path(s, q, folder, sizeof(folder));
	if (rc == SKUA_OK)
		rc = skua_io()->make_folder(folder);
	return rc != SKUA_OK ? rc :
			       skua_io()->open(path, O_RDWR | O_CREAT, 0640);
}

/* A new file is found after a power cut once its folders are synced, too. */
static int
sync_names(struct cq_state *s, struct cq *q)
{
	char path[4096];
	int rc;

	folder_path(s, q, path, sizeof(path));
	rc = skua_io()->sync_folder(path);
	topic_folder_path(s, q, path, sizeof(path));
	if (rc == SKUA_OK)
		rc = skua_io()->sync_folder(path);
	return rc == SKUA_OK ? skua_io()->sync_folder(s->folder) : rc;
}

/* A file that was closed to make room for others is opened again. */
static int
sync_file(struct cq_state *s, struct cq *q)
{
	char path[4096];
	int fd, rc;

	if (q->fd >= 0)
		return skua_io()->sync(q->fd);
	file_path(s, q, q->fd_base, path, sizeof(path));
	fd = skua_io()->open(path, O_RDWR, 0);
	if (fd < 0) /* it may have been removed */
		return fd == SKUA_ENOENT ? SKUA_OK : fd;
	rc = skua_io()->sync(fd);
	(void)skua_io()->close(fd);
	return rc;
}

int
cq_sync(struct cq_state *s, struct cq *q)
{
	int rc;

	if (!q->dirty)
		return SKUA_OK;
	rc = sync_file(s, q);
	if (rc != SKUA_OK)
		s->sync_failed = true;
	if (rc == SKUA_OK)
		q->dirty = false;
	if (rc == SKUA_OK && q->is_new)
		rc = sync_names(s, q);
	if (rc == SKUA_OK)
		q->is_new = false;
	return rc;
}

/* A new file, or one that a crash left too short, gets its size. */
static int
need_size(struct cq_state *s, int fd)
{
	int64_t size = 0;
	int rc = skua_io()->size(fd, &size);

	if (rc == SKUA_OK && size < s->file_units * UNIT)
		rc = skua_io()->truncate(fd, s->file_units * UNIT);
	return rc;
}

/* The descriptor of the file that holds offset.  Its lock held. */
static int
need_file(struct cq_state *s, struct cq *q, int64_t offset)
{
	int64_t base = base_of(s, offset);
	char path[4096];
	int fd, rc;

	if (q->fd >= 0 && q->fd_base == base)
		return SKUA_OK;
	/* Only one file of a queue waits to be synced. */
	rc = q->fd_base == base ? SKUA_OK : cq_sync(s, q);
	if (rc != SKUA_OK)
		return rc;
	cq_close_file(s, q);
	file_path(s, q, base, path, sizeof(path));
	fd = skua_io()->open(path, O_RDWR, 0);
	if (fd == SKUA_ENOENT) {
		fd = create_file(s, q, path);
		q->is_new = true;
	}
	if (fd < 0)
		return fd;
	rc = need_size(s, fd);
	if (rc != SKUA_OK) {
		(void)skua_io()->close(fd);
		return rc;
	}
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
	const struct skua_index_entry blank = { 0, SKUA_CQ_BLANK_LEN, 0 };
	uint8_t unit[UNIT];
	int rc = SKUA_OK;

	skua_cq_put(unit, &blank);
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
		uint8_t bytes[RING_MAX * UNIT];
		size_t n = 0;

		end = end < max ? end : max;
		for (int64_t i = from; i < end && n < RING_MAX; i++, n++) {
			struct skua_index_entry e;

			cq_ring_get(q, i, &e);
			skua_cq_put(bytes + n * UNIT, &e);
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
	if (s->open_files > OPEN_FILES_MAX)
		cq_close_file(s, q);
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
	cq_lock(s, q);
	if (q->fd >= 0 && q->fd_base == base) {
		got = skua_io()->pread(q->fd, bytes, n * UNIT,
		    (offset - base) * UNIT);
		cq_unlock(s, q);
	} else {
		cq_unlock(s, q);
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
		skua_cq_get(bytes + i * UNIT, &entries[i]);
	return SKUA_OK;
}

/* --- shrinking --- */

/* What was removed must not come back after a power cut: the queue would go on
 * in what is not its own. */
static int
sync_folder(const struct cq_state *s, const struct cq *q)
{
	char path[4096];

	folder_path(s, q, path, sizeof(path));
	return skua_io()->sync_folder(path);
}

static void
remove_file(struct cq_state *s, struct cq *q, int64_t base)
{
	char path[4096];

	file_path(s, q, base, path, sizeof(path));
	if (q->fd >= 0 && q->fd_base == base)
		cq_close_file(s, q);
	(void)skua_io()->unlink(path);
}

/* Whether a file holds anything but zeros from `at` on. */
static bool
has_rest(struct cq_state *s, const struct cq *q, int64_t at)
{
	static const uint8_t zeros[4096];
	uint8_t bytes[sizeof(zeros)];

	while (skua_io()->next_data(q->fd, at, &at) == SKUA_OK &&
	    at < s->file_units * UNIT) {
		ssize_t n = skua_io()->pread(q->fd, bytes, sizeof(bytes), at);

		if (n <= 0)
			return n < 0;
		if (memcmp(bytes, zeros, (size_t)n) != 0)
			return true;
		at += n;
	}
	return false;
}

int
cq_cut_files(struct cq_state *s, struct cq *q, int64_t max, int64_t last_base)
{
	const struct skua_io *io = skua_io();
	int64_t base = base_of(s, max), at = (max - base) * UNIT;
	int rc = SKUA_OK;

	/* From the end: a power cut that takes back some leaves no hole. */
	for (int64_t i = last_base; i > base; i -= s->file_units)
		remove_file(s, q, i);
	if (base > last_base)
		return SKUA_OK;
	if (base < last_base)
		rc = sync_folder(s, q);
	if (rc == SKUA_OK)
		rc = need_file(s, q, max);
	if (rc != SKUA_OK || !has_rest(s, q, at))
		return rc;
	rc = io->truncate(q->fd, at);
	if (rc == SKUA_OK)
		rc = io->truncate(q->fd, s->file_units * UNIT);
	q->dirty = true;
	return rc;
}

int
cq_write_unit(struct cq_state *s, struct cq *q, int64_t offset,
    const struct skua_index_entry *entry)
{
	uint8_t unit[UNIT];
	int rc = need_file(s, q, offset);

	skua_cq_put(unit, entry);
	if (rc == SKUA_OK)
		rc = skua_io()->pwrite(q->fd, unit, UNIT,
		    (offset - q->fd_base) * UNIT);
	q->dirty |= rc == SKUA_OK;
	return rc;
}

void
cq_remove_files(struct cq_state *s, struct cq *q, int64_t below)
{
	int64_t first = base_of(s, atomic_load(&q->min)), base;
	int64_t max = atomic_load(&q->max);

	/* The last entry's file tells how far the queue has come. */
	if (below >= max)
		below = max - 1;
	for (base = first; base + s->file_units <= below;
	     base += s->file_units)
		remove_file(s, q, base);
	if (base == first)
		return;
	(void)sync_folder(s, q);
}

struct removal {
	const char *folder;
	bool has_foreign;
};

/* Only what is named as a file of ours is. */
static int
remove_entry(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct removal *r = arg;
	char path[8192];
	int64_t base;

	if (is_folder || size < 0 || !skua_file_name_parse(name, &base)) {
		r->has_foreign = true;
		return SKUA_OK;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", r->folder, name);
	return skua_io()->unlink(path);
}

static int
take_nothing(void *arg, const char *name, bool is_folder, int64_t size)
{
	(void)arg;
	(void)name;
	(void)is_folder;
	(void)size;
	return SKUA_OK;
}

int
cq_remove_folder(struct cq_state *s, struct cq *q)
{
	char path[4096], topic[4096];
	struct removal r = { path, false };
	int rc;

	cq_close_file(s, q);
	folder_path(s, q, path, sizeof(path));
	topic_folder_path(s, q, topic, sizeof(topic));
	/* Nothing is removed behind a link. */
	rc = skua_io()->list_own(topic, take_nothing, NULL);
	if (rc == SKUA_OK)
		rc = skua_io()->list_own(path, remove_entry, &r);
	if (rc == SKUA_OK && !r.has_foreign)
		rc = skua_io()->rmdir(path);
	if (rc == SKUA_ENOENT)
		rc = SKUA_OK; /* nothing was written */
	if (rc != SKUA_OK || r.has_foreign)
		skua_log(SKUA_LOG_WARNING, "index-cq",
		    "%s: not removed as a whole: %s", path,
		    r.has_foreign ? "it holds files that are not a queue's" :
				    skua_strerror(rc));
	/* The topic's folder goes with its last queue. */
	(void)skua_io()->rmdir(topic);
	return rc;
}
