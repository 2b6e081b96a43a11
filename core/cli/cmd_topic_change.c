/* SPDX-License-Identifier: Apache-2.0 */
/* skua topic create | change | delete. */
#include "cli/commands.h"

#define QUEUES_MAX 65536

#define TOPIC_ROW                                                              \
	{ 't', "topic", "TOPIC", "its name (needed, here or as operand)", false }

static const struct cli_option create_options[] = {
	CLI_NAMESRV,
	TOPIC_ROW,
	CLI_BROKER,
	{ 'r', "read", "N", "queues to read [8]", false },
	{ 'w', "write", "N", "queues to write [8]", false },
	{ 'p', "perm", "2|4|6", "2 write, 4 read, 6 both [6]", false },
	{ 'a', "attributes", "+NAME=VALUE,...", "attributes, such as "
						"+queue.selector=hash", false },
	CLI_OUTPUT,
	CLI_END,
};

/* What was given; -1 and NULL: not. */
struct change {
	const struct cli *cli;
	const char *topic, *attributes;
	int64_t readable, writable, perm;
	size_t found;
};

static bool
read_change(struct cli *cli, struct change *c)
{
	c->cli = cli;
	c->topic = cli_subject(cli, "topic");
	c->attributes = cli_value(cli, "attributes");
	return c->topic != NULL && cli_no_more(cli) &&
	    cli_int_in(cli, "read", -1, -1, QUEUES_MAX, &c->readable) &&
	    cli_int_in(cli, "write", -1, -1, QUEUES_MAX, &c->writable) &&
	    cli_int_in(cli, "perm", -1, -1, 7, &c->perm);
}

static int
put(struct skua_client *client, const struct skua_broker *broker,
    const struct change *c, struct skua_topic *t, const char *done)
{
	struct skua_error e;
	int rc;

	if (c->readable >= 0)
		t->read_queues = (int32_t)c->readable;
	if (c->writable >= 0)
		t->write_queues = (int32_t)c->writable;
	if (c->perm >= 0)
		t->perm = (int32_t)c->perm;
	t->attributes = c->attributes;
	rc = skua_admin_topic_put(client, broker->address, t, &e);
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	cli_changed(c->cli, done, "topic", c->topic, broker);
	return CLI_OK;
}

/* --- create --- */

/* Sent again with other numbers it would be changed without a word. */
static int
create_at(struct skua_client *client, const struct skua_broker *broker,
    void *arg)
{
	const struct change *c = arg;
	struct skua_topic t = { .name = c->topic, .read_queues = 8,
		.write_queues = 8, .perm = 6 };
	struct skua_topic *old;
	struct skua_error e;

	if (skua_admin_topic(client, broker->address, c->topic, &old, &e) ==
	    SKUA_OK) {
		skua_admin_free(old);
		return cli_fail("%s has a topic \"%s\" already; `skua topic "
				"change' changes it", broker->name, c->topic);
	}
	return put(client, broker, c, &t, "created");
}

static int
create(const struct cli *cli, struct skua_client *client, void *arg)
{
	return cli_each_broker(cli, client, create_at, arg);
}

static int
run_create(struct cli *cli)
{
	struct change c;

	return read_change(cli, &c) ? cli_with_client(cli, create, &c) :
				      CLI_USAGE;
}

const struct cli_command cmd_topic_create = {
	.name = "topic create",
	.summary = "Create a topic",
	.operands = "[TOPIC]",
	.options = create_options,
	.run = run_create,
	.example = "skua topic create orders -r 16 -w 16",
};

/* --- change --- */

static const struct cli_option change_options[] = {
	CLI_NAMESRV,
	TOPIC_ROW,
	CLI_BROKER,
	{ 'r', "read", "N", "queues to read [as they are]", false },
	{ 'w', "write", "N", "queues to write [as they are]", false },
	{ 'p', "perm", "2|4|6", "2 write, 4 read, 6 both [as it is]", false },
	{ 'a', "attributes", "+NAME=VALUE,-NAME,...", "set or remove "
						      "attributes", false },
	CLI_OUTPUT,
	CLI_END,
};

static int
change_at(struct skua_client *client, const struct skua_broker *broker,
    void *arg)
{
	struct change *c = arg;
	struct skua_topic *t;
	struct skua_error e;
	int rc = skua_admin_topic(client, broker->address, c->topic, &t, &e);

	if (rc == SKUA_ENOENT)
		return CLI_OK; /* it is on others */
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	c->found++;
	rc = put(client, broker, c, t, "changed");
	skua_admin_free(t);
	return rc;
}

static int
change(const struct cli *cli, struct skua_client *client, void *arg)
{
	struct change *c = arg;
	struct skua_error e;
	int rc = cli_each_broker(cli, client, change_at, c);

	if (rc != CLI_OK || c->found > 0)
		return rc;
	(void)skua_fail(&e, SKUA_ENOENT, "no topic \"%s\"", c->topic);
	return cli_topic_failed(client, c->topic, SKUA_ENOENT, &e);
}

static int
run_change(struct cli *cli)
{
	struct change c = { .found = 0 };

	if (!read_change(cli, &c))
		return CLI_USAGE;
	if (c.readable < 0 && c.writable < 0 && c.perm < 0 &&
	    c.attributes == NULL) {
		(void)cli_fail("topic change: expected one of --read, --write, "
			       "--perm and --attributes");
		return CLI_USAGE;
	}
	return cli_with_client(cli, change, &c);
}

const struct cli_command cmd_topic_change = {
	.name = "topic change",
	.summary = "Change a topic; what is not told stays",
	.operands = "[TOPIC]",
	.options = change_options,
	.run = run_change,
	.example = "skua topic change orders --write 0",
};

/* --- delete --- */

static const struct cli_option delete_options[] = {
	CLI_NAMESRV,
	TOPIC_ROW,
	CLI_OUTPUT,
	CLI_END,
};

static int
delete_topic(const struct cli *cli, struct skua_client *client, void *arg)
{
	const char *topic = arg;
	const struct skua_broker everywhere = { .name = "every broker",
		.address = cli_namesrv(cli) };
	struct skua_error e;
	int rc = cli_check_topic(client, topic);

	if (rc != CLI_OK)
		return rc;
	rc = skua_admin_topic_delete(client, topic, &e);
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	cli_changed(cli, "deleted", "topic", topic, &everywhere);
	return CLI_OK;
}

static int
run_delete(struct cli *cli)
{
	const char *topic = cli_subject(cli, "topic");

	if (topic == NULL || !cli_no_more(cli))
		return CLI_USAGE;
	return cli_with_client(cli, delete_topic, (void *)(uintptr_t)topic);
}

const struct cli_command cmd_topic_delete = {
	.name = "topic delete",
	.summary = "Delete a topic and its messages",
	.operands = "[TOPIC]",
	.options = delete_options,
	.run = run_delete,
	.example = "skua topic delete orders",
};
