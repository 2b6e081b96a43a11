/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report.h"

static const struct percentile {
	const char *name; /* in JSON: NAME_us */
	const char *text;
	double part;
} percentiles[] = {
	{ "p50", "p50", 0.5 },
	{ "p90", "p90", 0.9 },
	{ "p99", "p99", 0.99 },
	{ "p999", "p99.9", 0.999 },
	{ "p9999", "p99.99", 0.9999 },
	{ "max", "max", 1 },
};
#define PERCENTILE_COUNT (sizeof(percentiles) / sizeof(percentiles[0]))

double
skua_bench_rate(const struct bench_side *side)
{
	uint64_t ns = side->end_ns - side->start_ns;

	return side->start_ns == 0 || ns == 0 ?
	    0 :
	    (double)side->messages * 1e9 / (double)ns;
}

static double
mib_rate(const struct bench_side *side)
{
	uint64_t ns = side->end_ns - side->start_ns;

	return side->start_ns == 0 || ns == 0 ?
	    0 :
	    (double)side->bytes / 1048576 * 1e9 / (double)ns;
}

static double
in_us(uint64_t ns)
{
	return (double)ns / 1000;
}

/* --- for people --- */

static void
print_side(FILE *to, const char *name, const char *latency,
    const struct bench_side *side)
{
	(void)fprintf(to, "%-10s %llu messages, %.0f/s, %.1f MiB/s", name,
	    (unsigned long long)side->messages, skua_bench_rate(side),
	    mib_rate(side));
	if (side->busy > 0)
		(void)fprintf(to, ", %llu refused for now and sent again",
		    (unsigned long long)side->busy);
	(void)fputc('\n', to);
	if (side->latency.count == 0)
		return;
	(void)fprintf(to, "  %-9s", latency);
	for (size_t i = 0; i < PERCENTILE_COUNT; i++)
		(void)fprintf(to, "%s%s %.1f", i == 0 ? "" : ", ",
		    percentiles[i].text,
		    in_us(skua_histogram_at(&side->latency,
			percentiles[i].part)));
	(void)fputs(" us\n", to);
}

/* The costs are of the messages that passed while they were measured. */
static uint64_t
costed_messages(const struct bench_report *r)
{
	return r->has_produced ? r->produced.messages : r->consumed.messages;
}

void
skua_bench_print(FILE *to, const struct bench_options *options,
    const struct bench_report *r)
{
	double n = (double)costed_messages(r);

	if (r->has_produced)
		print_side(to, "sent", "answer", &r->produced);
	if (r->has_consumed)
		print_side(to, "received", "arrival", &r->consumed);
	if (n == 0)
		return;
	(void)fprintf(to, "%-10s %.2f us a message", "own CPU",
	    (double)r->costs.own_cpu_us / n);
	if (options->pid != 0)
		(void)fprintf(to,
		    "; server's %.2f us (%.2f s a million), "
		    "%.1f MiB of anonymous memory",
		    (double)r->costs.server_cpu_us / n,
		    (double)r->costs.server_cpu_us / n,
		    (double)r->costs.server_anonymous_kib / 1024);
	(void)fputc('\n', to);
}

/* --- for machines --- */

static json_t *
side_json(const struct bench_side *side)
{
	json_t *json = json_pack("{s:I,s:f,s:f,s:I}", "messages",
	    (json_int_t)side->messages, "rate", skua_bench_rate(side),
	    "mib_rate", mib_rate(side), "busy", (json_int_t)side->busy);
	char name[16];

	if (side->latency.count == 0)
		return json;
	(void)json_object_set_new(json, "mean_us",
	    json_real(skua_histogram_mean(&side->latency) / 1000));
	for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
		(void)snprintf(name, sizeof(name), "%s_us",
		    percentiles[i].name);
		(void)json_object_set_new(json, name,
		    json_real(in_us(skua_histogram_at(&side->latency,
			percentiles[i].part))));
	}
	return json;
}

json_t *
skua_bench_json(const struct bench_options *options,
    const struct bench_report *r)
{
	double n = (double)costed_messages(r);
	json_t *json = json_object();

	if (r->has_produced)
		(void)json_object_set_new(json, "produce",
		    side_json(&r->produced));
	if (r->has_consumed)
		(void)json_object_set_new(json, "consume",
		    side_json(&r->consumed));
	(void)json_object_set_new(json, "own_cpu_us",
	    json_real(n == 0 ? 0 : (double)r->costs.own_cpu_us / n));
	if (options->pid == 0)
		return json;
	(void)json_object_set_new(json, "server_cpu_us",
	    json_real(n == 0 ? 0 : (double)r->costs.server_cpu_us / n));
	(void)json_object_set_new(json, "server_anonymous_kib",
	    json_integer(r->costs.server_anonymous_kib));
	return json;
}
