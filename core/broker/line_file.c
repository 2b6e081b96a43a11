/* SPDX-License-Identifier: Apache-2.0 */
/* See line_file.h. */
#include <fcntl.h>
#include <stdio.h>

#include <skua/io.h>

#include "broker/line_file.h"

static int
sync_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];

	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
	return skua_io()->sync_folder(folder);
}

int
skua_line_file_create(struct line_file *f, const char *path)
{
	int rc;

	skua_line_file_close(f);
	f->fd = skua_io()->open(path, O_RDWR | O_CREAT | O_TRUNC, 0640);
	rc = f->fd < 0 ? f->fd : sync_folder_of(path);
	if (rc != SKUA_OK)
		skua_line_file_close(f);
	return rc;
}

int
skua_line_file_open(struct line_file *f, const char *path, int64_t size,
    size_t lines)
{
	skua_line_file_close(f);
	f->fd = skua_io()->open(path, O_RDWR, 0);
	f->size = size;
	f->lines = lines;
	return f->fd < 0 ? f->fd : SKUA_OK;
}

int
skua_line_file_append(struct line_file *f, const struct buf *text, size_t n)
{
	int rc = skua_io()->pwrite(f->fd, text->p, text->len, f->size);

	if (rc == SKUA_OK)
		rc = skua_io()->sync(f->fd);
	if (rc == SKUA_OK) {
		f->size += (int64_t)text->len;
		f->lines += n;
	}
	return rc;
}

void
skua_line_file_close(struct line_file *f)
{
	if (f->fd >= 0)
		(void)skua_io()->close(f->fd);
	f->fd = -1;
	f->size = 0;
	f->lines = 0;
}
