/* SPDX-License-Identifier: Apache-2.0 */
/* skua group list | show | members | lag: who consumes, and how far they are. */
#include <string.h>

#include "base/number.h"
#include "cli/commands.h"

#define GROUP_ROW                                                              \
	{ 'g', "group", "GROUP", "its name (needed, here or as operand)", false }

/* fn's argument is the group. */
static int
with_group(struct cli *cli, cli_connected_fn *fn)
{
	const char *group = cli_subject(cli, "group");

	if (group == NULL || !cli_no_more(cli))
		return CLI_USAGE;
	return cli_with_client(cli, fn, (void *)(uintptr_t)group);
}

/* --- list --- */

static const struct cli_option list_options[] = {
	CLI_NAMESRV,
	{ 'a', "all", NULL, "also the system's own groups", false },
	{ 'l', "long", NULL, "with members, rate and lag", false },
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column list_columns[] = {
	{ "GROUP", "group", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};
static const struct out_column long_columns[] = {
	{ "GROUP", "group", OUT_TEXT },
	{ "MEMBERS", "members", OUT_INT },
	{ "TYPE", "consumeType", OUT_TEXT },
	{ "MODEL", "messageModel", OUT_TEXT },
	{ "OUT/S", "outRate", OUT_REAL },
	{ "LAG", "lag", OUT_INT },
	{ NULL, NULL, OUT_TEXT },
};

bool
cli_is_own_group(const char *name)
{
	static const char *const own[] = { "TOOLS_CONSUMER",
		"FILTERSRV_CONSUMER", "__MONITOR_CONSUMER", "SELF_TEST_C_GROUP",
		"CID_ONS-HTTP-PROXY", "CID_ONSAPI_OWNER",
		"CID_ONSAPI_PERMISSION", "CID_ONSAPI_PULL", "CID_RMQ_SYS_TRANS",
		"CID_DefaultHeartBeatSyncerTopic", "CID_sys_" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strncmp(name, own[i], strlen(own[i])) == 0)
			return true;
	return false;
}

static void
show_long(struct skua_client *client, struct out *o, const char *group)
{
	struct skua_members *m = NULL;
	struct skua_progress *p = NULL;
	struct skua_error e;

	out_text(o, group);
	if (skua_admin_members(client, group, &m, &e) != SKUA_OK) {
		out_int(o, 0);
		out_none(o);
		out_none(o);
	} else {
		out_int(o, (int64_t)m->count);
		out_text(o, m->consume_type);
		out_text(o, m->model);
	}
	if (skua_admin_progress(client, group, NULL, &p, &e) != SKUA_OK) {
		out_none(o);
		out_none(o);
	} else {
		out_real(o, p->consume_rate);
		out_mark(o, p->lag > 0 ? OUT_WARN : OUT_PLAIN);
		out_int(o, p->lag);
	}
	skua_admin_free(m);
	skua_admin_free(p);
}

static int
list(const struct cli *cli, struct skua_client *client, void *arg)
{
	bool all = cli_has(cli, "all"), is_long = cli_has(cli, "long");
	struct skua_names *groups;
	struct skua_error e;
	struct out o;
	int rc = skua_admin_groups(client, &groups, &e);

	(void)arg;
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	cli_listing(cli, &o, is_long ? long_columns : list_columns);
	for (size_t i = 0; i < groups->count; i++)
		if (!all && cli_is_own_group(groups->names[i]))
			continue;
		else if (is_long)
			show_long(client, &o, groups->names[i]);
		else
			out_text(&o, groups->names[i]);
	cli_listing_end(cli, &o, "no broker of %s knows a group%s",
	    cli_namesrv(cli), groups->count > 0 ? " but its own: --all" : "");
	skua_admin_free(groups);
	return CLI_OK;
}

static int
run_list(struct cli *cli)
{
	return cli_with_client(cli, list, NULL);
}

const struct cli_command cmd_group_list = {
	.name = "group list",
	.summary = "List consumer groups",
	.options = list_options,
	.run = run_list,
	.example = "skua group list --long",
};

/* --- show --- */

static const struct cli_option show_options[] = {
	CLI_NAMESRV,
	GROUP_ROW,
	CLI_BROKER,
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column show_columns[] = {
	{ "BROKER", "broker", OUT_TEXT },
	{ "CONSUME", "consume", OUT_BOOL },
	{ "BROADCAST", "broadcast", OUT_BOOL },
	{ "RETRY QUEUES", "retryQueues", OUT_INT },
	{ "MAX TRIES", "maxTries", OUT_INT },
	{ NULL, NULL, OUT_TEXT },
};

struct showing {
	struct out out;
	const char *group;
};

static int
show_at(struct skua_client *client, const struct skua_broker *broker, void *arg)
{
	struct showing *s = arg;
	struct skua_group *g;
	struct skua_error e;
	int rc = skua_admin_group(client, broker->address, s->group, &g, &e);

	if (rc == SKUA_ENOENT)
		return CLI_OK; /* not on this one */
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	out_text(&s->out, broker->name);
	out_bool(&s->out, g->consume);
	out_bool(&s->out, g->broadcast);
	out_int(&s->out, g->retry_queues);
	out_int(&s->out, g->max_tries);
	skua_admin_free(g);
	return CLI_OK;
}

static int
show(const struct cli *cli, struct skua_client *client, void *arg)
{
	struct showing s = { .group = arg };
	int rc = cli_check_group(client, s.group);

	if (rc != CLI_OK)
		return rc;
	cli_listing(cli, &s.out, show_columns);
	rc = cli_each_broker(cli, client, show_at, &s);
	(void)out_end(&s.out);
	return rc;
}

static int
run_show(struct cli *cli)
{
	return with_group(cli, show);
}

const struct cli_command cmd_group_show = {
	.name = "group show",
	.summary = "Show a group's settings on each broker",
	.operands = "[GROUP]",
	.options = show_options,
	.run = run_show,
	.example = "skua group show billing",
};

/* --- members --- */

static const struct cli_option members_options[] = {
	CLI_NAMESRV,
	GROUP_ROW,
	{ 's', "subscriptions", NULL, "what they subscribe to, instead",
	    false },
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column member_columns[] = {
	{ "CLIENT", "clientId", OUT_TEXT },
	{ "ADDRESS", "address", OUT_TEXT },
	{ "LANGUAGE", "language", OUT_TEXT },
	{ "VERSION", "version", OUT_INT },
	{ NULL, NULL, OUT_TEXT },
};
static const struct out_column subscription_columns[] = {
	{ "TOPIC", "topic", OUT_TEXT },
	{ "TYPE", "expressionType", OUT_TEXT },
	{ "EXPRESSION", "expression", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

static void
show_members(struct out *o, const struct skua_members *m)
{
	for (size_t i = 0; i < m->count; i++) {
		out_text(o, m->members[i].client_id);
		out_text(o, m->members[i].address);
		out_text(o, m->members[i].language);
		out_int(o, m->members[i].version);
	}
}

static void
show_subscriptions(struct out *o, const struct skua_members *m)
{
	for (size_t i = 0; i < m->subscription_count; i++) {
		out_text(o, m->subscriptions[i].topic);
		out_text(o, m->subscriptions[i].type);
		out_text(o, m->subscriptions[i].expression);
	}
}

static int
members(const struct cli *cli, struct skua_client *client, void *arg)
{
	bool subscriptions = cli_has(cli, "subscriptions");
	struct skua_members *m;
	struct skua_error e;
	struct out o;
	int rc = skua_admin_members(client, arg, &m, &e);

	if (rc != SKUA_OK)
		return cli_group_failed(client, arg, rc, &e);
	cli_listing(cli, &o,
	    subscriptions ? subscription_columns : member_columns);
	(subscriptions ? show_subscriptions : show_members)(&o, m);
	(void)out_end(&o);
	skua_admin_free(m);
	return CLI_OK;
}

static int
run_members(struct cli *cli)
{
	return with_group(cli, members);
}

const struct cli_command cmd_group_members = {
	.name = "group members",
	.summary = "Show who is connected for a group",
	.operands = "[GROUP]",
	.options = members_options,
	.run = run_members,
	.example = "skua group members billing",
};

/* --- lag --- */

static const struct cli_option lag_options[] = {
	CLI_NAMESRV,
	GROUP_ROW,
	{ 't', "topic", "TOPIC", "only of this one [all it consumes]", false },
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column lag_columns[] = {
	{ "TOPIC", "topic", OUT_TEXT },
	{ "BROKER", "broker", OUT_TEXT },
	{ "QUEUE", "queueId", OUT_INT },
	{ "OFFSET", "consumerOffset", OUT_INT },
	{ "NEXT", "brokerOffset", OUT_INT },
	{ "LAG", "lag", OUT_INT },
	{ "CONSUMED UNTIL", "lastTimestamp", OUT_TIME },
	{ NULL, NULL, OUT_TEXT },
};

static void
show_lag(struct out *o, const struct skua_queue_progress *q)
{
	int64_t lag_of = skua_sub_clamped(q->broker_offset,
	    q->consumer_offset);

	out_text(o, q->topic);
	out_text(o, q->broker);
	out_int(o, q->queue_id);
	out_int(o, q->consumer_offset);
	out_int(o, q->broker_offset);
	out_mark(o, lag_of > 0 ? OUT_WARN : OUT_PLAIN);
	out_int(o, lag_of);
	out_time(o, q->last_ms);
}

static int
lag(const struct cli *cli, struct skua_client *client, void *arg)
{
	const char *topic = cli_value(cli, "topic");
	struct skua_progress *p;
	struct skua_error e;
	struct out o;
	int rc = skua_admin_progress(client, arg, topic, &p, &e);

	if (rc != SKUA_OK)
		return cli_group_failed(client, arg, rc, &e);
	cli_listing(cli, &o, lag_columns);
	for (size_t i = 0; i < p->count; i++)
		show_lag(&o, &p->queues[i]);
	(void)out_end(&o);
	if (cli->form == OUT_TABLE) {
		say_end(stdout);
		say("lag %lld, %.1f messages consumed a second",
		    (long long)p->lag, p->consume_rate);
	}
	skua_admin_free(p);
	return CLI_OK;
}

static int
run_lag(struct cli *cli)
{
	return with_group(cli, lag);
}

const struct cli_command cmd_group_lag = {
	.name = "group lag",
	.summary = "Show how far a group is behind",
	.operands = "[GROUP]",
	.options = lag_options,
	.run = run_lag,
	.example = "skua group lag billing",
};
