/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skua receive: reads every queue of a topic for a group, one after another,
 * and commits as it goes.  It takes no part in the group's balancing: use a
 * group of its own, or one whose consumers are stopped.
 */
#include <stdlib.h>
#include <unistd.h>

#include <skua/host.h>
#include <skua/pull.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/messages.h"

#define PULL_MAX 32
#define HOLD_MS 1000 /* shared out among the queues */
#define PAUSE_MS 100 /* at least, between rounds that bring nothing */

static const struct cli_option options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "where from (needed)", false },
	{ 'g', "group", "GROUP", "the consumer group (needed)", false },
	{ 'f', "filter", "EXPR", "tags (A || B), or what --type says", false },
	{ 0, "type", "TYPE", "of the filter: TAG, SQL92, LUA, or what another "
			     "plug-in takes [TAG]", false },
	{ 0, "from", "WHEN", "for a group without offsets [first]: " CLI_TIMES,
	    false },
	{ 'c', "count", "N", "stop after N messages [0: never]", false },
	{ 'w', "wait", "SECONDS", "stop after so long without one [never]",
	    false },
	CLI_OUTPUT,
	CLI_END,
};

struct receiver {
	const struct cli *cli;
	struct out out;
	struct skua_client *client;
	struct skua_route_info *route;
	int64_t *offsets; /* by queue of the route; -1: not readable */
	const char *topic, *group;
	int64_t count, wait_ms;
	int64_t received, last_ms;
	const _Atomic int *interrupted;
};

/* Each queue begins at the group's offset, else where --from says. */
static int
find_offsets(struct receiver *r, int64_t from_ms)
{
	struct skua_error e;

	for (size_t i = 0; i < r->route->count; i++) {
		const struct skua_queue *q = &r->route->queues[i];

		r->offsets[i] = -1;
		if ((q->perm & 4) == 0)
			continue;
		if (skua_offset_query(r->client, r->group, r->topic, q,
			&r->offsets[i], &e) != SKUA_OK ||
		    (r->offsets[i] < 0 &&
			skua_offset_at(r->client, r->topic, q, from_ms,
			    &r->offsets[i], &e) != SKUA_OK))
			return cli_fail("%s, queue %d: %s", q->broker,
			    q->queue_id, e.text);
	}
	return CLI_OK;
}

/* A line a message. */
static void
print_text(const struct skua_received *m)
{
	say_part(stdout, "%d:%lld", m->record.queue_id,
	    (long long)m->record.queue_offset);
	if (m->tag.len > 0) {
		say_part(stdout, " tag=");
		say_text(stdout, m->tag);
	}
	if (m->keys.len > 0) {
		say_part(stdout, " keys=");
		say_text(stdout, m->keys);
	}
	say_part(stdout, " ");
	say_text(stdout, m->body);
	say_end(stdout);
}

static void
print_message(struct receiver *r, const struct skua_queue *q,
    const struct skua_record *record)
{
	struct skua_received m = { .topic = record->topic,
		.body = record->body,
		.tag = skua_property(record->properties, "TAGS"),
		.keys = skua_property(record->properties, "KEYS"),
		.msg_id = skua_property(record->properties, "UNIQ_KEY"),
		.queue = q,
		.record = *record };
	char *plain = NULL;
	size_t len;

	if ((record->sys_flag & SKUA_SYS_COMPRESSED) != 0 &&
	    skua_body_decompress(record->sys_flag, record->body, 64 << 20,
		&plain, &len) == SKUA_OK)
		m.body = skua_str_n(plain, len);
	if (r->cli->form == OUT_TABLE)
		print_text(&m);
	else
		cli_messages_add(&r->out, &m);
	free(plain);
}

/* Prints what came; the offset behind the last message printed. */
static int64_t
print_records(struct receiver *r, const struct skua_queue *q,
    const struct skua_pulled *p)
{
	const char *at = p->records.p, *end = at + p->records.len;
	struct skua_record m;

	while (at < end &&
	    skua_record_decode(at, (size_t)(end - at), &m) == SKUA_OK) {
		print_message(r, q, &m);
		r->received++;
		r->last_ms = skua_mono_ms();
		at += m.size;
		if (r->count > 0 && r->received == r->count)
			return m.queue_offset + 1;
	}
	return p->next_offset;
}

static int
read_queue(struct receiver *r, size_t i, int64_t hold_ms)
{
	const struct skua_queue *q = &r->route->queues[i];
	const char *type = cli_value(r->cli, "type");
	struct skua_pull pull = { .group = r->group, .topic = r->topic,
		.queue = q, .offset = r->offsets[i], .max_messages = PULL_MAX,
		.expression = cli_value(r->cli, "filter"),
		.expression_type = type, .hold_ms = hold_ms };
	struct skua_pulled pulled;
	struct skua_error e;

	if (skua_pull(r->client, &pull, &pulled, &e) != SKUA_OK)
		return cli_fail("%s, queue %d: %s", q->broker, q->queue_id,
		    e.text);
	pulled.next_offset = print_records(r, q, &pulled);
	skua_pulled_free(&pulled);
	if (pulled.next_offset == r->offsets[i])
		return CLI_OK;
	r->offsets[i] = pulled.next_offset;
	(void)fflush(stdout);
	if (skua_offset_commit(r->client, r->group, r->topic, q,
		r->offsets[i], &e) != SKUA_OK)
		return cli_fail("%s, queue %d: %s", q->broker, q->queue_id,
		    e.text);
	return CLI_OK;
}

static bool
is_over(const struct receiver *r)
{
	return *r->interrupted != 0 || (r->count > 0 && r->received >= r->count) ||
	    (r->wait_ms > 0 && skua_mono_ms() - r->last_ms >= r->wait_ms);
}

/* A broker that holds no pull is not asked as fast as it answers. */
static void
rest(struct receiver *r, int64_t since_ms)
{
	int64_t ms = since_ms + PAUSE_MS - skua_mono_ms();

	if (ms > 0 && *r->interrupted == 0)
		(void)usleep((useconds_t)ms * 1000);
}

static int
receive(struct receiver *r)
{
	int64_t hold_ms = HOLD_MS / (int64_t)r->route->count + 1;
	int rc = CLI_OK;

	r->last_ms = skua_mono_ms();
	while (rc == CLI_OK && !is_over(r)) {
		int64_t before = r->received, since_ms = skua_mono_ms();

		/* Quickly round all queues; only idle ones are waited for. */
		for (int round = 0; round < 2 && r->received == before; round++)
			for (size_t i = 0; i < r->route->count &&
			     rc == CLI_OK && !is_over(r);
			     i++)
				if (r->offsets[i] >= 0)
					rc = read_queue(r, i,
					    round == 0 ? 0 : hold_ms);
		if (rc == CLI_OK && r->received == before)
			rest(r, since_ms);
	}
	return rc;
}

static int
run_connected(struct receiver *r, int64_t from_ms)
{
	struct skua_error e;
	int rc;

	rc = skua_client_route(r->client, r->topic, &r->route, &e);
	if (rc != SKUA_OK)
		return cli_topic_failed(r->client, r->topic, rc, &e);
	if (r->route->count == 0)
		rc = cli_fail("%s has no queue", r->topic);
	else {
		r->offsets = sk_new_array(r->route->count, int64_t);
		rc = find_offsets(r, from_ms);
		cli_messages_begin(r->cli, &r->out, false);
		if (rc == CLI_OK)
			rc = receive(r);
		if (r->cli->form != OUT_TABLE)
			(void)out_end(&r->out);
	}
	free(r->offsets);
	skua_route_free(&r->route);
	return rc;
}

static int
run(struct cli *cli)
{
	struct receiver r = { .cli = cli, .topic = cli_need(cli, "topic"),
		.group = NULL };
	int64_t from_ms, wait_s;
	int rc;

	if (r.topic == NULL || (r.group = cli_need(cli, "group")) == NULL ||
	    !cli_int(cli, "count", 0, &r.count) ||
	    !cli_int(cli, "wait", 0, &wait_s) ||
	    !cli_time(cli, "from", 0, &from_ms))
		return CLI_USAGE;
	r.wait_ms = wait_s * 1000;
	r.interrupted = cli_catch_interrupt();
	r.client = cli_connect(cli);
	if (r.client == NULL)
		return CLI_FAILED;
	rc = run_connected(&r, from_ms);
	skua_client_free(&r.client);
	if (rc == CLI_OK && r.count > r.received && *r.interrupted == 0)
		rc = CLI_FAILED;
	return rc;
}

const struct cli_command cmd_receive = {
	.name = "receive",
	.summary = "Receive messages",
	.options = options,
	.run = run,
	.example = "skua receive -t orders -g mine --filter 'new || paid' "
		   "--count 10",
};
