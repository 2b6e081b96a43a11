/* SPDX-License-Identifier: Apache-2.0 */
/* skua send: one message, from the command line or standard input. */
#include <stdlib.h>

#include <skua/producer.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/commands.h"

#define BODY_MAX (4 * 1024 * 1024)

static const struct cli_option options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "where to (needed)", false },
	{ 'g', "group", "GROUP", "the producer group [skua]", false },
	{ 'c', "tag", "TAG", "the message's tag", false },
	{ 'k', "keys", "KEYS", "keys to find it by, separated by blanks",
	    false },
	{ 'p', "property", "NAME=VALUE", "a property; may be repeated", true },
	CLI_JSON,
	CLI_END,
};

/* The operand, or standard input for "-" or nothing. */
static int
read_body(const struct cli *cli, struct buf *body)
{
	const char *text = cli->operand_count > 0 ? cli->operands[0] : "-";
	size_t n;

	if (strcmp(text, "-") != 0) {
		(void)skua_buf_put(body, text, strlen(text));
		return CLI_OK;
	}
	do {
		uint8_t *p = skua_buf_reserve(body, 65536);

		if (p == NULL)
			return cli_fail("out of memory");
		n = fread(p, 1, 65536, stdin);
		body->len += n;
		if (body->len > BODY_MAX)
			return cli_fail("the body has more than %d bytes",
			    BODY_MAX);
	} while (n > 0);
	return CLI_OK;
}

/* name, value, …, NULL from NAME=VALUE; the texts live in *text_r. */
static int
split_properties(const struct cli *cli, const char **properties, char **text_r)
{
	size_t size = 1, at = 0, n = 0;

	for (size_t i = 0; i < cli->list_count; i++)
		size += strlen(cli->list[i]) + 1;
	*text_r = skua_mem_new(1, size);
	for (size_t i = 0; i < cli->list_count; i++) {
		char *one = *text_r + at, *equals;

		memcpy(one, cli->list[i], strlen(cli->list[i]) + 1);
		at += strlen(one) + 1;
		equals = strchr(one, '=');
		if (equals == NULL || equals == one)
			return cli_fail("send: -p %s: expected NAME=VALUE", one);
		*equals = '\0';
		properties[n++] = one;
		properties[n++] = equals + 1;
	}
	properties[n] = NULL;
	return CLI_OK;
}

static int
send_message(const struct cli *cli, const struct skua_outgoing *message)
{
	struct skua_producer_options o = { .size = sizeof(o),
		.group = cli_value(cli, "group") };
	struct skua_client *client = cli_connect(cli);
	struct skua_producer *producer = NULL;
	struct skua_sent sent;
	struct skua_error e;
	int rc;

	if (client == NULL)
		return CLI_FAILED;
	rc = skua_producer_new(client, &o, &producer, &e);
	if (rc == SKUA_OK)
		rc = skua_producer_send(producer, message, &sent, &e);
	skua_producer_free(&producer);
	skua_client_free(&client);
	if (rc != SKUA_OK)
		return cli_fail("%s", e.text);
	if (cli->json)
		cli_print_json(json_pack("{s:s,s:s,s:i,s:I}", "msgId",
		    sent.msg_id, "offsetMsgId", sent.offset_id, "queueId",
		    sent.queue_id, "queueOffset",
		    (json_int_t)sent.queue_offset));
	else
		(void)printf("sent %s to %s, queue %d, offset %lld\n",
		    sent.msg_id, message->topic, sent.queue_id,
		    (long long)sent.queue_offset);
	return CLI_OK;
}

static int
run(struct cli *cli)
{
	const char *properties[2 * CLI_VALUES_MAX + 1];
	struct skua_outgoing message = { .topic = cli_need(cli, "topic"),
		.tag = cli_value(cli, "tag"),
		.keys = cli_value(cli, "keys"),
		.properties = properties };
	struct buf body = { NULL, 0, 0 };
	char *text = NULL;
	int rc;

	if (message.topic == NULL)
		return CLI_USAGE;
	rc = split_properties(cli, properties, &text);
	if (rc == CLI_OK)
		rc = read_body(cli, &body);
	message.body = skua_str_n((char *)body.p, body.len);
	if (rc == CLI_OK)
		rc = body.len == 0 ? cli_fail("send: the body is empty") :
				     send_message(cli, &message);
	skua_buf_free(&body);
	free(text);
	return rc;
}

const struct cli_command cmd_send = {
	.name = "send",
	.summary = "Send a message",
	.operands = "[BODY|-]",
	.options = options,
	.run = run,
	.example = "skua send -t orders --tag new --keys 4711 'hello'",
};
