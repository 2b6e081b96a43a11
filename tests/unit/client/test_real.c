/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a real daemon, also one that is killed. */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <skua/admin.h>
#include <skua/consumer.h>
#include <skua/producer.h>

#include "server.h"

#define BODIES_MAX 8192

/* What consumers saw; bodies are numbers. */
struct seen {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int times[BODIES_MAX];
	int distinct, all;
};

static void
seen_init(struct seen *s)
{
	memset(s, 0, sizeof(*s));
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->changed, NULL);
}

static enum skua_consumed
note(void *arg, const struct skua_received *m, size_t n)
{
	struct seen *s = arg;

	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < n; i++) {
		int number = atoi(m[i].body.p);

		assert_in_range(number, 0, BODIES_MAX - 1);
		s->distinct += s->times[number]++ == 0;
		s->all++;
	}
	(void)pthread_cond_broadcast(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
	return SKUA_CONSUMED;
}

static void
wait_distinct(struct seen *s, int count)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 30;
	(void)pthread_mutex_lock(&s->lock);
	while (s->distinct < count)
		assert_int_equal(0, pthread_cond_timedwait(&s->changed,
		    &s->lock, &until));
	(void)pthread_mutex_unlock(&s->lock);
}

struct scene {
	struct server server;
	struct skua_client *client;
	struct skua_producer *producer;
	struct skua_error e;
	struct skua_sent sent;
};

static struct skua_client *
new_client(const struct server *server)
{
	struct skua_client_options o = { .size = sizeof(o),
		.namesrvs = server->namesrv,
		.rebalance_ms = 1000,
		.commit_ms = 100 };
	struct skua_client *client;

	assert_ok(skua_client_open(&o, &client, NULL));
	return client;
}

static void
begin(struct scene *s, int32_t queues)
{
	struct skua_topic topic = { .name = "T", .read_queues = queues,
		.write_queues = queues, .perm = 6 };

	memset(s, 0, sizeof(*s));
	server_start(&s->server);
	s->client = new_client(&s->server);
	assert_ok(skua_producer_new(s->client, NULL, &s->producer, &s->e));
	assert_ok(skua_admin_topic_put(s->client, NULL, &topic, &s->e));
}

static void
end(struct scene *s)
{
	skua_producer_free(&s->producer);
	skua_client_free(&s->client);
	server_free(&s->server);
}

static int
send_number(struct scene *s, int number)
{
	char body[16], key[16];
	struct skua_outgoing m = { .topic = "T", .keys = key };

	(void)snprintf(key, sizeof(key), "k%d", number);
	m.body = skua_str_n(body,
	    (size_t)snprintf(body, sizeof(body), "%d", number) + 1);
	return skua_producer_send(s->producer, &m, &s->sent, &s->e);
}

static struct skua_push *
new_push(struct scene *s, struct skua_client *client, struct seen *seen)
{
	struct skua_push_options o = { .size = sizeof(o),
		.group = { .group = "G", .from = SKUA_FROM_FIRST },
		.threads = 2,
		.batch = 4,
		.consume = note,
		.arg = seen };
	struct skua_push *push;

	assert_ok(skua_push_new(client, &o, &push, &s->e));
	assert_ok(skua_push_subscribe(push, "T", NULL, NULL, &s->e));
	assert_ok(skua_push_start(push, &s->e));
	return push;
}

static void
nothing_acknowledged_is_lost_by_kill_9(void **state)
{
	static bool acknowledged[BODIES_MAX];
	struct skua_push *push;
	struct seen seen;
	struct scene s;
	int stored = 0, found = 0;

	(void)state;
	seen_init(&seen);
	begin(&s, 4);
	push = new_push(&s, s.client, &seen);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 300; i++)
			stored += acknowledged[round * 300 + i] =
			    send_number(&s, round * 300 + i) == SKUA_OK;
		server_kill(&s.server, SIGKILL);
		assert_true(send_number(&s, 5000 + round) != SKUA_OK);
		server_restart(&s.server);
		while (send_number(&s, 6000 + round) != SKUA_OK)
			;
	}
	assert_int_equal(900, stored);
	wait_distinct(&seen, 903);
	for (int i = 0; i < BODIES_MAX; i++)
		found += acknowledged[i] && seen.times[i] > 0;
	assert_int_equal(stored, found);
	skua_push_free(&push);
	end(&s);
}

static void
a_successor_sees_nothing_twice(void **state)
{
	struct skua_push *push;
	struct seen seen;
	struct scene s;

	(void)state;
	seen_init(&seen);
	begin(&s, 4);
	for (int i = 0; i < 2000; i++)
		assert_ok(send_number(&s, i));
	for (int round = 0; round < 4; round++) {
		struct skua_client *client = new_client(&s.server);

		push = new_push(&s, client, &seen);
		wait_distinct(&seen, 100 + 500 * round);
		skua_push_free(&push);
		skua_client_free(&client);
	}
	push = new_push(&s, s.client, &seen);
	wait_distinct(&seen, 2000);
	skua_push_free(&push);

	assert_int_equal(2000, seen.all);
	end(&s);
}

static void
on_assigned(void *arg, const struct skua_assigned *queues, size_t count)
{
	struct seen *s = arg;

	(void)pthread_mutex_lock(&s->lock);
	s->distinct = 0;
	for (size_t i = 0; i < count; i++)
		s->distinct += strcmp(queues[i].topic, "T") == 0;
	(void)pthread_cond_broadcast(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
}

static void
wait_assigned(struct seen *s, int count)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	(void)pthread_mutex_lock(&s->lock);
	while (s->distinct != count)
		assert_int_equal(0, pthread_cond_timedwait(&s->changed,
		    &s->lock, &until));
	(void)pthread_mutex_unlock(&s->lock);
}

static void
members_come_and_go(void **state)
{
	struct skua_client *clients[3];
	struct skua_push *push[3];
	struct seen seen[3];
	struct scene s;

	(void)state;
	begin(&s, 8);
	for (int i = 0; i < 3; i++) {
		struct skua_push_options o = { .size = sizeof(o),
			.group = { .group = "G",
			    .assigned = on_assigned,
			    .assigned_arg = &seen[i] },
			.consume = note,
			.arg = &seen[i] };

		seen_init(&seen[i]);
		clients[i] = new_client(&s.server);
		assert_ok(skua_push_new(clients[i], &o, &push[i], &s.e));
		assert_ok(skua_push_subscribe(push[i], "T", NULL, NULL, &s.e));
		assert_ok(skua_push_start(push[i], &s.e));
	}
	/* 8 among 3, by sorted ids; which is which depends on the ids. */
	for (int i = 0; i < 3; i++) {
		int less = 0;

		for (int k = 0; k < 3; k++)
			less += strcmp(skua_client_id(clients[k]),
			    skua_client_id(clients[i])) < 0;
		wait_assigned(&seen[i], less < 2 ? 3 : 2);
	}
	skua_push_free(&push[0]);
	wait_assigned(&seen[1], 4);
	wait_assigned(&seen[2], 4);
	for (int i = 1; i < 3; i++)
		skua_push_free(&push[i]);
	for (int i = 0; i < 3; i++)
		skua_client_free(&clients[i]);
	end(&s);
}

static void
a_lua_subscription_is_judged_by_the_broker(void **state)
{
	struct skua_lite_options o = { .size = sizeof(o),
		.group = { .group = "L", .from = SKUA_FROM_FIRST } };
	struct skua_lite *lite;
	struct skua_polled p;
	struct scene s;

	(void)state;
	begin(&s, 1);
	for (int i = 0; i < 10; i++)
		assert_ok(send_number(&s, i));
	assert_ok(skua_lite_new(s.client, &o, &lite, &s.e));
	assert_ok(skua_lite_subscribe(lite, "T", "msg.keys == 'k7'",
	    "LUA", &s.e));
	assert_ok(skua_lite_start(lite, &s.e));
	assert_ok(skua_lite_poll(lite, 10, 10000, &p));

	assert_int_equal(1, p.count);
	assert_text("k7", p.messages[0].keys);
	skua_polled_free(&p);
	skua_lite_free(&lite);
	end(&s);
}

static void
large_bodies_travel_compressed(void **state)
{
	static const enum skua_compression ways[] = { SKUA_COMPRESSION_ZLIB,
		SKUA_COMPRESSION_LZ4, SKUA_COMPRESSION_ZSTD };
	static char body[100000];
	struct scene s;

	(void)state;
	begin(&s, 1);
	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < 3; i++) {
		struct skua_producer_options o = { .size = sizeof(o),
			.compression = ways[i] };
		struct skua_outgoing m = { .topic = "T",
			.body = skua_str_n(body, sizeof(body)) };
		struct skua_producer *producer;
		struct skua_messages *found;

		assert_ok(skua_producer_new(s.client, &o, &producer, &s.e));
		assert_ok(skua_producer_send(producer, &m, &s.sent, &s.e));
		assert_ok(skua_admin_message(s.client, s.sent.offset_id, &found,
		    &s.e));
		assert_int_equal(1, found->count);
		assert_true(found->messages[0].record.body.len < 5000);
		assert_int_equal(sizeof(body), found->messages[0].body.len);
		assert_memory_equal(body, found->messages[0].body.p,
		    sizeof(body));
		skua_admin_free(found);
		skua_producer_free(&producer);
	}
	end(&s);
}

static void
administrators_see_and_change(void **state)
{
	struct skua_cluster *cluster;
	struct skua_names *names;
	struct skua_settings *settings;
	struct skua_topic *topic;
	struct skua_topic_stats *stats;
	struct skua_group group = { "A", true, true, 2, 5 }, *got;
	bool found = false;
	int64_t sum = 0;
	struct scene s;

	(void)state;
	begin(&s, 3);
	for (int i = 0; i < 9; i++)
		assert_ok(send_number(&s, i));
	assert_ok(skua_admin_cluster(s.client, &cluster, &s.e));
	assert_int_equal(1, cluster->count);
	assert_string_equal(s.server.broker, cluster->brokers[0].address);
	assert_int_equal(0, cluster->brokers[0].id);
	assert_ok(skua_admin_topics(s.client, &names, &s.e));
	for (size_t i = 0; i < names->count; i++)
		found |= strcmp(names->names[i], "T") == 0;
	assert_true(found);
	skua_admin_free(names);
	assert_ok(skua_admin_topic(s.client, s.server.broker, "T", &topic,
	    &s.e));
	assert_int_equal(3, topic->read_queues);
	skua_admin_free(topic);
	assert_int_equal(SKUA_ENOENT, skua_admin_topic(s.client,
	    s.server.broker, "None", &topic, &s.e));
	assert_ok(skua_admin_topic_stats(s.client, "T", &stats, &s.e));
	assert_int_equal(3, stats->count);
	for (size_t i = 0; i < 3; i++)
		sum += stats->queues[i].max_offset;
	assert_int_equal(9, sum);
	skua_admin_free(stats);
	assert_ok(skua_admin_broker_stats(s.client, s.server.broker, &settings,
	    &s.e));
	assert_non_null(skua_setting(settings, "msgPutTotalTodayNow"));
	skua_admin_free(settings);
	assert_ok(skua_admin_settings(s.client, s.server.broker, &settings,
	    &s.e));
	assert_string_equal("16777216",
	    skua_setting(settings, "mappedFileSizeCommitLog"));
	assert_null(skua_setting(settings, "no such"));
	skua_admin_free(settings);
	assert_ok(skua_admin_group_put(s.client, NULL, &group, &s.e));
	assert_ok(skua_admin_group(s.client, s.server.broker, "A", &got, &s.e));
	assert_int_equal(5, got->max_tries);
	skua_admin_free(got);
	assert_ok(skua_admin_group_delete(s.client, "A", true, &s.e));
	/* Asking for it makes it again, as Java's broker does. */
	assert_ok(skua_admin_group(s.client, s.server.broker, "A", &got, &s.e));
	assert_int_equal(16, got->max_tries);
	skua_admin_free(got);
	assert_ok(skua_admin_topic_delete(s.client, "T", &s.e));
	assert_int_equal(SKUA_ENOENT, skua_admin_topic(s.client,
	    s.server.broker, "T", &topic, &s.e));
	skua_admin_free(cluster);
	end(&s);
}

static void
settings_change_live(void **state)
{
	const char *const pairs[] = { "fileReservedTime", "17", NULL };
	struct skua_settings *settings;
	struct scene s;

	(void)state;
	begin(&s, 1);
	assert_ok(skua_admin_set(s.client, s.server.broker, pairs, &s.e));
	assert_ok(skua_admin_settings(s.client, s.server.broker, &settings,
	    &s.e));

	assert_string_equal("17", skua_setting(settings, "fileReservedTime"));
	skua_admin_free(settings);
	end(&s);
}

static void
groups_can_be_watched_and_set_back(void **state)
{
	struct skua_members *members;
	struct skua_progress *progress;
	struct skua_names *groups;
	struct skua_push *push;
	struct seen seen;
	struct scene s;

	(void)state;
	seen_init(&seen);
	begin(&s, 2);
	assert_int_equal(SKUA_ENOENT,
	    skua_admin_members(s.client, "G", &members, &s.e));
	for (int i = 0; i < 10; i++)
		assert_ok(send_number(&s, i));
	push = new_push(&s, s.client, &seen);
	wait_distinct(&seen, 10);
	assert_ok(skua_admin_members(s.client, "G", &members, &s.e));
	assert_int_equal(1, members->count);
	assert_string_equal(skua_client_id(s.client),
	    members->members[0].client_id);
	assert_string_equal("CLUSTERING", members->model);
	skua_admin_free(members);
	assert_ok(skua_admin_reset(s.client, "G", "T", 0, true, &progress,
	    &s.e));
	assert_int_equal(2, progress->count);
	assert_int_equal(0, progress->queues[0].consumer_offset);
	skua_admin_free(progress);
	(void)pthread_mutex_lock(&seen.lock);
	while (seen.all < 20) /* everything again */
		(void)pthread_cond_wait(&seen.changed, &seen.lock);
	(void)pthread_mutex_unlock(&seen.lock);
	skua_push_free(&push);
	assert_ok(skua_admin_progress(s.client, "G", "T", &progress, &s.e));
	assert_int_equal(0, progress->lag);
	assert_int_equal(2, progress->count);
	skua_admin_free(progress);
	assert_ok(skua_admin_groups(s.client, &groups, &s.e));
	assert_true(groups->count > 0);
	skua_admin_free(groups);
	end(&s);
}

static void
messages_are_found(void **state)
{
	struct skua_messages *found;
	struct skua_route_info *route;
	struct scene s;
	int rc;

	(void)state;
	begin(&s, 1);
	for (int i = 0; i < 50; i++)
		assert_ok(send_number(&s, i));
	assert_ok(skua_client_route(s.client, "T", &route, &s.e));
	assert_ok(skua_admin_messages_at(s.client, "T", &route->queues[0], 40,
	    32, &found, &s.e));
	assert_int_equal(10, found->count);
	assert_text("k40", found->messages[0].keys);
	skua_admin_free(found);
	do /* the index is built behind the log */
		rc = skua_admin_messages_by_key(s.client, "T", "k49", false, 0,
		    INT64_MAX, 10, &found, &s.e);
	while (rc == SKUA_ENOENT);
	assert_ok(rc);
	assert_int_equal(1, found->count);
	assert_int_equal(49, found->messages[0].record.queue_offset);
	skua_admin_free(found);
	assert_ok(skua_admin_messages_by_key(s.client, "T", s.sent.msg_id, true,
	    0, INT64_MAX, 10, &found, &s.e));
	assert_int_equal(49, found->messages[0].record.queue_offset);
	skua_admin_free(found);
	assert_int_equal(SKUA_ENOENT, skua_admin_messages_by_key(s.client, "T",
	    "none", false, 0, INT64_MAX, 10, &found, &s.e));
	assert_int_equal(SKUA_EINVAL,
	    skua_admin_message(s.client, "xyz", &found, &s.e));
	skua_route_free(&route);
	end(&s);
}

RUN(T(nothing_acknowledged_is_lost_by_kill_9),
    T(a_successor_sees_nothing_twice), T(members_come_and_go),
    T(a_lua_subscription_is_judged_by_the_broker),
    T(large_bodies_travel_compressed), T(administrators_see_and_change),
    T(settings_change_live), T(groups_can_be_watched_and_set_back),
    T(messages_are_found))
