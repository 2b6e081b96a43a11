/* SPDX-License-Identifier: Apache-2.0 */
/* skua topic list | route | show | stats: what there is. */
#include <string.h>

#include "base/number.h"
#include "cli/commands.h"

/* --- list --- */

static const struct cli_option list_options[] = {
	CLI_NAMESRV,
	{ 'a', "all", NULL, "also the system's own topics", false },
	{ 'l', "long", NULL, "with queues, messages and the last one's time",
	    false },
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column list_columns[] = {
	{ "TOPIC", "topic", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};
static const struct out_column long_columns[] = {
	{ "TOPIC", "topic", OUT_TEXT },
	{ "BROKERS", "brokers", OUT_INT },
	{ "QUEUES", "queues", OUT_INT },
	{ "MESSAGES", "messages", OUT_INT },
	{ "IN/S", "inRate", OUT_REAL },
	{ "LAST", "lastTimestamp", OUT_TIME },
	{ NULL, NULL, OUT_TEXT },
};

/* Brokers make topics of their own name, and of their cluster's. */
static bool
is_broker_name(const struct skua_cluster *cluster, const char *name)
{
	for (size_t i = 0; i < cluster->count; i++)
		if (strcmp(cluster->brokers[i].name, name) == 0 ||
		    strcmp(cluster->brokers[i].cluster, name) == 0)
			return true;
	return false;
}

bool
cli_is_own_topic(const struct skua_cluster *cluster, const char *name)
{
	static const char *const own[] = { "TBW102", "SELF_TEST_TOPIC",
		"BenchmarkTest", "OFFSET_MOVED_EVENT", "SCHEDULE_TOPIC_XXXX",
		"DefaultCluster", "TRANS_CHECK_MAX_TIME_TOPIC" };
	static const char *const beginnings[] = { "rmq_sys_", "RMQ_SYS_",
		"%RETRY%", "%DLQ%" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return strstr(name, "_REPLY_TOPIC") != NULL ||
	    is_broker_name(cluster, name);
}

/* A topic without a route, or just deleted, has nothing but its name. */
static void
show_long(struct skua_client *client, struct out *o, const char *topic)
{
	struct skua_topic_stats *stats;
	int64_t brokers = 0, messages = 0, last_ms = 0;
	struct skua_error e;

	out_text(o, topic);
	if (skua_admin_topic_stats(client, topic, &stats, &e) != SKUA_OK) {
		for (int i = 0; i < 5; i++)
			out_none(o);
		return;
	}
	for (size_t i = 0; i < stats->count; i++) {
		const struct skua_queue_stats *q = &stats->queues[i];

		brokers += i == 0 || strcmp(q->broker, q[-1].broker) != 0;
		messages = skua_add_clamped(messages,
		    skua_sub_clamped(q->max_offset, q->min_offset));
		if (q->last_ms > last_ms)
			last_ms = q->last_ms;
	}
	out_int(o, brokers);
	out_int(o, (int64_t)stats->count);
	out_int(o, messages);
	out_real(o, stats->put_rate);
	out_time(o, last_ms);
	skua_admin_free(stats);
}

static int
list(const struct cli *cli, struct skua_client *client, void *arg)
{
	bool all = cli_has(cli, "all"), is_long = cli_has(cli, "long");
	struct skua_names *topics = NULL;
	struct skua_cluster *cluster = NULL;
	struct skua_error e;
	struct out o;
	int rc = skua_admin_cluster(client, &cluster, &e);

	(void)arg;
	if (rc == SKUA_OK)
		rc = skua_admin_topics(client, &topics, &e);
	if (rc != SKUA_OK) {
		skua_admin_free(cluster);
		return cli_failed(rc, &e);
	}
	cli_listing(cli, &o, is_long ? long_columns : list_columns);
	for (size_t i = 0; i < topics->count; i++)
		if (!all && cli_is_own_topic(cluster, topics->names[i]))
			continue;
		else if (is_long)
			show_long(client, &o, topics->names[i]);
		else
			out_text(&o, topics->names[i]);
	cli_listing_end(cli, &o, "%s knows no topic%s", cli_namesrv(cli),
	    topics->count > 0 ? " but the brokers' own: --all" : "");
	skua_admin_free(topics);
	skua_admin_free(cluster);
	return CLI_OK;
}

static int
run_list(struct cli *cli)
{
	return cli_with_client(cli, list, NULL);
}

const struct cli_command cmd_topic_list = {
	.name = "topic list",
	.summary = "List topics",
	.options = list_options,
	.run = run_list,
	.example = "skua topic list --long",
};

/* --- of one topic --- */

static const struct cli_option one_options[] = {
	CLI_NAMESRV,
	{ 't', "topic", "TOPIC", "its name (needed, here or as operand)",
	    false },
	CLI_OUTPUT,
	CLI_END,
};

/* fn's argument is the topic. */
static int
with_topic(struct cli *cli, cli_connected_fn *fn)
{
	const char *topic = cli_subject(cli, "topic");

	if (topic == NULL || !cli_no_more(cli))
		return CLI_USAGE;
	return cli_with_client(cli, fn, (void *)(uintptr_t)topic);
}

/* --- route --- */

static const struct out_column route_columns[] = {
	{ "BROKER", "broker", OUT_TEXT },
	{ "ID", "id", OUT_INT },
	{ "ADDRESS", "address", OUT_TEXT },
	{ "READ", "readQueues", OUT_INT },
	{ "WRITE", "writeQueues", OUT_INT },
	{ NULL, NULL, OUT_TEXT },
};

static void
show_route(struct out *o, const struct skua_route_info *route,
    const struct skua_cluster *cluster)
{
	for (size_t i = 0; i < cluster->count; i++) {
		const struct skua_broker *b = &cluster->brokers[i];
		int64_t readable = 0, writable = 0, queues = 0;

		for (size_t k = 0; k < route->count; k++) {
			const struct skua_queue *q = &route->queues[k];

			if (strcmp(q->broker, b->name) != 0)
				continue;
			queues++;
			readable += (q->perm & 4) != 0;
			writable += (q->perm & 2) != 0;
		}
		if (queues == 0)
			continue;
		out_text(o, b->name);
		out_int(o, b->id);
		out_text(o, b->address);
		out_int(o, readable);
		out_int(o, writable);
	}
}

static int
route_of(const struct cli *cli, struct skua_client *client, void *arg)
{
	const char *topic = arg;
	struct skua_route_info *route = NULL;
	struct skua_cluster *cluster = NULL;
	struct skua_error e;
	struct out o;
	int rc = skua_client_route(client, topic, &route, &e);

	if (rc != SKUA_OK)
		return cli_topic_failed(client, topic, rc, &e);
	rc = skua_admin_cluster(client, &cluster, &e);
	if (rc == SKUA_OK) {
		cli_listing(cli, &o, route_columns);
		show_route(&o, route, cluster);
		cli_listing_end(cli, &o, "no broker has the topic %s", topic);
	}
	skua_route_free(&route);
	skua_admin_free(cluster);
	return rc == SKUA_OK ? CLI_OK : cli_failed(rc, &e);
}

static int
run_route(struct cli *cli)
{
	return with_topic(cli, route_of);
}

const struct cli_command cmd_topic_route = {
	.name = "topic route",
	.summary = "Show which brokers hold a topic",
	.operands = "[TOPIC]",
	.options = one_options,
	.run = run_route,
	.example = "skua topic route orders",
};

/* --- stats --- */

static const struct out_column stats_columns[] = {
	{ "BROKER", "broker", OUT_TEXT },
	{ "QUEUE", "queueId", OUT_INT },
	{ "FIRST", "minOffset", OUT_INT },
	{ "NEXT", "maxOffset", OUT_INT },
	{ "MESSAGES", "messages", OUT_INT },
	{ "LAST", "lastTimestamp", OUT_TIME },
	{ NULL, NULL, OUT_TEXT },
};

static int
stats_of(const struct cli *cli, struct skua_client *client, void *arg)
{
	const char *topic = arg;
	struct skua_topic_stats *stats;
	struct skua_error e;
	struct out o;
	int rc = skua_admin_topic_stats(client, topic, &stats, &e);

	if (rc != SKUA_OK)
		return cli_topic_failed(client, topic, rc, &e);
	cli_listing(cli, &o, stats_columns);
	for (size_t i = 0; i < stats->count; i++) {
		const struct skua_queue_stats *q = &stats->queues[i];

		out_text(&o, q->broker);
		out_int(&o, q->queue_id);
		out_int(&o, q->min_offset);
		out_int(&o, q->max_offset);
		out_int(&o, skua_sub_clamped(q->max_offset, q->min_offset));
		out_time(&o, q->last_ms);
	}
	cli_listing_end(cli, &o, "the topic %s has no queue", topic);
	skua_admin_free(stats);
	return CLI_OK;
}

static int
run_stats(struct cli *cli)
{
	return with_topic(cli, stats_of);
}

const struct cli_command cmd_topic_stats = {
	.name = "topic stats",
	.summary = "Show what is in a topic's queues",
	.operands = "[TOPIC]",
	.options = one_options,
	.run = run_stats,
	.example = "skua topic stats orders -o tsv",
};

/* --- show --- */

static const struct out_column show_columns[] = {
	{ "BROKER", "broker", OUT_TEXT },
	{ "READ", "readQueues", OUT_INT },
	{ "WRITE", "writeQueues", OUT_INT },
	{ "PERM", "perm", OUT_INT },
	{ "ORDERED", "order", OUT_BOOL },
	{ "ATTRIBUTES", "attributes", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

struct showing {
	struct out out;
	const char *topic;
	size_t found;
};

static int
show_at(struct skua_client *client, const struct skua_broker *broker, void *arg)
{
	struct showing *s = arg;
	struct skua_topic *t;
	struct skua_error e;
	int rc = skua_admin_topic(client, broker->address, s->topic, &t, &e);

	if (rc == SKUA_ENOENT)
		return CLI_OK; /* not on this one */
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	s->found++;
	out_text(&s->out, broker->name);
	out_int(&s->out, t->read_queues);
	out_int(&s->out, t->write_queues);
	out_int(&s->out, t->perm);
	out_bool(&s->out, t->order);
	out_text(&s->out,
	    t->attributes == NULL || *t->attributes == '\0' ? NULL :
							      t->attributes);
	skua_admin_free(t);
	return CLI_OK;
}

static int
show(const struct cli *cli, struct skua_client *client, void *arg)
{
	const char *topic = arg;
	struct skua_error e = { .text = "" };
	struct showing s = { .topic = topic };
	int rc;

	cli_listing(cli, &s.out, show_columns);
	rc = cli_each_broker(cli, client, show_at, &s);
	if (rc == CLI_OK && s.found == 0) {
		(void)skua_fail(&e, SKUA_ENOENT, "no topic \"%s\"", topic);
		rc = cli_topic_failed(client, topic, SKUA_ENOENT, &e);
	}
	if (s.found > 0)
		(void)out_end(&s.out);
	return rc;
}

static int
run_show(struct cli *cli)
{
	return with_topic(cli, show);
}

const struct cli_command cmd_topic_show = {
	.name = "topic show",
	.summary = "Show a topic's settings on each broker",
	.operands = "[TOPIC]",
	.options = one_options,
	.run = run_show,
	.example = "skua topic show orders",
};
