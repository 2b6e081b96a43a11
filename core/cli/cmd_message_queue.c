/* SPDX-License-Identifier: Apache-2.0 */
/* skua message offset | time: finding messages by where they are. */
#include <stdlib.h>
#include <string.h>

#include <skua/pull.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/find.h"

/* --- queues --- */

/* Whether the queue is meant by -b and -q. */
static bool
is_meant(const struct cli *cli, const struct find *q,
    const struct skua_queue *queue)
{
	const char *broker = cli_value(cli, "broker");

	return (queue->perm & 4) != 0 &&
	    (q->queue_id < 0 || queue->queue_id == q->queue_id) &&
	    (broker == NULL || strcmp(broker, queue->broker) == 0);
}

/* The only one meant; NULL after a sentence. */
static const struct skua_queue *
one_queue(const struct cli *cli, const struct find *q,
    const struct skua_route_info *route)
{
	const struct skua_queue *found = NULL;

	for (size_t i = 0; i < route->count; i++) {
		if (!is_meant(cli, q, &route->queues[i]))
			continue;
		if (found != NULL) {
			(void)cli_fail("%s has queue %lld on %s and on %s: "
				       "choose with -b", q->topic,
			    (long long)q->queue_id, found->broker,
			    route->queues[i].broker);
			return NULL;
		}
		found = &route->queues[i];
	}
	if (found == NULL)
		(void)cli_fail("%s has no queue %lld%s%s", q->topic,
		    (long long)q->queue_id,
		    cli_has(cli, "broker") ? " on " : "",
		    cli_has(cli, "broker") ? cli_value(cli, "broker") : "");
	return found;
}

/* --- offset --- */

static const struct cli_option offset_options[] = {
	CLI_NAMESRV,
	FIND_TOPIC,
	{ 'b', "broker", "BROKER", "its name [the only one]", false },
	{ 'q', "queue", "N", "in this queue (needed)", false },
	{ 'c', "count", "N", "so many messages [1]", false },
	CLI_OUTPUT,
	CLI_END,
};

static int
by_offset(const struct cli *cli, struct skua_client *client, void *arg)
{
	const struct find *q = arg;
	const struct skua_queue *queue;
	struct skua_route_info *route;
	struct skua_messages *m;
	struct skua_error e;
	int rc = skua_client_route(client, q->topic, &route, &e);

	if (rc != SKUA_OK)
		return cli_topic_failed(client, q->topic, rc, &e);
	queue = one_queue(cli, q, route);
	if (queue == NULL) {
		skua_route_free(&route);
		return CLI_NOT_FOUND;
	}
	rc = skua_admin_messages_at(client, q->topic, queue, q->offset,
	    (int32_t)q->count, &m, &e);
	skua_route_free(&route);
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	if (m->count == 0) {
		(void)cli_fail("%s, queue %lld has no message from offset %lld "
			       "on", q->topic, (long long)q->queue_id,
		    (long long)q->offset);
		rc = CLI_NOT_FOUND;
	} else {
		rc = find_print(cli, m, q->count == 1);
	}
	skua_admin_free(m);
	return rc;
}

static int
run_offset(struct cli *cli)
{
	struct find q = { .topic = cli_need(cli, "topic") };

	if (q.topic == NULL || cli_need(cli, "queue") == NULL ||
	    !cli_int_in(cli, "queue", -1, 0, INT32_MAX, &q.queue_id) ||
	    !cli_int_in(cli, "count", 1, 1, FIND_MAX, &q.count) ||
	    (q.what = find_operand(cli, "offset")) == NULL)
		return CLI_USAGE;
	if (!skua_text_int(skua_str_z(q.what), &q.offset) || q.offset < 0) {
		(void)cli_fail("message offset: \"%s\" is no offset", q.what);
		return CLI_USAGE;
	}
	return cli_with_client(cli, by_offset, &q);
}

const struct cli_command cmd_message_offset = {
	.name = "message offset",
	.summary = "Show messages of a queue from an offset on",
	.operands = "OFFSET",
	.options = offset_options,
	.run = run_offset,
	.example = "skua message offset -t orders -q 3 1000 --count 10",
};

/* --- time --- */

static const struct cli_option time_options[] = {
	CLI_NAMESRV,
	FIND_TOPIC,
	{ 'b', "broker", "BROKER", "only of this one, by name [all]", false },
	{ 'q', "queue", "N", "only of this queue [all]", false },
	FIND_TIMES,
	{ 'c', "count", "N", "the first N messages [32]", false },
	CLI_OUTPUT,
	CLI_END,
};

/* Messages of all queues, in the order they were stored. */
struct finds {
	const struct skua_received **messages;
	size_t count;
	struct skua_messages **results;
	size_t result_count;
	size_t bytes;
};

static int
by_stored(const void *a, const void *b)
{
	const struct skua_received *x = *(const struct skua_received *const *)a;
	const struct skua_received *y = *(const struct skua_received *const *)b;
	int64_t s = x->record.store_timestamp_ms,
		t = y->record.store_timestamp_ms;

	if (s == t) {
		s = x->record.pos;
		t = y->record.pos;
	}
	return (s > t) - (s < t);
}

/* However many queues and large messages a cluster says it has. */
#define FOUND_MAX ((size_t)256 << 20)

static int
take(struct finds *f, const struct find *q, struct skua_messages *m,
    struct skua_error *e)
{
	f->results = skua_mem_grow(f->results, f->result_count + 1,
	    sizeof(struct skua_messages *));
	f->results[f->result_count++] = m;
	f->messages = skua_mem_grow((void *)(uintptr_t)f->messages,
	    f->count + m->count + 1, sizeof(f->messages[0]));
	for (size_t i = 0; i < m->count; i++) {
		int64_t ms = m->messages[i].record.store_timestamp_ms;

		f->bytes += sizeof(*m->messages) + m->messages[i].body.len;
		if (ms >= q->begin_ms && ms <= q->end_ms)
			f->messages[f->count++] = &m->messages[i];
	}
	return f->bytes <= FOUND_MAX ?
	    SKUA_OK :
	    skua_fail(e, SKUA_ELIMIT, "the messages are more than %zu MiB",
		FOUND_MAX >> 20);
}

static int
search_queue(struct skua_client *client, const struct find *q,
    const struct skua_queue *queue, struct finds *f, struct skua_error *e)
{
	struct skua_messages *m;
	int64_t offset;
	int rc = skua_offset_at(client, q->topic, queue, q->begin_ms, &offset,
	    e);

	if (rc == SKUA_OK)
		rc = skua_admin_messages_at(client, q->topic, queue, offset,
		    (int32_t)q->count, &m, e);
	return rc == SKUA_OK ? take(f, q, m, e) : rc;
}

static int
print_finds(const struct cli *cli, const struct find *q, struct finds *f)
{
	struct out o;

	if (f->count > 0)
		qsort((void *)(uintptr_t)f->messages, f->count,
		    sizeof(f->messages[0]), by_stored);
	cli_messages_begin(cli, &o, false);
	for (size_t i = 0; i < f->count && i < (size_t)q->count; i++)
		cli_messages_add(&o, f->messages[i]);
	cli_listing_end(cli, &o, "%s has no message of that time", q->topic);
	return f->count > 0 ? CLI_OK : CLI_NOT_FOUND;
}

static int
by_time(const struct cli *cli, struct skua_client *client, void *arg)
{
	const struct find *q = arg;
	struct skua_route_info *route;
	struct finds f = { .count = 0 };
	struct skua_error e;
	int rc = skua_client_route(client, q->topic, &route, &e);

	if (rc != SKUA_OK)
		return cli_topic_failed(client, q->topic, rc, &e);
	for (size_t i = 0; i < route->count && rc == SKUA_OK; i++)
		if (is_meant(cli, q, &route->queues[i]))
			rc = search_queue(client, q, &route->queues[i], &f, &e);
	skua_route_free(&route);
	rc = rc != SKUA_OK ? cli_failed(rc, &e) : print_finds(cli, q, &f);
	for (size_t i = 0; i < f.result_count; i++)
		skua_admin_free(f.results[i]);
	free((void *)(uintptr_t)f.results);
	free((void *)(uintptr_t)f.messages);
	return rc;
}

static int
run_time(struct cli *cli)
{
	struct find q = { .topic = cli_need(cli, "topic") };

	if (q.topic == NULL || !find_read_times(cli, &q) ||
	    !cli_int_in(cli, "queue", -1, -1, INT32_MAX, &q.queue_id) ||
	    !cli_int_in(cli, "count", 32, 1, FIND_MAX, &q.count))
		return CLI_USAGE;
	return cli_with_client(cli, by_time, &q);
}

const struct cli_command cmd_message_time = {
	.name = "message time",
	.summary = "Show messages by when they were stored",
	.options = time_options,
	.run = run_time,
	.example = "skua message time -t orders --from 10m --count 100",
};
