/* SPDX-License-Identifier: Apache-2.0 */
/* The files that are there when the log is opened. */
#include <fcntl.h>
#include <stdlib.h>

#include <skua/files.h>
#include <skua/io.h>

#include "commitlog.h"

#define PIECE 65536

struct found_file {
	int64_t base, size;
	const struct folder *folder;
};

struct listing {
	struct commitlog *log;
	const struct folder *folder;
	struct found_file *files;
	size_t count;
	struct skua_error *error;
};

static bool
is_all_zero(int fd, int64_t size)
{
	static const uint8_t zeros[PIECE];
	uint8_t bytes[PIECE];
	int64_t at = 0;

	while (skua_io()->next_data(fd, at, &at) == SKUA_OK && at < size) {
		ssize_t n = skua_io()->pread(fd, bytes, sizeof(bytes), at);

		if (n <= 0 || memcmp(bytes, zeros, (size_t)n) != 0)
			return n == 0;
		at += n;
	}
	return true;
}

/* Made ahead of a log that was to grow into it, and now grows elsewhere. */
static bool
is_unused(const struct folder *folder, int64_t base, int64_t size)
{
	char path[4096];
	bool unused;
	int fd;

	segment_path(folder, base, path, sizeof(path));
	fd = skua_io()->open(path, O_RDONLY, 0);
	if (fd < 0)
		return false;
	unused = is_all_zero(fd, size);
	(void)skua_io()->close(fd);
	return unused;
}

static int
take_file(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct listing *l = arg;
	struct found_file *files;
	int64_t base;

	if (is_folder || size < 0 || !skua_file_name_parse(name, &base))
		return skua_fail(l->error, SKUA_ECORRUPT,
		    "%s/%s does not belong there", l->folder->path, name);
	if (l->folder->read_only && is_unused(l->folder, base, size))
		return SKUA_OK;
	files = realloc(l->files, (l->count + 1) * sizeof(*files));
	if (files == NULL)
		return SKUA_ENOMEM;
	l->files = files;
	l->files[l->count++] =
	    (struct found_file){ base, size, l->folder };
	return SKUA_OK;
}

static int
by_base(const void *a, const void *b)
{
	const struct found_file *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

/* A crash while the next file was allocated leaves a short one of zeros. */
static bool
is_half_made(const struct found_file *f)
{
	const struct skua_io *io = skua_io();
	uint8_t head[8] = { 0 };
	char path[4096];
	int fd;

	segment_path(f->folder, f->base, path, sizeof(path));
	fd = io->open(path, O_RDONLY, 0);
	if (fd < 0)
		return false;
	if (io->pread(fd, head, sizeof(head), 0) < 0)
		head[0] = 1;
	(void)io->close(fd);
	return skua_get_be64(head) == 0;
}

/* Of the size that the setting says, or of one that can be made right.  The last
 * file alone does not tell a wrong setting from a lost end. */
static bool
has_right_size(const struct listing *l, size_t i)
{
	const struct found_file *f = &l->files[i];
	int64_t size = l->log->file_size;

	if (f->base % size != 0 || f->size > size)
		return false;
	if (f->size == size)
		return true;
	return i + 1 == l->count ? is_half_made(f) : !f->folder->read_only;
}

static int
check_file(const struct listing *l, size_t i)
{
	const struct found_file *f = &l->files[i];
	int64_t size = l->log->file_size;

	if (!has_right_size(l, i))
		return skua_fail(l->error, SKUA_ECORRUPT,
		    "%s/%020lld has %lld bytes where mappedFileSizeCommitLog "
		    "says %lld%s",
		    f->folder->path, (long long)f->base, (long long)f->size,
		    (long long)size,
		    f->size < size && l->count > 1 ?
			": if it was cut short, \"skua store repair --extend\" "
			"gives it its size back" :
			"");
	if (i > 0 && f->base == f[-1].base)
		return skua_fail(l->error, SKUA_ECORRUPT,
		    "the file %020lld is in %s and in %s", (long long)f->base,
		    f[-1].folder->path, f->folder->path);
	if (i > 0 && f->base != f[-1].base + size)
		return skua_fail(l->error, SKUA_ECORRUPT,
		    "%s: the file at %lld is missing", f->folder->path,
		    (long long)(f[-1].base + size));
	return SKUA_OK;
}

/* A file has its size before the next one is made: what is behind a short one's
 * end was lost, and reads as zeros from now on. */
static int
give_size_back(const struct commitlog *log, const struct found_file *f)
{
	char path[4096];
	int fd, rc;

	segment_path(f->folder, f->base, path, sizeof(path));
	skua_log(SKUA_LOG_ERROR, "store-commitlog",
	    "damage in %s: it ends at %lld where mappedFileSizeCommitLog says "
	    "%lld; what was behind that is lost, what is in the files behind "
	    "it is kept",
	    path, (long long)f->size, (long long)log->file_size);
	fd = skua_io()->open(path, O_RDWR, 0);
	if (fd < 0)
		return fd;
	rc = skua_io()->truncate(fd, log->file_size);
	if (rc == SKUA_OK)
		rc = skua_io()->sync(fd);
	(void)skua_io()->close(fd);
	return rc;
}

static int
open_file(struct commitlog *log, const struct found_file *f, bool is_last)
{
	bool was_cut = f->size < log->file_size && !is_last;
	int rc = was_cut ? give_size_back(log, f) : SKUA_OK;

	/* Until recovery has found the end, all may be read. */
	atomic_store(&log->max_pos, f->base + log->file_size);
	if (rc == SKUA_OK)
		rc = segment_add(log, f->base, f->folder);
	if (rc == SKUA_OK)
		segment_peek(log, f->base)->was_cut = was_cut;
	return rc;
}

/* Nothing is written before all of them are known to fit. */
static int
open_files(const struct listing *l)
{
	int rc = SKUA_OK;

	for (size_t i = 0; i < l->count && rc == SKUA_OK; i++)
		rc = check_file(l, i);
	for (size_t i = 0; i < l->count && rc == SKUA_OK; i++) {
		const struct found_file *f = &l->files[i];

		rc = open_file(l->log, f, i + 1 == l->count);
		if (rc != SKUA_OK)
			return skua_fail(l->error, rc,
			    "could not open %s/%020lld: %s", f->folder->path,
			    (long long)f->base, skua_strerror(rc));
	}
	return rc;
}

/* Files that were being made. */
static int
drop_unmade(struct listing *l)
{
	int rc = SKUA_OK;

	while (rc == SKUA_OK && l->count > 0 &&
	    l->files[l->count - 1].size == 0 &&
	    !l->files[l->count - 1].folder->read_only) {
		const struct found_file *f = &l->files[--l->count];
		char path[4096];

		segment_path(f->folder, f->base, path, sizeof(path));
		rc = skua_io()->unlink(path);
	}
	return rc;
}

static int
list_folders(struct listing *l)
{
	for (size_t i = 0; i < l->log->folder_count; i++) {
		int rc;

		l->folder = &l->log->folders[i];
		rc = skua_io()->list(l->folder->path, take_file, l);
		if (rc == SKUA_OK)
			continue;
		if (l->error->text[0] == '\0')
			(void)skua_fail(l->error, rc, "could not read %s: %s",
			    l->folder->path, skua_strerror(rc));
		return rc;
	}
	return SKUA_OK;
}

int
files_open(struct commitlog *log, struct skua_error *e)
{
	struct listing l = { .log = log, .error = e };
	int rc;

	e->text[0] = '\0';
	rc = list_folders(&l);
	if (rc == SKUA_OK && l.count > 0)
		qsort(l.files, l.count, sizeof(l.files[0]), by_base);
	if (rc == SKUA_OK)
		rc = drop_unmade(&l);
	if (rc == SKUA_OK)
		rc = open_files(&l);
	free(l.files);
	if (rc != SKUA_OK)
		return rc;
	rc = l.count == 0 ? segment_add(log, 0, NULL) : SKUA_OK;
	if (rc != SKUA_OK)
		return skua_fail(e, rc,
		    "could not make the first file in %s: %s",
		    log->folders[0].path, skua_strerror(rc));
	return SKUA_OK;
}
