/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker works; the power fails, or the process is killed, at some operation
 * on the disk; it is started on what is left, judged, and goes on.  The moment
 * may be in the recovery itself.
 *
 * An episode is a disk with a dozen of such ends, from one seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "broker_rig.h"
#include "disk.h"
#include "random.h"
#include "report.h"
#include "sim.h"
#include "workload.h"

#define ENDS_MAX 12
#define ANSWER_MS 10000

struct episode {
	const struct options *options;
	uint64_t random, seed;
	struct disk *disk;
	struct ledger ledger;
	bool retention;
	uint64_t cycles, in_recovery;
	uint64_t trace; /* of all disks */
	char what[128]; /* the last end */
};

static bool
is_on(void *arg)
{
	const struct episode *e = arg;

	return !disk_has_ended(e->disk);
}

/* Bugs on purpose: SKUA_CRASH_PLANT; see planted.sh. */
static bool
is_planted(const char *bug)
{
	const char *planted = getenv("SKUA_CRASH_PLANT");

	return planted != NULL && strcmp(planted, bug) == 0;
}

/* The last record of the log, as if it had never been written. */
static void
lose_last(struct disk *disk)
{
	static const char path[] =
	    RIG_ROOT "/commitlog/00000000000000000000";
	struct skua_record r;
	int64_t size, at = 0, last = -1;
	uint8_t *bytes = disk_bytes(disk, path, &size);

	while (bytes != NULL &&
	    skua_record_decode(bytes + at, (size_t)(size - at), &r) ==
		SKUA_OK) {
		last = at;
		at += r.size;
	}
	if (last >= 0)
		memset(bytes + last, 0, (size_t)(at - last));
}

/* Where topics that were removed began again. */
static void
forget_lives(struct disk *disk)
{
	static const char path[] = RIG_ROOT "/skua/lives.journal";
	int64_t size;

	if (disk_bytes(disk, path, &size) != NULL)
		disk_set_size(disk, path, 0);
}

static const char *const *
settings_of(const struct episode *e)
{
	static const char *const flush_sync[] = { "flushDiskType", "SYNC_FLUSH",
		"fileReservedTime", "1", NULL };
	static const char *const flush_async[] = { "flushDiskType",
		"ASYNC_FLUSH", "fileReservedTime", "1",
		"flushCommitLogThoroughInterval", "2000", NULL };

	/* What is promised and what is done are two things then. */
	return e->ledger.sync_flush && !is_planted("early-answers") ?
	    flush_sync :
	    flush_async;
}

/* To what the end has left. */
static void
go_over(struct episode *e, struct disk *left, enum disk_end end)
{
	e->trace = random_mix(e->trace ^ disk_trace(e->disk));
	disk_free(e->disk);
	e->disk = left;
	if (is_planted("lose-last"))
		lose_last(left);
	if (is_planted("forget-lives"))
		forget_lives(left);
	if (end != DISK_KILL)
		e->ledger.power_failed = true;
	e->cycles++;
}

/* Until the end that was set, or until enough has been done. */
static void
work(struct episode *e, struct wire *wire)
{
	struct workload w = { .ledger = &e->ledger, .wire = wire,
		.random = &e->random, .counts = is_on, .arg = e,
		.retention = e->retention, .removal = true,
		.answer_ms = ANSWER_MS };
	uint64_t steps = 5 + random_below(&e->random, 60);

	while (steps-- > 0 && is_on(e))
		if (!workload_step(&w))
			break;
}

static void
note_refusal(struct episode *e, const char *why)
{
	struct ledger *l = &e->ledger;

	l->verdict.unreadable++;
	if (l->first_fault[0] == '\0')
		(void)snprintf(l->first_fault, sizeof(l->first_fault), "%s",
		    why);
}

/* By chance, or the one that was asked for. */
static enum disk_end
some_end(struct episode *e)
{
	const char *only = e->options->only;
	enum disk_end end = (enum disk_end)random_below(&e->random, DISK_ENDS);

	for (int i = 0; only != NULL && i < DISK_ENDS; i++)
		if (strcmp(disk_end_name((enum disk_end)i), only) == 0)
			end = (enum disk_end)i;
	return end;
}

/* One life of the broker; false: the episode is over. */
static bool
live(struct episode *e)
{
	static const uint64_t ranges[] = { 150, 400, 1000, 2000 };
	enum disk_end end = some_end(e);
	uint64_t seed = random_next(&e->random);
	struct skua_error error = { 0, "" };
	struct broker_rig *rig;
	struct disk *left = NULL;
	struct wire *wire = NULL;
	bool good = true, in_order = false;

	disk_end_at(e->disk,
	    1 + random_below(&e->random, ranges[random_below(&e->random, 4)]),
	    end, seed);
	rig = broker_rig_start(e->disk, settings_of(e), &error);
	e->in_recovery += !is_on(e);
	if (rig == NULL && is_on(e)) {
		note_refusal(e, error.text);
		good = false;
	}
	if (rig != NULL && is_on(e)) {
		wire = wire_open(broker_rig_port(rig));
		if (!ledger_judge(&e->ledger, wire) && is_on(e))
			good = false;
		if (good)
			work(e, wire);
	}
	/* Nothing ended it: now, in order or not. */
	in_order = is_on(e) && random_one_in(&e->random, 6);
	if (is_on(e) && !in_order)
		left = disk_left_now(e->disk, end, seed);
	wire_close(&wire);
	broker_rig_stop(&rig);
	if (in_order)
		left = disk_left_now(e->disk, end = DISK_CUT_NONE, seed);
	(void)snprintf(e->what, sizeof(e->what), "%s at %s",
	    disk_end_name(end),
	    in_order		  ? "an orderly stop" :
		left != NULL	  ? "rest" :
				    disk_end_point(e->disk));
	go_over(e, left != NULL ? left : disk_take_left(e->disk), end);
	return good;
}

static void
tell(const struct episode *e, const char *last)
{
	(void)fprintf(stderr,
	    "powercut: seed %llu, %s flush, life %llu, after %s: %s\n",
	    (unsigned long long)e->seed,
	    e->ledger.sync_flush ? "sync" : "async",
	    (unsigned long long)e->cycles, last, e->ledger.first_fault);
}

static void
run_episode(struct episode *e, const struct options *o, uint64_t seed,
    struct ledger *sum)
{
	const char *dump = getenv("SKUA_CRASH_DUMP");
	char last[128] = "nothing";

	memset(e, 0, sizeof(*e));
	e->options = o;
	e->seed = seed;
	e->random = random_mix(seed);
	sim_begin(random_next(&e->random));
	ledger_init(&e->ledger, random_one_in(&e->random, 2));
	e->retention = random_one_in(&e->random, 4);
	e->disk = disk_new(RIG_ROOT);
	disk_ignore_syncs(e->disk, is_planted("ignore-syncs"));
	for (int i = 0; i < ENDS_MAX; i++) {
		struct disk *before = dump == NULL ? NULL :
						     disk_copy(e->disk);
		bool good = live(e);

		if (!good && before != NULL)
			disk_dump(before, dump);
		disk_free(before);
		if (!good) {
			tell(e, last);
			break;
		}
		memcpy(last, e->what, sizeof(last));
	}
	disk_free(e->disk);
	verdict_add(&sum->verdict, &e->ledger.verdict);
	ledger_fini(&e->ledger);
	sim_end();
}

/* The same seed must be the same run.  The system may still cut a stream of
 * requests in another place, once. */
static bool
repeats(const struct options *o)
{
	for (int tries = 0; tries < 3; tries++) {
		struct ledger sum[2];
		struct episode e[2];

		for (int i = 0; i < 2; i++) {
			ledger_init(&sum[i], true);
			run_episode(&e[i], o, o->seed, &sum[i]);
		}
		if (e[0].trace == e[1].trace)
			return true;
	}
	(void)fprintf(stderr, "powercut: seed %llu runs in two ways\n",
	    (unsigned long long)o->seed);
	return false;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct ledger sum;
	struct episode e;
	uint64_t cycles = 0, in_recovery = 0;
	char more[128];
	bool same;

	options_take(&o, argc, argv, 500);
	ledger_init(&sum, true);
	same = o.one || repeats(&o);
	for (uint64_t seed = o.seed; cycles < o.cycles; seed++) {
		run_episode(&e, &o, seed, &sum);
		cycles += e.cycles;
		in_recovery += e.in_recovery;
		report_progress("powercut", cycles, o.cycles);
		if (o.one)
			break;
	}
	(void)snprintf(more, sizeof(more), "in recovery %llu",
	    (unsigned long long)in_recovery);
	return report_end(&o, "powercut", cycles, &sum, more) | !same;
}
