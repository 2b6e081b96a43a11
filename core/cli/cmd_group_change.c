/* SPDX-License-Identifier: Apache-2.0 */
/* skua group create | change | reset | delete. */
#include <string.h>

#include "cli/commands.h"

#define GROUP_ROW                                                              \
	{ 'g', "group", "GROUP", "its name (needed, here or as operand)", false }

/* --- create, change --- */

static const struct cli_option put_options[] = {
	CLI_NAMESRV,
	GROUP_ROW,
	CLI_BROKER,
	{ 'm', "max-tries", "N", "before a message is dead [16, or as it is]",
	    false },
	{ 'q', "retry-queues", "N", "queues of its retry topic [1, or as it "
				    "is]", false },
	{ 0, "consume", "yes|no", "may it consume [yes, or as it is]", false },
	{ 0, "broadcast", "yes|no", "may it broadcast [yes, or as it is]",
	    false },
	CLI_OUTPUT,
	CLI_END,
};

struct change {
	const struct cli *cli;
	const char *group;
	int64_t max_tries, retry_queues; /* -1: not given */
};

static bool
read_change(struct cli *cli, struct change *c)
{
	memset(c, 0, sizeof(*c));
	c->cli = cli;
	c->group = cli_subject(cli, "group");
	return c->group != NULL && cli_no_more(cli) &&
	    cli_int_in(cli, "max-tries", -1, -1, 100000, &c->max_tries) &&
	    cli_int_in(cli, "retry-queues", -1, -1, 65536, &c->retry_queues);
}

static void
choose(const struct cli *cli, const char *name, bool *value)
{
	const char *given = cli_value(cli, name);

	if (given != NULL)
		*value = strcmp(given, "yes") == 0;
}

static int
put(struct skua_client *client, const struct skua_broker *broker,
    const struct change *c, struct skua_group *g, const char *done)
{
	struct skua_error e;
	int rc;

	choose(c->cli, "consume", &g->consume);
	choose(c->cli, "broadcast", &g->broadcast);
	if (c->max_tries >= 0)
		g->max_tries = (int32_t)c->max_tries;
	if (c->retry_queues >= 0)
		g->retry_queues = (int32_t)c->retry_queues;
	rc = skua_admin_group_put(client, broker->address, g, &e);
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	cli_changed(c->cli, done, "group", c->group, broker);
	return CLI_OK;
}

/* RocketMQ makes groups of itself when it is asked for one: a group that was
 * there cannot be told from one that was not. */
static int
create_at(struct skua_client *client, const struct skua_broker *broker,
    void *arg)
{
	const struct change *c = arg;
	struct skua_group g = { .name = c->group, .consume = true,
		.broadcast = true, .retry_queues = 1, .max_tries = 16 };

	return put(client, broker, c, &g, "created");
}

static int
create(const struct cli *cli, struct skua_client *client, void *arg)
{
	struct change *c = arg;
	struct skua_names *groups;
	struct skua_error e;
	bool is_there = false;
	int rc = skua_admin_groups(client, &groups, &e);

	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	for (size_t i = 0; i < groups->count; i++)
		is_there |= strcmp(groups->names[i], c->group) == 0;
	skua_admin_free(groups);
	if (is_there)
		return cli_fail("there is a group \"%s\" already; `skua group "
				"change' changes it", c->group);
	return cli_each_broker(cli, client, create_at, c);
}

static int
run_create(struct cli *cli)
{
	struct change c;

	return read_change(cli, &c) ? cli_with_client(cli, create, &c) :
				      CLI_USAGE;
}

const struct cli_command cmd_group_create = {
	.name = "group create",
	.summary = "Create a consumer group",
	.operands = "[GROUP]",
	.options = put_options,
	.run = run_create,
	.example = "skua group create billing --max-tries 5",
};

static int
change_at(struct skua_client *client, const struct skua_broker *broker,
    void *arg)
{
	struct change *c = arg;
	struct skua_group *g;
	struct skua_error e;
	int rc = skua_admin_group(client, broker->address, c->group, &g, &e);

	if (rc == SKUA_ENOENT)
		return CLI_OK; /* it is on others */
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	rc = put(client, broker, c, g, "changed");
	skua_admin_free(g);
	return rc;
}

static int
change(const struct cli *cli, struct skua_client *client, void *arg)
{
	struct change *c = arg;
	int rc = cli_check_group(client, c->group);

	return rc != CLI_OK ? rc : cli_each_broker(cli, client, change_at, c);
}

static int
run_change(struct cli *cli)
{
	struct change c;

	if (!read_change(cli, &c))
		return CLI_USAGE;
	if (c.max_tries < 0 && c.retry_queues < 0 && !cli_has(cli, "consume") &&
	    !cli_has(cli, "broadcast")) {
		(void)cli_fail("group change: expected one of --max-tries, "
			       "--retry-queues, --consume and --broadcast");
		return CLI_USAGE;
	}
	return cli_with_client(cli, change, &c);
}

const struct cli_command cmd_group_change = {
	.name = "group change",
	.summary = "Change a consumer group; what is not told stays",
	.operands = "[GROUP]",
	.options = put_options,
	.run = run_change,
	.example = "skua group change billing --consume no",
};

/* --- reset --- */

static const struct cli_option reset_options[] = {
	CLI_NAMESRV,
	GROUP_ROW,
	{ 't', "topic", "TOPIC", "of this topic (needed)", false },
	{ 0, "to", "WHEN", "where to go on (needed): " CLI_TIMES, false },
	{ 0, "only-back", NULL, "never forward, over what was not consumed",
	    false },
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column reset_columns[] = {
	{ "TOPIC", "topic", OUT_TEXT },
	{ "BROKER", "broker", OUT_TEXT },
	{ "QUEUE", "queueId", OUT_INT },
	{ "OFFSET", "offset", OUT_INT },
	{ NULL, NULL, OUT_TEXT },
};

struct reset {
	const char *group, *topic;
	int64_t ms;
};

static int
reset(const struct cli *cli, struct skua_client *client, void *arg)
{
	const struct reset *r = arg;
	struct skua_progress *p;
	struct skua_error e;
	struct out o;
	int rc = skua_admin_reset(client, r->group, r->topic,
	    r->ms == INT64_MAX ? -1 : r->ms, !cli_has(cli, "only-back"), &p,
	    &e);

	if (rc != SKUA_OK)
		return cli_topic_failed(client, r->topic, rc, &e);
	cli_listing(cli, &o, reset_columns);
	for (size_t i = 0; i < p->count; i++) {
		out_text(&o, p->queues[i].topic);
		out_text(&o, p->queues[i].broker);
		out_int(&o, p->queues[i].queue_id);
		out_int(&o, p->queues[i].consumer_offset);
	}
	(void)out_end(&o);
	skua_admin_free(p);
	return CLI_OK;
}

static int
run_reset(struct cli *cli)
{
	struct reset r = { .group = cli_subject(cli, "group") };

	if (r.group == NULL || !cli_no_more(cli) ||
	    (r.topic = cli_need(cli, "topic")) == NULL ||
	    cli_need(cli, "to") == NULL || !cli_time(cli, "to", 0, &r.ms))
		return CLI_USAGE;
	return cli_with_client(cli, reset, &r);
}

const struct cli_command cmd_group_reset = {
	.name = "group reset",
	.summary = "Let a group go on elsewhere",
	.operands = "[GROUP]",
	.options = reset_options,
	.run = run_reset,
	.example = "skua group reset billing -t orders --to 2h",
};

/* --- delete --- */

static const struct cli_option delete_options[] = {
	CLI_NAMESRV,
	GROUP_ROW,
	{ 0, "keep-offsets", NULL, "so that it goes on if it comes back",
	    false },
	CLI_OUTPUT,
	CLI_END,
};

static int
delete_group(const struct cli *cli, struct skua_client *client, void *arg)
{
	const struct skua_broker everywhere = { .name = "every broker",
		.address = cli_namesrv(cli) };
	const char *group = arg;
	struct skua_error e;
	int rc = cli_check_group(client, group);

	if (rc != CLI_OK)
		return rc;
	rc = skua_admin_group_delete(client, group,
	    !cli_has(cli, "keep-offsets"), &e);
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	cli_changed(cli, "deleted", "group", group, &everywhere);
	return CLI_OK;
}

static int
run_delete(struct cli *cli)
{
	const char *group = cli_subject(cli, "group");

	if (group == NULL || !cli_no_more(cli))
		return CLI_USAGE;
	return cli_with_client(cli, delete_group, (void *)(uintptr_t)group);
}

const struct cli_command cmd_group_delete = {
	.name = "group delete",
	.summary = "Delete a consumer group",
	.operands = "[GROUP]",
	.options = delete_options,
	.run = run_delete,
	.example = "skua group delete billing",
};
