/* SPDX-License-Identifier: Apache-2.0 */
/* Old messages go; DELETE_EXPIRED_COMMITLOG (329). */
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "broker/handlers.h"
#include "broker/retention.h"

#define HOUR_MS ((int64_t)3600000)

/* The store time of the first message at or behind pos, -1 without one. */
static int64_t
time_at(struct broker *b, int64_t pos)
{
	struct log *log = &b->log;
	struct skua_record record;
	struct skua_slice slice;
	int64_t ms = -1;

	if (log->store->read(log->store_state, pos, 0, &slice) != SKUA_OK)
		return -1;
	if (skua_record_decode(slice.bytes, slice.len, &record) == SKUA_OK)
		ms = record.store_timestamp_ms;
	log->store->release(log->store_state, &slice);
	return ms;
}

/* A file is old when the next one begins with an old message. */
static int64_t
expired_pos(struct broker *b, const struct skua_store_state *state)
{
	int64_t limit = skua_now_ms() -
	    broker_conf(b)->reserved_hours * HOUR_MS;
	int64_t pos = state->min_pos;

	while (state->file_size > 0 && pos + state->file_size < state->max_pos) {
		int64_t ms = time_at(b, pos + state->file_size);

		if (ms < 0 || ms > limit)
			break;
		pos += state->file_size;
	}
	return pos;
}

void
skua_retention_trim_queues(struct broker *b, int64_t min_pos)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&b->topics.map, &at)) != NULL;) {
		struct topic *topic = sk_container(e, struct topic, entry);
		struct queue_table *t = atomic_load(&topic->queues);

		for (int32_t i = 0; i < t->size; i++) {
			struct queue *q = atomic_load(&t->queue[i]);

			if (q != NULL)
				(void)b->log.index->trim(b->log.index_state,
				    q->index, min_pos);
		}
	}
}

static void
delete_expired(struct broker *b)
{
	struct log *log = &b->log;
	struct skua_store_state state;
	int64_t pos, min_pos;

	if (log->store->trim == NULL)
		return;
	log->store->get_state(log->store_state, &state);
	pos = expired_pos(b, &state);
	if (pos == state.min_pos ||
	    log->store->trim(log->store_state, pos, &min_pos) != SKUA_OK)
		return;
	skua_log(SKUA_LOG_NOTICE, "log",
	    "messages older than %lld h are gone: the log begins at %lld",
	    (long long)broker_conf(b)->reserved_hours, (long long)min_pos);
	skua_retention_trim_queues(b, min_pos);
	if (log->checks != NULL)
		skua_checks_trim(log->checks, min_pos);
}

/* deleteWhen: "04", or "04;16". */
static bool
is_hour(const char *hours)
{
	time_t now = (time_t)(skua_now_ms() / 1000);
	struct tm tm;

	(void)localtime_r(&now, &tm);
	for (const char *p = hours; *p != '\0';) {
		size_t n;
		int64_t hour;

		p += strspn(p, "; ,");
		n = strcspn(p, "; ,");
		if (skua_text_int(skua_str_n(p, n), &hour) &&
		    hour == tm.tm_hour)
			return true;
		p += n;
	}
	return false;
}

void
skua_retention_run(struct broker *b)
{
	if (atomic_exchange(&b->log.delete_asked, false) ||
	    is_hour(broker_conf(b)->delete_when))
		delete_expired(b);
}

void
handle_delete_expired(struct broker *b, struct skua_request *request)
{
	atomic_store(&b->log.delete_asked, true);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}
