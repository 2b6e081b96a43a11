/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Skua's checksums: entries are never made again, since nobody knows any more
 * what was stored.  Those that are damaged, out of order, or of no record go;
 * those of records that are damaged stay.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "offline/repair.h"
#include "wire/integrity.h"

#define BUFFER_ENTRIES 4096

static bool
is_wanted(const struct repair *r)
{
	return r->store->damage[OFFLINE_CHECKS] > 0;
}

static void
new_path(const struct repair *r, size_t file, char path[OFFLINE_PATH])
{
	char name[OFFLINE_PATH];

	offline_file_name(&r->store->sums, file, name);
	if (snprintf(path, OFFLINE_PATH, "%s/" REPAIR_FOLDER "/%s",
		r->store->folder, name) >= OFFLINE_PATH)
		path[0] = '\0';
}

static int
write_out(struct repair *r)
{
	struct repair_sums *s = &r->kept;
	char path[OFFLINE_PATH];
	int fd, rc;

	if (s->buffered == 0)
		return SKUA_OK;
	new_path(r, s->file, path);
	fd = skua_io()->open(path, O_RDWR | O_CREAT, 0640);
	if (fd < 0)
		return fd;
	rc = skua_io()->pwrite(fd, s->buffer, s->buffered * SKUA_CHECK_SIZE,
	    s->at);
	if (rc == SKUA_OK)
		rc = skua_io()->sync(fd);
	(void)skua_io()->close(fd);
	s->at += (int64_t)(s->buffered * SKUA_CHECK_SIZE);
	s->buffered = 0;
	return rc;
}

/* The current entry. */
static int
keep(struct repair *r)
{
	struct repair_sums *s = &r->kept;
	int rc = SKUA_OK;

	if (s->buffered == BUFFER_ENTRIES || s->file != r->sums.file)
		rc = write_out(r);
	if (s->file != r->sums.file) {
		s->file = r->sums.file;
		s->at = 0;
	}
	skua_check_put(s->buffer + s->buffered++ * SKUA_CHECK_SIZE,
	    &r->sums.entry);
	r->done->checks++;
	return rc;
}

int
repair_sums_begin(struct repair *r)
{
	char path[OFFLINE_PATH];

	sums_walk_init(&r->sums, r->store);
	if (!is_wanted(r))
		return SKUA_OK;
	r->kept.buffer = malloc((size_t)BUFFER_ENTRIES * SKUA_CHECK_SIZE);
	if (r->kept.buffer == NULL)
		return SKUA_ENOMEM;
	(void)snprintf(path, sizeof(path),
	    "%s/" REPAIR_FOLDER "/" SKUA_CHECKS_FOLDER, r->store->folder);
	return skua_io()->mkdir(path);
}

int
repair_sums_record(struct repair *r, int64_t pos)
{
	r->sum = sums_walk_to(&r->sums, pos);
	return r->sum != NULL && is_wanted(r) ? keep(r) : SKUA_OK;
}

int
repair_sums_hole(struct repair *r, int64_t from, int64_t to)
{
	int rc = SKUA_OK;

	(void)sums_walk_to(&r->sums, from);
	while (is_wanted(r) && r->sums.has_entry && r->sums.entry.pos < to &&
	    rc == SKUA_OK) {
		rc = keep(r);
		sums_walk_next(&r->sums);
	}
	return rc;
}

int
repair_sums_end(struct repair *r)
{
	char path[OFFLINE_PATH];
	int rc = write_out(r);

	if (rc != SKUA_OK || !is_wanted(r))
		return rc;
	(void)snprintf(path, sizeof(path),
	    "%s/" REPAIR_FOLDER "/" SKUA_CHECKS_FOLDER, r->store->folder);
	return skua_io()->sync_folder(path);
}

void
repair_sums_free(struct repair *r)
{
	sums_walk_close(&r->sums);
	free(r->kept.buffer);
}

/* File by file: each is whole for itself. */
int
repair_place_sums(const struct repair *r)
{
	const struct offline_files *files = &r->store->sums;
	char old[OFFLINE_PATH], new[OFFLINE_PATH];
	int rc = SKUA_OK;

	for (size_t i = 0; i < files->count && rc == SKUA_OK; i++) {
		offline_file_path(r->store, files, i, old);
		new_path(r, i, new);
		rc = skua_io()->rename(new, old);
		if (rc == SKUA_ENOENT) /* nothing is left of it */
			rc = skua_io()->unlink(old);
	}
	(void)snprintf(old, sizeof(old), "%s/" SKUA_CHECKS_FOLDER,
	    r->store->folder);
	return rc == SKUA_OK ? skua_io()->sync_folder(old) : rc;
}
