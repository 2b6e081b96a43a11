/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of the log: several disks, some of them only read.
 * Upstream: store.MultiPathMappedFileQueue. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "commitlog.h"

static int
add_folder(struct commitlog *log, const char *path, size_t len, bool read_only)
{
	struct folder *folders = realloc(log->folders,
	    (log->folder_count + 1) * sizeof(*folders));

	if (folders == NULL)
		return SKUA_ENOMEM;
	log->folders = folders;
	folders[log->folder_count].read_only = read_only;
	folders[log->folder_count].path = strndup(path, len);
	if (folders[log->folder_count].path == NULL)
		return SKUA_ENOMEM;
	log->folder_count++;
	return SKUA_OK;
}

static struct folder *
find_folder(const struct commitlog *log, const char *path, size_t len)
{
	for (size_t i = 0; i < log->folder_count; i++)
		if (strlen(log->folders[i].path) == len &&
		    memcmp(log->folders[i].path, path, len) == 0)
			return &log->folders[i];
	return NULL;
}

/* "a, b": upstream names a read-only folder in both lists. */
static int
add_list(struct commitlog *log, const char *list, bool read_only)
{
	int rc = SKUA_OK;

	while (*list != '\0' && rc == SKUA_OK) {
		struct folder *known;
		size_t len;

		list += strspn(list, ", ");
		len = strcspn(list, ",");
		while (len > 0 && list[len - 1] == ' ')
			len--;
		known = find_folder(log, list, len);
		if (known != NULL)
			known->read_only |= read_only;
		else if (len > 0)
			rc = add_folder(log, list, len, read_only);
		list += strcspn(list, ",");
	}
	return rc;
}

int
folders_open(struct commitlog *log, const char *root,
    const struct commitlog_conf *conf, struct skua_error *e)
{
	char path[4096];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/commitlog", root);
	rc = add_list(log, conf->folders[0] == '\0' ? path : conf->folders,
	    false);
	if (rc == SKUA_OK)
		rc = add_list(log, conf->read_only, true);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "out of memory");
	log->full_percent = conf->full_percent;
	for (size_t i = 0; i < log->folder_count; i++) {
		const struct folder *f = &log->folders[i];

		if (f->read_only)
			continue;
		rc = skua_io()->mkdir(f->path);
		if (rc != SKUA_OK)
			return skua_fail(e, rc, "could not make %s: %s",
			    f->path, skua_strerror(rc));
	}
	return SKUA_OK;
}

void
folders_free(struct commitlog *log)
{
	for (size_t i = 0; i < log->folder_count; i++)
		free(log->folders[i].path);
	free(log->folders);
}

static bool
is_full(const struct commitlog *log, const struct folder *f)
{
	int64_t total = 0, left = 0;

	return skua_io()->disk(f->path, &total, &left) != SKUA_OK ||
	    (double)(total - left) * 100.0 >
		(double)total * (double)log->full_percent;
}

/* In turns among those with room; if none has, among all that are written. */
const struct folder *
folders_choose(const struct commitlog *log, int64_t base)
{
	size_t turn = (size_t)(base / log->file_size);
	const struct folder *any = NULL;

	for (size_t i = 0; i < log->folder_count; i++) {
		const struct folder *f =
		    &log->folders[(turn + i) % log->folder_count];

		if (f->read_only)
			continue;
		if (log->folder_count == 1 || !is_full(log, f))
			return f;
		if (any == NULL)
			any = f;
	}
	return any;
}

void
folders_disk(const struct commitlog *log, int64_t *total_r, int64_t *free_r)
{
	/* The emptiest counts: that is where the next file can go. */
	for (size_t i = 0; i < log->folder_count; i++) {
		int64_t total = 0, left = 0;

		if (log->folders[i].read_only ||
		    skua_io()->disk(log->folders[i].path, &total, &left) !=
			SKUA_OK ||
		    total == 0)
			continue;
		if (*total_r == 0 || (double)left / (double)total >
			(double)*free_r / (double)*total_r) {
			*total_r = total;
			*free_r = left;
		}
	}
}
