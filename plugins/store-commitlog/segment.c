/* SPDX-License-Identifier: Apache-2.0 */
/* Segments: one file each, and the table that finds them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "commitlog.h"

void
segment_path(const struct folder *folder, int64_t base, char *path, size_t size)
{
	char name[SKUA_FILE_NAME_LEN + 1];

	skua_file_name(name, base);
	(void)snprintf(path, size, "%s/%s", folder->path, name);
}

/* All blocks now: a full disk shows here, not at a message.  A file that was
 * cut short by a crash gets its size back.  Size and name are on disk before
 * the log goes on in the file: a power cut must not take one from the middle. */
static int
prepare_file(const struct commitlog *log, const struct folder *folder, int fd,
    bool *is_new_r)
{
	const struct skua_io *io = skua_io();
	int64_t size = 0;
	int rc = io->size(fd, &size);

	*is_new_r = rc == SKUA_OK && size == 0;
	if (rc != SKUA_OK || size >= log->file_size)
		return rc;
	rc = io->allocate(fd, 0, log->file_size);
	if (rc == SKUA_OK)
		rc = io->sync(fd);
	return rc == SKUA_OK ? io->sync_folder(folder->path) : rc;
}

static int
remember(struct commitlog *log, struct segment *s)
{
	struct segment **all = realloc(log->all,
	    (log->all_count + 1) * sizeof(struct segment *));

	if (all == NULL)
		return SKUA_ENOMEM;
	log->all = all;
	log->all[log->all_count++] = s;
	return SKUA_OK;
}

static int
open_segment(struct commitlog *log, int64_t base, const struct folder *folder,
    struct segment **segment_r)
{
	const struct skua_io *io = skua_io();
	struct segment *s = calloc(1, sizeof(*s));
	bool is_new = false;
	char path[4096];
	void *map;
	int rc = SKUA_OK;

	if (s == NULL)
		return SKUA_ENOMEM;
	segment_path(folder, base, path, sizeof(path));
	s->base = base;
	s->folder = folder;
	atomic_init(&s->refs, 1);
	s->fd = io->open(path, folder->read_only ? O_RDONLY : O_RDWR | O_CREAT,
	    0640);
	if (s->fd < 0) {
		rc = s->fd;
		free(s);
		return rc;
	}
	if (!folder->read_only)
		rc = prepare_file(log, folder, s->fd, &is_new);
	if (rc == SKUA_OK)
		rc = io->map(s->fd, 0, (size_t)log->file_size, false, &map);
	if (rc != SKUA_OK) {
		(void)io->close(s->fd);
		if (is_new)
			(void)io->unlink(path);
		free(s);
		return rc;
	}
	s->map = map;
	*segment_r = s;
	return SKUA_OK;
}

bool
segment_ref(struct segment *s)
{
	unsigned refs = atomic_load_explicit(&s->refs, memory_order_relaxed);

	do
		if (refs == 0)
			return false;
	while (!atomic_compare_exchange_weak_explicit(&s->refs, &refs, refs + 1,
	    memory_order_acquire, memory_order_relaxed));
	return true;
}

void
segment_unref(struct commitlog *log, struct segment *s)
{
	if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	(void)skua_io()->unmap(s->map, (size_t)log->file_size);
	(void)skua_io()->close(s->fd);
	s->fd = -1;
	s->map = NULL;
}

struct segment *
segment_peek(struct commitlog *log, int64_t pos)
{
	const struct segment_table *t =
	    atomic_load_explicit(&log->table, memory_order_acquire);
	int64_t i;

	if (t == NULL || pos < t->first_base)
		return NULL;
	i = (pos - t->first_base) / log->file_size;
	return (size_t)i < t->count ? t->segments[i] : NULL;
}

struct segment *
segment_at(struct commitlog *log, int64_t pos)
{
	struct segment *s = segment_peek(log, pos);

	return s != NULL && segment_ref(s) ? s : NULL;
}

/* Lock held.  from..to of the present table, then add. */
static int
publish(struct commitlog *log, size_t from, size_t to, struct segment *add)
{
	struct segment_table *old = atomic_load(&log->table);
	size_t n = to - from + (add != NULL);
	struct segment_table *t =
	    malloc(sizeof(*t) + n * sizeof(struct segment *));

	if (t == NULL)
		return SKUA_ENOMEM;
	t->older = old;
	t->count = n;
	for (size_t i = from; i < to; i++)
		t->segments[i - from] = old->segments[i];
	if (add != NULL)
		t->segments[n - 1] = add;
	t->first_base = n > 0 ? t->segments[0]->base : 0;
	atomic_store_explicit(&log->table, t, memory_order_release);
	return SKUA_OK;
}

int
segment_add(struct commitlog *log, int64_t base, const struct folder *folder)
{
	struct segment_table *old;
	struct segment *s = NULL;
	int rc = SKUA_OK;

	(void)pthread_mutex_lock(&log->lock);
	old = atomic_load(&log->table);
	/* The worker and the appender may both have wanted it. */
	if (old == NULL || old->count == 0 ||
	    old->segments[old->count - 1]->base < base) {
		if (folder == NULL)
			folder = folders_choose(log, base);
		rc = folder == NULL ? SKUA_ENOSPC :
				      open_segment(log, base, folder, &s);
		if (rc == SKUA_OK)
			rc = remember(log, s);
		if (rc == SKUA_OK)
			rc = publish(log, 0, old == NULL ? 0 : old->count, s);
	}
	(void)pthread_mutex_unlock(&log->lock);
	return rc;
}

/* In this order on disk, too: files may be in several folders, and a power cut
 * must leave no hole, nor bring an old end back. */
static int
remove_file(struct commitlog *log, struct segment *s)
{
	char path[4096];
	int rc;

	segment_path(s->folder, s->base, path, sizeof(path));
	rc = skua_io()->unlink(path);
	if (rc == SKUA_OK || rc == SKUA_ENOENT)
		rc = skua_io()->sync_folder(s->folder->path);
	if (rc != SKUA_OK && !log->has_stuck)
		skua_log(SKUA_LOG_ERROR, "store-commitlog",
		    "could not remove %s: %s", path, skua_strerror(rc));
	log->has_stuck = rc != SKUA_OK;
	return rc;
}

/* Those whose files are gone; the table may still lead to them. */
static void
drop(struct commitlog *log, struct segment *const *gone, size_t n)
{
	for (size_t i = 0; i < n; i++)
		segment_unref(log, gone[i]);
}

int
segment_remove_first(struct commitlog *log, size_t n)
{
	struct segment_table *old;
	int rc = SKUA_OK;
	size_t done = 0;

	(void)pthread_mutex_lock(&log->lock);
	old = atomic_load(&log->table);
	while (done < n && rc == SKUA_OK) {
		rc = remove_file(log, old->segments[done]);
		done += rc == SKUA_OK;
	}
	if (done > 0 && publish(log, done, old->count, NULL) == SKUA_OK)
		drop(log, old->segments, done);
	(void)pthread_mutex_unlock(&log->lock);
	return rc;
}

int
segment_remove_from(struct commitlog *log, size_t n)
{
	struct segment_table *old;
	int rc = SKUA_OK;
	size_t left;

	(void)pthread_mutex_lock(&log->lock);
	old = atomic_load(&log->table);
	left = old->count;
	while (left > n && rc == SKUA_OK) {
		rc = remove_file(log, old->segments[left - 1]);
		left -= rc == SKUA_OK;
	}
	if (left < old->count && publish(log, 0, left, NULL) == SKUA_OK)
		drop(log, old->segments + left, old->count - left);
	(void)pthread_mutex_unlock(&log->lock);
	return rc;
}
