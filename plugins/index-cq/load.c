/* SPDX-License-Identifier: Apache-2.0 */
/* At the start: which queues there are, and where they begin and end. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>
#include <skua/name.h>

#include "cq.h"

struct files {
	int64_t first, last; /* bases; first > last: none */
	int64_t file_units;
	int64_t short_base; /* of the first that is too short; -1 */
	bool bad;
};

static int
note_file(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct files *f = arg;
	int64_t base;

	if (is_folder || size < 0 || !skua_file_name_parse(name, &base) ||
	    size > f->file_units * UNIT ||
	    base % (f->file_units * UNIT) != 0) {
		f->bad = true;
		return SKUA_OK;
	}
	base /= UNIT;
	if (size < f->file_units * UNIT &&
	    (f->short_base < 0 || base < f->short_base))
		f->short_base = base;
	if (base < f->first)
		f->first = base;
	if (base > f->last)
		f->last = base;
	return SKUA_OK;
}

/* A unit that was written, and of a record that is known to be there.  Damage
 * must not end a queue: any bit that is set counts as written. */
static bool
unit_is_used(struct cq_state *s, struct cq *q, int64_t offset,
    int64_t complete_pos)
{
	struct skua_index_entry e;
	size_t n = 0;

	return cq_read_file(s, q, offset, 1, &e, &n) == SKUA_OK && n == 1 &&
	    (e.pos != 0 || e.len != 0 || e.tags_code != 0) &&
	    e.pos < complete_pos;
}

/* Units are written front to back, and those of complete records without a
 * gap: the first other one ends the queue. */
static int64_t
find_max(struct cq_state *s, struct cq *q, const struct files *f,
    int64_t complete_pos)
{
	int64_t low = complete_pos == INT64_MAX ? f->last : f->first;
	int64_t high = f->last + s->file_units;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		if (unit_is_used(s, q, middle, complete_pos))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64_t
find_min(struct cq_state *s, struct cq *q, const struct files *f, int64_t max)
{
	struct skua_index_entry entries[128];
	size_t n = 0;

	for (int64_t at = f->first; at < max; at += (int64_t)n) {
		if (cq_read_file(s, q, at, 128, entries, &n) != SKUA_OK ||
		    n == 0)
			return at;
		for (size_t i = 0; i < n && at + (int64_t)i < max; i++)
			if (!skua_cq_is_blank(&entries[i]))
				return at + (int64_t)i;
	}
	return max;
}

/* A power cut leaves files short that were never synced, any of them.  Nothing
 * of complete records is behind the first of these; else it is damage. */
static bool
is_left_short(struct cq_state *s, struct cq *q, const struct files *f,
    int64_t complete_pos)
{
	if (f->short_base == f->last)
		return true;
	if (complete_pos == INT64_MAX)
		return false;
	for (int64_t base = f->short_base + s->file_units; base <= f->last;
	     base += s->file_units)
		if (unit_is_used(s, q, base, complete_pos))
			return false;
	return true;
}

struct loading {
	struct cq_state *s;
	int64_t complete_pos;
	skua_index_found_fn *found;
	void *arg;
	const char *topic;
	struct skua_error *error;
};

static int
take_files(const struct loading *l, struct cq *q, const struct files *f)
{
	struct files kept = *f;
	int64_t max;

	if (f->short_base >= 0)
		kept.last = f->short_base;
	max = find_max(l->s, q, &kept, l->complete_pos);
	atomic_store(&q->max, max);
	atomic_store(&q->written, max);
	atomic_store(&q->min, find_min(l->s, q, f, max));
	/* Who made the files may not have lived to sync their names. */
	q->is_new = l->complete_pos != INT64_MAX;
	return l->complete_pos == INT64_MAX ?
	    SKUA_OK :
	    cq_cut_files(l->s, q, max, f->last);
}

static int
load_queue(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct loading *l = arg;
	struct cq_state *s = l->s;
	struct files f = { INT64_MAX, -1, s->file_units, -1, false };
	char path[4096], *end;
	long id = strtol(name, &end, 10);
	struct cq *q;
	int rc;

	(void)size;
	if (!is_folder || *end != '\0' || id < 0 || id > 65535)
		return SKUA_OK;
	(void)snprintf(path, sizeof(path), "%s/%s/%s", s->folder, l->topic,
	    name);
	rc = skua_io()->list(path, note_file, &f);
	q = cq_new(s, skua_str_z(l->topic), (int32_t)id);
	if (q == NULL)
		return SKUA_ENOMEM;
	if (rc != SKUA_OK || f.bad ||
	    (f.short_base >= 0 && !is_left_short(s, q, &f, l->complete_pos)))
		return skua_fail(l->error, rc == SKUA_OK ? SKUA_ECORRUPT : rc,
		    "%s holds files that are no consume queue of %lld bytes "
		    "each: see mappedFileSizeConsumeQueue, or let \"skua store "
		    "repair\" rebuild it",
		    path, (long long)(s->file_units * UNIT));
	if (f.last >= 0)
		rc = take_files(l, q, &f);
	if (rc != SKUA_OK)
		return skua_fail(l->error, rc,
		    "could not cut the queue in %s: %s", path,
		    skua_strerror(rc));
	if (q->dirty)
		cq_mark_busy(s, q);
	return l->found(l->arg, cq_topic(q), q->id, q);
}

static int
load_topic(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct loading *l = arg;
	char path[4096];

	(void)size;
	if (!is_folder ||
	    !skua_name_is(SKUA_NAME_STORED_TOPIC, skua_str_z(name))) {
		skua_log(SKUA_LOG_WARNING, "index-cq",
		    "%s/%s: not a topic's queues, left alone", l->s->folder,
		    name);
		return SKUA_OK;
	}
	l->topic = name;
	(void)snprintf(path, sizeof(path), "%s/%s", l->s->folder, name);
	return skua_io()->list(path, load_queue, l);
}

int
cq_load(struct cq_state *s, int64_t complete_pos, skua_index_found_fn *found,
    void *arg, struct skua_error *e)
{
	struct loading l = { s, complete_pos, found, arg, NULL, e };
	int rc;

	e->text[0] = '\0';
	rc = skua_io()->list(s->folder, load_topic, &l);
	if (rc != SKUA_OK && e->text[0] == '\0')
		return skua_fail(e, rc, "could not read %s: %s", s->folder,
		    skua_strerror(rc));
	return rc;
}
