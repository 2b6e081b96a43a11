/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery.  The index is opened up to where its files are known to be complete,
 * every queue's last entry is held against its record, and the store reads
 * forward from there: every record that the index lacks is added.
 */
#include <skua/io.h>

#include "base/assert.h"
#include "broker/broker.h"
#include "broker/ends.h"
#include "broker/retention.h"
#include "broker/verify.h"
#include "wire/record.h"

/* A log of another broker that stopped abruptly is read again whole up to this
 * size; behind it, its checkpoint must do. */
#define REREAD_MAX ((int64_t)4 << 30)
#define RECORD_MIN 64 /* bytes; no record is smaller */
#define SECTOR 512 /* of a disk: written whole, or not */

struct opening {
	struct broker *b;
	int64_t indexed_pos; /* the index reaches up to here */
	int64_t again_pos;   /* a queue must be indexed again from here */
	int64_t synced_pos;  /* what is below was on disk for certain */
	struct check_cursor cursor;
	bool makes_checks; /* from the first record without one on */
	int64_t min_pos, found, added;
	struct topic *last_topic;
};

static void
note_time(struct log *log, const struct skua_record *r)
{
	if (r->store_timestamp_ms > log->last_store_ms)
		log->last_store_ms = r->store_timestamp_ms;
}

/* The last entry of a queue, for settle_end. */
static bool
is_right(struct log *log, const struct queue *q, int64_t offset,
    struct skua_index_entry *entry)
{
	struct skua_record r;
	size_t n = 0;

	if (log->index->read(log->index_state, q->index, offset, 1, entry,
		&n) != SKUA_OK ||
	    n == 0 || !skua_entry_is_right(log, q, offset, entry, &r))
		return false;
	note_time(log, &r);
	return true;
}

/* Behind the last right entry; *e is that one, if there is one.  Entries of
 * records that are gone cannot be held against them. */
static int64_t
right_end(struct opening *o, const struct queue *q, struct skua_index_entry *e)
{
	struct log *log = &o->b->log;
	int64_t max = log->index->max(log->index_state, q->index);
	int64_t min = log->index->min(log->index_state, q->index), keep;
	int64_t from = q->topic->life_pos;

	for (keep = max; keep > min; keep--)
		if (is_right(log, q, keep - 1, e) ||
		    (e->pos >= from && e->pos < o->min_pos))
			break;
	return keep;
}

/* All entries, if there are any, are of an earlier topic of the name, whose files
 * were not gone yet: this one begins at 0. */
static int
begin_anew(struct opening *o, struct queue *q)
{
	struct log *log = &o->b->log;

	/* Files that stay are written over. */
	(void)log->index->remove(log->index_state, q->index);
	if (q->topic->life_pos < o->again_pos)
		o->again_pos = q->topic->life_pos;
	return log->index->queue(log->index_state, q->topic->entry.key, q->id,
	    &q->index);
}

/* Everything behind the last right entry goes, and comes back from the log. */
static int
settle_end(struct opening *o, struct queue *q)
{
	struct log *log = &o->b->log;
	int64_t max = log->index->max(log->index_state, q->index);
	int64_t min = log->index->min(log->index_state, q->index), keep, again;
	struct skua_index_entry e = { 0 };

	keep = right_end(o, q, &e);
	if (keep == min && max > 0 && q->topic->life_pos > o->min_pos)
		return begin_anew(o, q);
	if (keep < max) {
		again = keep > min ? e.pos + e.len : o->min_pos;
		skua_log(SKUA_LOG_WARNING, "log",
		    "queue %s/%d: corrupt after offset %lld, rebuilding from "
		    "the commit log",
		    q->topic->entry.key.p, q->id, (long long)keep);
		if (again < o->again_pos)
			o->again_pos = again;
		return log->index->cut(log->index_state, q->index, keep);
	}
	if (keep > min && e.pos + e.len > o->indexed_pos)
		o->indexed_pos = e.pos + e.len;
	return SKUA_OK;
}

/* Its last entry, if there is one, is of a record below the end of an earlier
 * life of the name. */
static bool
is_left_over(struct broker *b, struct skua_str name, void *index)
{
	const struct log *log = &b->log;
	int64_t life_pos = skua_life_pos(&b->lives, name);
	int64_t max = log->index->max(log->index_state, index);
	struct skua_index_entry e;
	size_t n = 0;

	if (life_pos == 0)
		return false;
	return log->index->read(log->index_state, index, max - 1, 1, &e, &n) !=
	    SKUA_OK ||
	    n == 0 || e.pos < life_pos;
}

/* A queue on disk: it belongs to its topic if that still exists. */
static int
queue_found(void *arg, struct skua_str name, int32_t id, void *index)
{
	struct opening *o = arg;
	struct log *log = &o->b->log;
	struct topic *topic = skua_topic_find(&o->b->topics, name);
	struct queue *q;
	int rc;

	/* Of a topic that was removed, and a crash kept its files. */
	if (topic == NULL && is_left_over(o->b, name, index)) {
		(void)log->index->remove(log->index_state, index);
		return SKUA_OK;
	}
	if (o->b->topics.is_old &&
	    (topic == NULL || id >= skua_topic_conf(topic)->read_queues))
		topic = skua_topic_restore(o->b, name, id);
	if (topic == NULL)
		return SKUA_OK;
	q = skua_topic_need_queue(o->b, topic, id);
	if (q == NULL)
		return SKUA_ENOMEM;
	sk_assert(q->index == index);
	rc = settle_end(o, q);
	q->next_offset = log->index->max(log->index_state, q->index);
	return rc;
}

/* A write torn behind the body, which alone has a checksum of its own, leaves
 * properties that end in zeros, or whole sectors of them. */
static bool
has_torn_properties(const struct skua_record *r)
{
	static const char zeros[SECTOR];
	const char *p = r->properties.p, *end = p + r->properties.len;
	int64_t pos = r->pos + (p - (const char *)r->bytes);

	if (p == end)
		return false;
	for (p += (SECTOR - pos % SECTOR) % SECTOR; end - p >= SECTOR;
	     p += SECTOR)
		if (memcmp(p, zeros, SECTOR) == 0)
			return true;
	return end[-1] == '\0';
}

/* Against the checksum that was there at the stop; a record that differs is
 * named where it was once on disk for certain. */
static int
hold_against(struct opening *o, const struct skua_record *r,
    const struct check *check)
{
	const struct skua_slice slice = { .bytes = r->bytes,
		.len = (size_t)r->size };

	if (skua_record_check(r->bytes, (size_t)r->size) == check->record)
		return SKUA_OK;
	return r->pos >= o->synced_pos ?
	    SKUA_ECORRUPT :
	    skua_record_verify(o->b, &slice, r->pos, check);
}

/* The checksums that an abrupt stop left are believed, and those it did not are
 * made again.  SKUA_ECORRUPT: this is not what was written here. */
static int
check_found(struct opening *o, const struct skua_record *r,
    const struct skua_index_entry *entry)
{
	struct checks *checks = o->b->log.checks;
	struct check check;
	int rc;

	if (!o->makes_checks &&
	    skua_checks_find(checks, &o->cursor, r->pos, &check) == SKUA_OK)
		return hold_against(o, r, &check);
	if (o->b->log.was_clean)
		return SKUA_OK; /* of another broker */
	if (r->pos >= o->synced_pos && has_torn_properties(r))
		return SKUA_ECORRUPT;
	if (!o->makes_checks) {
		skua_check_cursor_close(&o->cursor);
		o->makes_checks = true;
		rc = skua_checks_cut(checks, r->pos);
		if (rc != SKUA_OK)
			return rc;
	}
	skua_checks_add(checks, r->bytes, (size_t)r->size, entry);
	return SKUA_OK;
}

/* More messages are missing than the log ever had room for. */
static bool
is_out_of_reach(const struct opening *o, const struct queue *q,
    const struct skua_record *r)
{
	int64_t missing = r->queue_offset - q->next_offset;

	if (q->next_offset == 0 || missing <= (r->pos - o->min_pos) / RECORD_MIN)
		return false;
	skua_log(SKUA_LOG_ERROR, "log",
	    "damage at position %lld: a message of queue " SKUA_STR_FMT
	    "/%d says that its offset is %lld, where %lld was to come; it is "
	    "passed over",
	    (long long)r->pos, SKUA_STR_ARG(r->topic), r->queue_id,
	    (long long)r->queue_offset, (long long)q->next_offset);
	return true;
}

/* A removal that skua/lives.journal does not tell of, of another broker or an
 * earlier release: the queue has messages, and this is a first one after them. */
static bool
is_of_new_life(const struct opening *o, const struct queue *q,
    const struct skua_record *r)
{
	const struct log *log = &o->b->log;
	struct skua_index_entry first;
	size_t n = 0;

	return r->queue_offset == 0 && q->next_offset > 0 &&
	    log->index->read(log->index_state, q->index,
		log->index->min(log->index_state, q->index), 1, &first, &n) ==
	    SKUA_OK &&
	    n == 1 && first.pos < r->pos;
}

static int
forget_life(struct opening *o, struct queue *q, const struct skua_record *r)
{
	struct log *log = &o->b->log;

	skua_log(SKUA_LOG_NOTICE, "log",
	    "queue %s/%d: offsets begin again at position %lld; what is before "
	    "was of a topic that was removed",
	    q->topic->entry.key.p, q->id, (long long)r->pos);
	q->next_offset = 0;
	(void)log->index->remove(log->index_state, q->index);
	return log->index->queue(log->index_state, q->topic->entry.key, q->id,
	    &q->index);
}

static int
record_found(void *arg, const struct skua_record *r)
{
	struct opening *o = arg;
	struct log *log = &o->b->log;
	struct topic *topic = o->last_topic;
	struct skua_index_entry entry = skua_entry_of_record(r);
	int type = r->sys_flag & SKUA_SYS_TRANSACTION;
	struct queue *q;
	int rc;

	if (log->checks != NULL) {
		rc = check_found(o, r, &entry);
		/* None of its fields can be believed; its place is kept. */
		if (rc == SKUA_ECORRUPT && r->pos < o->synced_pos)
			return SKUA_OK;
		if (rc != SKUA_OK)
			return rc;
	}
	o->found++;
	note_time(log, r);
	if (type == SKUA_SYS_PREPARED || type == SKUA_SYS_ROLLBACK)
		return SKUA_OK;
	if (topic == NULL || !skua_str_eq(topic->entry.key, r->topic))
		topic = skua_topic_find(&o->b->topics, r->topic);
	if (topic == NULL)
		return SKUA_OK; /* of a deleted topic */
	o->last_topic = topic;
	if (r->pos < topic->life_pos)
		return SKUA_OK; /* of an earlier topic of its name */
	q = skua_topic_need_queue(o->b, topic, r->queue_id);
	if (q != NULL && is_of_new_life(o, q, r)) {
		rc = forget_life(o, q, r);
		if (rc != SKUA_OK)
			return rc;
	}
	if (q == NULL || r->queue_offset < q->next_offset ||
	    is_out_of_reach(o, q, r))
		return SKUA_OK;
	o->added++;
	q->next_offset = r->queue_offset + 1;
	return log->index->append(log->index_state, q->index, r->queue_offset,
	    &entry, 1);
}

/* --- where to begin --- */

/* The beginning of the last file whose first record is at most so old; one file
 * further back, as the times are not exact. */
static int64_t
file_before(struct log *log, const struct skua_store_state *state, int64_t ms)
{
	int64_t pos = state->max_pos - state->file_size;

	if (state->file_size == 0 || ms <= 0 ||
	    state->max_pos - state->min_pos <= REREAD_MAX)
		return state->min_pos;
	for (; pos > state->min_pos; pos -= state->file_size) {
		struct skua_slice slice;
		struct skua_record r;

		if (!skua_record_read(log, pos, 0, &slice, &r))
			continue;
		log->store->release(log->store_state, &slice);
		if (r.store_timestamp_ms <= ms)
			break;
	}
	pos -= state->file_size;
	return pos > state->min_pos ? pos : state->min_pos;
}

/* Back to a place where a record is, should the log not reach so far. */
static int64_t
record_before(struct log *log, const struct skua_store_state *state, int64_t pos)
{
	while (pos > state->min_pos) {
		struct skua_slice slice;
		struct skua_record r;

		if (skua_record_read(log, pos, 0, &slice, &r)) {
			log->store->release(log->store_state, &slice);
			return pos;
		}
		if (state->file_size == 0)
			break;
		pos -= pos % state->file_size == 0 ? state->file_size :
						     pos % state->file_size;
	}
	return state->min_pos;
}

/* Below this the index has every record.  What the checkpoint says is believed
 * as far as the log confirms it. */
static int64_t
complete_pos(struct log *log, const struct skua_store_state *state)
{
	const struct checkpoint *cp = &log->checkpoint;

	if (log->was_clean)
		return INT64_MAX;
	if (cp->written_pos < 0 || cp->foreign)
		return file_before(log, state, cp->log_ms);
	return record_before(log, state, cp->written_pos);
}

/* The index is about to forget what it has behind complete.  Until it has been
 * written again, no later start may believe what the checkpoint said. */
static int
lower_checkpoint(struct log *log, int64_t complete, struct skua_error *e)
{
	struct checkpoint *cp = &log->checkpoint;
	int rc = SKUA_OK;

	if (log->was_clean || cp->written_pos <= complete)
		return SKUA_OK;
	cp->written_pos = complete;
	if (log->folder != NULL && !cp->foreign)
		rc = skua_checkpoint_write(log->folder, cp);
	return rc == SKUA_OK ?
	    rc :
	    skua_fail(e, rc, "%s/checkpoint: %s", log->folder,
		skua_strerror(rc));
}

static int
open_index(struct broker *b, struct opening *o, int64_t complete,
    struct skua_error *e)
{
	struct log *log = &b->log;
	int rc = log->index->open(log->index_state, log->index_host,
	    log->folder, complete, queue_found, o, e);
	int64_t from;

	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "index: ");
	log->index_is_open = true;
	from = skua_ends_missing_from(b, o->min_pos, complete);
	if (from < o->again_pos)
		o->again_pos = from;
	return SKUA_OK;
}

static int
open_store(struct broker *b, struct skua_error *e)
{
	struct log *log = &b->log;
	int rc = log->store->open(log->store_state, log->store_host,
	    log->folder, e);

	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "store: ");
	log->store_is_open = true;
	skua_checkpoint_read(log->folder, &log->checkpoint);
	return SKUA_OK;
}

/* Another broker may have written behind what this one knew. */
static int64_t
checks_end(const struct log *log, const struct skua_store_state *state)
{
	const struct checkpoint *cp = &log->checkpoint;

	if (!cp->foreign || cp->synced_pos > state->max_pos)
		return state->max_pos;
	return cp->synced_pos < 0 ? 0 : cp->synced_pos;
}

/* Another broker that came in between may have cut what was not synced, and have
 * written other records in its place. */
static int
open_checks(struct opening *o, struct skua_error *e)
{
	struct log *log = &o->b->log;
	const struct checkpoint *cp = &log->checkpoint;
	struct skua_store_state state = { 0 };
	int rc;

	log->store->get_state(log->store_state, &state);
	if (log->folder == NULL || state.file_size == 0)
		return SKUA_OK;
	rc = skua_checks_open(log->folder, state.file_size, &log->checks, e);
	if (rc != SKUA_OK || !cp->foreign)
		return rc;
	rc = skua_checks_cut(log->checks,
	    cp->synced_pos < 0 ? 0 : cp->synced_pos);
	return rc == SKUA_OK ?
	    rc :
	    skua_fail(e, rc, "%s/skua/checks: %s", log->folder,
		skua_strerror(rc));
}

static void
take_queues(struct broker *b)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&b->topics.map, &at)) != NULL;) {
		struct topic *topic = sk_container(e, struct topic, entry);
		struct queue_table *t = atomic_load(&topic->queues);

		for (int32_t i = 0; i < t->size; i++) {
			struct queue *q = atomic_load(&t->queue[i]);

			if (q != NULL)
				q->opened_max = q->next_offset;
		}
	}
}

static void
take_state(struct log *log, const struct skua_store_state *state)
{
	atomic_store(&log->end_pos, state->max_pos);
	atomic_store(&log->opened_end_pos, state->max_pos);
	atomic_store(&log->synced_pos, state->synced_pos);
	atomic_store(&log->flushed_pos, state->max_pos);
	atomic_store(&log->replicated_pos, state->max_pos);
	/* Now only what this process writes counts. */
	log->checkpoint.synced_pos = state->synced_pos;
	if (log->checkpoint.written_pos > state->max_pos ||
	    log->checkpoint.written_pos < 0)
		log->checkpoint.written_pos = 0;
}

/* Reads the log from where the index, or a queue of it, is not complete. */
static int
read_forward(struct opening *o, int64_t complete, struct skua_error *e)
{
	struct log *log = &o->b->log;
	const struct checkpoint *cp = &log->checkpoint;
	struct skua_store_start start = { .clean = log->was_clean };
	int rc = SKUA_OK;

	start.from_pos = log->was_clean ? o->indexed_pos : complete;
	if (o->again_pos < start.from_pos)
		start.from_pos = o->again_pos;
	start.synced_pos = log->was_clean ? 0 : complete;
	if (!cp->foreign && cp->synced_pos > start.synced_pos)
		start.synced_pos = cp->synced_pos;
	o->synced_pos = log->was_clean ? INT64_MAX : start.synced_pos;
	rc = open_checks(o, e);
	if (rc == SKUA_OK)
		rc = log->store->recover(log->store_state, &start,
		    record_found, o, e);
	skua_check_cursor_close(&o->cursor);
	return rc;
}

/* Behind the last record there are none. */
static int
settle_checks(struct opening *o, const struct skua_store_state *state,
    struct skua_error *e)
{
	struct log *log = &o->b->log;
	int rc = SKUA_OK;

	if (log->checks != NULL && !o->makes_checks)
		rc = skua_checks_cut(log->checks, log->was_clean ?
			checks_end(log, state) : state->max_pos);
	return rc == SKUA_OK ?
	    rc :
	    skua_fail(e, rc, "%s/skua/checks: %s", log->folder,
		skua_strerror(rc));
}

int
skua_log_recover(struct broker *b, struct skua_error *e)
{
	struct log *log = &b->log;
	struct opening o = { .b = b, .again_pos = INT64_MAX };
	struct skua_store_state state = { 0 };
	int64_t complete;
	int rc = open_store(b, e);

	if (rc != SKUA_OK)
		return rc;
	log->store->get_state(log->store_state, &state);
	o.min_pos = state.min_pos;
	complete = complete_pos(log, &state);
	rc = lower_checkpoint(log, complete, e);
	if (rc == SKUA_OK)
		rc = open_index(b, &o, complete, e);
	if (rc != SKUA_OK)
		return rc;
	rc = read_forward(&o, complete, e);
	log->store->get_state(log->store_state, &state);
	if (rc == SKUA_OK)
		rc = settle_checks(&o, &state, e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "recovery: ");
	rc = skua_lives_settle(b, state.min_pos, state.max_pos, e);
	if (rc != SKUA_OK)
		return rc;
	skua_offsets_drop_absent(b);
	take_state(log, &state);
	take_queues(b);
	skua_retention_trim_queues(b, state.min_pos);
	skua_retention_trim_topics(b, skua_now_ms());
	if (state.max_pos > 0)
		skua_log(SKUA_LOG_INFO, "log",
		    "recovered: %s stop, log %lld to %lld, %lld records read, "
		    "%lld added to the index",
		    log->was_clean ? "orderly" : "abrupt",
		    (long long)state.min_pos, (long long)state.max_pos,
		    (long long)o.found, (long long)o.added);
	return SKUA_OK;
}
