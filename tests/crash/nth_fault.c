/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th operation on the disk fails, for n from 1 until a whole run passes
 * without a failure; in each way that an operation can fail.  The broker may
 * refuse to start, or refuse messages, with words; what it acknowledges is kept.
 *
 * Then disks that are full for a while, cannot be written to, or have failed to
 * sync once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "broker_rig.h"
#include "disk.h"
#include "random.h"
#include "report.h"
#include "sim.h"
#include "workload.h"

#define ANSWER_MS 10000
#define PATIENCE_MS 3000

struct run {
	const struct options *options;
	struct disk *disk;
	struct ledger ledger;
	struct broker_rig *rig;
	struct wire *wire;
	uint64_t random;
	const char *name; /* of the case */
	uint64_t refusals, starts_refused;
};

/* --- a run --- */

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
complain(struct run *r, const char *what)
{
	struct ledger *l = &r->ledger;

	l->verdict.unreadable++;
	if (l->first_fault[0] == '\0')
		(void)snprintf(l->first_fault, sizeof(l->first_fault), "%s",
		    what);
}

static bool
start(struct run *r)
{
	static const char *const sync[] = { "flushDiskType", "SYNC_FLUSH",
		NULL };
	static const char *const async[] = { "flushDiskType", "ASYNC_FLUSH",
		"flushCommitLogThoroughInterval", "1000", NULL };
	struct skua_error e = { 0, "" };

	r->rig = broker_rig_start(r->disk,
	    r->ledger.sync_flush ? sync : async, &e);
	if (r->rig == NULL) {
		if (e.text[0] == '\0')
			complain(r, "it refused to start without a word");
		if (disk_failed(r->disk) == 0)
			complain(r, e.text);
		r->starts_refused++;
		return false;
	}
	r->wire = wire_open(broker_rig_port(r->rig));
	return r->wire != NULL;
}

/* Ends it, and goes over to what is left. */
static void
stop(struct run *r, enum disk_end end)
{
	struct disk *left = disk_left_now(r->disk, end, r->random);

	wire_close(&r->wire);
	broker_rig_stop(&r->rig);
	disk_free(r->disk);
	r->disk = left;
	r->ledger.power_failed |= end != DISK_KILL;
}

static struct workload
workload_of(struct run *r)
{
	return (struct workload){ .ledger = &r->ledger, .wire = r->wire,
		.random = &r->random, .counts = always,
		.answer_ms = ANSWER_MS };
}

/* Whether a message is taken now. */
static bool
is_taking(struct run *r)
{
	struct workload w = workload_of(r);
	uint64_t before = r->ledger.verdict.acknowledged;

	return workload_send(&w, 0, 0, 1, false) &&
	    r->ledger.verdict.acknowledged > before;
}

/* Everything that was acknowledged can be pulled, or the answer says that it
 * cannot now. */
static void
read_some(struct run *r)
{
	struct ledger *l = &r->ledger;

	for (size_t i = 0; i < l->topic_count; i++)
		if (wire_pull(r->wire, l->topics[i].name, 0, 0, 32,
			ANSWER_MS) == NULL && l->topics[i].acked)
			complain(r, "a pull was not answered");
}

static void
work(struct run *r)
{
	struct workload w = workload_of(r);

	(void)workload_add_topic(&w);
	(void)workload_send(&w, 0, 0, 20, false);
	(void)workload_send(&w, 0, 0, 3, true);
	(void)wire_commit(r->wire, WIRE_GROUP, "T0", 0, 1, ANSWER_MS);
	sim_sleep_ms(1500);
	(void)workload_send(&w, 0, 0, 30, false);
	read_some(r);
	sim_sleep_ms(61000);
	(void)workload_send(&w, 0, 0, 2, false);
	r->refusals += w.refused + w.unanswered;
	for (size_t i = 0; i < r->ledger.topic_count; i++)
		for (int32_t q = 0; q < r->ledger.topics[i].queues; q++)
			r->ledger.topics[i].committed[q] = INT64_MAX;
}

/* Starts it on a sound disk, which must do, and judges. */
static void
judge(struct run *r)
{
	disk_fail(r->disk, NULL);
	disk_set_read_only(r->disk, false);
	disk_set_quota(r->disk, 0);
	if (start(r)) {
		(void)ledger_judge(&r->ledger, r->wire);
		if (!is_taking(r))
			complain(r, "it takes no message after a restart");
	}
	stop(r, DISK_KILL);
}

static void
begin(struct run *r, const struct options *o, const char *name, bool sync)
{
	struct workload w;

	memset(r, 0, sizeof(*r));
	r->options = o;
	r->name = name;
	r->random = o->seed;
	sim_begin(o->seed);
	ledger_init(&r->ledger, sync);
	r->disk = disk_new(RIG_ROOT);
	if (!start(r))
		return;
	w = workload_of(r);
	(void)workload_add_topic(&w);
	(void)workload_send(&w, 0, 0, 30, false);
	sim_sleep_ms(2000);
	stop(r, DISK_KILL);
}

static void
end(struct run *r, struct ledger *sum, uint64_t n)
{
	judge(r);
	if (verdict_faults(&r->ledger) > 0)
		(void)fprintf(stderr, "nth_fault: %s %llu, %s flush: %s\n",
		    r->name, (unsigned long long)n,
		    r->ledger.sync_flush ? "sync" : "async",
		    r->ledger.first_fault);
	verdict_add(&sum->verdict, &r->ledger.verdict);
	ledger_fini(&r->ledger);
	disk_free(r->disk);
	sim_end();
}

/* --- the n-th operation --- */

/* What fails, and how. */
static const struct way {
	const char *name, *pattern;
	int error;
	bool half, passes; /* passes: it takes messages again by itself */
} ways[] = {
	{ "eio", "", EIO, false, false },
	{ "pwrite-enospc", "pwrite:", ENOSPC, false, true },
	{ "pwrite-half", "pwrite:", ENOSPC, true, true },
	{ "allocate-enospc", "allocate:", ENOSPC, false, true },
	{ "create-enospc", "create:", ENOSPC, false, true },
	{ "mkdir-enospc", "mkdir:", ENOSPC, false, true },
	{ "truncate-enospc", "truncate:", ENOSPC, false, true },
	{ "link-enospc", "link:", ENOSPC, false, true },
	{ "rename-enospc", "rename:", ENOSPC, false, true },
	{ "open-emfile", "open:", EMFILE, false, true },
	{ "create-emfile", "create:", EMFILE, false, true },
	{ "sync_folder-emfile", "sync_folder:", EMFILE, false, false },
	{ "list-emfile", "list:", EMFILE, false, false },
	{ "map-enomem", "map:", ENOMEM, false, true },
	{ "sync-eio", "sync:", EIO, false, false },
	{ "sync-enospc", "sync:", ENOSPC, false, false },
};

/* False: no operation failed, the run has passed. */
static bool
fail_nth(const struct options *o, const struct way *way, uint64_t n, bool sync,
    struct ledger *sum)
{
	struct disk_fault fault = { .pattern = way->pattern, .nth = n,
		.times = 1, .error = skua_from_errno(way->error),
		.half = way->half };
	struct run r;
	bool hit, runs;

	begin(&r, o, way->name, sync);
	disk_fail(r.disk, &fault);
	runs = start(&r);
	if (runs) {
		work(&r);
		sim_sleep_ms(PATIENCE_MS);
	}
	hit = disk_failed(r.disk) > 0;
	disk_fail(r.disk, NULL);
	if (runs && way->passes && !is_taking(&r))
		complain(&r, "it takes no message any more");
	stop(&r, sync ? DISK_CUT_NONE : DISK_KILL);
	end(&r, sum, n);
	return hit;
}

/* --- disks in trouble for longer --- */

static void
case_full(struct run *r)
{
	struct workload w;

	if (!start(r))
		return;
	w = workload_of(r);
	/* The file that is under way, and the next: no more. */
	disk_set_quota(r->disk, 60000);
	for (int i = 0; i < 40; i++)
		(void)workload_send(&w, 0, 0, 10, false);
	if (w.refused == 0)
		complain(r, "a full disk took everything");
	read_some(r);
	sim_sleep_ms(10000);
	disk_set_quota(r->disk, 0);
	/* Room is looked for every cleanResourceInterval, 10 s. */
	sim_sleep_ms(11000);
	if (!is_taking(r))
		complain(r, "space has come back, and it takes no message");
	stop(r, r->ledger.sync_flush ? DISK_CUT_NONE : DISK_KILL);
}

static void
case_read_only(struct run *r)
{
	struct workload w;

	if (!start(r))
		return;
	w = workload_of(r);
	disk_set_read_only(r->disk, true);
	(void)workload_send(&w, 0, 0, 10, false);
	if (w.refused + w.unanswered < 10)
		complain(r, "a read-only disk took a message");
	read_some(r);
	sim_sleep_ms(12000);
	stop(r, r->ledger.sync_flush ? DISK_CUT_NONE : DISK_KILL);
}

/* Nothing is acknowledged any more, however often the next sync would work. */
static void
case_sync_failed(struct run *r)
{
	static const struct disk_fault fault = { .pattern = "sync:commitlog",
		.nth = 1, .times = UINT64_MAX, .error = SKUA_EIO };
	struct workload w;

	if (!start(r))
		return;
	w = workload_of(r);
	/* In the middle of a file, so that what fails is the sync of messages,
	 * and not of a new file. */
	(void)workload_send(&w, 0, 0, 3, false);
	sim_sleep_ms(PATIENCE_MS);
	disk_fail(r->disk, &fault);
	(void)workload_send(&w, 0, 0, 3, false);
	sim_sleep_ms(PATIENCE_MS);
	if (disk_failed(r->disk) == 0)
		complain(r, "nothing was synced");
	disk_fail(r->disk, NULL);
	for (int i = 0; i < 3; i++, sim_sleep_ms(PATIENCE_MS))
		if (is_taking(r))
			complain(r, "a message was acknowledged after a sync "
				    "had failed");
	read_some(r);
	stop(r, r->ledger.sync_flush ? DISK_CUT_NONE : DISK_KILL);
}

/* The wall clock jumps both ways; only retention may mind. */
static void
case_clock(struct run *r)
{
	static const int64_t jumps_ms[] = { -3600000, 86400000 - 3600000,
		-86400000, 7200000 };
	struct workload w;

	if (!start(r))
		return;
	w = workload_of(r);
	for (size_t i = 0; i < 4; i++) {
		sim_jump_ms(jumps_ms[i]);
		(void)workload_send(&w, 0, 0, 5, false);
		sim_sleep_ms(1200);
	}
	if (w.refused + w.unanswered > 0)
		complain(r, "a jump of the clock was refused");
	stop(r, r->ledger.sync_flush ? DISK_CUT_NONE : DISK_KILL);
}

static const struct {
	const char *name;
	void (*fn)(struct run *r);
} cases[] = {
	{ "full-disk", case_full },
	{ "read-only", case_read_only },
	{ "sync-failed", case_sync_failed },
	{ "clock", case_clock },
};

static uint64_t
run_cases(const struct options *o, struct ledger *sum)
{
	uint64_t done = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int sync = 0; sync < 2; sync++) {
			struct run r;

			if (o->only != NULL && strcmp(o->only, cases[i].name))
				continue;
			begin(&r, o, cases[i].name, sync);
			cases[i].fn(&r);
			end(&r, sum, 0);
			done++;
		}
	return done;
}

/* cycles: at most so many failures of one way; 0: all. */
static uint64_t
run_ways(const struct options *o, struct ledger *sum)
{
	uint64_t done = 0, count = sizeof(ways) / sizeof(ways[0]);

	for (size_t i = 0; i < count; i++) {
		uint64_t n = 1, step = 1;
		bool hit = o->only == NULL || !strcmp(o->only, ways[i].name);

		for (; hit; n += step, done++) {
			hit = fail_nth(o, &ways[i], n, n % 2 != 0, sum);
			if (o->cycles == 0 && hit && ++done > 0)
				hit = fail_nth(o, &ways[i], n, n % 2 == 0, sum);
			/* The beginning densely, the rest here and there. */
			if (o->cycles > 0 && n > o->cycles / 2)
				step = 1 + n / 8;
		}
		report_progress("nth_fault", i, count);
	}
	return done;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct ledger sum;
	uint64_t done;

	options_take(&o, argc, argv, 40);
	ledger_init(&sum, true);
	done = run_ways(&o, &sum) + run_cases(&o, &sum);
	return report_end(&o, "nth_fault", done, &sum, "");
}
