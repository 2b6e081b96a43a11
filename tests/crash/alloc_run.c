/* SPDX-License-Identifier: Apache-2.0 */
/* See alloc_run.h. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "alloc_run.h"
#include "broker_rig.h"
#include "disk.h"
#include "frozen.h"
#include "own.h"
#include "sim.h"
#include "workload.h"

#define ANSWER_MS 10000

/* One in a process: also what an abort finds. */
static struct {
	struct alloc_run of;
	struct disk *disk;
	struct ledger ledger;
	struct broker_rig *rig;
	uint64_t random;
	struct workload work;
} run;

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
complain(const char *what)
{
	struct ledger *l = &run.ledger;

	l->verdict.unreadable++;
	if (l->first_fault[0] == '\0')
		(void)snprintf(l->first_fault, sizeof(l->first_fault), "%s",
		    what);
}

/* Also in the middle of everything, when it ends. */
static void
hand_over(void)
{
	struct alloc_left *left = run.of.left;

	left->verdict = run.ledger.verdict;
	(void)snprintf(left->fault, sizeof(left->fault), "%s",
	    run.ledger.first_fault);
	left->len = frozen_save(run.disk, &run.ledger, left->bytes,
	    ALLOC_RUN_LEFT_MAX);
}

static void
on_abort(int number)
{
	(void)number;
	own_begin();
	hand_over();
	_exit(ALLOC_RUN_ENDED);
}

static bool
start(void)
{
	static const char *const sync[] = { "flushDiskType", "SYNC_FLUSH",
		NULL };
	static const char *const async[] = { "flushDiskType", "ASYNC_FLUSH",
		"flushCommitLogThoroughInterval", "1000", NULL };
	struct skua_error e = { 0, "" };

	own_end();
	run.rig = broker_rig_start(run.disk,
	    run.of.way->sync_flush ? sync : async, &e);
	own_begin();
	if (run.rig == NULL && e.text[0] == '\0')
		complain("it refused to start without a word");
	if (run.rig == NULL && run.of.left->tally.failed == 0)
		complain(e.text);
	run.of.left->started = run.rig != NULL;
	run.of.left->at_start = run.of.left->tally.count;
	return run.rig != NULL;
}

static void
stop(void)
{
	wire_close(&run.work.wire);
	own_end();
	broker_rig_stop(&run.rig);
	own_begin();
}

/* What may have lost its connection, but nothing else, since the last time. */
static void
look(void)
{
	struct workload *w = &run.work;

	if (w->wire != NULL && !wire_is_gone(w->wire)) {
		if (w->unanswered > 0)
			complain("a request was not answered");
		return;
	}
	w->unanswered = 0;
	wire_close(&w->wire);
	w->wire = wire_open(broker_rig_port(run.rig));
	if (w->wire == NULL)
		complain("nobody listens any more");
}

static void
send(int32_t topic, unsigned count, bool batch)
{
	look();
	(void)workload_send(&run.work, topic, 0, count, batch);
	look();
}

/* An answer, whichever. */
static void
want(bool came, const char *what)
{
	if (!came && !wire_is_gone(run.work.wire))
		complain(what);
	look();
}

static void
read_some(void)
{
	struct wire **wire = &run.work.wire;
	struct ledger *l = &run.ledger;
	struct wire_ask none = { .count = 0 };

	for (size_t i = 0; i < l->topic_count; i++) {
		const char *topic = l->topics[i].name;

		want(wire_pull(*wire, topic, 0, 0, 32, ANSWER_MS) != NULL,
		    "a pull was not answered");
		want(wire_pull_tag(*wire, topic, 0, 0, 32, "a || b",
			 ANSWER_MS) != NULL,
		    "a pull by tag was not answered");
		want(wire_query_key(*wire, topic, "no such key", ANSWER_MS) !=
			NULL,
		    "a query was not answered");
	}
	l->topics[0].committed[0] = 1;
	want(wire_commit(*wire, WIRE_GROUP, "T0", 0, 1, ANSWER_MS) != -1,
	    "a commit was not answered");
	want(wire_committed(*wire, WIRE_GROUP, "T0", 0, ANSWER_MS) != -2,
	    "an offset was not answered");
	want(wire_call(*wire, WIRE_RUNTIME_INFO, &none, skua_str_n(NULL, 0),
		 ANSWER_MS) != NULL,
	    "figures were not answered");
}

static void
add_topic(void)
{
	look();
	want(workload_add_topic(&run.work), "a topic was not answered");
}

/* Whether a message is taken now. */
static bool
is_taking(void)
{
	uint64_t before = run.ledger.verdict.acknowledged;

	for (int i = 0; i < 2; i++)
		if (run.ledger.verdict.acknowledged == before)
			send(0, 1, false);
	return run.ledger.verdict.acknowledged > before;
}

static void
work(void)
{
	struct ledger *l = &run.ledger;

	add_topic();
	send(0, 20, false);
	send(0, 3, true);
	read_some();
	sim_sleep_ms(1500);
	add_topic();
	send((int32_t)l->topic_count - 1, 30, false);
	sim_sleep_ms(61000);
	send(0, 2, false);
}

/* --- what a process does --- */

static void
begin(const struct alloc_run *of)
{
	run.of = *of;
	run.random = of->seed;
	sim_begin(of->seed);
	(void)signal(SIGABRT, on_abort);
	if (of->from != NULL) {
		run.disk = frozen_load(of->from->bytes, of->from->len,
		    &run.ledger);
	} else {
		run.disk = disk_new(RIG_ROOT);
		ledger_init(&run.ledger, of->way->sync_flush);
		run.ledger.keyed = true;
		run.ledger.key_step = 8;
	}
	run.ledger.sync_flush = of->way->sync_flush;
	run.work = (struct workload){ .ledger = &run.ledger,
		.random = &run.random, .counts = always,
		.answer_ms = ANSWER_MS };
	if (of->dump != NULL)
		disk_dump(run.disk, of->dump);
}

void
alloc_run_base(const struct alloc_run *of)
{
	begin(of);
	if (start()) {
		add_topic();
		send(0, 30, false);
		sim_sleep_ms(2000);
	}
	hand_over();
}

void
alloc_run_attempt(const struct alloc_run *of)
{
	begin(of);
	alloc_fail_at(of->n, of->way->lasting ? UINT64_MAX : of->n,
	    &of->left->tally);
	if (start()) {
		work();
		alloc_fail_pause(true);
		if (!is_taking())
			complain("it takes no message any more");
		if (!ledger_judge(&run.ledger, run.work.wire))
			complain("it goes on without what it had");
		alloc_fail_pause(false);
		if (of->way->orderly)
			stop();
	}
	hand_over();
}

void
alloc_run_judge(const struct alloc_run *of)
{
	begin(of);
	if (start()) {
		look();
		(void)ledger_judge(&run.ledger, run.work.wire);
		if (run.ledger.topic_count == 0)
			add_topic();
		if (!is_taking())
			complain("it takes no message after a restart");
		stop();
	}
	hand_over();
}
