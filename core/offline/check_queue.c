/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records against units, and units against records.
 *
 * A topic that was deleted and created again begins at 0 again, and its old
 * records may still be in the log: they have no units, or others'.  So the
 * disagreements of a queue are doubts until one of its later records agrees
 * with its unit (then they are damage) or its offsets begin anew (then they
 * belonged to the queue's former life).
 */
#include <stdlib.h>

#include <skua/io.h>

#include "offline/check.h"
#include "offline/record_facts.h"

/* --- a record --- */

static struct offline_finding
unit_finding(struct check *c, struct offline_queue *q, int64_t offset,
    const char *kind, char name[OFFLINE_PATH])
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_QUEUES, kind);

	q->damaged = true;
	offline_queue_place(c->store, q, offset, &f, name);
	return f;
}

static bool
is_recent(const struct check *c)
{
	return c->store->has_abort || c->store->is_open;
}

static void
tell_doubts(struct check *c, struct offline_queue *q, bool at_end)
{
	struct offline_finding f;
	char name[OFFLINE_PATH];
	bool was = q->damaged;

	if (q->doubts == 0)
		return;
	f = unit_finding(c, q, q->doubt_offset, "missing-unit", name);
	f.pos = q->doubt_pos;
	/* What a crash keeps from the queues, the next start adds. */
	if (at_end && q->doubts_absent && is_recent(c)) {
		f.severity = OFFLINE_NOTE;
		q->damaged = was;
	}
	if (q->doubts_absent)
		offline_tell(c->store, &f, "%lld record%s no unit in the "
		    "queue, from offset %lld on", (long long)q->doubts,
		    q->doubts == 1 ? " has" : "s have",
		    (long long)q->doubt_offset);
	else
		offline_tell(c->store, &f, "%lld record%s other units or none "
		    "in the queue, from offset %lld on", (long long)q->doubts,
		    q->doubts == 1 ? " has" : "s have",
		    (long long)q->doubt_offset);
	q->doubts = 0;
}

static void
doubt(struct offline_queue *q, const struct skua_record *r, int64_t offset,
    bool absent)
{
	if (q->doubts++ == 0) {
		q->doubt_offset = offset;
		q->doubt_pos = r->pos;
		q->doubts_absent = true;
	}
	q->doubts_absent &= absent;
}

static void
tell_unit(struct check *c, struct offline_queue *q, const struct skua_record *r,
    int64_t offset, const struct skua_index_entry *e)
{
	char name[OFFLINE_PATH];
	struct offline_finding f = unit_finding(c, q, offset, "unit", name);

	f.pos = r->pos;
	if (e->pos != r->pos)
		offline_tell(c->store, &f,
		    "the unit points to %lld, its record is at %lld",
		    (long long)e->pos, (long long)r->pos);
	else if (e->len != r->size)
		offline_tell(c->store, &f,
		    "the unit says %d bytes, its record at %lld has %d",
		    e->len, (long long)r->pos, r->size);
	else
		offline_tell(c->store, &f,
		    "the unit has the tags code %lld, its record at %lld "
		    "has %lld", (long long)e->tags_code, (long long)r->pos,
		    (long long)offline_tags_code(r, NULL, 0));
}

/* Offsets from..to have no record. */
static void
tell_gap(struct check *c, struct offline_queue *q, const struct skua_record *r,
    int64_t to)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_LOG, "offset-gap");
	struct skua_index_entry e;
	bool in_hole;

	in_hole = offline_queue_unit(c->store, q, q->next, &e) == SKUA_OK &&
	    check_is_in_hole(c, e.pos);
	f.topic = q->topic;
	f.queue_id = q->id;
	f.queue_offset = q->next;
	f.pos = r->pos;
	offline_tell(c->store, &f,
	    "%lld message%s of the queue %s no record, from offset %lld on%s",
	    (long long)(to - q->next), to - q->next == 1 ? "" : "s",
	    to - q->next == 1 ? "has" : "have", (long long)q->next,
	    in_hole ? ": lost in the damage before" : "");
}

/* The log never had room for so many messages between. */
static void
tell_jump(struct check *c, const struct offline_queue *q,
    const struct skua_record *r, int64_t offset)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_LOG, "offset-jump");

	f.topic = q->topic;
	f.queue_id = q->id;
	f.queue_offset = offset;
	f.pos = r->pos;
	offline_tell(c->store, &f, "the record says that its queue offset is "
	    "%lld, where %lld was to come: it is passed over",
	    (long long)offset, (long long)q->next);
}

/* Offsets of a queue go up by one; or begin anew. */
static void
follow(struct check *c, struct offline_queue *q, const struct skua_record *r,
    int64_t offset)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_LOG, "offset-order");

	if (q->next >= 0 && offset > q->next)
		tell_gap(c, q, r, offset);
	if (q->next >= 0 && offset < q->next) {
		f.topic = q->topic;
		f.queue_id = q->id;
		f.queue_offset = offset;
		f.pos = r->pos;
		if (offset > 0)
			offline_tell(c->store, &f,
			    "queue offset %lld comes after %lld",
			    (long long)offset, (long long)(q->next - 1));
		q->doubts = 0;
		q->agreed = false;
		q->next = -1;
	}
	if (q->next < 0) {
		q->first = offset;
		q->first_pos = r->pos;
	}
	q->next = offset + 1;
}

static void
check_unit(struct check *c, struct offline_queue *q,
    const struct skua_record *r, int64_t offset)
{
	struct skua_index_entry e = { 0, 0, 0 };
	int rc;

	if (r->pos < q->life_pos)
		return; /* of a topic that was removed */
	if (!offline_queue_can_reach(c->store, q->next, offset, r->pos)) {
		tell_jump(c, q, r, offset);
		return;
	}
	follow(c, q, r, offset);
	if (!q->on_disk) {
		doubt(q, r, offset, true);
		return;
	}
	rc = offline_queue_unit(c->store, q, offset, &e);
	if (rc == SKUA_OK && e.pos == r->pos && e.len == r->size &&
	    offline_tags_code_ok(r, e.tags_code, c->store->has_ext)) {
		tell_doubts(c, q, false);
		q->agreed = true;
		c->sum->units++;
	} else if (rc != SKUA_OK || !skua_cq_is_used(&e)) {
		doubt(q, r, offset, true);
	} else if (q->agreed || e.pos == r->pos) {
		tell_doubts(c, q, false);
		q->agreed |= e.pos == r->pos;
		tell_unit(c, q, r, offset, &e);
	} else {
		doubt(q, r, offset, false);
	}
}

void
check_queue_record(struct check *c, const struct skua_record *r)
{
	struct offline_queue *q;
	struct skua_str name;
	int64_t offset;
	size_t at = 0;

	if (!offline_is_queued(r))
		return;
	q = offline_queue_get(c->store, r->topic, r->queue_id);
	if (q != NULL && r->queue_offset >= 0 && r->queue_offset < INT64_MAX)
		check_unit(c, q, r, r->queue_offset);
	while (offline_next_dispatch(r, &at, &name, &offset)) {
		q = offline_queue_get(c->store, name, 0);
		if (q != NULL && offset < INT64_MAX)
			check_unit(c, q, r, offset);
	}
}

/* --- what no record asked for --- */

/* A unit before the first record's, or behind the last one's. */
static void
tell_stray(struct check *c, struct offline_queue *q, int64_t offset,
    const struct skua_index_entry *e, bool behind, int64_t count)
{
	char name[OFFLINE_PATH];
	bool was = q->damaged;
	struct offline_finding f = unit_finding(c, q, offset, "stray-unit",
	    name);

	f.pos = e->pos;
	if (check_is_in_hole(c, e->pos) ||
	    (behind && is_recent(c) && e->pos >= c->sum->log_to)) {
		f.severity = OFFLINE_NOTE;
		q->damaged = was;
	}
	offline_tell(c->store, &f, "%lld unit%s, from offset %lld on, %s: the "
	    "first to %lld, %s", (long long)count, count == 1 ? "" : "s",
	    (long long)offset,
	    count == 1 ? "points to no record of this queue" :
			 "point to no records of this queue",
	    (long long)e->pos,
	    e->pos >= c->sum->log_to ? "behind the log's end" :
		check_is_in_hole(c, e->pos) ? "where the log is damaged" :
					      "where there is another record");
}

struct front {
	int64_t count, first; /* units that should not be there */
	struct skua_index_entry entry;
};

/* Zeros are right, too: what a queue that begins later leaves out. */
static void
front_of_file(struct check *c, struct offline_queue *q, size_t i, int64_t to,
    struct front *front)
{
	int64_t min = skua_offline_min_pos(c->store);
	int64_t from = q->files.all[i].base / SKUA_CQ_UNIT_SIZE;
	int64_t end = from + q->files.all[i].size / SKUA_CQ_UNIT_SIZE;
	struct skua_index_entry e;

	for (int64_t at = from; at < end && at < to; at++) {
		if (offline_queue_unit(c->store, q, at, &e) != SKUA_OK)
			return;
		if (!skua_cq_is_used(&e) || e.pos < min)
			continue;
		if (front->count++ == 0) {
			front->first = at;
			front->entry = e;
		}
	}
}

/* Units before the first record: blanks, then such whose records are gone. */
static void
check_front(struct check *c, struct offline_queue *q)
{
	struct front front = { 0, 0, { 0, 0, 0 } };

	for (size_t i = 0; i < q->files.count; i++)
		front_of_file(c, q, i, q->first, &front);
	if (front.count > 0)
		tell_stray(c, q, front.first, &front.entry, false, front.count);
}

struct rest {
	int64_t gone; /* units below this position are of records long gone */
	int64_t used, first;
	struct skua_index_entry entry;
};

/* The units of one file from `at` on; never written parts are not read. */
static void
scan_file(struct check *c, struct offline_queue *q, size_t i, int64_t at,
    struct window *w, struct rest *rest)
{
	const struct offline_file *file = &q->files.all[i];
	char path[OFFLINE_PATH];

	offline_file_path(c->store, &q->files, i, path);
	if (window_open(w, path) != SKUA_OK)
		return;
	while (at + SKUA_CQ_UNIT_SIZE <= w->size) {
		struct skua_index_entry e;
		const uint8_t *p;
		int64_t data = at;
		size_t n;

		if (skua_io()->next_data(w->fd, at, &data) == SKUA_OK &&
		    data - at >= SKUA_CQ_UNIT_SIZE) {
			at += (data - at) / SKUA_CQ_UNIT_SIZE *
			    SKUA_CQ_UNIT_SIZE;
			continue;
		}
		/* Ask where data is once for many units. */
		for (int k = 0; k < 4096; k++, at += SKUA_CQ_UNIT_SIZE) {
			p = window_view(w, at, SKUA_CQ_UNIT_SIZE, &n);
			if (p == NULL || n < SKUA_CQ_UNIT_SIZE)
				return;
			skua_cq_get(p, &e);
			if (!skua_cq_is_used(&e) || e.pos < rest->gone)
				continue;
			if (rest->used++ == 0) {
				rest->first =
				    (file->base + at) / SKUA_CQ_UNIT_SIZE;
				rest->entry = e;
			}
		}
	}
}

static void
check_rest(struct check *c, struct offline_queue *q, int64_t from,
    struct window *w)
{
	/* A queue without records keeps units of those that are gone. */
	struct rest rest = { q->first >= 0 ? INT64_MIN :
					     skua_offline_min_pos(c->store),
		0, 0, { 0, 0, 0 } };

	for (size_t i = 0; i < q->files.count &&
	     from <= INT64_MAX / SKUA_CQ_UNIT_SIZE; i++) {
		int64_t at = from * SKUA_CQ_UNIT_SIZE - q->files.all[i].base;

		if (at < q->files.all[i].size)
			scan_file(c, q, i, at < 0 ? 0 : at, w, &rest);
	}
	if (rest.used > 0)
		tell_stray(c, q, rest.first, &rest.entry, true, rest.used);
}

static bool
is_known(const struct check *c, const struct offline_queue *q)
{
	char name[256];

	if (c->store->topics == NULL)
		return true;
	skua_str_copy(name, q->topic);
	name[q->topic.len] = '\0';
	return json_object_get(c->store->topics, name) != NULL;
}

/* Records of a queue that has no folder. */
static void
check_absent(struct check *c, struct offline_queue *q)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_NOTE, OFFLINE_QUEUES, "deleted-topic");

	if (is_known(c, q)) {
		tell_doubts(c, q, true);
		return;
	}
	f.topic = q->topic;
	f.queue_id = q->id;
	offline_tell(c->store, &f, "%lld record%s of a topic that is no more",
	    (long long)q->doubts, q->doubts == 1 ? "" : "s");
}

void
check_queue_end(struct check *c)
{
	struct window w;
	struct offline_queue *q;

	window_init(&w, (size_t)1 << 18);
	for (q = c->store->queues; q != NULL; q = q->hh.next) {
		if (!q->on_disk) {
			check_absent(c, q);
			continue;
		}
		tell_doubts(c, q, true);
		if (!offline_files_judge(c->store, &q->files, OFFLINE_QUEUES))
			q->damaged = true;
		if (q->first > 0)
			check_front(c, q);
		check_rest(c, q, q->next < 0 ? 0 : q->next, &w);
		for (size_t i = 0; i < q->files.count; i++)
			offline_progress(c->store, q->files.all[i].size);
	}
	window_close(&w);
}
