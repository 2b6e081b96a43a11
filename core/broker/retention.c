/* SPDX-License-Identifier: Apache-2.0 */
/* See retention.h; and DELETE_EXPIRED_COMMITLOG (329). */
#include <stdlib.h>
#include <time.h>

#include "base/number.h"
#include "base/text.h"
#include "broker/handlers.h"
#include "broker/retention.h"
#include "broker/verify.h"

#define HOUR_MS ((int64_t)3600000)
#define FILES_AT_ONCE 10
#define CLOCK_JUMP_MS ((int64_t)300000)

/* The wall clock is believed as long as it goes on, or back; after a jump
 * forward, only when an hour later it still says so: a clock that was wrong for
 * a moment must not make messages old. */
static int64_t
believed_ms(struct log *log)
{
	int64_t mono = skua_mono_ms(), offset = skua_now_ms() - mono;

	if (log->clock_offset == 0 ||
	    offset - log->clock_offset <= CLOCK_JUMP_MS ||
	    (log->clock_jumped_ms > 0 &&
		mono - log->clock_jumped_ms >= HOUR_MS)) {
		log->clock_offset = offset;
		log->clock_jumped_ms = 0;
	} else if (log->clock_jumped_ms == 0) {
		log->clock_jumped_ms = mono;
		skua_log(SKUA_LOG_WARNING, "log",
		    "clock jumped forward %lld s; retention ignores the jump "
		    "for 1 h",
		    (long long)(offset - log->clock_offset) / 1000);
	}
	return mono + log->clock_offset;
}

/* The store time of the message at pos; -1 without one that can be believed. */
static int64_t
time_at(struct broker *b, int64_t pos)
{
	struct skua_record record;
	struct skua_slice slice;
	int rc;

	if (!skua_record_read(&b->log, pos, 0, &slice, &record))
		return -1;
	rc = skua_record_verify_at(b, &slice, pos);
	b->log.store->release(b->log.store_state, &slice);
	return rc == SKUA_OK ? record.store_timestamp_ms : -1;
}

static int64_t
oldest_kept_ms(int64_t reserved_hours, int64_t now)
{
	return now -
	    skua_clamp(reserved_hours, 0, SPAN_MAX_MS / HOUR_MS) * HOUR_MS;
}

/* A file is old when it begins with an old message, and one after it as well.
 * What a wrong clock wrote tells nothing: a time that is to come, or one that is
 * before those of earlier files. */
static int64_t
expired_pos(struct broker *b, const struct skua_store_state *state,
    int64_t now)
{
	int64_t limit = oldest_kept_ms(broker_conf(b)->reserved_hours, now);
	int64_t pos = state->min_pos, newest = 0;

	for (int64_t at = pos; state->file_size > 0 && at < state->max_pos;
	     at += state->file_size) {
		int64_t ms = time_at(b, at);

		if (ms < newest || ms > now)
			continue;
		if (ms > limit)
			break;
		pos = at;
		newest = ms;
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

/* Removes what is below pos; whether anything went. */
static bool
trim(struct broker *b, struct skua_store_state *state, int64_t pos)
{
	struct log *log = &b->log;
	int64_t min_pos = state->min_pos;

	if (pos <= state->min_pos || log->store->trim == NULL)
		return false;
	/* A queue whose messages have all gone is known by its files alone:
	 * without them its offsets would begin anew. */
	skua_log_write_back(b, true);
	/* What it could not remove, it has said, and tries again. */
	(void)log->store->trim(log->store_state, pos, &min_pos);
	if (min_pos == state->min_pos)
		return false;
	skua_retention_trim_queues(b, min_pos);
	if (log->checks != NULL)
		skua_checks_trim(log->checks, min_pos);
	log->store->get_state(log->store_state, state);
	return true;
}

static double
used_percent(const struct skua_store_state *state)
{
	return state->disk_total <= 0 ?
	    0.0 :
	    100.0 * (double)(state->disk_total - state->disk_free) /
		(double)state->disk_total;
}

static void
delete_expired(struct broker *b, struct skua_store_state *state,
    int64_t keep_pos, int64_t now)
{
	int64_t pos = expired_pos(b, state, now);

	if (trim(b, state, pos < keep_pos ? pos : keep_pos))
		skua_log(SKUA_LOG_NOTICE, "log",
		    "messages older than %lld h are gone: the log begins at "
		    "%lld",
		    (long long)broker_conf(b)->reserved_hours,
		    (long long)state->min_pos);
}

/* The oldest files, whatever their age, until there is room. */
static void
delete_oldest(struct broker *b, struct skua_store_state *state,
    int64_t keep_pos)
{
	const struct conf *conf = broker_conf(b);
	double percent = used_percent(state);

	for (int i = 0; i < FILES_AT_ONCE && state->file_size > 0 &&
	     used_percent(state) > (double)conf->force_percent;
	     i++) {
		int64_t pos = state->min_pos + state->file_size;

		if (pos >= state->max_pos || pos > keep_pos ||
		    !trim(b, state, pos))
			break;
		skua_log(SKUA_LOG_WARNING, "log",
		    "the disk is %.0f%% full: messages below position %lld "
		    "were deleted before their time",
		    percent, (long long)state->min_pos);
	}
}

/* Where deleting did not help: slower first, then not at all. */
static void
hold_producers(struct broker *b, const struct skua_store_state *state,
    int64_t keep_pos)
{
	const struct conf *conf = broker_conf(b);
	double used = used_percent(state);
	double room = (double)(conf->full_percent - conf->force_percent);
	bool kept = keep_pos < state->min_pos + state->file_size;
	int pressure = 0;

	if (kept && used > (double)conf->force_percent && room > 0.0)
		pressure = (int)((used - (double)conf->force_percent) /
		    room * 100.0);
	atomic_store(&b->log.pressure_percent,
	    pressure > 95 ? 95 : pressure);
	skua_log_note_trouble(&b->log, TROUBLE_DISK,
	    used > (double)conf->full_percent ? SKUA_ENOSPC : SKUA_OK);
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
skua_retention_run(struct broker *b, bool asked_only)
{
	const struct conf *conf = broker_conf(b);
	bool asked = atomic_exchange(&b->log.delete_asked, false);
	struct skua_store_state state = { 0 };
	int64_t keep_pos, now;

	if (asked_only && !asked)
		return;
	now = believed_ms(&b->log);
	b->log.store->get_state(b->log.store_state, &state);
	keep_pos = skua_retention_keep_pos(b);
	if (asked || is_hour(conf->delete_when) ||
	    used_percent(&state) > (double)conf->disk_max_percent)
		delete_expired(b, &state, keep_pos, now);
	if (conf->clean_forcibly)
		delete_oldest(b, &state, keep_pos);
	hold_producers(b, &state, keep_pos);
	skua_retention_trim_topics(b, now);
}

void
handle_delete_expired(struct broker *b, struct skua_request *request)
{
	atomic_store(&b->log.delete_asked, true);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}
