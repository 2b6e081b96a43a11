/* SPDX-License-Identifier: Apache-2.0 */
/* skua bench produce | consume | both | latency: one load each. */
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "bench/report.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "made when it is missing [skua-bench]", false },
	{ 0, "topics", "N", "as many of them: TOPIC-000000 ... [1]", false },
	{ 0, "queues", "N", "of a topic that is made [4]", false },
	{ 'c', "connections", "N", "[4]", false },
	{ 'i', "inflight", "N", "requests per connection; 1 is one at a time "
				"[64]", false },
	{ 's', "size", "SIZES", "bytes of a body: 1024, 100-4096, or "
				"100:70,1024:30 (with shares) [1024]", false },
	{ 'b', "batch", "N", "messages per request [1]", false },
	{ 'm', "messages", "N", "that are measured [1000000]", false },
	{ 0, "seconds", "S", "measure so long instead", false },
	{ 'w', "warmup", "N", "messages before them [0]", false },
	{ 'r', "rate", "R", "messages a second; latency counts from when each "
			    "was due [as fast as it goes]", false },
	{ 0, "tag", "TAG", "of every message", false },
	{ 0, "keys", NULL, "a key for every message", false },
	{ 0, "pull", "N", "messages a pull asks for [32]", false },
	{ 0, "filter", "tag|sql|lua", "what the consumer subscribes with "
				      "[everything]", false },
	{ 0, "match", "PERCENT", "messages that the filter lets through [10]",
	    false },
	{ 'p', "pid", "PID", "the server's: shows its CPU and memory", false },
	{ 0, "svg", "FILE", "draw latency and rate", false },
	CLI_OUTPUT,
	CLI_END,
};

/* name, default, least, most, where */
struct number {
	const char *name;
	int64_t dflt, least, most;
	size_t offset, size;
};
#define NUMBER(name_, field, dflt_, least_, most_)                             \
	{ name_, dflt_, least_, most_, offsetof(struct bench_options, field),  \
	    sizeof(((struct bench_options *)NULL)->field) }
static const struct number numbers[] = {
	NUMBER("topics", topics, 1, 1, 1000000),
	NUMBER("queues", queues, 4, 1, 10000),
	NUMBER("connections", connections, 4, 1, 100000),
	NUMBER("inflight", inflight, 64, 1, 100000),
	NUMBER("batch", batch, 1, 1, 10000),
	NUMBER("messages", messages, 1000000, 1, INT64_MAX / 4),
	NUMBER("warmup", warmup, 0, 0, INT64_MAX / 4),
	NUMBER("pull", pull_count, 32, 1, 1024),
	NUMBER("match", match, 10, 0, 100),
	NUMBER("pid", pid, 0, 0, INT32_MAX),
};

static bool
take_numbers(const struct cli *cli, struct bench_options *o)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number *n = &numbers[i];
		void *to = (char *)o + n->offset;
		int64_t value;

		if (!cli_int_in(cli, n->name, n->dflt, n->least, n->most,
			&value))
			return false;
		if (n->size == sizeof(unsigned))
			*(unsigned *)to = (unsigned)value;
		else
			*(uint64_t *)to = (uint64_t)value;
	}
	return true;
}

static void
take_filter(const struct cli *cli, struct bench_options *o)
{
	static const char *const kinds[] = { "tag", "sql", "lua" };
	const char *text = cli_value(cli, "filter");

	for (size_t i = 0; text != NULL && i < 3; i++)
		if (strcmp(text, kinds[i]) == 0)
			o->filter = (enum bench_filter)(BENCH_TAG + (int)i);
}

static bool
take_options(const struct cli *cli, struct bench_options *o)
{
	const char *size = cli_value(cli, "size");
	struct skua_error e;

	memset(o, 0, sizeof(*o));
	o->topic = cli_value(cli, "topic");
	if (o->topic == NULL)
		o->topic = "skua-bench";
	o->tag = cli_value(cli, "tag");
	o->keys = cli_value(cli, "keys") != NULL;
	if (!take_numbers(cli, o) || !cli_real(cli, "seconds", &o->seconds) ||
	    !cli_real(cli, "rate", &o->rate))
		return false;
	take_filter(cli, o);
	if (o->seconds > 0 && cli_value(cli, "messages") == NULL)
		o->messages = 0;
	if (strlen(o->topic) > 120 ||
	    (o->tag != NULL && strlen(o->tag) > 100)) {
		(void)cli_fail("%s: at most 120 characters for a topic, 100 "
			       "for a tag", cli->command->name);
		return false;
	}
	if (skua_bench_sizes_parse(size == NULL ? "1024" : size, &o->sizes,
		&e) != SKUA_OK) {
		(void)cli_fail("%s: --size: %s", cli->command->name, e.text);
		return false;
	}
	return true;
}

/* --- a run --- */

struct progress {
	uint64_t sent, received;
	bool shown;
};

static void
show_progress(void *arg, const struct bench_report *r)
{
	struct progress *p = arg;
	uint64_t sent = atomic_load(&r->produced.done);
	uint64_t received = atomic_load(&r->consumed.done);

	say_over("%s", "");
	if (r->has_produced)
		say_part(stderr, "  %llu sent, %llu/s",
		    (unsigned long long)sent,
		    (unsigned long long)(sent - p->sent));
	if (r->has_consumed)
		say_part(stderr, "  %llu received, %llu/s",
		    (unsigned long long)received,
		    (unsigned long long)(received - p->received));
	say_part(stderr, "   ");
	p->sent = sent;
	p->received = received;
	p->shown = true;
}

static const struct out_column columns[] = {
	{ "", "side", OUT_TEXT },
	{ "", "messages", OUT_REAL },
	{ "", "rate", OUT_REAL },
	{ "", "mib_rate", OUT_REAL },
	{ "", "busy", OUT_REAL },
	{ "", "mean_us", OUT_REAL },
	{ "", "p50_us", OUT_REAL },
	{ "", "p90_us", OUT_REAL },
	{ "", "p99_us", OUT_REAL },
	{ "", "p999_us", OUT_REAL },
	{ "", "p9999_us", OUT_REAL },
	{ "", "max_us", OUT_REAL },
	{ "", "own_cpu_us", OUT_REAL },
	{ "", "server_cpu_us", OUT_REAL },
	{ "", "server_anonymous_kib", OUT_REAL },
	{ NULL, NULL, OUT_TEXT },
};

/* A row for each side, with what JSON has of it and of both. */
static void
put_rows(const struct cli *cli, const struct bench_options *o,
    const struct bench_report *report)
{
	static const char *const sides[] = { "produce", "consume" };
	json_t *json = skua_bench_json(o, report);
	struct out out;

	cli_listing(cli, &out, columns);
	for (size_t i = 0; i < 2; i++) {
		const json_t *side = json_object_get(json, sides[i]);

		if (side == NULL)
			continue;
		out_text(&out, sides[i]);
		for (const struct out_column *c = columns + 1; c->name != NULL;
		     c++) {
			const json_t *value = json_object_get(side, c->name);

			if (value == NULL)
				value = json_object_get(json, c->name);
			if (value == NULL)
				out_none(&out);
			else
				out_real(&out, json_number_value(value));
		}
	}
	(void)out_end(&out);
	json_decref(json);
}

static int
write_report(const struct cli *cli, const struct bench_options *o,
    const struct bench_report *report)
{
	const char *svg = cli_value(cli, "svg");
	char title[256];
	struct skua_error e;

	if (cli->form == OUT_JSON)
		cli_print_json(skua_bench_json(o, report));
	else if (cli->form == OUT_TSV)
		put_rows(cli, o, report);
	else
		skua_bench_print(stdout, o, report);
	if (svg == NULL)
		return CLI_OK;
	(void)snprintf(title, sizeof(title),
	    "skua %s: %s, %u connections x %u", cli->command->name, o->topic,
	    o->connections, o->inflight);
	if (skua_bench_plot(svg, title, report, &e) != SKUA_OK)
		return cli_fail("%s", e.text);
	return CLI_OK;
}

static int
run(struct cli *cli, struct bench_options *o, bool produce, bool consume)
{
	struct skua_client *client = cli_connect(cli);
	struct bench_report *report = calloc(1, sizeof(*report));
	struct progress progress = { .shown = false };
	struct skua_error e;
	int rc;

	if (client == NULL || report == NULL) {
		free(report);
		skua_client_free(&client);
		return CLI_FAILED;
	}
	o->ending = cli_catch_interrupt();
	rc = skua_bench_run(client, o, produce, consume,
	    isatty(STDERR_FILENO) ? show_progress : NULL, &progress, report,
	    &e);
	if (progress.shown)
		say_end(stderr);
	rc = rc == SKUA_OK ? write_report(cli, o, report) :
			     cli_failed(rc, &e);
	skua_bench_report_free(report);
	free(report);
	skua_client_free(&client);
	return rc;
}

static int
run_produce(struct cli *cli)
{
	struct bench_options o;

	return take_options(cli, &o) ? run(cli, &o, true, false) : CLI_USAGE;
}

static int
run_consume(struct cli *cli)
{
	struct bench_options o;

	/* What is there already, from the start. */
	if (!take_options(cli, &o))
		return CLI_USAGE;
	if (cli_value(cli, "messages") == NULL)
		o.messages = 0;
	return run(cli, &o, false, true);
}

static int
run_both(struct cli *cli)
{
	struct bench_options o;

	return take_options(cli, &o) ? run(cli, &o, true, true) : CLI_USAGE;
}

/* One message at a time; with a rate from send to receipt. */
static int
run_latency(struct cli *cli)
{
	struct bench_options o;

	if (!take_options(cli, &o))
		return CLI_USAGE;
	if (o.rate > 0)
		return run(cli, &o, true, true);
	if (cli_value(cli, "messages") == NULL && o.seconds <= 0)
		o.messages = 20000;
	o.connections = o.inflight = 1;
	return run(cli, &o, true, false);
}

const struct cli_command cmd_bench_produce = { "bench produce",
	"Send as fast as it goes, or at a rate", NULL, options, run_produce,
	"skua bench produce --size 1024 --connections 4 --inflight 64" };
const struct cli_command cmd_bench_consume = { "bench consume",
	"Receive what a topic has, from its start", NULL, options, run_consume,
	"skua bench consume --filter sql" };
const struct cli_command cmd_bench_both = { "bench both",
	"Send and receive at once; also the time from send to receipt", NULL,
	options, run_both, "skua bench both --filter lua --match 25" };
const struct cli_command cmd_bench_latency = { "bench latency",
	"One message at a time, or send to receipt at a rate", NULL, options,
	run_latency, "skua bench latency --rate 10000 --svg latency.svg" };
