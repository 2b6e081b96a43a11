/* SPDX-License-Identifier: Apache-2.0 */
/* See memory_io.h. */
#include <skua/io.h>

#include "fuzz.h"
#include "memory_io.h"

static const struct memory_file *files;
static size_t lengths[MEMORY_FILES]; /* of the paths */
static size_t count;

/* Not strcmp: a fuzzer would take every path for something to guess. */
static bool
begins(const char *path, const char *with, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (path[i] != with[i])
			return false;
	return true;
}

static int
memory_open(const char *path, int flags, int mode)
{
	size_t len = strlen(path);

	(void)flags;
	(void)mode;
	for (size_t i = 0; i < count; i++)
		if (lengths[i] == len && files[i].bytes != NULL &&
		    begins(files[i].path, path, len))
			return (int)i;
	return SKUA_ENOENT;
}

static int
memory_close(int fd)
{
	(void)fd;
	return SKUA_OK;
}

static ssize_t
memory_pread(int fd, void *bytes, size_t len, int64_t at)
{
	const struct memory_file *f = &files[fd];

	MUST(at >= 0);
	if ((size_t)at >= f->len)
		return 0;
	if (len > f->len - (size_t)at)
		len = f->len - (size_t)at;
	memcpy(bytes, f->bytes + at, len);
	return (ssize_t)len;
}

static int
memory_size(int fd, int64_t *size_r)
{
	*size_r = (int64_t)files[fd].len;
	return SKUA_OK;
}

static int
memory_next_data(int fd, int64_t at, int64_t *data_r)
{
	(void)fd;
	*data_r = at;
	return SKUA_OK;
}

static int
memory_list(const char *path, skua_dir_fn *fn, void *arg)
{
	size_t len = strlen(path);
	bool found = false;
	int rc = SKUA_OK;

	for (size_t i = 0; i < count && rc == SKUA_OK; i++) {
		const char *name = files[i].path + len + 1;

		if (lengths[i] < len ||
		    files[i].path[len - 1] != path[len - 1] ||
		    !begins(files[i].path, path, len))
			continue;
		found |= lengths[i] == len;
		if (name[-1] != '/' || strchr(name, '/') != NULL)
			continue;
		rc = fn(arg, name, files[i].bytes == NULL,
		    (int64_t)files[i].len);
	}
	return found ? rc : SKUA_ENOENT;
}

static const struct skua_io io = {
	.open = memory_open,
	.close = memory_close,
	.pread = memory_pread,
	.size = memory_size,
	.next_data = memory_next_data,
	.list = memory_list,
};

void
memory_io_set(const struct memory_file *with, size_t n)
{
	files = with;
	count = n;
	for (size_t i = 0; i < n; i++)
		lengths[i] = strlen(with[i].path);
	skua_io_replace(&io);
}
