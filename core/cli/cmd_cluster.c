/* SPDX-License-Identifier: Apache-2.0 */
/* skua cluster: brokers, with what they say of themselves. */
#include <stdlib.h>

#include "cli/commands.h"

static const struct cli_option options[] = {
	CLI_NAMESRV,
	{ 's', "stats", NULL, "everything that brokers count", false },
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column columns[] = {
	{ "CLUSTER", "cluster", OUT_TEXT },
	{ "BROKER", "broker", OUT_TEXT },
	{ "ID", "id", OUT_INT },
	{ "ADDRESS", "address", OUT_TEXT },
	{ "VERSION", "version", OUT_TEXT },
	{ "IN/S", "inRate", OUT_REAL },
	{ "OUT/S", "outRate", OUT_REAL },
	{ "DISK %", "diskPercent", OUT_REAL },
	{ "STATE", "state", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

static const struct out_column stats_columns[] = {
	{ "BROKER", "broker", OUT_TEXT },
	{ "ADDRESS", "address", OUT_TEXT },
	{ "NAME", "name", OUT_TEXT },
	{ "VALUE", "value", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

/* The first of several averages. */
static void
put_rate(struct out *o, const struct skua_settings *stats, const char *name,
    double factor)
{
	const char *text = skua_setting(stats, name);

	if (text == NULL || *text == '-')
		out_none(o);
	else
		out_real(o, strtod(text, NULL) * factor);
}

/* What a broker of ours says when something is wrong. */
static void
put_state(struct out *o, const struct skua_settings *stats)
{
	const char *trouble = skua_setting(stats, "storeTrouble");
	const char *damaged = skua_setting(stats, "storeDamagedMessages");
	char text[96];

	out_mark(o, trouble == NULL && damaged == NULL ? OUT_GOOD : OUT_BAD);
	if (trouble != NULL || damaged == NULL) {
		out_text(o, trouble != NULL ? trouble : "ok");
		return;
	}
	(void)snprintf(text, sizeof(text), "%s damaged messages", damaged);
	out_text(o, text);
}

static void
show(struct skua_client *client, struct out *o, const struct skua_broker *b)
{
	struct skua_settings *stats;
	struct skua_error e;
	bool answers = skua_admin_broker_stats(client, b->address, &stats,
			   &e) == SKUA_OK;

	out_text(o, b->cluster);
	out_text(o, b->name);
	out_int(o, b->id);
	out_text(o, b->address);
	if (!answers) {
		for (int i = 0; i < 4; i++)
			out_none(o);
		out_mark(o, OUT_BAD);
		out_text(o, "no answer");
		return;
	}
	out_text(o, skua_setting(stats, "brokerVersionDesc"));
	put_rate(o, stats, "putTps", 1);
	put_rate(o, stats, "getTransferredTps", 1);
	put_rate(o, stats, "commitLogDiskRatio", 100);
	put_state(o, stats);
	skua_admin_free(stats);
}

static void
show_stats(struct skua_client *client, struct out *o,
    const struct skua_broker *b)
{
	struct skua_settings *stats;
	struct skua_error e;

	if (skua_admin_broker_stats(client, b->address, &stats, &e) !=
	    SKUA_OK) {
		(void)cli_fail("%s", e.text);
		return;
	}
	for (size_t i = 0; i < stats->count; i++) {
		out_text(o, b->name);
		out_text(o, b->address);
		out_text(o, stats->settings[i].name);
		out_text(o, stats->settings[i].value);
	}
	skua_admin_free(stats);
}

static int
run_connected(const struct cli *cli, struct skua_client *client, void *arg)
{
	bool stats = cli_has(cli, "stats");
	struct skua_cluster *cluster;
	struct skua_error e;
	struct out o;
	int rc = skua_admin_cluster(client, &cluster, &e);

	(void)arg;
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	cli_listing(cli, &o, stats ? stats_columns : columns);
	for (size_t i = 0; i < cluster->count; i++)
		(stats ? show_stats : show)(client, &o, &cluster->brokers[i]);
	cli_listing_end(cli, &o, "no broker is registered with %s",
	    cli_namesrv(cli));
	skua_admin_free(cluster);
	return CLI_OK;
}

static int
run(struct cli *cli)
{
	return cli_with_client(cli, run_connected, NULL);
}

const struct cli_command cmd_cluster = {
	.name = "cluster",
	.summary = "Show the brokers",
	.options = options,
	.run = run,
	.example = "skua cluster",
};
