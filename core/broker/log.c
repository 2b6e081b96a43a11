/* SPDX-License-Identifier: Apache-2.0 */
/* The log: the serial section, and what a queue knows of it. */
#include "base/assert.h"
#include "base/mem.h"
#include "broker/broker.h"
#include "broker/verify.h"
#include "wire/record.h"

#define CLOCK_STEP_MS 5000

/* --- append --- */

static void
undo_offsets(struct log_item *items, size_t n)
{
	for (size_t i = n; i > 0; i--)
		if (items[i - 1].indexed)
			items[i - 1].queue->next_offset--;
}

/* Store times do not go back by the small steps in which clocks are set; they do
 * when the clock was wrong before, or all later ones would be wrong, too. */
static void
take_time(struct log *log, int64_t now)
{
	if (now > log->last_store_ms || log->last_store_ms - now > CLOCK_STEP_MS)
		log->last_store_ms = now;
}

static int
give_offsets(struct log *log, struct skua_append *appends,
    struct log_item *items, size_t n)
{
	take_time(log, skua_now_ms());
	for (size_t i = 0; i < n; i++) {
		struct queue *q = items[i].queue;

		if (q->next_offset < 0) { /* the topic was deleted meanwhile */
			undo_offsets(items, i);
			return SKUA_ENOENT;
		}
		items[i].queue_offset = items[i].indexed ? q->next_offset++ : 0;
		skua_record_set_queue_offset(appends[i].bytes,
		    items[i].queue_offset);
		skua_record_set_store_timestamp(appends[i].bytes,
		    log->last_store_ms);
	}
	return SKUA_OK;
}

static int
index_one(struct log *log, const struct unindexed *u)
{
	int rc = log->index->append(log->index_state, u->queue->index,
	    u->queue_offset, &u->entry, 1);

	if (rc == SKUA_OK)
		atomic_store_explicit(&u->queue->put_ms, log->last_store_ms,
		    memory_order_relaxed);
	return rc;
}

/* What is in the log must be found: entries the index could not take wait, in
 * order, and nothing is appended before they are in. */
static void
keep_unindexed(struct log *log, const struct unindexed *u)
{
	if (log->unindexed_count == log->unindexed_size) {
		log->unindexed_size = log->unindexed_size == 0 ?
		    64 :
		    2 * log->unindexed_size;
		log->unindexed = skua_mem_grow(log->unindexed,
		    log->unindexed_size, sizeof(log->unindexed[0]));
	}
	log->unindexed[log->unindexed_count++] = *u;
}

static int
index_rest(struct log *log)
{
	size_t done = 0;
	int rc = SKUA_OK;

	while (done < log->unindexed_count && rc == SKUA_OK) {
		rc = index_one(log, &log->unindexed[done]);
		done += rc == SKUA_OK;
	}
	log->unindexed_count -= done;
	memmove(log->unindexed, log->unindexed + done,
	    log->unindexed_count * sizeof(log->unindexed[0]));
	skua_log_note_trouble(log, TROUBLE_INDEX, rc);
	return rc;
}

static void
index_items(struct log *log, const struct skua_append *appends,
    const struct log_item *items, size_t n)
{
	int rc = SKUA_OK;

	for (size_t i = 0; i < n; i++) {
		struct unindexed u = { items[i].queue, items[i].queue_offset,
			{ appends[i].pos, (int32_t)appends[i].len,
			    items[i].tags_code } };

		if (log->checks != NULL)
			skua_checks_add(log->checks, appends[i].bytes,
			    appends[i].len, &u.entry);
		if (!items[i].indexed)
			continue;
		if (rc == SKUA_OK)
			rc = index_one(log, &u);
		if (rc != SKUA_OK)
			keep_unindexed(log, &u);
	}
	if (rc != SKUA_OK)
		skua_log_note_trouble(log, TROUBLE_INDEX, rc);
}

static const char *const troubles[TROUBLE_COUNT] = {
	[TROUBLE_APPEND] = "the log takes no message",
	[TROUBLE_INDEX] = "the index takes no entry",
	[TROUBLE_DISK] = "the disk is full",
	[TROUBLE_LIVES] = "the removal of a topic cannot be written down",
};

const char *
skua_log_trouble(const struct log *log)
{
	if (atomic_load(&log->error) != SKUA_OK)
		return atomic_load(&log->error) == SKUA_EBUSY ?
		    "the store's lock file was replaced; restart" :
		    "fsync failed; refusing writes until restart";
	for (size_t i = 0; i < TROUBLE_COUNT; i++)
		if (atomic_load(&log->trouble[i]) != SKUA_OK)
			return troubles[i];
	return atomic_load(&log->pressure_percent) > 0 ?
	    "the disk is almost full of messages that must be kept" :
	    NULL;
}

/* Once per kind and reason, and once when it is over. */
void
skua_log_note_trouble(struct log *log, enum log_trouble kind, int rc)
{
	int was = atomic_exchange(&log->trouble[kind], rc);

	if (rc == was)
		return;
	if (rc != SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "log", "%s: %s", troubles[kind],
		    skua_strerror(rc));
	else
		skua_log(SKUA_LOG_NOTICE, "log",
		    "recovered: %s; accepting messages again",
		    troubles[kind]);
}

void
skua_log_index_rest(struct log *log)
{
	(void)pthread_mutex_lock(&log->append_lock);
	if (log->unindexed_count > 0)
		(void)index_rest(log);
	(void)pthread_mutex_unlock(&log->append_lock);
}

/* Append lock held. */
static void
forget_unindexed(struct log *log, const struct topic *topic)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->unindexed_count; i++)
		if (log->unindexed[i].queue->topic != topic)
			log->unindexed[kept++] = log->unindexed[i];
	log->unindexed_count = kept;
}

int64_t
skua_log_close_topic(struct log *log, struct topic *topic)
{
	struct queue_table *queues;
	int64_t end;

	(void)pthread_mutex_lock(&log->append_lock);
	queues = atomic_load(&topic->queues);
	for (int32_t i = 0; i < queues->size; i++) {
		struct queue *q = atomic_load(&queues->queue[i]);

		/* A batch that holds the queue must not append any more. */
		if (q != NULL)
			q->next_offset = -1;
	}
	forget_unindexed(log, topic);
	end = atomic_load(&log->end_pos);
	(void)pthread_mutex_unlock(&log->append_lock);
	return end;
}

static void
note_append(struct log *log, int rc)
{
	if (rc != atomic_load_explicit(&log->trouble[TROUBLE_APPEND],
		      memory_order_relaxed))
		skua_log_note_trouble(log, TROUBLE_APPEND, rc);
}

int
skua_log_append(struct broker *b, struct skua_append *appends,
    struct log_item *items, size_t n, int64_t *end_pos_r, int64_t *store_ms_r)
{
	struct log *log = &b->log;
	int64_t end = 0;
	int rc;

	(void)pthread_mutex_lock(&log->append_lock);
	rc = atomic_load_explicit(&log->error, memory_order_relaxed);
	if (rc == SKUA_OK)
		rc = atomic_load_explicit(&log->trouble[TROUBLE_DISK],
		    memory_order_relaxed);
	if (rc == SKUA_OK)
		rc = atomic_load_explicit(&log->trouble[TROUBLE_LIVES],
		    memory_order_relaxed);
	if (rc == SKUA_OK && log->unindexed_count > 0)
		rc = index_rest(log);
	if (rc == SKUA_OK)
		rc = give_offsets(log, appends, items, n);
	if (rc == SKUA_OK) {
		rc = log->store->append(log->store_state, appends, n);
		if (rc != SKUA_ELIMIT)
			note_append(log, rc);
		if (rc == SKUA_OK) {
			index_items(log, appends, items, n);
			end = appends[n - 1].pos + appends[n - 1].len;
			atomic_store_explicit(&log->end_pos, end,
			    memory_order_release);
		} else {
			undo_offsets(items, n);
		}
	}
	*store_ms_r = log->last_store_ms;
	(void)pthread_mutex_unlock(&log->append_lock);
	if (rc != SKUA_OK)
		return rc;
	log->flush->appended(log->flush_state, end);
	log->replication->appended(log->replication_state, end);
	*end_pos_r = end;
	return SKUA_OK;
}

/* --- queues --- */

int64_t
skua_queue_min(const struct broker *b, const struct queue *q)
{
	return q == NULL ? 0 : b->log.index->min(b->log.index_state, q->index);
}

int64_t
skua_queue_max(const struct broker *b, const struct queue *q)
{
	return q == NULL ? 0 : b->log.index->max(b->log.index_state, q->index);
}

static int64_t
time_at(struct broker *b, struct check_cursor *cursor, const struct queue *q,
    int64_t offset)
{
	struct log *log = &b->log;
	bool is_old = offset < q->opened_max, known = false;
	struct skua_index_entry entry;
	struct skua_record record;
	struct skua_slice slice;
	struct check check;
	int rc = SKUA_OK;
	size_t n = 0;

	if (log->index->read(log->index_state, q->index, offset, 1, &entry,
		&n) != SKUA_OK ||
	    n == 0)
		return -1;
	if (is_old &&
	    skua_entry_verify(b, cursor, q, offset, &entry, &check, &known) !=
		SKUA_OK)
		return -1;
	if (!skua_record_read(log, entry.pos, (uint32_t)entry.len, &slice,
		&record))
		return -1;
	if (is_old)
		rc = skua_record_verify(b, &slice, entry.pos,
		    known ? &check : NULL);
	log->store->release(log->store_state, &slice);
	return rc == SKUA_OK ? record.store_timestamp_ms : -1;
}

int64_t
skua_queue_time_at(struct broker *b, const struct queue *q, int64_t offset)
{
	struct check_cursor cursor = { .is_open = false };
	int64_t ms = q == NULL ? -1 : time_at(b, &cursor, q, offset);

	skua_check_cursor_close(&cursor);
	return ms;
}

/* The time of the first message in [*offset, high) that can be read; -1 when
 * there is none nearby. */
static int64_t
time_near(struct broker *b, struct check_cursor *cursor, const struct queue *q,
    int64_t *offset, int64_t high)
{
	int64_t at = *offset, ms;

	if (high - at > ENTRY_NEIGHBOURS)
		high = at + ENTRY_NEIGHBOURS;
	while ((ms = time_at(b, cursor, q, at)) < 0 && at + 1 < high)
		at++;
	*offset = at;
	return ms;
}

/* The first offset in [low, high) whose time is at or above ms; where messages
 * cannot be read, an earlier one rather than a later. */
static int64_t
first_at_or_after(struct broker *b, const struct queue *q, int64_t low,
    int64_t high, int64_t ms)
{
	struct check_cursor cursor = { .is_open = false };

	while (low < high) {
		int64_t middle = low + (high - low) / 2, at = middle;
		int64_t found = time_near(b, &cursor, q, &at, high);

		if (found >= 0 && found < ms)
			low = at + 1;
		else
			high = middle;
	}
	skua_check_cursor_close(&cursor);
	return low;
}

int64_t
skua_queue_offset_by_time(struct broker *b, const struct queue *q, int64_t ms,
    bool upper)
{
	int64_t min = skua_queue_min(b, q), max = skua_queue_max(b, q), found;

	if (max <= min)
		return min < 0 ? 0 : min;
	if (!upper)
		return first_at_or_after(b, q, min, max, ms);
	/* The last message at or before ms. */
	found = ms == INT64_MAX ? max :
				  first_at_or_after(b, q, min, max, ms + 1);
	return found > min ? found - 1 : min;
}

int64_t
skua_log_safe_pos(const struct log *log)
{
	int64_t pos = INT64_MAX, p;

	if (!log->flush->answers_at_once)
		pos = atomic_load_explicit(&log->flushed_pos,
		    memory_order_acquire);
	if (!log->replication->answers_at_once) {
		p = atomic_load_explicit(&log->replicated_pos,
		    memory_order_acquire);
		pos = p < pos ? p : pos;
	}
	return pos;
}

void
skua_log_release_pin(void *owner, void *pin)
{
	struct broker *b = owner;
	struct skua_slice slice = { .pin = pin };

	b->log.store->release(b->log.store_state, &slice);
}
