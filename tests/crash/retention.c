/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old messages go when they should, and not before: by age, at the hour, when
 * the disk fills, by a topic's own time; what a group has not consumed stays; a
 * clock that jumps deletes nothing.  On a disk with a quota, in simulated time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <skua/files.h>
#include <skua/request.h>

#include "broker_rig.h"
#include "disk.h"
#include "random.h"
#include "report.h"
#include "sim.h"
#include "workload.h"

#define ANSWER_MS 10000
#define ROUND_MS 11000 /* a look at the disk comes every 10 s */
#define MINUTE_MS 60000
#define HOUR_MS ((int64_t)60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

struct run {
	const char *name;
	const char *const *settings;
	struct disk *disk;
	struct ledger ledger;
	struct broker_rig *rig;
	struct wire *wire;
	uint64_t random;
};

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
expect(struct run *r, bool holds, const char *what)
{
	struct ledger *l = &r->ledger;

	if (holds)
		return;
	l->verdict.unreadable++;
	if (l->first_fault[0] == '\0')
		(void)snprintf(l->first_fault, sizeof(l->first_fault), "%s",
		    what);
}

static void
start(struct run *r)
{
	struct skua_error e = { 0, "" };

	r->rig = broker_rig_start(r->disk, r->settings, &e);
	if (r->rig == NULL) {
		(void)fprintf(stderr, "retention: %s\n", e.text);
		abort();
	}
	r->wire = wire_open(broker_rig_port(r->rig));
}

static void
stop(struct run *r)
{
	struct disk *left;

	wire_close(&r->wire);
	broker_rig_stop(&r->rig);
	left = disk_left_now(r->disk, DISK_CUT_NONE, 0);
	disk_free(r->disk);
	r->disk = left;
}

static void
restart(struct run *r)
{
	stop(r);
	start(r);
}

/* --- what happens --- */

/* Who says nothing for two minutes is cut off. */
static void
pass(struct run *r, int64_t ms)
{
	sim_sleep_ms(ms);
	wire_close(&r->wire);
	r->wire = wire_open(broker_rig_port(r->rig));
}

static uint64_t
send(struct run *r, int32_t topic, unsigned count)
{
	struct workload w = { .ledger = &r->ledger, .wire = r->wire,
		.random = &r->random, .counts = always,
		.answer_ms = ANSWER_MS };
	uint64_t before = r->ledger.verdict.acknowledged;

	(void)workload_send(&w, topic, 0, count, false);
	return r->ledger.verdict.acknowledged - before;
}

static void
count_log_file(void *arg, const char *path, int64_t size)
{
	(void)size;
	*(int *)arg += strstr(path, "/commitlog/") != NULL;
}

static int
log_files(const struct run *r)
{
	int count = 0;

	disk_each_file(r->disk, count_log_file, &count);
	return count;
}

/* Messages until the log has so many files more. */
static void
fill(struct run *r, int32_t topic, int files)
{
	for (files += log_files(r); log_files(r) < files;)
		if (send(r, topic, 5) == 0)
			return;
}

static int64_t
min_of(struct run *r, int32_t topic)
{
	return wire_offset(r->wire, WIRE_MIN_OFFSET,
	    r->ledger.topics[topic].name, 0, ANSWER_MS);
}

static int64_t
max_of(struct run *r, int32_t topic)
{
	return wire_offset(r->wire, WIRE_MAX_OFFSET,
	    r->ledger.topics[topic].name, 0, ANSWER_MS);
}

/* The disk becomes so large that what is on it is so much of it; once all that
 * is still in memory has come to it. */
static void
set_used(struct run *r, int percent)
{
	int64_t total, left;

	disk_set_quota(r->disk, 0);
	pass(r, 62000);
	disk_set_quota(r->disk, (int64_t)1 << 30);
	if (skua_io()->disk(RIG_ROOT, &total, &left) != SKUA_OK)
		abort();
	disk_set_quota(r->disk, (total - left) * 100 / percent);
}

/* A consumer at the beginning is told where to go on, and does. */
static void
expect_moved(struct run *r, int32_t topic)
{
	const char *name = r->ledger.topics[topic].name;
	int64_t min = min_of(r, topic);
	const struct command *c = wire_pull(r->wire, name, 0, 0, 1, ANSWER_MS);
	struct skua_record record;

	expect(r, min > 0, "nothing went");
	expect(r, c != NULL && c->code == SKUA_CODE_PULL_OFFSET_MOVED &&
		wire_int_of(c, "nextBeginOffset") == min,
	    "a consumer that fell behind is not told where to go on");
	c = wire_pull(r->wire, name, 0, min, 1, ANSWER_MS);
	expect(r, c != NULL && c->code == 0 &&
		skua_record_decode(c->body.p, c->body.len, &record) ==
		    SKUA_OK &&
		record.queue_offset == min,
	    "the first message that is left cannot be read");
}

/* --- cases --- */

static void
case_hour(struct run *r) /* it is eight; at ten what is an hour old goes */
{
	fill(r, 0, 4);
	pass(r, 90 * MINUTE_MS);
	expect(r, min_of(r, 0) == 0, "it went before the hour");
	(void)send(r, 0, 3);
	pass(r, 31 * MINUTE_MS);
	expect_moved(r, 0);
	expect(r, max_of(r, 0) > min_of(r, 0), "what is young went, too");
}

static void
case_asked(struct run *r) /* not the hour, but an administrator */
{
	struct wire_ask ask = { .count = 0 };

	fill(r, 0, 4);
	pass(r, 61 * MINUTE_MS);
	expect(r, min_of(r, 0) == 0, "it went unasked");
	(void)wire_call(r->wire, WIRE_DELETE_EXPIRED, &ask,
	    skua_str_n(NULL, 0), ANSWER_MS);
	sim_sleep_ms(2000);
	expect_moved(r, 0);
}

static void
case_clock(struct run *r) /* every hour is the hour */
{
	static const int64_t jumps_ms[] = { -10 * HOUR_MS, 10 * HOUR_MS,
		30 * DAY_MS, -30 * DAY_MS, -400 * DAY_MS, 400 * DAY_MS };

	fill(r, 0, 4);
	for (size_t i = 0; i < sizeof(jumps_ms) / sizeof(jumps_ms[0]); i++) {
		sim_jump_ms(jumps_ms[i]);
		sim_sleep_ms(2 * ROUND_MS);
		expect(r, send(r, 0, 3) == 3, "a jump refuses messages");
		expect(r, min_of(r, 0) == 0, "a jump deleted messages");
	}
	pass(r, 61 * MINUTE_MS);
	expect_moved(r, 0);
	/* A clock that stays where it jumped to is believed in the end. */
	fill(r, 0, 2);
	r->ledger.topics[0].min[0] = min_of(r, 0);
	sim_jump_ms(30 * DAY_MS);
	pass(r, 30 * MINUTE_MS);
	expect(r, min_of(r, 0) == r->ledger.topics[0].min[0],
	    "a jump forward is believed at once");
	pass(r, 32 * MINUTE_MS);
	expect(r, min_of(r, 0) > r->ledger.topics[0].min[0],
	    "a jump forward is never believed");
}

static int64_t
last_time(struct run *r)
{
	struct skua_record record;
	const struct command *c = wire_pull(r->wire, r->ledger.topics[0].name,
	    0, max_of(r, 0) - 1, 1, ANSWER_MS);

	return c != NULL && c->code == 0 &&
		skua_record_decode(c->body.p, c->body.len, &record) ==
		    SKUA_OK ?
	    record.store_timestamp_ms :
	    -1;
}

static void
case_ahead(struct run *r) /* two messages of tomorrow: the next are of today */
{
	int64_t ahead, found, now;

	(void)send(r, 0, 20);
	sim_jump_ms(DAY_MS);
	ahead = max_of(r, 0);
	(void)send(r, 0, 2);
	expect(r, last_time(r) > sim_wall_ms() - HOUR_MS, "not the clock's");
	sim_jump_ms(-DAY_MS);
	for (int i = 0; i < 2; i++) {
		sim_sleep_ms(1000);
		now = sim_wall_ms();
		(void)send(r, 0, 20);
		expect(r, last_time(r) >= now && last_time(r) <= sim_wall_ms(),
		    "a clock that was wrong is still believed");
		found = wire_search(r->wire, r->ledger.topics[0].name, 0, now,
		    ANSWER_MS);
		expect(r, found >= ahead && found <= max_of(r, 0) - 20,
		    "a search by time skips messages");
		restart(r);
	}
	/* What is of tomorrow keeps nothing of today. */
	fill(r, 0, 3);
	pass(r, 61 * MINUTE_MS);
	expect_moved(r, 0);
}

static void
case_behind(struct run *r) /* messages of last month make no other old */
{
	fill(r, 0, 2);
	sim_jump_ms(-30 * DAY_MS);
	fill(r, 0, 2);
	sim_jump_ms(30 * DAY_MS);
	fill(r, 0, 1);
	pass(r, 2 * ROUND_MS);
	expect(r, min_of(r, 0) == 0, "young messages went");
	restart(r);
	pass(r, 2 * ROUND_MS);
	expect(r, min_of(r, 0) == 0, "young messages went at a start");
	pass(r, 61 * MINUTE_MS);
	expect_moved(r, 0);
}

static void
case_filling(struct run *r) /* what is old goes at 75 %, whatever the hour */
{
	fill(r, 0, 16);
	set_used(r, 80);
	sim_sleep_ms(ROUND_MS);
	expect(r, min_of(r, 0) == 0, "what is young went at 80 %");
	disk_set_quota(r->disk, 0);
	pass(r, 61 * MINUTE_MS);
	expect(r, min_of(r, 0) == 0, "it went although there is room");
	set_used(r, 80);
	sim_sleep_ms(ROUND_MS);
	expect_moved(r, 0);
}

static void
case_full(struct run *r) /* at 85 % the oldest goes, whatever its age */
{
	fill(r, 0, 16);
	set_used(r, 88);
	sim_sleep_ms(ROUND_MS);
	expect_moved(r, 0);
	expect(r, log_files(r) > 12, "more went than had to");
	expect(r, send(r, 0, 3) == 3, "there is room, and no message is taken");
}

static void
case_warning(struct run *r) /* not forcibly: then no message is taken at 90 % */
{
	fill(r, 0, 16);
	set_used(r, 93);
	sim_sleep_ms(ROUND_MS);
	expect(r, min_of(r, 0) == 0, "it went although it must not");
	expect(r, send(r, 0, 3) == 0, "a message is taken at 93 %");
	set_used(r, 60);
	sim_sleep_ms(ROUND_MS);
	expect(r, send(r, 0, 3) == 3, "space is back, and no message is taken");
}

static void
commit(struct run *r, int64_t offset)
{
	(void)wire_pull(r->wire, "T0", 0, 0, 1, ANSWER_MS);
	(void)wire_commit(r->wire, WIRE_GROUP, "T0", 0, offset, ANSWER_MS);
	r->ledger.topics[0].committed[0] = offset;
	sim_sleep_ms(2 * ROUND_MS);
}

/* The disk stays too full, until nothing is left that may go. */
static void
press(struct run *r)
{
	for (int64_t was = -1; was != min_of(r, 0);) {
		was = min_of(r, 0);
		set_used(r, 88);
		sim_sleep_ms(2 * ROUND_MS);
	}
}

static void
case_retained(struct run *r) /* what the group has not consumed stays */
{
	uint64_t taken = 0;
	int64_t middle;

	fill(r, 0, 3);
	middle = max_of(r, 0);
	fill(r, 0, 30);
	commit(r, middle);
	set_used(r, 88);
	sim_sleep_ms(ROUND_MS);
	expect_moved(r, 0); /* what it has consumed may go */
	expect(r, min_of(r, 0) <= middle, "unconsumed messages went");
	press(r);
	expect(r, min_of(r, 0) <= middle, "unconsumed messages went");
	for (int i = 0; i < 40; i++)
		taken += send(r, 1, 1);
	expect(r, taken < 38, "nobody is held back before the disk is full");
	expect(r, taken > 2, "everybody is held back before it is full");
	set_used(r, 93);
	sim_sleep_ms(ROUND_MS);
	expect(r, min_of(r, 0) <= middle, "unconsumed messages went at 93 %");
	expect(r, send(r, 1, 3) == 0, "a message is taken at 93 %");
	commit(r, max_of(r, 0));
	sim_sleep_ms(3 * ROUND_MS);
	expect(r, min_of(r, 0) > middle, "what is consumed stays");
	expect(r, send(r, 1, 20) == 20, "space is back, and messages are not");
}

/* A byte of the log or of the queue T0/0, as it is on the disk; NULL when its
 * file is gone. */
static uint8_t *
byte_of(struct run *r, const char *folder, int64_t at)
{
	int64_t size = 0, file = strcmp(folder, "commitlog") == 0 ?
	    RIG_LOG_FILE :
	    RIG_QUEUE_FILE;
	char path[256];
	uint8_t *bytes;

	(void)snprintf(path, sizeof(path), RIG_ROOT "/%s/%020lld", folder,
	    (long long)(at - at % file));
	bytes = disk_bytes(r->disk, path, &size);
	return bytes == NULL || at % file >= size ? NULL : bytes + at % file;
}

static void
spoil(struct run *r, const char *folder, int64_t at)
{
	uint8_t *byte = byte_of(r, folder, at);

	expect(r, byte != NULL, "what must stay went with its file");
	if (byte != NULL)
		*byte ^= 0x20;
}

/* The position of the message of that offset in queue 0; -1 without it. */
static int64_t
pos_of(struct run *r, int32_t topic, int64_t offset)
{
	const struct command *c = wire_pull(r->wire,
	    r->ledger.topics[topic].name, 0, offset, 1, ANSWER_MS);
	struct skua_record record;

	return c != NULL && c->code == 0 &&
		skua_record_decode(c->body.p, c->body.len, &record) ==
		    SKUA_OK &&
		record.queue_offset == offset ?
	    record.pos :
	    -1;
}

static void
case_doubted(struct run *r) /* the same, though its queue entry is damaged */
{
	int64_t middle, unit, pos;

	fill(r, 0, 3);
	middle = max_of(r, 0);
	unit = middle * SKUA_CQ_UNIT_SIZE + 2; /* of its position */
	fill(r, 0, 12);
	pos = pos_of(r, 0, middle);
	commit(r, middle);
	stop(r);
	spoil(r, "consumequeue/T0/0", unit);
	start(r);
	press(r);
	expect(r, min_of(r, 0) > 0, "what is consumed stays");
	expect(r, pos_of(r, 0, middle) == pos, "an unconsumed message went");
	/* Its record as well: there is no saying where it was. */
	stop(r);
	spoil(r, "consumequeue/T0/0", unit);
	spoil(r, "commitlog", pos + 4);
	start(r);
	press(r);
	expect(r, byte_of(r, "commitlog", pos) != NULL,
	    "it went although it is in doubt");
	commit(r, max_of(r, 0));
	press(r);
	expect(r, byte_of(r, "commitlog", pos) == NULL,
	    "what is consumed stays");
	r->ledger.topics[0].min[0] = min_of(r, 0);
}

static void
create_short_lived(struct run *r, const char *name)
{
	struct wire_ask a = { .count = 0 };
	const struct command *c;

	wire_text(&a, "topic", name);
	wire_text(&a, "defaultTopic", "TBW102");
	wire_number(&a, "readQueueNums", 1);
	wire_number(&a, "writeQueueNums", 1);
	wire_number(&a, "perm", 6);
	wire_text(&a, "topicFilterType", "SINGLE_TAG");
	wire_number(&a, "topicSysFlag", 0);
	wire_text(&a, "order", "false");
	wire_text(&a, "attributes", "+reserve.time=600000");
	c = wire_call(r->wire, WIRE_CREATE_TOPIC, &a, skua_str_n(NULL, 0),
	    ANSWER_MS);
	expect(r, c != NULL && c->code == 0, "no topic with a reserve.time");
}

static void
case_topic(struct run *r) /* ten minutes, of 72 hours */
{
	struct ledger_topic *t = ledger_add_topic(&r->ledger, 1);

	create_short_lived(r, t->name);
	t->acked = true;
	fill(r, 2, 1);
	(void)send(r, 0, 5);
	pass(r, 9 * MINUTE_MS);
	expect(r, min_of(r, 2) == 0, "it went before its topic's time");
	pass(r, 2 * MINUTE_MS);
	expect_moved(r, 2);
	expect(r, min_of(r, 0) == 0, "another topic's messages went");
}

static void
case_topic_hole(struct run *r) /* a damaged record in it makes no other old */
{
	struct ledger_topic *t = ledger_add_topic(&r->ledger, 1);
	int64_t pos;

	create_short_lived(r, t->name);
	t->acked = true;
	fill(r, 2, 2);
	pos = pos_of(r, 2, max_of(r, 2) / 2);
	stop(r);
	spoil(r, "commitlog", pos + 4);
	start(r);
	pass(r, MINUTE_MS);
	expect(r, min_of(r, 2) == 0, "it went before its topic's time");
	pass(r, 10 * MINUTE_MS);
	expect_moved(r, 2);
}

/* --- all of them --- */

#define COMMON "flushDiskType", "SYNC_FLUSH"
static const char *const hour[] = { COMMON, "fileReservedTime", "1",
	"deleteWhen", "10", NULL };
static const char *const always_hour[] = { COMMON, "fileReservedTime", "1",
	"deleteWhen",
	"00;01;02;03;04;05;06;07;08;09;10;11;12;13;14;15;16;17;18;19;20;21;22;"
	"23",
	NULL };
static const char *const gently[] = { COMMON, "cleanFileForciblyEnable",
	"false", NULL };
static const char *const retaining[] = { COMMON, "retainUnconsumedOf",
	WIRE_GROUP, NULL };
static const char *const plain[] = { COMMON, NULL };

static const struct {
	const char *name;
	const char *const *settings;
	void (*fn)(struct run *r);
} cases[] = {
	{ "hour", hour, case_hour },
	{ "asked", hour, case_asked },
	{ "clock", always_hour, case_clock },
	{ "ahead", always_hour, case_ahead },
	{ "behind", always_hour, case_behind },
	{ "filling", hour, case_filling },
	{ "full", plain, case_full },
	{ "warning", gently, case_warning },
	{ "retained", retaining, case_retained },
	{ "doubted", retaining, case_doubted },
	{ "topic", plain, case_topic },
	{ "topic hole", plain, case_topic_hole },
};

static void
run_case(size_t i, const struct options *o, struct ledger *sum)
{
	struct workload w;
	struct run r = { .name = cases[i].name, .settings = cases[i].settings,
		.random = o->seed };

	sim_begin(o->seed);
	ledger_init(&r.ledger, true);
	r.disk = disk_new(RIG_ROOT);
	start(&r);
	w = (struct workload){ .ledger = &r.ledger, .wire = r.wire,
		.random = &r.random, .counts = always,
		.answer_ms = ANSWER_MS };
	(void)workload_add_topic(&w);
	(void)workload_add_topic(&w);
	cases[i].fn(&r);
	disk_set_quota(r.disk, 0);
	for (int round = 0; round < 2; round++) {
		r.ledger.expired = true;
		(void)ledger_judge(&r.ledger, r.wire);
		restart(&r);
	}
	wire_close(&r.wire);
	broker_rig_stop(&r.rig);
	disk_free(r.disk);
	if (verdict_faults(&r.ledger) > 0)
		(void)fprintf(stderr, "retention: %s: %s\n", r.name,
		    r.ledger.first_fault);
	verdict_add(&sum->verdict, &r.ledger.verdict);
	ledger_fini(&r.ledger);
	sim_end();
}

int
main(int argc, char **argv)
{
	struct options o;
	struct ledger sum;
	uint64_t done = 0, count = sizeof(cases) / sizeof(cases[0]);

	(void)setenv("TZ", "UTC", 1);
	tzset();
	options_take(&o, argc, argv, 1);
	ledger_init(&sum, true);
	/* Of several seeds: who runs when is another one. */
	for (uint64_t n = 0; n < o.cycles; n++, o.seed++)
		for (size_t i = 0; i < count; i++)
			if (o.only == NULL || !strcmp(o.only, cases[i].name)) {
				run_case(i, &o, &sum);
				done++;
				report_progress("retention", done,
				    count * o.cycles);
			}
	return report_end(&o, "retention", done, &sum, "");
}
