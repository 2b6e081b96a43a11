/* SPDX-License-Identifier: Apache-2.0 */
/* skua send: messages from the command line or standard input. */
#include <stdlib.h>

#include <skua/producer.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/commands.h"

#define BODY_MAX (4 * 1024 * 1024)

static const struct cli_option options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "where to (needed)", false },
	{ 'g', "group", "NAME", "the producer group [skua]", false },
	{ 'c', "tag", "TAG", "the message's tag", false },
	{ 'k', "keys", "KEYS", "keys to find it by, separated by blanks",
	    false },
	{ 'p', "property", "NAME=VALUE", "a property; may be repeated", true },
	{ 'l', "lines", NULL, "each line is a message", false },
	{ 'd', "delay-level", "N", "delivered later: 1 to 18 [0: at once]",
	    false },
	{ 0, "hash-key", "KEY", "messages with one key go to one queue", false },
	{ 's', "selector", "NAME", "the selector that chooses the queue: "
				     "hash, ..., or a module's file [in turn]",
	    false },
	CLI_OUTPUT,
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

static int
usage(const char *property)
{
	(void)cli_fail("send: -p %s: expected NAME=VALUE", property);
	return CLI_USAGE;
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
			return usage(one);
		*equals = '\0';
		properties[n++] = one;
		properties[n++] = equals + 1;
	}
	properties[n] = NULL;
	return CLI_OK;
}

static const struct out_column columns[] = {
	{ "TOPIC", "topic", OUT_TEXT },
	{ "BROKER", "broker", OUT_TEXT },
	{ "QUEUE", "queueId", OUT_INT },
	{ "OFFSET", "queueOffset", OUT_INT },
	{ "ID", "msgId", OUT_TEXT },
	{ "OFFSET ID", "offsetMsgId", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

struct sender {
	const struct cli *cli;
	struct skua_outgoing message;
	struct skua_selector_module selector;
	struct skua_producer *producer;
	struct out out;
};

static void
show(struct sender *s, const struct skua_sent *sent)
{
	if (s->cli->form == OUT_TABLE) {
		say("sent %s to %s, queue %d, offset %lld",
		    sent->msg_id, s->message.topic, sent->queue_id,
		    (long long)sent->queue_offset);
		return;
	}
	out_text(&s->out, s->message.topic);
	out_text(&s->out, sent->broker);
	out_int(&s->out, sent->queue_id);
	out_int(&s->out, sent->queue_offset);
	out_text(&s->out, sent->msg_id);
	out_text(&s->out, sent->offset_id);
}

static int
send_one(struct sender *s, struct skua_str body)
{
	struct skua_sent sent;
	struct skua_error e;
	int rc;

	s->message.body = body;
	rc = skua_producer_send(s->producer, &s->message, &sent, &e);
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	show(s, &sent);
	return CLI_OK;
}

/* Empty lines are none: a message has a body. */
static int
send_lines(struct sender *s, struct skua_str text)
{
	int rc = CLI_OK;

	while (text.len > 0 && rc == CLI_OK) {
		const char *end = memchr(text.p, '\n', text.len);
		size_t n = end == NULL ? text.len : (size_t)(end - text.p);

		if (n > 0)
			rc = send_one(s, skua_str_n(text.p, n));
		n += end != NULL;
		text = skua_str_n(text.p + n, text.len - n);
	}
	return rc;
}

static int
send_all(const struct cli *cli, struct skua_client *client, void *arg)
{
	struct sender *s = arg;
	struct skua_producer_options o = { .size = sizeof(o),
		.group = cli_value(cli, "group"),
		.selector = s->selector.selector,
		.selector_conf = s->selector.conf };
	struct skua_str body = s->message.body;
	struct skua_error e;
	int rc = skua_producer_new(client, &o, &s->producer, &e);

	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	if (cli->form != OUT_TABLE)
		cli_listing(cli, &s->out, columns);
	rc = cli_has(cli, "lines") ? send_lines(s, body) : send_one(s, body);
	if (cli->form != OUT_TABLE)
		(void)out_end(&s->out);
	skua_producer_free(&s->producer);
	return rc;
}

static int
with_selector(const struct cli *cli, struct sender *s)
{
	const char *name = cli_value(cli, "selector");
	struct skua_error e;
	int rc = name == NULL ? SKUA_OK :
				skua_selector_open(name, NULL, &s->selector,
				    &e);

	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	rc = cli_with_client(cli, send_all, s);
	skua_selector_close(&s->selector);
	return rc;
}

static int
run(struct cli *cli)
{
	const char *properties[2 * CLI_VALUES_MAX + 1];
	struct sender s = { .cli = cli };
	struct buf body = { NULL, 0, 0 };
	char *text = NULL;
	int64_t level;
	int rc;

	s.message.topic = cli_need(cli, "topic");
	if (s.message.topic == NULL ||
	    !cli_int_in(cli, "delay-level", 0, 0, 18, &level))
		return CLI_USAGE;
	s.message.tag = cli_value(cli, "tag");
	s.message.keys = cli_value(cli, "keys");
	s.message.hash_key = cli_value(cli, "hash-key");
	s.message.delay_level = (int32_t)level;
	s.message.properties = properties;
	rc = split_properties(cli, properties, &text);
	if (rc == CLI_OK)
		rc = read_body(cli, &body);
	s.message.body = skua_str_n((char *)body.p, body.len);
	if (rc == CLI_OK)
		rc = body.len == 0 ? cli_fail("send: the body is empty") :
				     with_selector(cli, &s);
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
