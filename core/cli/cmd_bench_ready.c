/* SPDX-License-Identifier: Apache-2.0 */
/* skua bench ready: how long a start takes. */
#include <unistd.h>

#include <skua/admin.h>

#include "bench/bench.h"
#include "cli/commands.h"

enum { PATIENCE_MS = 60000 };

static const struct cli_option options[] = { CLI_NAMESRV, CLI_OUTPUT, CLI_END };

static const struct out_column columns[] = {
	{ "READY MS", "ready_ms", OUT_REAL },
	{ NULL, NULL, OUT_TEXT },
};

/* A connection that the broker takes, too.  Every try has a client of its own,
 * as one that was refused waits before it tries again. */
static bool
is_ready(const struct cli *cli, struct skua_error *e)
{
	struct skua_route_info *route = NULL;
	struct skua_settings *stats = NULL;
	struct skua_client *client;
	bool ready;

	if (skua_client_new(cli_namesrv(cli), &client, e) != SKUA_OK)
		return false;
	ready = skua_client_route(client, "TBW102", &route, e) == SKUA_OK &&
	    route->count > 0 &&
	    skua_admin_broker_stats(client, route->queues[0].address, &stats,
		e) == SKUA_OK;
	skua_admin_free(stats);
	skua_route_free(&route);
	skua_client_free(&client);
	return ready;
}

static int
run(struct cli *cli)
{
	uint64_t from_ns = skua_bench_now_ns(), ns;
	struct skua_error e = { .text = "" };
	struct out o;

	while (!is_ready(cli, &e)) {
		ns = skua_bench_now_ns() - from_ns;
		if (ns > PATIENCE_MS * UINT64_C(1000000)) {
			(void)cli_fail("nothing is ready at %s: %s",
			    cli_namesrv(cli), e.text);
			return CLI_UNREACHABLE;
		}
		(void)usleep(1000);
	}
	ns = skua_bench_now_ns() - from_ns;
	if (cli->form == OUT_TABLE) {
		say("ready after %.1f ms", (double)ns / 1e6);
		return CLI_OK;
	}
	cli_listing(cli, &o, columns);
	out_real(&o, (double)ns / 1e6);
	(void)out_end(&o);
	return CLI_OK;
}

const struct cli_command cmd_bench_ready = {
	.name = "bench ready",
	.summary = "Wait until a message could be sent",
	.options = options,
	.run = run,
	.example = "skua bench ready",
};
