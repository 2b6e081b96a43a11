/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, and what a run cost. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/run.h"
#include "bench/server.h"

uint64_t
skua_bench_now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* --- costs --- */

struct bench_costs
skua_bench_costs_now(const struct bench_run *run)
{
	struct bench_costs costs = { .server_anonymous_kib = -1 };
	struct rusage use;

	(void)getrusage(RUSAGE_SELF, &use);
	costs.own_cpu_us =
	    (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000u +
	    (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
	if (run->options->pid != 0)
		costs.server_cpu_us = skua_server_cpu_us(run->options->pid);
	return costs;
}

void
skua_bench_begin(struct bench_run *run)
{
	run->costs_at_start = skua_bench_costs_now(run);
	atomic_store(&run->measured_from_ns, skua_bench_now_ns());
}

static void
take_costs(struct bench_run *run)
{
	struct bench_costs *costs = &run->report->costs;

	*costs = skua_bench_costs_now(run);
	costs->own_cpu_us -= run->costs_at_start.own_cpu_us;
	costs->server_cpu_us -= run->costs_at_start.server_cpu_us;
	if (run->options->pid != 0)
		costs->server_anonymous_kib =
		    skua_server_anonymous_kib(run->options->pid);
}

void
skua_bench_side_begin(struct bench_side *side, uint64_t now_ns)
{
	side->start_ns = now_ns;
	side->messages = side->bytes = side->busy = 0;
	memset(&side->latency, 0, sizeof(side->latency));
	skua_series_free(&side->series);
}

/* --- threads --- */

struct side_thread {
	struct bench_run *run;
	const int64_t *offsets;
	bool consumes;
	pthread_t thread;
	struct skua_error e;
	int rc;
	struct finish *finish;
};

struct finish {
	pthread_mutex_t lock;
	pthread_cond_t done;
	unsigned running;
};

static void *
side_main(void *arg)
{
	struct side_thread *t = arg;
	uint64_t one = 1;

	t->rc = t->consumes ? skua_bench_consume(t->run, t->offsets, &t->e) :
			      skua_bench_produce(t->run, &t->e);
	if (t->rc != SKUA_OK)
		atomic_store(&t->run->failed, true);
	(void)!write(t->run->wake_fd, &one, sizeof(one));
	(void)pthread_mutex_lock(&t->finish->lock);
	t->finish->running--;
	(void)pthread_cond_signal(&t->finish->done);
	(void)pthread_mutex_unlock(&t->finish->lock);
	return NULL;
}

static void
wait_for_sides(struct finish *finish, const struct bench_run *run,
    bench_second_fn *on_second, void *arg)
{
	struct timespec next;

	(void)clock_gettime(CLOCK_MONOTONIC, &next);
	(void)pthread_mutex_lock(&finish->lock);
	while (finish->running > 0) {
		next.tv_sec++;
		while (finish->running > 0 &&
		    pthread_cond_clockwait(&finish->done, &finish->lock,
			CLOCK_MONOTONIC, &next) != ETIMEDOUT)
			continue;
		if (finish->running > 0 && on_second != NULL)
			on_second(arg, run->report);
	}
	(void)pthread_mutex_unlock(&finish->lock);
}

static int
run_sides(struct bench_run *run, const int64_t *offsets,
    bench_second_fn *on_second, void *arg, struct skua_error *e)
{
	struct bench_report *report = run->report;
	struct finish finish = { .running = 0 };
	struct side_thread sides[2];
	unsigned n = 0;
	int rc = SKUA_OK;

	(void)pthread_mutex_init(&finish.lock, NULL);
	(void)pthread_cond_init(&finish.done, NULL);
	if (report->has_consumed)
		sides[n++] = (struct side_thread){ .consumes = true };
	if (report->has_produced)
		sides[n++] = (struct side_thread){ .consumes = false };
	finish.running = n;
	for (unsigned i = 0; i < n; i++) {
		sides[i].run = run;
		sides[i].finish = &finish;
		sides[i].offsets = offsets;
		if (pthread_create(&sides[i].thread, NULL, side_main,
			&sides[i]) != 0)
			abort();
	}
	wait_for_sides(&finish, run, on_second, arg);
	for (unsigned i = 0; i < n; i++) {
		(void)pthread_join(sides[i].thread, NULL);
		if (rc == SKUA_OK && sides[i].rc != SKUA_OK) {
			rc = sides[i].rc;
			*e = sides[i].e;
		}
	}
	(void)pthread_cond_destroy(&finish.done);
	(void)pthread_mutex_destroy(&finish.lock);
	return rc;
}

int
skua_bench_run(struct skua_client *client, const struct bench_options *options,
    bool produce, bool consume, bench_second_fn *on_second, void *arg,
    struct bench_report *report_r, struct skua_error *e)
{
	struct bench_run run = { .options = options, .report = report_r,
		.expected = UINT64_MAX, .id = skua_bench_now_ns() };
	int64_t *offsets = NULL;
	int rc;

	memset(report_r, 0, sizeof(*report_r));
	report_r->has_produced = produce;
	report_r->has_consumed = consume;
	skua_bench_raise_limits();
	run.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (run.wake_fd < 0)
		return skua_fail(e, skua_from_errno(errno), "no eventfd: %s",
		    strerror(errno));
	rc = skua_bench_targets_find(&run, client, e);
	if (rc == SKUA_OK && produce && consume) {
		offsets = sk_new_array(run.target_count, int64_t);
		rc = skua_bench_targets_ends(&run, client, offsets, e);
	}
	if (rc == SKUA_OK)
		rc = run_sides(&run, offsets, on_second, arg, e);
	if (rc == SKUA_OK)
		take_costs(&run);
	free(offsets);
	skua_bench_targets_free(&run);
	(void)close(run.wake_fd);
	return rc;
}

void
skua_bench_report_free(struct bench_report *report)
{
	skua_series_free(&report->produced.series);
	skua_series_free(&report->consumed.series);
}
