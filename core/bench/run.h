/* SPDX-License-Identifier: Apache-2.0 */
/* What the two sides of a run share. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "bench/bench.h"
#include "bench/message.h"

enum { BENCH_PATIENCE_MS = 10000 };

struct bench_run {
	const struct bench_options *options;
	struct bench_target *targets; /* every queue */
	size_t target_count;
	uint64_t id; /* in every body */
	struct bench_report *report;
	struct bench_costs costs_at_start;
	/* The producer, if there is one, begins the measured part; the consumer
	 * follows it. */
	_Atomic uint64_t measured_from_ns; /* 0: still warming up */
	/* How many messages the consumer is to get; UINT64_MAX: not yet known.
	 * Whoever sets it writes into wake_fd. */
	_Atomic uint64_t expected;
	int wake_fd;
	_Atomic bool failed; /* one side did, and the other one stops */
};

/* targets.c: makes the topics and finds their queues. */
int skua_bench_targets_find(struct bench_run *run, struct skua_client *client,
    struct skua_error *e) SKUA_MUST_CHECK;
void skua_bench_targets_free(struct bench_run *run);
/* Where every queue ends now. */
int skua_bench_targets_ends(const struct bench_run *run,
    struct skua_client *client, int64_t *offsets, struct skua_error *e)
    SKUA_MUST_CHECK;

/* Both run in their own thread until they are done or a side failed. */
int skua_bench_produce(struct bench_run *run, struct skua_error *e)
    SKUA_MUST_CHECK;
/* offsets: where to begin, by target, beside a producer; NULL: at 0, alone. */
int skua_bench_consume(struct bench_run *run, const int64_t *offsets,
    struct skua_error *e) SKUA_MUST_CHECK;

/* The measured part begins: costs are taken. */
void skua_bench_begin(struct bench_run *run);
struct bench_costs skua_bench_costs_now(const struct bench_run *run);
/* Ends the warm-up of one side. */
void skua_bench_side_begin(struct bench_side *side, uint64_t now_ns);

#endif
