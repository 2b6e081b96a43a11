/* SPDX-License-Identifier: Apache-2.0 */
/* See files.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "offline/files.h"

struct offline_finding
offline_finding(enum offline_severity severity, enum offline_part part,
    const char *kind)
{
	const struct offline_finding f = { .severity = severity, .part = part,
		.kind = kind, .offset = OFFLINE_NOWHERE,
		.pos = OFFLINE_NOWHERE, .queue_id = -1,
		.queue_offset = OFFLINE_NOWHERE };

	return f;
}

void
offline_tell(struct offline *s, struct offline_finding *f, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (f->severity == OFFLINE_DAMAGE)
		s->damage[f->part]++;
	else
		s->notes[f->part]++;
	if (s->ear.found == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->text = text;
	s->ear.found(s->ear.arg, f);
	f->text = NULL;
}

void
offline_progress(struct offline *s, int64_t bytes)
{
	s->done += bytes;
	if (s->ear.progress != NULL)
		s->ear.progress(s->ear.arg, s->done, s->total);
}

const char *
skua_offline_part_name(enum offline_part part)
{
	static const char *const names[OFFLINE_PARTS] = { "store", "commitlog",
		"consumequeue", "index", "checkpoint", "config", "checks" };

	return names[part];
}

/* --- a folder --- */

struct listing {
	struct offline *store;
	struct offline_files *files;
	const char *folder;
	enum offline_part part;
};

static bool
parse_name(const char *name, int digits, int64_t *base_r)
{
	char padded[SKUA_FILE_NAME_LEN + 1];
	size_t len = strlen(name);

	if (len != (size_t)digits)
		return false;
	memset(padded, '0', sizeof(padded));
	memcpy(padded + SKUA_FILE_NAME_LEN - len, name, len + 1);
	return skua_file_name_parse(padded, base_r);
}

static int
take_file(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct listing *l = arg;
	struct offline_files *f = l->files;
	struct offline_finding found =
	    offline_finding(OFFLINE_DAMAGE, l->part, "foreign-file");
	struct offline_file *all;
	char path[OFFLINE_PATH];
	int64_t base;

	if (is_folder || size < 0 || !parse_name(name, f->digits, &base)) {
		if (l->part == OFFLINE_CHECKS)
			found.severity = OFFLINE_NOTE;
		(void)snprintf(path, sizeof(path), "%s/%s", l->folder, name);
		found.file = path;
		offline_tell(l->store, &found, "does not belong here%s",
		    l->part == OFFLINE_CHECKS ? "" :
						"; a broker may refuse to start");
		return SKUA_OK;
	}
	all = realloc(f->all, (f->count + 1) * sizeof(*all));
	if (all == NULL)
		return SKUA_ENOMEM;
	f->all = all;
	all[f->count].folder = l->folder;
	all[f->count].base = base;
	all[f->count++].size = size;
	return SKUA_OK;
}

static int
by_base(const void *a, const void *b)
{
	const struct offline_file *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

/* A file ends where the next one begins.  When names are wrong, or there is but
 * one: the largest is whole. */
static int64_t
derive_size(const struct offline_files *f)
{
	int64_t step = INT64_MAX, largest = 0;

	for (size_t i = 0; i < f->count; i++) {
		int64_t next = i == 0 ? 0 :
					f->all[i].base - f->all[i - 1].base;

		if (next > 0 && next < step)
			step = next;
		if (f->all[i].size > largest)
			largest = f->all[i].size;
	}
	for (size_t i = 0; i < f->count; i++)
		if (f->all[i].size == step)
			return step;
	return largest;
}

/* Of a folder, as struct offline_file has it. */
static int
path_of(const struct offline *s, const char *folder, char path[OFFLINE_PATH])
{
	if (folder[0] == '/' || folder[0] == '.')
		return snprintf(path, OFFLINE_PATH, "%s", folder);
	return snprintf(path, OFFLINE_PATH, "%s/%s", s->folder, folder);
}

int
offline_files_list(struct offline *s, const char *folder, int digits,
    enum offline_part part, struct offline_files *f)
{
	struct listing l = { s, f, folder, part };
	char path[OFFLINE_PATH];
	int rc;

	f->digits = digits;
	(void)path_of(s, folder, path);
	rc = skua_io()->list(path, take_file, &l);
	if (rc == SKUA_ENOENT)
		return SKUA_OK;
	if (f->count > 0)
		qsort(f->all, f->count, sizeof(f->all[0]), by_base);
	f->file_size = derive_size(f);
	return rc;
}

void
offline_files_free(struct offline_files *f)
{
	free(f->all);
	f->all = NULL;
	f->count = 0;
}

void
offline_file_name(const struct offline_files *f, size_t i,
    char name[OFFLINE_PATH])
{
	(void)snprintf(name, OFFLINE_PATH, "%s/%0*lld", f->all[i].folder,
	    f->digits, (long long)f->all[i].base);
}

void
offline_file_path(const struct offline *s, const struct offline_files *f,
    size_t i, char path[OFFLINE_PATH])
{
	int n = path_of(s, f->all[i].folder, path);

	if (n > 0 && n < OFFLINE_PATH)
		(void)snprintf(path + n, (size_t)(OFFLINE_PATH - n), "/%0*lld",
		    f->digits, (long long)f->all[i].base);
}

size_t
offline_file_of(const struct offline_files *f, int64_t at)
{
	size_t low = 0, high = f->count;

	/* The last file that begins at or before. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (f->all[middle].base <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && at - f->all[low - 1].base < f->file_size ? low - 1 :
								     f->count;
}

bool
offline_files_judge(struct offline *s, const struct offline_files *f,
    enum offline_part part)
{
	bool ok = true;

	for (size_t i = 0; i < f->count; i++) {
		struct offline_finding found =
		    offline_finding(OFFLINE_DAMAGE, part, "file-size");
		int64_t step = i == 0 ? f->file_size :
					f->all[i].base - f->all[i - 1].base;
		char name[OFFLINE_PATH];

		offline_file_name(f, i, name);
		found.file = name;
		if (f->all[i].size == 0 && i + 1 == f->count)
			found.severity = OFFLINE_NOTE; /* it was being made */
		if (f->all[i].size != f->file_size)
			offline_tell(s, &found,
			    "has %lld bytes where its neighbours have %lld",
			    (long long)f->all[i].size,
			    (long long)f->file_size);
		/* Index files are named after a time. */
		if (part == OFFLINE_KEYS)
			step = f->file_size;
		ok &= step == f->file_size && f->all[i].size == f->file_size;
		if (step == f->file_size)
			continue;
		found.severity = OFFLINE_DAMAGE;
		found.kind = step == 0 ? "file-twice" : "file-missing";
		if (step == 0) {
			offline_tell(s, &found, "is in %s as well",
			    f->all[i - 1].folder);
			continue;
		}
		if (part == OFFLINE_LOG)
			found.pos = f->all[i - 1].base + f->file_size;
		offline_tell(s, &found, "%lld bytes are missing before this "
		    "file", (long long)(step - f->file_size));
	}
	return ok;
}
