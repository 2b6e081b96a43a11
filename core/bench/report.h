/* SPDX-License-Identifier: Apache-2.0 */
/* A run's figures for people, for machines, and as a picture. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "bench/bench.h"

void skua_bench_print(FILE *to, const struct bench_options *options,
    const struct bench_report *report);
/* One object; the caller's reference. */
json_t *skua_bench_json(const struct bench_options *options,
    const struct bench_report *report);
/* Latency by percentile, and messages a second over time: one SVG file. */
int skua_bench_plot(const char *path, const char *title,
    const struct bench_report *report, struct skua_error *e) SKUA_MUST_CHECK;

double skua_bench_rate(const struct bench_side *side);

#endif
