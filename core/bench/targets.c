/* SPDX-License-Identifier: Apache-2.0 */
/* The topics of a run, made where they are missing, and their queues. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <skua/admin.h>
#include <skua/pull.h>

#include "base/mem.h"
#include "bench/run.h"

#define ROUTE_PATIENCE_MS 10000

static void
topic_name(const struct bench_options *o, unsigned number, char *to,
    size_t size)
{
	if (o->topics == 1)
		(void)snprintf(to, size, "%s", o->topic);
	else
		(void)snprintf(to, size, "%s-%06u", o->topic, number);
}

/* A new topic takes a moment to reach the nameserver. */
static int
wait_route(struct skua_client *client, const char *topic,
    struct skua_route_info **route_r, struct skua_error *e)
{
	uint64_t until = skua_bench_now_ns() + ROUTE_PATIENCE_MS * 1000000ull;
	int rc;

	while ((rc = skua_client_route(client, topic, route_r, e)) ==
		SKUA_ENOENT &&
	    skua_bench_now_ns() < until)
		(void)usleep(20000);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int
make_topic(struct skua_client *client, const struct bench_options *o,
    const char *name, const struct skua_names *known, struct skua_error *e)
{
	struct skua_topic topic = { .name = name, .perm = 6,
		.read_queues = (int32_t)o->queues,
		.write_queues = (int32_t)o->queues };

	if (bsearch(&name, known->names, known->count, sizeof(name), by_name) !=
	    NULL)
		return SKUA_OK;
	return skua_admin_topic_put(client, NULL, &topic, e);
}

/* Makes those that are missing; the last one's route stands for all. */
static int
make_topics(struct skua_client *client, const struct bench_options *o,
    struct skua_route_info **route_r, struct skua_error *e)
{
	struct skua_names *known;
	char name[256];
	int rc = skua_admin_topics(client, &known, e);

	if (rc != SKUA_OK)
		return rc;
	for (unsigned i = 0; rc == SKUA_OK && i < o->topics; i++) {
		topic_name(o, i, name, sizeof(name));
		rc = make_topic(client, o, name, known, e);
	}
	skua_admin_free(known);
	return rc == SKUA_OK ? wait_route(client, name, route_r, e) : rc;
}

static void
add_targets(struct bench_run *run, const struct skua_route_info *route)
{
	const struct bench_options *o = run->options;
	size_t writable = 0;
	char name[256];

	for (size_t i = 0; i < route->count; i++)
		writable += (route->queues[i].perm & 2) != 0;
	run->targets = sk_new_array(writable * o->topics + 1,
	    struct bench_target);
	for (unsigned t = 0; t < o->topics; t++) {
		topic_name(o, t, name, sizeof(name));
		for (size_t i = 0; i < route->count; i++) {
			struct bench_target *to =
			    &run->targets[run->target_count];

			if ((route->queues[i].perm & 2) == 0)
				continue;
			to->topic = skua_mem_dup(skua_str_z(name));
			to->broker = skua_mem_dup(
			    skua_str_z(route->queues[i].address));
			to->queue_id = route->queues[i].queue_id;
			skua_bench_target_init(to, o);
			run->target_count++;
		}
	}
}

int
skua_bench_targets_find(struct bench_run *run, struct skua_client *client,
    struct skua_error *e)
{
	struct skua_route_info *route = NULL;
	int rc = make_topics(client, run->options, &route, e);

	if (rc != SKUA_OK)
		return rc;
	add_targets(run, route);
	skua_route_free(&route);
	if (run->target_count == 0)
		return skua_fail(e, SKUA_ENOENT,
		    "the topic %s has no writable queue", run->options->topic);
	return SKUA_OK;
}

void
skua_bench_targets_free(struct bench_run *run)
{
	for (size_t i = 0; i < run->target_count; i++) {
		free((void *)(uintptr_t)run->targets[i].topic);
		free((void *)(uintptr_t)run->targets[i].broker);
	}
	free(run->targets);
}

/* Where every queue ends now. */
int
skua_bench_targets_ends(const struct bench_run *run, struct skua_client *client,
    int64_t *offsets, struct skua_error *e)
{
	int rc = SKUA_OK;

	for (size_t i = 0; rc == SKUA_OK && i < run->target_count; i++) {
		const struct bench_target *t = &run->targets[i];
		struct skua_queue queue = { .address = t->broker,
			.queue_id = t->queue_id, .perm = 6 };

		rc = skua_offset_at(client, t->topic, &queue, INT64_MAX,
		    &offsets[i], e);
	}
	return rc;
}
