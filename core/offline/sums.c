/* SPDX-License-Identifier: Apache-2.0 */
/* See sums.h. */
#include "offline/sums.h"
#include "wire/integrity.h"

#define WINDOW ((size_t)1 << 16)

struct offline_finding
sums_walk_finding(const struct sums_walk *w, const char *kind,
    char name[OFFLINE_PATH])
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_CHECKS, kind);

	offline_file_name(&w->store->sums, w->file, name);
	f.file = name;
	f.offset = w->at;
	return f;
}

static bool
begin_file(struct sums_walk *w)
{
	char path[OFFLINE_PATH];
	struct offline_finding f;
	int rc;

	offline_file_path(w->store, &w->store->sums, w->file, path);
	rc = window_open(&w->window, path);
	w->at = 0;
	f = sums_walk_finding(w, "check-entry", path);
	if (rc != SKUA_OK)
		offline_tell(w->store, &f, "could not be opened: %s",
		    skua_strerror(rc));
	return rc == SKUA_OK;
}

static void
end_file(struct sums_walk *w)
{
	struct offline_finding f;
	char name[OFFLINE_PATH];

	w->is_open = false;
	f = sums_walk_finding(w, "check-entry", name);
	/* The next start of a broker cuts it. */
	f.severity = OFFLINE_NOTE;
	if (w->at < w->window.size)
		offline_tell(w->store, &f, "ends within an entry");
	w->file++;
}

/* The entry at `at`: whether it is to be believed. */
static bool
take_entry(struct sums_walk *w, const uint8_t *p)
{
	struct offline_finding f;
	char name[OFFLINE_PATH];

	skua_check_get(p, &w->entry);
	f = sums_walk_finding(w, "check-entry", name);
	if (!skua_check_is_sound(p)) {
		offline_tell(w->store, &f,
		    "an entry's checksum of itself is wrong");
		return false;
	}
	if (w->entry.pos <= w->last_pos) {
		offline_tell(w->store, &f, "the entry of position %lld comes "
		    "after that of %lld", (long long)w->entry.pos,
		    (long long)w->last_pos);
		return false;
	}
	w->last_pos = w->entry.pos;
	return true;
}

static bool
next_in_file(struct sums_walk *w)
{
	const uint8_t *p;
	size_t n;

	for (;;) {
		p = window_view(&w->window, w->at, SKUA_CHECK_SIZE, &n);
		if (p == NULL || n < SKUA_CHECK_SIZE)
			return false;
		if (take_entry(w, p))
			return true;
		w->at += SKUA_CHECK_SIZE;
	}
}

void
sums_walk_next(struct sums_walk *w)
{
	const struct offline_files *files = &w->store->sums;

	if (w->has_entry)
		w->at += SKUA_CHECK_SIZE;
	w->has_entry = false;
	while (w->file < files->count && !w->has_entry) {
		if (!w->is_open && !(w->is_open = begin_file(w))) {
			w->file++;
			continue;
		}
		w->has_entry = next_in_file(w);
		if (!w->has_entry)
			end_file(w);
	}
}

const struct skua_check_entry *
sums_walk_to(struct sums_walk *w, int64_t pos)
{
	while (w->has_entry && w->entry.pos < pos)
		sums_walk_next(w);
	return w->has_entry && w->entry.pos == pos ? &w->entry : NULL;
}

void
sums_walk_init(struct sums_walk *w, struct offline *store)
{
	memset(w, 0, sizeof(*w));
	w->store = store;
	w->last_pos = -1;
	window_init(&w->window, WINDOW);
	sums_walk_next(w);
}

void
sums_walk_close(struct sums_walk *w)
{
	window_close(&w->window);
}
