/* SPDX-License-Identifier: Apache-2.0 */
/* skua message id | key: finding messages by what they are called. */
#include <string.h>

#include "cli/commands.h"
#include "cli/find.h"
#include "net/addr.h"

int
find_print(const struct cli *cli, const struct skua_messages *m, bool card)
{
	struct out o;

	cli_messages_begin(cli, &o, card);
	for (size_t i = 0; i < m->count; i++)
		cli_messages_add(&o, &m->messages[i]);
	cli_listing_end(cli, &o, "no such message");
	return CLI_OK;
}

const char *
find_operand(const struct cli *cli, const char *what)
{
	if (cli->operand_count == 1)
		return cli->operands[0];
	(void)cli_fail("%s: expected one %s", cli->command->name, what);
	return NULL;
}

/* --- id --- */

static const struct cli_option id_options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "the topic: needed for the id that the "
				 "producer made", false },
	CLI_OUTPUT,
	CLI_END,
};

/* The ids that producers make look the same; asking whoever has the address in
 * one of those would take until the time is up. */
static int
check_offset_id(struct skua_client *client, const char *id)
{
	struct skua_cluster *cluster;
	struct skua_addr host;
	struct skua_error e;
	char address[ADDR_TEXT_SIZE];
	bool is_known = false;
	int64_t pos;
	int rc;

	if (skua_msg_id_parse(skua_str_z(id), &host, &pos) != SKUA_OK) {
		(void)cli_fail("message id: \"%s\" is no message id", id);
		return CLI_USAGE;
	}
	rc = skua_admin_cluster(client, &cluster, &e);
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	(void)skua_addr_format(&host, address);
	for (size_t i = 0; i < cluster->count; i++)
		is_known |= strcmp(cluster->brokers[i].address, address) == 0;
	skua_admin_free(cluster);
	if (is_known)
		return CLI_OK;
	(void)cli_fail("no broker of this cluster stored \"%s\"; if the "
		       "producer made that id, say the topic: -t TOPIC", id);
	return CLI_NOT_FOUND;
}

static int
by_id(const struct cli *cli, struct skua_client *client, void *arg)
{
	const struct find *q = arg;
	struct skua_messages *m;
	struct skua_error e;
	int rc;

	if (q->topic == NULL) {
		rc = check_offset_id(client, q->what);
		if (rc != CLI_OK)
			return rc;
		rc = skua_admin_message(client, q->what, &m, &e);
	} else {
		rc = skua_admin_messages_by_key(client, q->topic, q->what, true,
		    0, INT64_MAX, 32, &m, &e);
	}
	if (rc != SKUA_OK)
		return q->topic == NULL ?
		    cli_failed(rc, &e) :
		    cli_topic_failed(client, q->topic, rc, &e);
	rc = find_print(cli, m, true);
	skua_admin_free(m);
	return rc;
}

static int
run_id(struct cli *cli)
{
	struct find q = { .topic = cli_value(cli, "topic"),
		.what = find_operand(cli, "message id") };

	return q.what == NULL ? CLI_USAGE : cli_with_client(cli, by_id, &q);
}

const struct cli_command cmd_message_id = {
	.name = "message id",
	.summary = "Show the message with an id",
	.operands = "ID",
	.options = id_options,
	.run = run_id,
	.example = "skua message id -t orders 7F0000010A2B18B4AAC21E3D5F970000",
};

/* --- key --- */

static const struct cli_option key_options[] = {
	CLI_NAMESRV,
	FIND_TOPIC,
	FIND_TIMES,
	{ 'c', "count", "N", "at most N messages of each broker [64]", false },
	CLI_OUTPUT,
	CLI_END,
};

bool
find_read_times(const struct cli *cli, struct find *q)
{
	return cli_time(cli, "from", 0, &q->begin_ms) &&
	    cli_time(cli, "to", INT64_MAX, &q->end_ms);
}

static int
by_key(const struct cli *cli, struct skua_client *client, void *arg)
{
	const struct find *q = arg;
	struct skua_messages *m;
	struct skua_error e;
	int rc = skua_admin_messages_by_key(client, q->topic, q->what, false,
	    q->begin_ms, q->end_ms, (int32_t)q->count, &m, &e);

	if (rc != SKUA_OK)
		return cli_topic_failed(client, q->topic, rc, &e);
	rc = find_print(cli, m, false);
	skua_admin_free(m);
	return rc;
}

static int
run_key(struct cli *cli)
{
	struct find q = { .topic = cli_need(cli, "topic") };

	if (q.topic == NULL || (q.what = find_operand(cli, "key")) == NULL ||
	    !find_read_times(cli, &q) ||
	    !cli_int_in(cli, "count", 64, 1, FIND_MAX, &q.count))
		return CLI_USAGE;
	return cli_with_client(cli, by_key, &q);
}

const struct cli_command cmd_message_key = {
	.name = "message key",
	.summary = "Show messages with a key",
	.operands = "KEY",
	.options = key_options,
	.run = run_key,
	.example = "skua message key -t orders 4711 --from 1d",
};
