/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consumers that wait for nothing: each has a connection, says who it is every
 * 30 s as clients do, and has a pull parked at the broker.
 */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include "bench/bench.h"

struct bench_idle {
	uint64_t connections;
	uint64_t open_ns;  /* until all were connected */
	uint64_t known_ns; /* ... and the broker had answered that it knows them */
	uint64_t idle_ns;  /* that were measured then */
	uint64_t answers;  /* to pulls, meanwhile */
	/* with a pid */
	uint64_t cpu_us; /* of the server, meanwhile */
	int64_t base_kib, idle_kib; /* its anonymous memory, before and after */
};

/* Of the options it takes topic, queues, connections, seconds, pid; members: of
 * each consumer group.  Blocks. */
int skua_bench_idle(struct skua_client *client,
    const struct bench_options *options, unsigned members,
    struct bench_idle *idle_r, struct skua_error *e) SKUA_MUST_CHECK;

#endif
