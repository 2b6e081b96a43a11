/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real skuad on a real folder, killed with signal 9 while it works: at a random
 * instant, and at every named point (point.h, by the module service-faults).
 * Started again it is judged by what it had acknowledged.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "point.h"
#include "random.h"
#include "report.h"
#include "workload.h"

#define ANSWER_MS 15000
#define READY_MS 30000
#define LIVES_MAX 25 /* of one folder */

struct rig {
	const struct options *options;
	char folder[256], modules[300];
	uint64_t random;
	struct ledger ledger;
	pid_t pid;
	uint16_t port;
	uint64_t starts;
};

static pid_t victim;

static void
kill_victim(int number)
{
	(void)number;
	if (victim > 0)
		(void)kill(victim, SIGKILL);
}

static void
kill_in(int64_t us)
{
	struct itimerval t = { .it_value = { .tv_sec = us / 1000000,
				   .tv_usec = us % 1000000 + 1 } };

	(void)setitimer(ITIMER_REAL, &t, NULL);
}

/* --- the daemon --- */

static void
run_daemon(const struct rig *r, const char *crash, const char *points)
{
	char store[320], log[320];
	int err;

	(void)snprintf(store, sizeof(store), "storePathRootDir=%s/store",
	    r->folder);
	(void)snprintf(log, sizeof(log), "%s/log", r->folder);
	err = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	(void)dup2(err, 2);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setenv("SKUA_PLUGIN_PATH", r->modules, 1);
	(void)setenv("SKUA_TEST_ROOT", store + sizeof("storePathRootDir=") - 1,
	    1);
	if (crash != NULL)
		(void)setenv("SKUA_TEST_CRASH", crash, 1);
	if (points != NULL)
		(void)setenv("SKUA_TEST_POINTS", points, 1);
	(void)execl(getenv("SKUAD"), "skuad", "-o", "roles=broker", "-o",
	    "listenPort=0", "-o", "brokerName=kill9", "-o", store, "-o",
	    "mappedFileSizeCommitLog=65536", "-o",
	    "mappedFileSizeConsumeQueue=4000", "-o", "maxHashSlotNum=64",
	    "-o", "maxIndexNum=1024", "-o",
	    "flushConsumerOffsetInterval=200", "-o",
	    r->ledger.sync_flush ? "flushDiskType=SYNC_FLUSH" :
				   "flushDiskType=ASYNC_FLUSH",
	    (char *)NULL);
	_exit(127);
}

static bool
read_ready(int fd, uint16_t *port_r)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char line[512];
	size_t n = 0;

	while (n < sizeof(line) - 1 && poll(&p, 1, READY_MS) == 1 &&
	    read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	if (strstr(line, "ready") == NULL || strrchr(line, ':') == NULL)
		return false;
	*port_r = (uint16_t)atoi(strrchr(line, ':') + 1);
	return true;
}

static bool
start(struct rig *r, const char *crash, const char *points)
{
	int out[2];
	bool ready;

	if (pipe2(out, O_CLOEXEC) != 0)
		abort();
	r->pid = fork();
	if (r->pid == 0) {
		(void)dup2(out[1], 1);
		run_daemon(r, crash, points);
	}
	victim = r->pid;
	r->starts++;
	(void)close(out[1]);
	ready = read_ready(out[0], &r->port);
	(void)close(out[0]);
	return ready;
}

static int
stop(struct rig *r, int number)
{
	int status = 0;

	if (number != 0)
		(void)kill(r->pid, number);
	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	victim = 0;
	kill_in(-1);
	return status;
}

/* --- a folder of its own --- */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
link_module(const struct rig *r, const char *folder, const char *name)
{
	char from[600], to[600];

	(void)snprintf(from, sizeof(from), "%s/%s.so", folder, name);
	(void)snprintf(to, sizeof(to), "%s/%s.so", r->modules, name);
	if (symlink(from, to) != 0)
		abort();
}

static void
open_folder(struct rig *r, const struct options *o, uint64_t seed)
{
	static const char *const shipped[] = { "store-commitlog", "index-cq",
		"flush-async", "flush-sync", "replication-none",
		"selector-roundrobin", "filter-tag", "service-query" };
	const char *tmp = getenv("TMPDIR");

	memset(r, 0, sizeof(*r));
	r->options = o;
	r->random = random_mix(seed);
	ledger_init(&r->ledger, random_one_in(&r->random, 2));
	(void)snprintf(r->folder, sizeof(r->folder), "%s/skua-kill9-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(r->folder) == NULL)
		abort();
	(void)snprintf(r->modules, sizeof(r->modules), "%s/modules",
	    r->folder);
	(void)mkdir(r->modules, 0700);
	for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++)
		link_module(r, getenv("SKUA_PLUGIN_PATH"), shipped[i]);
	link_module(r, getenv("SKUA_TEST_MODULES"), "service-faults");
}

static void
close_folder(struct rig *r, struct ledger *sum)
{
	bool keep = verdict_faults(&r->ledger) > 0;

	verdict_add(&sum->verdict, &r->ledger.verdict);
	if (keep)
		(void)fprintf(stderr, "kill9: %s flush, start %llu: %s; see "
				      "%s\n",
		    r->ledger.sync_flush ? "sync" : "async",
		    (unsigned long long)r->starts, r->ledger.first_fault,
		    r->folder);
	ledger_fini(&r->ledger);
	if (!keep)
		(void)nftw(r->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- lives --- */

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
complain(struct rig *r, const char *what)
{
	r->ledger.verdict.unreadable++;
	if (r->ledger.first_fault[0] == '\0')
		(void)snprintf(r->ledger.first_fault,
		    sizeof(r->ledger.first_fault), "%s", what);
}

/* Works until the connection is gone, or so many steps. */
static void
work(struct rig *r, struct wire *wire, unsigned steps)
{
	struct workload w = { .ledger = &r->ledger, .wire = wire,
		.random = &r->random, .counts = always,
		.removal = true, .answer_ms = ANSWER_MS };

	while (steps-- > 0 && workload_step(&w))
		continue;
}

/* A start on what is there, judged; then work until something ends it.
 * crash NULL: kill_us after the judgement. */
static bool
live(struct rig *r, const char *crash, int64_t kill_us, unsigned steps)
{
	struct wire *wire;
	bool good = true;

	if (!start(r, crash, NULL)) {
		int status = stop(r, crash == NULL ? SIGKILL : 0);

		if (crash != NULL && WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGKILL)
			return true; /* at the point, on its way up */
		complain(r, "it did not start");
		return false;
	}
	wire = wire_open(r->port);
	if (crash == NULL && wire != NULL) {
		good = ledger_judge(&r->ledger, wire);
		kill_in(kill_us);
	}
	if (wire != NULL && good)
		work(r, wire, steps);
	(void)stop(r, SIGKILL);
	if (wire != NULL)
		wire_close(&wire);
	return good;
}

static void
kill_at_random(const struct options *o, struct ledger *sum, uint64_t cycles,
    int64_t longest_us)
{
	uint64_t done = 0;

	for (uint64_t seed = o->seed; done < cycles; seed++) {
		struct rig r;

		open_folder(&r, o, seed);
		for (int i = 0; i < LIVES_MAX && done < cycles; i++, done++) {
			report_progress("kill9", done, cycles);
			if (!live(&r, NULL,
				(int64_t)random_below(&r.random,
				    (uint64_t)longest_us),
				1000000))
				break;
		}
		/* The last one is judged, too. */
		(void)live(&r, NULL, 1, 1);
		close_folder(&r, sum);
		if (o->one)
			break;
	}
}

/* --- named points --- */

static size_t
read_points(const char *path, char (*names)[POINT_NAME_SIZE], size_t max)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (f == NULL)
		return 0;
	while (n < max && fgets(names[n], POINT_NAME_SIZE, f) != NULL) {
		names[n][strcspn(names[n], "\n")] = '\0';
		/* What is not below the store is not of the store. */
		if (strchr(names[n], '/') == NULL ||
		    strstr(names[n], ":config/") != NULL)
			n++;
	}
	(void)fclose(f);
	return n;
}

/* All points of a start, of work and of an orderly stop. */
static size_t
record_points(struct rig *r, char (*names)[POINT_NAME_SIZE], size_t max)
{
	char path[300];
	struct wire *wire;

	(void)snprintf(path, sizeof(path), "%s/points", r->folder);
	for (int i = 0; i < 2; i++) {
		if (!start(r, NULL, path))
			complain(r, "it did not start");
		wire = wire_open(r->port);
		if (wire != NULL)
			work(r, wire, 40);
		/* The index goes to its files once a second. */
		(void)usleep(1200000);
		wire_close(&wire);
		(void)stop(r, i == 0 ? SIGTERM : SIGKILL);
	}
	return read_points(path, names, max);
}

static uint64_t
kill_at_points(const struct options *o, struct ledger *sum, uint64_t rounds)
{
	static char names[256][POINT_NAME_SIZE];
	uint64_t done = 0;
	struct rig r;
	size_t n;

	open_folder(&r, o, o->seed + 1000003);
	n = record_points(&r, names, 256);
	if (n < 20)
		complain(&r, "there are hardly any points");
	for (size_t i = 0; i < n * rounds; i++) {
		char plan[POINT_NAME_SIZE + 24];

		report_progress("kill9 points", i, n * rounds);
		if (o->only != NULL && strcmp(o->only, names[i % n]) != 0)
			continue;
		(void)snprintf(plan, sizeof(plan), "%s:%llu", names[i % n],
		    1 + (unsigned long long)random_below(&r.random,
			i < n ? 2 : 30));
		if (!live(&r, plan, 0, 12))
			break;
		done++;
		if (i % 4 == 3 && !live(&r, NULL, 1000, 3))
			break;
		/* Young folders are quick to judge. */
		if (i % 24 == 23) {
			close_folder(&r, sum);
			open_folder(&r, o, o->seed + 1000003 + i);
		}
	}
	(void)live(&r, NULL, 1, 1);
	close_folder(&r, sum);
	return done;
}

int
main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = kill_victim };
	struct options o;
	struct ledger sum;
	uint64_t points;
	char more[64];
	bool complete;

	options_take(&o, argc, argv, 30);
	(void)sigaction(SIGALRM, &act, NULL);
	ledger_init(&sum, true);
	complete = o.cycles > 100;
	kill_at_random(&o, &sum, o.cycles, complete ? 2000000 : 300000);
	points = kill_at_points(&o, &sum, complete ? 20 : 1);
	(void)snprintf(more, sizeof(more), "at named points %llu",
	    (unsigned long long)points);
	return report_end(&o, "kill9", o.cycles, &sum, more);
}
