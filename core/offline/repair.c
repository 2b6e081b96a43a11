/* SPDX-License-Identifier: Apache-2.0 */
/* See repair.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "offline/repair.h"

/* Upstream's default delays, from level 1. */
static const int64_t usual_levels[] = { 1000, 5000, 10000, 30000, 60000, 120000,
	180000, 240000, 300000, 360000, 420000, 480000, 540000, 600000, 1200000,
	1800000, 3600000, 7200000 };

static bool
wants_keys(const struct offline *s)
{
	return s->damage[OFFLINE_KEYS] > 0;
}

static int
take(struct repair *r, const struct offline_cursor *c, int what)
{
	int rc;

	if (what != OFFLINE_RECORD)
		return repair_sums_hole(r, c->hole_from, c->hole_to);
	r->log_to = c->record.pos + c->record.size;
	rc = repair_sums_record(r, c->record.pos);
	if (rc == SKUA_OK)
		rc = repair_queue_record(r, &c->record);
	if (rc == SKUA_OK && wants_keys(r->store))
		rc = repair_keys_record(r, &c->record);
	return rc;
}

static int
walk(struct repair *r)
{
	struct offline_cursor c;
	int64_t told = skua_offline_min_pos(r->store);
	int rc = skua_offline_seek(&c, r->store, INT64_MIN), what;

	r->store->done = 0;
	if (rc != SKUA_OK)
		return rc;
	while (rc == SKUA_OK &&
	    (what = skua_offline_next(&c)) != OFFLINE_END) {
		rc = take(r, &c, what);
		if (c.pos - told >= 1 << 20) {
			offline_progress(r->store, c.pos - told);
			told = c.pos;
		}
	}
	skua_offline_cursor_close(&c);
	return rc;
}

static int
write_anew(struct repair *r)
{
	bool keys = wants_keys(r->store);
	int rc = repair_sums_begin(r);

	if (rc == SKUA_OK && keys)
		rc = repair_keys_begin(r);
	if (rc == SKUA_OK)
		rc = walk(r);
	for (struct offline_queue *q = r->store->queues;
	     q != NULL && rc == SKUA_OK; q = q->hh.next)
		if (q->damaged)
			rc = repair_queue_end(r, q);
	if (rc == SKUA_OK && keys)
		rc = repair_keys_end(r);
	return rc == SKUA_OK ? repair_sums_end(r) : rc;
}

static int
place(struct repair *r)
{
	const struct offline *s = r->store;
	struct offline_queue *q;
	int rc = repair_place_begin(s);

	for (q = s->queues; q != NULL && rc == SKUA_OK; q = q->hh.next)
		if (q->damaged)
			rc = repair_place_queue(s, q, r->done->queues++);
	if (rc == SKUA_OK && wants_keys(s))
		rc = repair_place_keys(s);
	if (rc == SKUA_OK && r->done->sums)
		rc = repair_place_sums(r);
	if (rc == SKUA_OK && s->damage[OFFLINE_CHECKPOINT] > 0) {
		rc = repair_place_checkpoint(r);
		r->done->checkpoint = true;
	}
	return rc;
}

static void
count_only(const struct offline *s, const struct offline_plan *plan,
    struct offline_repaired *done)
{
	done->extended = plan->extend ? repair_log_count(s) : 0;
	for (const struct offline_queue *q = s->queues; q != NULL;
	     q = q->hh.next)
		done->queues += q->damaged;
	done->keys = wants_keys(s);
	done->sums = s->damage[OFFLINE_CHECKS] > 0;
	done->checkpoint = s->damage[OFFLINE_CHECKPOINT] > 0;
}

/* Of what is derived. */
static bool
has_work(const struct offline_repaired *done)
{
	return done->queues > 0 || done->keys || done->sums ||
	    done->checkpoint;
}

static int
hold(const struct offline *s, int *fd_r, struct skua_error *e)
{
	char path[OFFLINE_PATH];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/lock", s->folder);
	*fd_r = skua_io()->open(path, O_RDWR | O_CREAT, 0640);
	if (*fd_r < 0)
		return skua_fail(e, *fd_r, "could not open %s: %s", path,
		    skua_strerror(*fd_r));
	rc = skua_io()->lock(*fd_r);
	if (rc == SKUA_OK)
		return rc;
	(void)skua_io()->close(*fd_r);
	return skua_fail(e, rc, "a broker has %s open: stop it first",
	    s->folder);
}

static int
run(struct repair *r)
{
	int rc = repair_finish(r->store);

	if (rc == SKUA_OK && r->done->extended > 0)
		rc = repair_log_extend(r->store);
	if (rc == SKUA_OK)
		rc = repair_clear(r->store);
	if (rc == SKUA_OK && has_work(r->done)) {
		r->done->queues = 0;
		rc = write_anew(r);
		if (rc == SKUA_OK)
			rc = place(r);
		if (rc == SKUA_OK)
			rc = repair_clear(r->store);
	}
	return rc;
}

int
skua_offline_repair(struct offline *s, const struct offline_plan *plan,
    struct offline_repaired *done, struct skua_error *e)
{
	struct offline_plan usual = *plan;
	struct repair r = { .store = s, .plan = &usual, .done = done,
		.fd = -1, .sums = { .window = { .fd = -1 } } };
	int lock, rc;

	memset(done, 0, sizeof(*done));
	if (usual.levels == 0) {
		usual.levels_ms = usual_levels;
		usual.levels = sizeof(usual_levels) / sizeof(usual_levels[0]);
	}
	count_only(s, plan, done);
	if (plan->dry_run || (!has_work(done) && done->extended == 0 &&
		!repair_is_half_done(s)))
		return SKUA_OK;
	rc = hold(s, &lock, e);
	if (rc != SKUA_OK)
		return rc;
	/* The log's holes were told by the check. */
	s->ear.found = NULL;
	rc = run(&r);
	repair_keys_free(&r);
	repair_sums_free(&r);
	(void)skua_io()->close(lock);
	return rc == SKUA_OK ? rc : skua_fail(e, rc,
	    "could not repair %s: %s; what is half done is in %s/"
	    REPAIR_FOLDER ", for the next repair", s->folder,
	    skua_strerror(rc), s->folder);
}
