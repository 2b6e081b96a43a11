/* SPDX-License-Identifier: Apache-2.0 */
/* See verify.h. */
#include "base/mem.h"
#include "broker/broker.h"
#include "broker/verify.h"
#include "wire/integrity.h"
#include "wire/record.h"

#define SCAN_MAX ((int64_t)1 << 30)

bool
skua_record_read(struct log *log, int64_t pos, uint32_t len,
    struct skua_slice *slice, struct skua_record *record)
{
	if (pos < 0 ||
	    log->store->read(log->store_state, pos, len, slice) != SKUA_OK)
		return false;
	if (skua_record_decode(slice->bytes, slice->len, record) == SKUA_OK &&
	    record->pos == pos)
		return true;
	log->store->release(log->store_state, slice);
	return false;
}

int64_t
skua_record_skip(struct broker *b, struct check_cursor *cursor,
    const struct skua_store_state *state, int64_t pos)
{
	int64_t next = b->log.checks == NULL ?
	    -1 :
	    skua_checks_next(b->log.checks, cursor, pos);

	if (next > pos || state->file_size == 0)
		return next;
	return pos - pos % state->file_size + state->file_size;
}

static bool
is_of(const struct skua_record *r, const struct queue *q, int64_t offset)
{
	return r->queue_id == q->id && r->queue_offset == offset &&
	    r->pos >= q->topic->life_pos &&
	    skua_str_eq(r->topic, q->topic->entry.key);
}

bool
skua_entry_is_right(struct log *log, const struct queue *q, int64_t offset,
    const struct skua_index_entry *entry, struct skua_record *record)
{
	struct skua_slice slice;
	bool right;

	if (entry->len <= 0 ||
	    !skua_record_read(log, entry->pos, (uint32_t)entry->len, &slice,
		record))
		return false;
	right = record->size == entry->len && is_of(record, q, offset);
	log->store->release(log->store_state, &slice);
	return right;
}

/* --- finding a record again --- */

bool
skua_entry_near(struct log *log, const struct queue *q, int64_t offset,
    int step, struct skua_index_entry *entry)
{
	for (int i = 1; i <= ENTRY_NEIGHBOURS; i++) {
		struct skua_record r;
		size_t n = 0;

		if (log->index->read(log->index_state, q->index,
			offset + i * step, 1, entry, &n) != SKUA_OK ||
		    n == 0)
			return false;
		if (skua_entry_is_right(log, q, offset + i * step, entry, &r))
			return true;
	}
	return false;
}

static bool
find_record(struct broker *b, struct check_cursor *cursor,
    const struct queue *q, int64_t offset, struct skua_index_entry *entry)
{
	struct log *log = &b->log;
	struct skua_index_entry below, above;
	struct skua_store_state state = { 0 };
	int64_t pos, end;

	log->store->get_state(log->store_state, &state);
	pos = skua_entry_near(log, q, offset, -1, &below) ?
	    below.pos + below.len :
	    state.min_pos;
	if (pos < q->topic->life_pos)
		pos = q->topic->life_pos;
	end = skua_entry_near(log, q, offset, 1, &above) ? above.pos :
							   state.max_pos;
	if (end > pos + SCAN_MAX)
		end = pos + SCAN_MAX;
	while (pos >= 0 && pos < end) {
		struct skua_slice slice;
		struct skua_record r;
		bool found;

		if (!skua_record_read(log, pos, 0, &slice, &r)) {
			pos = skua_record_skip(b, cursor, &state, pos);
			continue;
		}
		found = is_of(&r, q, offset);
		if (found)
			*entry = skua_entry_of_record(&r);
		log->store->release(log->store_state, &slice);
		if (found)
			return true;
		pos += r.size;
	}
	return false;
}

struct skua_index_entry
skua_entry_of_record(const struct skua_record *r)
{
	struct skua_str tags = skua_property(r->properties, "TAGS");
	struct skua_index_entry entry = { r->pos, r->size,
		tags.len == 0 ? 0 : skua_java_hash(tags) };

	return entry;
}

static int
repair(struct broker *b, const struct queue *q, int64_t offset,
    const struct skua_index_entry *entry)
{
	struct log *log = &b->log;

	atomic_fetch_add(&log->damaged_entries, 1);
	skua_log(SKUA_LOG_WARNING, "log",
	    "queue %s/%d: corrupt index entry at offset %lld, rebuilt from the "
	    "commit log",
	    q->topic->entry.key.p, q->id, (long long)offset);
	(void)log->index->repair(log->index_state, q->index, offset, entry);
	return SKUA_OK;
}

/* --- entries --- */

/* The checksum does not vouch for the entry: its record may. */
static int
ask_record(struct broker *b, struct check_cursor *cursor, const struct queue *q,
    int64_t offset, struct skua_index_entry *entry, const struct check *check)
{
	struct skua_index_entry again;
	struct skua_record r;

	if (!skua_entry_is_right(&b->log, q, offset, entry, &r)) {
		if (!find_record(b, cursor, q, offset, entry))
			return SKUA_ECORRUPT;
		return repair(b, q, offset, entry);
	}
	if (check == NULL)
		return SKUA_OK;
	/* Only the tags code can be wrong, or the checksum's own unit. */
	again = *entry;
	again.tags_code = skua_entry_of_record(&r).tags_code;
	if (skua_unit_check(&again) != check->unit)
		return SKUA_OK;
	*entry = again;
	return repair(b, q, offset, entry);
}

int
skua_entry_verify(struct broker *b, struct check_cursor *cursor,
    const struct queue *q, int64_t offset, struct skua_index_entry *entry,
    struct check *check_r, bool *known_r)
{
	int rc = SKUA_ENOTSUP;

	*known_r = false;
	if (skua_cq_is_blank(entry))
		return SKUA_ECORRUPT;
	if (b->log.checks != NULL)
		rc = skua_checks_find(b->log.checks, cursor, entry->pos,
		    check_r);
	*known_r = rc == SKUA_OK;
	if (rc == SKUA_OK && entry->pos >= q->topic->life_pos &&
	    skua_unit_check(entry) == check_r->unit)
		return SKUA_OK;
	/* Without a checksum it is of another broker, or points into the void. */
	rc = ask_record(b, cursor, q, offset, entry,
	    rc == SKUA_OK ? check_r : NULL);
	if (rc == SKUA_OK && b->log.checks != NULL)
		*known_r = skua_checks_find(b->log.checks, cursor, entry->pos,
			       check_r) == SKUA_OK;
	return rc;
}

/* --- records --- */

static void
name_once(struct broker *b, int64_t pos, struct skua_str topic)
{
	struct log *log = &b->log;
	size_t i;

	(void)pthread_mutex_lock(&log->damage_lock);
	for (i = 0; i < NAMED_DAMAGE_MAX; i++)
		if (log->named_damage[i] == pos + 1)
			break;
	if (i == NAMED_DAMAGE_MAX) {
		log->named_damage[log->damage_count++ % NAMED_DAMAGE_MAX] =
		    pos + 1;
		skua_log(SKUA_LOG_ERROR, "log",
		    "corrupt message at position %lld%s" SKUA_STR_FMT ": skipped",
		    (long long)pos, topic.len > 0 ? ", topic " : "",
		    SKUA_STR_ARG(topic));
	}
	(void)pthread_mutex_unlock(&log->damage_lock);
}

int
skua_record_verify(struct broker *b, const struct skua_slice *slice,
    int64_t pos, const struct check *check)
{
	struct skua_record r;

	if (skua_record_decode(slice->bytes, slice->len, &r) != SKUA_OK) {
		name_once(b, pos, skua_str_n(NULL, 0));
		return SKUA_ECORRUPT;
	}
	if (r.pos == pos && (size_t)r.size == slice->len &&
	    skua_record_crc_ok(&r) &&
	    (check == NULL ||
		skua_record_check(slice->bytes, slice->len) == check->record))
		return SKUA_OK;
	name_once(b, pos, r.topic);
	return SKUA_ECORRUPT;
}

int
skua_record_verify_at(struct broker *b, const struct skua_slice *slice,
    int64_t pos)
{
	struct check_cursor cursor = { .is_open = false };
	struct check check;
	bool known;

	if (pos >= atomic_load(&b->log.opened_end_pos))
		return SKUA_OK;
	known = b->log.checks != NULL &&
	    skua_checks_find(b->log.checks, &cursor, pos, &check) == SKUA_OK;
	skua_check_cursor_close(&cursor);
	return skua_record_verify(b, slice, pos, known ? &check : NULL);
}
