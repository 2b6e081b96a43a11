/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records and units against Skua's checksums of them.  What Apache RocketMQ
 * appended has none.
 */
#include "offline/check.h"
#include "wire/integrity.h"
#include "wire/record.h"

void
check_sums_begin(struct check *c)
{
	sums_walk_init(&c->sums, c->store);
}

/* Entries of positions at which there is no record. */
static void
pass_to(struct check *c, int64_t pos)
{
	struct sums_walk *w = &c->sums;
	int64_t min = skua_offline_min_pos(c->store);

	for (; w->has_entry && w->entry.pos < pos; sums_walk_next(w)) {
		char name[OFFLINE_PATH];
		struct offline_finding f =
		    sums_walk_finding(w, "dangling-check", name);

		/* What a crash kept from the log, and what damage took. */
		if ((pos == INT64_MAX && (c->store->has_abort ||
			c->store->is_open)) ||
		    check_is_in_hole(c, w->entry.pos))
			f.severity = OFFLINE_NOTE;
		f.pos = w->entry.pos;
		if (w->entry.pos >= min)
			offline_tell(c->store, &f,
			    "there was a record at %lld, and there is none",
			    (long long)w->entry.pos);
	}
}

static void
tell_record(struct check *c, const struct offline_cursor *cursor)
{
	const struct skua_record *r = &cursor->record;
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_LOG, "record-check");
	char name[OFFLINE_PATH];

	offline_file_name(&c->store->log, cursor->record_file, name);
	f.file = name;
	f.offset = r->pos - c->store->log.all[cursor->record_file].base;
	f.pos = r->pos;
	f.topic = r->topic;
	f.queue_id = r->queue_id;
	f.queue_offset = r->queue_offset;
	offline_tell(c->store, &f, "its checksum beside the log says that it "
	    "was changed: topic, properties or a field of its head");
}

/* Only the tags code can be wrong, and look right, in a unit that points to its
 * record: the time when a delayed message is due. */
static void
judge_unit(struct check *c, const struct skua_record *r)
{
	struct offline_queue *q = offline_queue_find(c->store, r->topic,
	    r->queue_id);
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_QUEUES, "unit-check");
	struct skua_index_entry e;
	char name[OFFLINE_PATH];

	if (q == NULL || !q->on_disk ||
	    offline_queue_unit(c->store, q, r->queue_offset, &e) != SKUA_OK ||
	    e.pos != r->pos || e.len != r->size ||
	    !offline_tags_code_ok(r, e.tags_code, c->store->has_ext) ||
	    skua_unit_check(&e) == c->sums.entry.unit)
		return;
	q->damaged = true;
	offline_queue_place(c->store, q, r->queue_offset, &f, name);
	f.pos = r->pos;
	offline_tell(c->store, &f, "the unit has the tags code %lld, which is "
	    "not what was written", (long long)e.tags_code);
}

void
check_sums_record(struct check *c, const struct offline_cursor *cursor)
{
	const struct skua_record *r = &cursor->record;

	pass_to(c, r->pos);
	if (sums_walk_to(&c->sums, r->pos) == NULL)
		return;
	if (skua_record_check(cursor->bytes, (size_t)r->size) !=
	    c->sums.entry.record) {
		tell_record(c, cursor);
	} else {
		c->sum->checks++;
		if (offline_is_queued(r))
			judge_unit(c, r);
	}
	sums_walk_next(&c->sums);
}

void
check_sums_end(struct check *c)
{
	pass_to(c, INT64_MAX);
}
