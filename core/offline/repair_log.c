/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log files that were cut short.  What is lost cannot be made again; but brokers
 * want files of one size, and in one that has it back, with zeros, they find
 * where the next record is.
 */
#include <fcntl.h>

#include <skua/io.h>

#include "offline/repair.h"

/* With one file, or with names that do not fit, nobody knows the size. */
static bool
is_size_known(const struct offline_files *log)
{
	for (size_t i = 0; i < log->count; i++)
		if (log->file_size == 0 ||
		    log->all[i].base % log->file_size != 0)
			return false;
	return log->count > 1;
}

/* An empty one at the end was being made. */
static bool
is_cut(const struct offline_files *log, size_t i)
{
	return log->all[i].size < log->file_size &&
	    (log->all[i].size > 0 || i + 1 < log->count);
}

int64_t
repair_log_count(const struct offline *s)
{
	int64_t count = 0;

	for (size_t i = 0; i < s->log.count; i++)
		count += is_size_known(&s->log) && is_cut(&s->log, i);
	return count;
}

static int
extend(const struct offline *s, size_t i)
{
	char path[OFFLINE_PATH];
	int fd, rc;

	offline_file_path(s, &s->log, i, path);
	fd = skua_io()->open(path, O_RDWR, 0);
	if (fd < 0)
		return fd;
	rc = skua_io()->truncate(fd, s->log.file_size);
	if (rc == SKUA_OK)
		rc = skua_io()->sync(fd);
	(void)skua_io()->close(fd);
	return rc;
}

int
repair_log_extend(const struct offline *s)
{
	int rc = SKUA_OK;

	for (size_t i = 0; i < s->log.count && rc == SKUA_OK; i++)
		if (is_cut(&s->log, i))
			rc = extend(s, i);
	return rc;
}
