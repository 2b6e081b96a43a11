/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skua receive: reads every queue of a topic for a group, one after another,
 * and commits as it goes.  It takes no part in the group's balancing: use a
 * group of its own, or one whose consumers are stopped.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <skua/host.h>
#include <skua/pull.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"

#define PULL_MAX 32
#define HOLD_MS 1000 /* shared out among the queues */

static const struct cli_option options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "where from (needed)", false },
	{ 'g', "group", "GROUP", "the consumer group (needed)", false },
	{ 'f', "filter", "EXPR", "tags (A || B), or with --type a script",
	    false },
	{ 0, "type", "TYPE", "of the filter: TAG, LUA [TAG]", false },
	{ 0, "from", "WHERE", "first, last, or a time (ms since 1970, or "
			      "YYYY-MM-DDThh:mm:ss) for a group without "
			      "offsets [first]", false },
	{ 'c', "count", "N", "stop after N messages [0: never]", false },
	{ 'w', "wait", "SECONDS", "stop after so long without one [never]",
	    false },
	CLI_JSON,
	CLI_END,
};

struct receiver {
	const struct cli *cli;
	struct skua_client *client;
	struct skua_route_info *route;
	int64_t *offsets; /* by queue of the route; -1: not readable */
	const char *topic, *group;
	int64_t count, wait_ms;
	int64_t received, last_ms;
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static int
parse_where(const char *text, int64_t *ms_r)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end;

	if (text == NULL || strcmp(text, "first") == 0)
		*ms_r = 0;
	else if (strcmp(text, "last") == 0)
		*ms_r = INT64_MAX;
	else if ((end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) != NULL &&
	    *end == '\0')
		*ms_r = (int64_t)mktime(&tm) * 1000;
	else if (!skua_text_int(skua_str_z(text), ms_r))
		return cli_fail("receive: --from %s: expected first, last, ms "
				"since 1970 or YYYY-MM-DDThh:mm:ss", text);
	return CLI_OK;
}

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

static json_t *
text_of(struct skua_str s)
{
	json_t *json = json_stringn(s.p, s.len);

	/* A body that is no text cannot stand in JSON as it is. */
	return json != NULL ? json : json_null();
}

static void
print_json(const struct skua_queue *q, const struct skua_record *m,
    struct skua_str body)
{
	json_t *properties = json_object();
	struct skua_str name, value;

	for (size_t at = 0;
	     skua_property_next(m->properties, &at, &name, &value);) {
		char *key = skua_mem_dup(name);

		(void)json_object_set_new(properties, key, text_of(value));
		free(key);
	}
	cli_print_json(json_pack("{s:o,s:s,s:i,s:I,s:I,s:I,s:i,s:o,s:o}",
	    "topic", text_of(m->topic), "broker", q->broker, "queueId",
	    m->queue_id, "queueOffset", (json_int_t)m->queue_offset,
	    "bornTimestamp", (json_int_t)m->born_timestamp_ms,
	    "storeTimestamp", (json_int_t)m->store_timestamp_ms,
	    "reconsumeTimes", m->reconsume_times, "properties", properties,
	    "body", text_of(body)));
}

static void
print_text(const struct skua_record *m, struct skua_str body)
{
	struct skua_str tags = skua_property(m->properties, "TAGS");
	struct skua_str keys = skua_property(m->properties, "KEYS");

	(void)printf("%d:%lld", m->queue_id, (long long)m->queue_offset);
	if (tags.len > 0)
		(void)printf(" tag=" SKUA_STR_FMT, SKUA_STR_ARG(tags));
	if (keys.len > 0)
		(void)printf(" keys=" SKUA_STR_FMT, SKUA_STR_ARG(keys));
	(void)fputc(' ', stdout);
	(void)fwrite(body.p, 1, body.len, stdout);
	(void)fputc('\n', stdout);
}

static void
print_message(const struct receiver *r, const struct skua_queue *q,
    const struct skua_record *m)
{
	struct skua_str body = m->body;
	char *plain = NULL;
	size_t len;

	if ((m->sys_flag & SKUA_SYS_COMPRESSED) != 0 &&
	    skua_body_decompress(m->sys_flag, m->body, 64 << 20, &plain,
		&len) == SKUA_OK)
		body = skua_str_n(plain, len);
	if (r->cli->json)
		print_json(q, m, body);
	else
		print_text(m, body);
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
	return interrupted || (r->count > 0 && r->received >= r->count) ||
	    (r->wait_ms > 0 && skua_mono_ms() - r->last_ms >= r->wait_ms);
}

static int
receive(struct receiver *r)
{
	int64_t hold_ms = HOLD_MS / (int64_t)r->route->count + 1;
	int rc = CLI_OK;

	r->last_ms = skua_mono_ms();
	while (rc == CLI_OK && !is_over(r)) {
		int64_t before = r->received;

		/* Quickly round all queues; only idle ones are waited for. */
		for (int round = 0; round < 2 && r->received == before; round++)
			for (size_t i = 0; i < r->route->count &&
			     rc == CLI_OK && !is_over(r);
			     i++)
				if (r->offsets[i] >= 0)
					rc = read_queue(r, i,
					    round == 0 ? 0 : hold_ms);
	}
	return rc;
}

static int
run_connected(struct receiver *r, int64_t from_ms)
{
	struct skua_error e;
	int rc;

	if (skua_client_route(r->client, r->topic, &r->route, &e) != SKUA_OK)
		return cli_fail("%s: %s", r->topic, e.text);
	if (r->route->count == 0)
		rc = cli_fail("%s has no queue", r->topic);
	else {
		r->offsets = sk_new_array(r->route->count, int64_t);
		rc = find_offsets(r, from_ms);
		if (rc == CLI_OK)
			rc = receive(r);
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
	    parse_where(cli_value(cli, "from"), &from_ms) != CLI_OK)
		return CLI_USAGE;
	r.wait_ms = wait_s * 1000;
	(void)signal(SIGINT, on_interrupt);
	r.client = cli_connect(cli);
	if (r.client == NULL)
		return CLI_FAILED;
	rc = run_connected(&r, from_ms);
	skua_client_free(&r.client);
	if (rc == CLI_OK && r.count > r.received && !interrupted)
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
