/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of every kind of file, torn at every byte: zeros, garbage, or nothing
 * from there on.  The last record of the log was not acknowledged, so it may be
 * gone; everything else must be there, or the broker says why it does not start.
 */
#include <stdio.h>
#include <stdlib.h>

#include <skua/files.h>

#include "broker_rig.h"
#include "disk.h"
#include "random.h"
#include "report.h"
#include "sim.h"
#include "workload.h"

#define ANSWER_MS 10000

enum tear { TEAR_ZERO, TEAR_GARBAGE, TEAR_CUT, TEARS };
static const char *const tear_names[] = { "zeros", "garbage", "nothing" };

/* A file and the bytes at whose every one it is torn, up to `to`. */
struct target {
	char path[256];
	int64_t from, to;
	int64_t unchecked; /* garbage from here on cannot be told; 0: nowhere */
};

struct base {
	struct disk *disk;
	struct ledger ledger;
	struct target targets[64];
	size_t count;
	uint64_t refused; /* starts */
	bool fresh;       /* the last record was written this moment */
};

static const char *const settings[] = { "flushDiskType", "SYNC_FLUSH", NULL };

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
add_target(struct base *b, const char *path, int64_t from, int64_t to)
{
	struct target *t = &b->targets[b->count];

	if (b->count == sizeof(b->targets) / sizeof(b->targets[0]))
		return;
	(void)snprintf(t->path, sizeof(t->path), "%s", path);
	t->from = from;
	t->to = to;
	b->count++;
}

/* Where the last record of a log file begins and ends. */
static void
add_log(struct base *b, const char *path, const uint8_t *bytes, int64_t size)
{
	struct skua_record r;
	int64_t at = 0, last = -1, body_end = 0;

	while (skua_record_decode(bytes + at, (size_t)(size - at), &r) ==
	    SKUA_OK) {
		last = at;
		at += r.size;
		body_end = (r.body.p - (const char *)bytes) +
		    (int64_t)r.body.len;
	}
	/* Only the last file has room behind its last record. */
	if (last < 0 || size - at <= 8 || bytes[at + 4] != 0)
		return;
	add_target(b, path, last, at);
	/* Checksums of what is behind the body come a second later. */
	if (b->fresh)
		b->targets[b->count - 1].unchecked = body_end;
}

static void
add_queue(struct base *b, const char *path, const uint8_t *bytes, int64_t size)
{
	int64_t at = size;

	while (at >= 20 && bytes[at - 20 + 11] == 0 && bytes[at - 20 + 10] == 0)
		at -= 20;
	if (at >= 20)
		add_target(b, path, at - 20, at);
}

/* The header, and the last entry. */
static void
add_index(struct base *b, const char *path, const uint8_t *bytes, int64_t size)
{
	uint32_t count = skua_get_be32(bytes + SKUA_KEYS_AT_COUNT);
	int64_t end = skua_keys_entry_at(RIG_SLOTS, count);

	add_target(b, path, 0, SKUA_KEYS_HEADER_SIZE);
	if (count > 1 && end <= size)
		add_target(b, path, end - SKUA_KEYS_ENTRY_SIZE, end);
}

static void
consider(void *arg, const char *path, int64_t size)
{
	struct base *b = arg;
	const uint8_t *bytes = disk_bytes(b->disk, path, &size);
	const char *name = path + sizeof(RIG_ROOT);

	if (strncmp(name, "commitlog/", 10) == 0)
		add_log(b, path, bytes, size);
	else if (strncmp(name, "consumequeue/", 13) == 0)
		add_queue(b, path, bytes, size);
	else if (strcmp(name, "checkpoint") == 0)
		add_target(b, path, 0, 1100 < size ? 1100 : size);
	else if (strncmp(name, "config/", 7) == 0 &&
	    strstr(name, ".bak") == NULL)
		add_target(b, path, size > 400 ? size - 400 : 0, size);
	else if (strncmp(name, "index/", 6) == 0)
		add_index(b, path, bytes, size);
	else if (size > 0 && strcmp(name, "lock") != 0 &&
	    strcmp(name, "abort") != 0)
		add_target(b, path, size > 64 ? size - 64 : 0, size);
}

/* A store with a bit of everything; the last message was never answered. */
static void
make_base(struct base *b, const struct options *o, bool fresh)
{
	struct skua_error e = { 0, "" };
	uint64_t random = o->seed;
	struct workload w = { .ledger = &b->ledger, .random = &random,
		.counts = always, .answer_ms = ANSWER_MS };
	struct broker_rig *rig;
	struct disk *left;

	memset(b, 0, sizeof(*b));
	b->fresh = fresh;
	ledger_init(&b->ledger, true);
	b->ledger.keyed = true;
	b->disk = disk_new(RIG_ROOT);
	rig = broker_rig_start(b->disk, settings, &e);
	if (rig == NULL)
		abort();
	w.wire = wire_open(broker_rig_port(rig));
	(void)workload_add_topic(&w);
	(void)workload_add_topic(&w);
	for (int32_t i = 0; i < 30; i++)
		(void)workload_send(&w, i % 2, 0, 3, false);
	/* The index is on disk, and both copies of the tables. */
	for (int i = 0; i < 2; i++) {
		(void)wire_commit(w.wire, WIRE_GROUP, "T0", 0, i, ANSWER_MS);
		sim_sleep_ms(61000);
	}
	(void)workload_send(&w, 0, 0, 2, false);
	b->ledger.entries[b->ledger.count - 1].state = ENTRY_SENT;
	b->ledger.entries[b->ledger.count - 1].spoilt = true;
	for (size_t i = 0; i < b->ledger.topic_count; i++)
		for (int q = 0; q < LEDGER_QUEUES; q++)
			b->ledger.topics[i].committed[q] = 1;
	if (!fresh)
		sim_sleep_ms(2000);
	left = disk_left_now(b->disk, DISK_CUT_ALL, 0);
	wire_close(&w.wire);
	broker_rig_stop(&rig);
	disk_free(b->disk);
	b->disk = left;
	b->ledger.power_failed = true;
	disk_each_file(b->disk, consider, b);
}

static void
tear(struct disk *disk, const struct target *t, int64_t at, enum tear how)
{
	uint64_t state = (uint64_t)at;
	int64_t size;
	uint8_t *bytes = disk_bytes(disk, t->path, &size);

	if (how == TEAR_CUT) {
		disk_set_size(disk, t->path, at);
		return;
	}
	for (int64_t i = at; i < t->to; i++)
		bytes[i] = how == TEAR_ZERO ? 0 :
					      (uint8_t)random_next(&state);
}

static void
judge(struct base *b, struct disk *disk, const struct target *t,
    int64_t at, enum tear how, struct ledger *sum)
{
	struct skua_error e = { 0, "" };
	struct ledger l;
	struct broker_rig *rig;
	struct wire *wire;

	ledger_copy(&b->ledger, &l);
	rig = broker_rig_start(disk, settings, &e);
	b->refused += rig == NULL;
	if (rig == NULL && (how != TEAR_CUT || e.text[0] == '\0')) {
		l.verdict.unreadable++;
		(void)snprintf(l.first_fault, sizeof(l.first_fault), "%s",
		    e.text);
	}
	if (rig != NULL) {
		wire = wire_open(broker_rig_port(rig));
		(void)ledger_judge(&l, wire);
		wire_close(&wire);
	}
	broker_rig_stop(&rig);
	if (verdict_faults(&l) > 0)
		(void)fprintf(stderr, "torn: %s, %s from %lld on: %s\n",
		    t->path, tear_names[how], (long long)at, l.first_fault);
	verdict_add(&sum->verdict, &l.verdict);
	ledger_fini(&l);
}

static int
tear_one(struct base *b, const struct target *t, int64_t at, enum tear how,
    struct ledger *sum)
{
	struct disk *disk;

	if (how == TEAR_GARBAGE && t->unchecked > 0 && at >= t->unchecked)
		return 0;
	disk = disk_left_now(b->disk, DISK_CUT_ALL, 0);
	tear(disk, t, at, how);
	judge(b, disk, t, at, how, sum);
	disk_free(disk);
	return 1;
}

/* cycles: about so many places of each file; 0: all. */
static uint64_t
tear_all(struct base *b, const struct options *o, struct ledger *sum)
{
	uint64_t done = 0;

	for (size_t i = 0; i < b->count; i++) {
		const struct target *t = &b->targets[i];
		int64_t step = o->cycles == 0 ?
		    1 :
		    1 + (t->to - t->from) / (int64_t)o->cycles;

		if (o->only != NULL && strstr(t->path, o->only) == NULL)
			continue;
		for (int64_t at = t->from; at < t->to; at += step)
			for (int how = 0; how < TEARS; how++)
				done += (uint64_t)tear_one(b, t, at, (enum tear)how, sum);
		report_progress("torn", i, b->count);
	}
	return done;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct ledger sum;
	uint64_t done = 0, refused = 0;
	char more[64];

	options_take(&o, argc, argv, 10);
	ledger_init(&sum, true);
	for (int fresh = 0; fresh < 2; fresh++) {
		struct base b;

		sim_begin(o.seed);
		make_base(&b, &o, fresh != 0);
		done += tear_all(&b, &o, &sum);
		refused += b.refused;
		disk_free(b.disk);
		ledger_fini(&b.ledger);
		sim_end();
	}
	(void)snprintf(more, sizeof(more), "starts refused %llu",
	    (unsigned long long)refused);
	return report_end(&o, "torn", done, &sum, more);
}
