/* SPDX-License-Identifier: Apache-2.0 */
/* skua bench idle: what consumers cost that wait. */
#include "bench/idle.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "made when it is missing [skua-bench]", false },
	{ 0, "queues", "N", "of a topic that is made [4]", false },
	{ 'c', "connections", "N", "consumers, each with its own [1000]",
	    false },
	{ 0, "members", "N", "consumers of a group [10]", false },
	{ 0, "seconds", "S", "measure so long [30]", false },
	{ 'p', "pid", "PID", "the server's: shows its CPU and memory", false },
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column columns[] = {
	{ "CONSUMERS", "connections", OUT_INT },
	{ "CONNECTED S", "connect_s", OUT_REAL },
	{ "KNOWN S", "known_s", OUT_REAL },
	{ "PULLS/S", "pull_rate", OUT_REAL },
	{ "CPU %", "server_cpu_percent", OUT_REAL },
	{ "BASE KIB", "base_kib", OUT_INT },
	{ "IDLE KIB", "idle_kib", OUT_INT },
	{ NULL, NULL, OUT_TEXT },
};

static double
seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

static void
put_kib(struct out *o, int64_t kib)
{
	if (kib < 0)
		out_none(o);
	else
		out_int(o, kib);
}

static void
put_row(struct out *o, const struct bench_idle *i, bool has_pid)
{
	out_int(o, (int64_t)i->connections);
	out_real(o, seconds(i->open_ns));
	out_real(o, seconds(i->known_ns));
	out_real(o, (double)i->answers / seconds(i->idle_ns));
	if (has_pid)
		out_real(o, (double)i->cpu_us * 1e5 / (double)i->idle_ns);
	else
		out_none(o);
	put_kib(o, i->base_kib);
	put_kib(o, i->idle_kib);
}

struct idle {
	struct bench_options options;
	int64_t members;
};

static int
idle(const struct cli *cli, struct skua_client *client, void *arg)
{
	struct idle *i = arg;
	struct bench_idle found;
	struct skua_error e;
	struct out o;
	int rc = skua_bench_idle(client, &i->options, (unsigned)i->members,
	    &found, &e);

	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	cli_listing(cli, &o, columns);
	put_row(&o, &found, i->options.pid != 0);
	(void)out_end(&o);
	return CLI_OK;
}

static int
run(struct cli *cli)
{
	struct idle i = { .options = { .topic = cli_value(cli, "topic"),
			      .topics = 1,
			      .seconds = 30 } };
	int64_t connections, queues, pid;

	if (!cli_int_in(cli, "connections", 1000, 1, 100000, &connections) ||
	    !cli_int_in(cli, "queues", 4, 1, 10000, &queues) ||
	    !cli_int_in(cli, "members", 10, 1, 100000, &i.members) ||
	    !cli_int_in(cli, "pid", 0, 0, INT32_MAX, &pid) ||
	    !cli_real(cli, "seconds", &i.options.seconds))
		return CLI_USAGE;
	if (i.options.topic == NULL)
		i.options.topic = "skua-bench";
	i.options.connections = (unsigned)connections;
	i.options.queues = (unsigned)queues;
	i.options.pid = (long)pid;
	i.options.ending = cli_catch_interrupt();
	return cli_with_client(cli, idle, &i);
}

const struct cli_command cmd_bench_idle = {
	.name = "bench idle",
	.summary = "Connect consumers that wait for messages, and none comes",
	.options = options,
	.run = run,
	.example = "skua bench idle -c 10000 --pid $(pidof skuad)",
};
