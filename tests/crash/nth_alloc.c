/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation finds no memory, for n from 1 until a whole run passes
 * without; or neither do those behind it, until the work is done.  Allocations
 * are those of the broker, its modules and the libraries under them, from
 * loading the first module to an orderly stop.
 *
 * Where the size is the product's own the process ends, and has said so (base/
 * mem.h); otherwise it goes on: a request is answered, or its connection is
 * closed, and the next one works.  What was acknowledged is there afterwards.
 *
 * A run is a process of its own; what it leaves comes here through memory that
 * both see, and is judged by another one.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc_run.h"
#include "base/log.h"
#include "own.h"
#include "report.h"

#define LIMIT_S 300 /* of real time: it hangs */
#define SAID_MAX 4096
#define MEMORY_LINE " error memory: "
#define RIG_LINE "rig: " /* a module that could not be loaded */

static const struct alloc_way ways[] = {
	{ "sync-kill", true, false, false, false },
	{ "async-stop", false, true, false, false },
	{ "fresh", true, true, true, false },
	{ "lasting", true, false, false, true },
};

enum outcome { WENT_ON, REFUSED_START, ENDED, PASSED, BROKEN, OUTCOMES };
static const char *const outcome_names[] = { "went on", "refused to start",
	"ended", "passed", "broken" };

static struct alloc_left *left, *base;
static int said_fd; /* standard error of the runs */
static bool is_verbose;
/* Allocations of a run in which none failed: until it had started, and all. */
static uint64_t in_start, in_all;

/* The status as of waitpid. */
static int
in_process(void (*fn)(const struct alloc_run *), const struct alloc_run *run)
{
	int status;
	pid_t pid;

	(void)fflush(NULL);
	left->started = false;
	left->tally = (struct alloc_tally){ 0, 0 };
	if (ftruncate(said_fd, 0) != 0 || lseek(said_fd, 0, SEEK_SET) != 0)
		abort();
	pid = fork();
	if (pid == 0) {
		(void)alarm(LIMIT_S);
		if (!is_verbose)
			(void)dup2(said_fd, STDERR_FILENO);
		fn(run);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return status;
}

/* --- what it means --- */

static const char *
last_line(void)
{
	static char text[SAID_MAX];
	off_t size = lseek(said_fd, 0, SEEK_END);
	ssize_t n = pread(said_fd, text, sizeof(text) - 1,
	    size < SAID_MAX ? 0 : size - SAID_MAX + 1);
	char *p;

	text[n < 0 ? 0 : n] = '\0';
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	p = strrchr(text, '\n');
	return p == NULL ? text : p + 1;
}

static bool
said_why(void)
{
	const char *line = last_line();

	return is_verbose || strstr(line, MEMORY_LINE) != NULL ||
	    (strncmp(line, RIG_LINE, strlen(RIG_LINE)) == 0 &&
		strlen(line) > strlen(RIG_LINE));
}

static enum outcome
outcome_of(int status, char why[600])
{
	(void)snprintf(why, 600, "%s", left->fault);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		if (verdict_faults(&(struct ledger){
			.verdict = left->verdict }) > 0)
			return BROKEN;
		return left->tally.failed == 0 ? PASSED :
		    left->started ? WENT_ON :
				    REFUSED_START;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == ALLOC_RUN_ENDED &&
	    said_why())
		return ENDED;
	if (WIFSIGNALED(status))
		(void)snprintf(why, 600, "signal %d, %s", WTERMSIG(status),
		    last_line());
	else
		(void)snprintf(why, 600, "it ended: %s", last_line());
	return BROKEN;
}

static void
take_figures(struct ledger *sum, enum outcome outcome,
    const struct alloc_run *run, const char *why)
{
	uint64_t faults =
	    verdict_faults(&(struct ledger){ .verdict = left->verdict });

	verdict_add(&sum->verdict, &left->verdict);
	if (outcome != BROKEN)
		return;
	sum->verdict.unreadable += faults == 0;
	(void)fprintf(stderr, "nth_alloc: %s %llu: %s\n", run->way->name,
	    (unsigned long long)run->n, why);
}

/* Whether an allocation failed at all. */
static bool
fail_nth(const struct options *o, const struct alloc_way *way, uint64_t n,
    struct ledger *sum, uint64_t outcomes[OUTCOMES])
{
	struct alloc_run run = { .way = way, .from = way->fresh ? NULL : base,
		.left = left, .n = n, .seed = 1 };
	enum outcome outcome;
	char why[600];
	bool hit;

	outcome = outcome_of(in_process(alloc_run_attempt, &run), why);
	hit = left->tally.failed > 0;
	if (!hit) {
		in_start = left->at_start;
		in_all = left->tally.count;
	}
	outcomes[outcome]++;
	take_figures(sum, outcome, &run, why);
	if (outcome == BROKEN)
		return hit;
	run.from = left;
	run.dump = o->one ? getenv("SKUA_CRASH_DUMP") : NULL;
	outcome = outcome_of(in_process(alloc_run_judge, &run), why);
	outcomes[BROKEN] += outcome == BROKEN;
	take_figures(sum, outcome, &run, why);
	return hit;
}

/* cycles: so many, a quarter of them until it has started; 0: all. */
static uint64_t
step_at(const struct options *o, uint64_t n)
{
	if (o->cycles == 0)
		return 1;
	return n < in_start ? 1 + in_start * 4 / o->cycles :
			      1 + (in_all - in_start) * 4 / (o->cycles * 3);
}

static uint64_t
run_way(const struct options *o, const struct alloc_way *way,
    struct ledger *sum, uint64_t outcomes[OUTCOMES])
{
	uint64_t n = o->one ? o->seed : 1, done = 1;
	bool hit;

	if (fail_nth(o, way, UINT64_MAX, sum, outcomes))
		abort();
	do {
		hit = fail_nth(o, way, n, sum, outcomes);
		done++;
		report_progress(way->name, n, in_all);
		n += step_at(o, n);
	} while (hit && !o->one);
	return done;
}

static void
prepare(void)
{
	struct alloc_run run = { .way = &ways[0], .seed = 1 };

	left = mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	base = mmap(NULL, sizeof(*base), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	said_fd = memfd_create("said", MFD_CLOEXEC);
	if (left == MAP_FAILED || base == MAP_FAILED || said_fd < 0)
		abort();
	run.left = left;
	own_begin();
	if (in_process(alloc_run_base, &run) != 0 || left->fault[0] != '\0') {
		(void)fprintf(stderr, "nth_alloc: no base: %s\n", last_line());
		abort();
	}
	memcpy(base, left, offsetof(struct alloc_left, bytes) + left->len);
}

int
main(int argc, char **argv)
{
	uint64_t outcomes[OUTCOMES] = { 0 }, done = 0;
	struct options o;
	struct ledger sum;
	char more[256];
	size_t n = 0;

	if (!alloc_fail_works()) {
		(void)puts("SKIP: nth_alloc: malloc is not ours here");
		return 77;
	}
	tzset(); /* else the first line of a log would */
	options_take(&o, argc, argv, 80);
	is_verbose = o.verbose;
	skua_log_set_level(o.verbose ? SKUA_LOG_DEBUG : SKUA_LOG_ERROR);
	ledger_init(&sum, true);
	prepare();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (o.only == NULL || strcmp(o.only, ways[i].name) == 0)
			done += run_way(&o, &ways[i], &sum, outcomes);
	for (size_t i = 0; i < OUTCOMES; i++)
		n += (size_t)snprintf(more + n, sizeof(more) - n, "%s%s %llu",
		    i == 0 ? "" : ", ", outcome_names[i],
		    (unsigned long long)outcomes[i]);
	return report_end(&o, "nth_alloc", done, &sum, more);
}
