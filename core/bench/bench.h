/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load generator: what is asked of it, and what it found out.  It shares a
 * machine with the broker it measures, so a message must cost it little: frames
 * are made once and patched in place, many leave in one write, and answers are
 * looked at only as far as needed to trust them.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <signal.h>
#include <stdatomic.h>

#include <skua/client.h>

#include "bench/histogram.h"
#include "bench/series.h"
#include "bench/sizes.h"

enum bench_filter { BENCH_ALL, BENCH_TAG, BENCH_SQL, BENCH_LUA };

struct bench_options {
	const char *topic;
	unsigned topics; /* 1: topic; more: topic-000000, topic-000001, … */
	unsigned queues; /* of a topic that is made */
	unsigned connections;
	unsigned inflight; /* requests per connection */
	unsigned batch;    /* messages per request; 1: code 310 */
	struct bench_sizes sizes;
	uint64_t messages; /* that are measured; 0: until seconds are over */
	uint64_t warmup;   /* messages before them */
	double seconds;    /* 0: until messages are done */
	double rate;       /* per second; 0: as fast as it goes */
	const char *tag;   /* of every message; NULL: none */
	bool keys;         /* KEYS, another one for every message */
	unsigned pull_count; /* messages a pull asks for */
	/* What the consumer subscribes to.  match percent of the messages are
	 * made to match. */
	enum bench_filter filter;
	unsigned match;
	long pid; /* of the server, for its CPU and memory; 0: unknown */
	/* Set by a signal: it ends as when the time is over.  May be NULL. */
	const _Atomic int *ending;
};

/* What one side did while it was measured. */
struct bench_side {
	uint64_t start_ns, end_ns; /* of the monotonic clock */
	uint64_t messages, bytes;  /* of bodies */
	uint64_t busy;             /* requests refused for now, sent again */
	struct histogram latency;  /* ns */
	struct series series;
	/* All messages, also those of the warm-up: for the progress line. */
	_Atomic uint64_t done;
};

struct bench_costs {
	uint64_t own_cpu_us;
	uint64_t server_cpu_us;
	int64_t server_anonymous_kib; /* -1: unknown */
};

struct bench_report {
	bool has_produced, has_consumed;
	struct bench_side produced; /* latency: of an answer */
	struct bench_side consumed; /* latency: from send to receipt */
	struct bench_costs costs;
};

/* Makes the topics where they are missing, and runs.  Blocks; on_second comes
 * on a thread of its own about once a second, and may be NULL. */
typedef void bench_second_fn(void *arg, const struct bench_report *so_far);
int skua_bench_run(struct skua_client *client,
    const struct bench_options *options, bool produce, bool consume,
    bench_second_fn *on_second, void *arg, struct bench_report *report_r,
    struct skua_error *e) SKUA_MUST_CHECK;
void skua_bench_report_free(struct bench_report *report);

uint64_t skua_bench_now_ns(void);
static inline bool
bench_is_ending(const struct bench_options *options)
{
	return options->ending != NULL && *options->ending != 0;
}

#endif
