/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bit of a store folder is another one; the broker is started on it, and
 * everything is read as consumers do: every queue, by tag, by key, the groups'
 * offsets.  Nothing wrong may come, and the flip must have been seen: the start
 * is refused with words, a line says so, or the byte is right again at the end.
 * A message whose own record was hit may be missing.
 *
 * All bits of what is about the data, in turn; of the data, by chance.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "broker_rig.h"
#include "disk.h"
#include "places.h"
#include "random.h"
#include "report.h"
#include "sim.h"
#include "workload.h"

#define ANSWER_MS 10000
#define RANDOM_FLIPS 100000 /* of the complete form */

enum outcome { REFUSED, SAID, MENDED, SILENT, UNSEEN, WRONG, OUTCOMES };
static const char *const outcome_names[] = { "refused", "said", "mended",
	"harmless", "UNSEEN", "WRONG" };

struct base {
	const char *name;
	struct disk *disk;
	struct ledger ledger;
	struct places places;
	bool clean;
	size_t lines; /* that a start without a flip says */
	uint64_t outcomes[PLACE_KIND_COUNT][OUTCOMES];
};

static const char *const settings[] = { "flushDiskType", "SYNC_FLUSH",
	"maxIndexNum", "48", NULL };

static char now[512]; /* what is flipped, should the broker die of it */

/* --- the broker's log --- */

static int log_fd, own_stderr;

static void
log_begin(void)
{
	if (ftruncate(log_fd, 0) != 0 || lseek(log_fd, 0, SEEK_SET) != 0 ||
	    dup2(log_fd, STDERR_FILENO) < 0)
		abort();
}

/* How many lines came; the last one stays in last. */
static size_t
log_end(char *last, size_t size)
{
	static char text[1 << 16];
	ssize_t n = pread(log_fd, text, sizeof(text) - 1, 0);
	size_t lines = 0;

	(void)dup2(own_stderr, STDERR_FILENO);
	text[n < 0 ? 0 : n] = '\0';
	last[0] = '\0';
	for (char *p = text, *end; (end = strchr(p, '\n')) != NULL;
	     p = end + 1, lines++)
		(void)snprintf(last, size, "%.*s", (int)(end - p), p);
	return lines;
}

/* Its last words went where its lines go. */
static void
died(int number)
{
	static char text[4096];
	off_t size = lseek(log_fd, 0, SEEK_END);
	ssize_t n = pread(log_fd, text, sizeof(text),
	    size < (off_t)sizeof(text) ? 0 : size - (off_t)sizeof(text));

	(void)!write(own_stderr, now, strlen(now));
	(void)!write(own_stderr, "\n", 1);
	(void)!write(own_stderr, text, n < 0 ? 0 : (size_t)n);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* --- the store --- */

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
send_all(struct workload *w, int rounds)
{
	for (int32_t i = 0; i < rounds; i++) {
		int32_t topic = i % 2;
		int32_t queues = w->ledger->topics[topic].queues;

		(void)workload_send(w, topic, i % queues, 3, i % 5 == 0);
	}
}

static void
make_base(struct base *b, const struct options *o, bool clean)
{
	struct skua_error e = { 0, "" };
	uint64_t random = o->seed;
	struct workload w = { .ledger = &b->ledger, .random = &random,
		.counts = always, .answer_ms = ANSWER_MS };
	struct ledger_topic *t = &b->ledger.topics[0];
	struct broker_rig *rig;
	struct disk *left = NULL;

	memset(b, 0, sizeof(*b));
	b->clean = clean;
	b->name = clean ? "orderly" : "abrupt";
	ledger_init(&b->ledger, true);
	b->ledger.keyed = true;
	b->disk = disk_new(RIG_ROOT);
	rig = broker_rig_start(b->disk, settings, &e);
	if (rig == NULL)
		abort();
	w.wire = wire_open(broker_rig_port(rig));
	(void)workload_add_topic(&w);
	(void)workload_add_topic(&w);
	send_all(&w, 24);
	(void)wire_pull(w.wire, t->name, 0, 0, 1, ANSWER_MS);
	(void)wire_commit(w.wire, WIRE_GROUP, t->name, 0, 5, ANSWER_MS);
	t->committed[0] = t->committed_safe[0] = 5;
	sim_sleep_ms(61000);
	send_all(&w, 6);
	sim_sleep_ms(2500);
	if (!clean)
		left = disk_left_now(b->disk, DISK_KILL, 0);
	wire_close(&w.wire);
	broker_rig_stop(&rig);
	if (clean)
		left = disk_left_now(b->disk, DISK_CUT_ALL, 0);
	disk_free(b->disk);
	b->disk = left;
	places_find(&b->places, b->disk);
}

/* --- a flip --- */

/* The message whose record has the byte. */
static void
spoil_entry(const struct base *b, struct ledger *l, const struct place *p,
    int64_t at)
{
	struct skua_record r;
	struct ledger_entry *e;
	int64_t size, from = 0;
	const uint8_t *bytes = disk_bytes(b->disk, p->path, &size);

	while (skua_record_decode(bytes + from, (size_t)(size - from), &r) ==
		SKUA_OK &&
	    from + r.size <= at)
		from += r.size;
	e = ledger_find(l, r.body);
	if (e == NULL)
		abort();
	e->spoilt = true;
}

static void
judge(struct ledger *l, struct disk *disk, struct skua_error *e)
{
	struct broker_rig *rig = broker_rig_start(disk, settings, e);
	struct wire *wire;

	if (rig == NULL) {
		if (e->text[0] == '\0') {
			l->verdict.unreadable++;
			(void)snprintf(l->first_fault, sizeof(l->first_fault),
			    "no start, and no word");
		}
		return;
	}
	wire = wire_open(broker_rig_port(rig));
	(void)ledger_judge(l, wire);
	wire_close(&wire);
	broker_rig_stop(&rig);
}

static bool
is_mended(struct disk *disk, const struct place *p, int64_t at, uint8_t wrong)
{
	int64_t size;
	const uint8_t *bytes = disk_bytes(disk, p->path, &size);

	return bytes == NULL || size <= at || bytes[at] != wrong;
}

static void
tell(const struct ledger *l, enum outcome outcome, const char *last)
{
	(void)fprintf(stderr, "bitflip: %s: %s %s\n", now,
	    outcome_names[outcome], outcome == WRONG ? l->first_fault : last);
}

/* A table, say, says nothing about keys. */
static size_t
key_step(enum place_kind kind)
{
	return kind == PLACE_RECORD || kind == PLACE_KEYS ||
		kind == PLACE_INDEX_SEAL ?
	    1 :
	    32;
}

static void
flip(struct base *b, const struct place *p, int64_t at, int bit,
    const struct options *o, struct ledger *sum)
{
	struct disk *disk = disk_left_now(b->disk, DISK_CUT_ALL, 0);
	struct skua_error e = { 0, "" };
	enum outcome outcome;
	struct ledger l;
	char last[1024];
	int64_t size;
	uint8_t wrong = disk_bytes(disk, p->path, &size)[at] ^=
	    (uint8_t)(1 << bit);

	(void)snprintf(now, sizeof(now), "%s stop, %s, bit %d of byte %lld",
	    b->name, p->path, bit, (long long)at);
	ledger_copy(&b->ledger, &l);
	l.key_step = key_step(p->kind);
	if (p->kind == PLACE_RECORD)
		spoil_entry(b, &l, p, at);
	if (p->kind == PLACE_BACKUP) { /* its table is empty */
		char table[256];

		(void)snprintf(table, sizeof(table), "%.*s",
		    (int)(strlen(p->path) - 4), p->path);
		disk_set_size(disk, table, 0);
	}
	log_begin();
	judge(&l, disk, &e);
	outcome = log_end(last, sizeof(last)) > b->lines ? SAID : SILENT;
	if (verdict_faults(&l) > 0)
		outcome = WRONG;
	else if (e.text[0] != '\0')
		outcome = REFUSED;
	else if (outcome == SILENT && is_mended(disk, p, at, wrong))
		outcome = MENDED;
	else if (outcome == SILENT && !place_may_be_silent(p->kind))
		outcome = UNSEEN;
	if (outcome >= UNSEEN || o->verbose)
		tell(&l, outcome, e.text[0] != '\0' ? e.text : last);
	b->outcomes[p->kind][outcome]++;
	verdict_add(&sum->verdict, &l.verdict);
	ledger_fini(&l);
	disk_free(disk);
}

/* --- which --- */

static bool
is_wanted(const struct options *o, const struct place *p)
{
	return o->only == NULL || strstr(p->path, o->only) != NULL;
}

/* Tables are the same after either stop: all their bits once. */
static uint64_t
step_of(const struct base *b, const struct place *p, uint64_t step)
{
	return !b->clean &&
		(p->kind == PLACE_TABLE || p->kind == PLACE_BACKUP) ?
	    16 * step :
	    step;
}

/* Every bit in turn, or every so manieth. */
static void
flip_metadata(struct base *b, const struct options *o, struct ledger *sum)
{
	uint64_t bits = 0, n = 0, step;

	for (size_t i = 0; i < b->places.count; i++)
		if (place_is_metadata(b->places.list[i].kind))
			bits += (uint64_t)(b->places.list[i].to -
				    b->places.list[i].from) * 8;
	step = o->cycles == 0 ? 1 : 1 + bits / (o->cycles / 4 + 1);
	for (size_t i = 0; i < b->places.count; i++) {
		const struct place *p = &b->places.list[i];

		if (!place_is_metadata(p->kind) || !is_wanted(o, p))
			continue;
		for (int64_t bit = p->from * 8; bit < p->to * 8; bit++, n++) {
			if (n % step_of(b, p, step) != 0)
				continue;
			flip(b, p, bit / 8, (int)(bit % 8), o, sum);
			report_progress("bitflip, metadata", n, bits);
		}
	}
}

static const struct place *
some_place(struct base *b, uint64_t *random)
{
	for (;;) {
		const struct place *p = &b->places.list[random_below(random,
		    b->places.count)];

		/* What nobody reads, seldom. */
		if (!place_is_metadata(p->kind) &&
		    (!place_may_be_silent(p->kind) || p->kind == PLACE_CHECK ||
			random_one_in(random, 16)))
			return p;
	}
}

static void
flip_data(struct base *b, const struct options *o, struct ledger *sum)
{
	uint64_t random = o->seed;
	uint64_t flips = (o->cycles == 0 ? RANDOM_FLIPS : o->cycles / 2) / 2;

	for (uint64_t i = 0; i < flips; i++) {
		const struct place *p = some_place(b, &random);
		int64_t at = p->from +
		    (int64_t)random_below(&random,
			(uint64_t)(p->to - p->from));
		int bit = (int)random_below(&random, 8);

		if (is_wanted(o, p))
			flip(b, p, at, bit, o, sum);
		report_progress("bitflip, data", i, flips);
	}
}

/* --- the report --- */

static uint64_t
print_outcomes(const struct base *b, uint64_t totals[OUTCOMES])
{
	uint64_t all = 0;

	for (int k = 0; k < PLACE_KIND_COUNT; k++) {
		const uint64_t *of = b->outcomes[k];
		uint64_t count = 0;

		for (int i = 0; i < OUTCOMES; i++) {
			count += of[i];
			totals[i] += of[i];
		}
		all += count;
		if (count == 0)
			continue;
		(void)printf("%s stop, %s: %llu", b->name,
		    place_name((enum place_kind)k), (unsigned long long)count);
		for (int i = 0; i < OUTCOMES; i++)
			if (of[i] > 0)
				(void)printf(", %s %llu", outcome_names[i],
				    (unsigned long long)of[i]);
		(void)printf("\n");
	}
	return all;
}

static void
begin(void)
{
	own_stderr = dup(STDERR_FILENO);
	log_fd = memfd_create("log", MFD_CLOEXEC);
	if (log_fd < 0 || own_stderr < 0)
		abort();
	(void)signal(SIGSEGV, died);
	(void)signal(SIGBUS, died);
	(void)signal(SIGABRT, died);
	skua_log_set_level(SKUA_LOG_NOTICE);
}

/* What a start without a flip says, and that it is right. */
static void
start_plain(struct base *b, struct ledger *sum)
{
	struct disk *disk = disk_left_now(b->disk, DISK_CUT_ALL, 0);
	struct skua_error e = { 0, "" };
	struct ledger l;
	char last[16];

	ledger_copy(&b->ledger, &l);
	log_begin();
	judge(&l, disk, &e);
	b->lines = log_end(last, sizeof(last));
	verdict_add(&sum->verdict, &l.verdict);
	ledger_fini(&l);
	disk_free(disk);
}

static void
run(struct base *b, const struct options *o, bool clean, struct ledger *sum)
{
	char last[16];

	sim_begin(o->seed);
	log_begin();
	make_base(b, o, clean);
	(void)log_end(last, sizeof(last));
	start_plain(b, sum);
	flip_metadata(b, o, sum);
	flip_data(b, o, sum);
	disk_free(b->disk);
	ledger_fini(&b->ledger);
	sim_end();
}

int
main(int argc, char **argv)
{
	static struct base b;
	struct options o;
	struct ledger sum;
	uint64_t t[OUTCOMES] = { 0 }, done = 0;
	char more[256];

	options_take(&o, argc, argv, 600);
	ledger_init(&sum, true);
	begin();
	for (int clean = 0; clean < 2; clean++) {
		run(&b, &o, clean != 0, &sum);
		done += print_outcomes(&b, t);
	}
	(void)snprintf(more, sizeof(more),
	    "refused %llu, said %llu, mended %llu, harmless %llu, unseen %llu, "
	    "wrong %llu",
	    (unsigned long long)t[REFUSED], (unsigned long long)t[SAID],
	    (unsigned long long)t[MENDED], (unsigned long long)t[SILENT],
	    (unsigned long long)t[UNSEEN], (unsigned long long)t[WRONG]);
	return report_end(&o, "bitflip", done, &sum, more) | (t[UNSEEN] > 0);
}
