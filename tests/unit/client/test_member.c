/* SPDX-License-Identifier: Apache-2.0 */
/* Consumers against a scripted peer. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <skua/consumer.h>

#include "fake.h"

enum { PULL = 11, COMMIT = 15, HEARTBEAT = 34, LEAVE = 35, BACK = 36, IDS = 38 };

struct scene {
	struct fake *fake;
	struct skua_client *client;
	struct skua_push *push;
	struct skua_error e;
	/* what consume sees and says */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int count;
	char bodies[256][16];
	enum skua_consumed answer;
	const char *hold; /* this body waits until released */
	bool released;
};

static enum skua_consumed
consume(void *arg, const struct skua_received *m, size_t n)
{
	struct scene *s = arg;
	enum skua_consumed answer;

	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(s->bodies[s->count++ % 256], 16, SKUA_STR_FMT,
		    SKUA_STR_ARG(m[i].body));
	(void)pthread_cond_broadcast(&s->changed);
	while (s->hold != NULL && skua_str_eq_z(m[0].body, s->hold) &&
	    !s->released)
		(void)pthread_cond_wait(&s->changed, &s->lock);
	answer = s->answer;
	(void)pthread_mutex_unlock(&s->lock);
	return answer;
}

static void
wait_for(struct scene *s, int count)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	(void)pthread_mutex_lock(&s->lock);
	while (s->count < count)
		assert_int_equal(0, pthread_cond_timedwait(&s->changed,
		    &s->lock, &until));
	(void)pthread_mutex_unlock(&s->lock);
}

static void
release(struct scene *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->released = true;
	(void)pthread_cond_broadcast(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
}

static void
begin(struct scene *s, int queues)
{
	struct skua_client_options o = { .size = sizeof(o),
		.commit_ms = 50,
		.rebalance_ms = 100 };

	memset(s, 0, sizeof(*s));
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->changed, NULL);
	s->fake = fake_new("b", queues);
	fake_route(s->fake, NULL);
	o.namesrvs = fake_address(s->fake);
	assert_ok(skua_client_open(&o, &s->client, &s->e));
}

static void
start_push(struct scene *s, struct skua_push_options *o)
{
	o->size = sizeof(*o);
	o->group.group = "G";
	o->group.from = SKUA_FROM_FIRST;
	o->consume = consume;
	o->arg = s;
	assert_ok(skua_push_new(s->client, o, &s->push, &s->e));
	assert_ok(skua_push_subscribe(s->push, "T", NULL, NULL, &s->e));
	assert_ok(skua_push_start(s->push, &s->e));
}

static void
end(struct scene *s)
{
	skua_push_free(&s->push);
	skua_client_free(&s->client);
	fake_free(s->fake);
}

static void
wait_committed(struct scene *s, int queue, int64_t offset)
{
	for (int i = 0; i < 1000; i++) {
		struct timespec t = { 0, 10000000 };

		if (fake_committed(s->fake, "T", queue) == offset)
			return;
		(void)nanosleep(&t, NULL);
	}
	assert_int_equal(offset, fake_committed(s->fake, "T", queue));
}

static void
messages_come_and_are_committed(void **state)
{
	struct skua_push_options o = { .threads = 2 };
	struct scene s;

	(void)state;
	begin(&s, 2);
	for (int i = 0; i < 10; i++)
		fake_put(s.fake, "T", i % 2, "t", "x");
	start_push(&s, &o);
	wait_for(&s, 10);

	wait_committed(&s, 0, 5);
	wait_committed(&s, 1, 5);
	assert_true(fake_order(s.fake, HEARTBEAT, 1) <
	    fake_order(s.fake, PULL, 1));
	end(&s);
}

static void
a_group_goes_on_where_it_was(void **state)
{
	struct skua_push_options o = { .threads = 0, .batch = 4 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	fake_put(s.fake, "T", 0, "t", "old");
	fake_put(s.fake, "T", 0, "t", "new");
	fake_set_committed(s.fake, 1);
	start_push(&s, &o);
	wait_for(&s, 1);

	assert_string_equal("new", s.bodies[0]);
	end(&s);
}

static void
only_wanted_tags_are_delivered(void **state)
{
	struct skua_push_options o = { .threads = 1 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	o.size = sizeof(o);
	o.group.group = "G";
	o.group.from = SKUA_FROM_FIRST;
	o.consume = consume;
	o.arg = &s;
	assert_ok(skua_push_new(s.client, &o, &s.push, &s.e));
	assert_ok(skua_push_subscribe(s.push, "T", "red || blue", "TAG", &s.e));
	/* A broker compares hashes: it may send what was not asked for. */
	fake_put(s.fake, "T", 0, "green", "green");
	fake_put(s.fake, "T", 0, "red", "red");
	fake_put(s.fake, "T", 0, "green", "green");
	assert_ok(skua_push_start(s.push, &s.e));
	wait_for(&s, 1);

	assert_string_equal("red", s.bodies[0]);
	wait_committed(&s, 0, 3);
	end(&s);
}

static void
the_lowest_that_is_not_done_is_committed(void **state)
{
	struct skua_push_options o = { .threads = 2 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	s.hold = "b";
	fake_put(s.fake, "T", 0, "t", "a");
	fake_put(s.fake, "T", 0, "t", "b");
	fake_put(s.fake, "T", 0, "t", "c");
	start_push(&s, &o);
	wait_for(&s, 3);

	wait_committed(&s, 0, 1);
	release(&s);
	wait_committed(&s, 0, 3);
	end(&s);
}

static void
leaving_waits_commits_and_then_says_so(void **state)
{
	struct skua_push_options o = { .threads = 1 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	for (int i = 0; i < 5; i++)
		fake_put(s.fake, "T", 0, "t", "x");
	start_push(&s, &o);
	wait_for(&s, 5);
	skua_push_free(&s.push);

	assert_int_equal(5, fake_committed(s.fake, "T", 0));
	assert_true(fake_order(s.fake, COMMIT, fake_count(s.fake, COMMIT)) <
	    fake_order(s.fake, LEAVE, 1));
	assert_string_equal("G", fake_field(s.fake, LEAVE, 1,
	    "consumerGroup"));
	for (int i = fake_count(s.fake, PULL); i > 0; i--) /* hold, no commit */
		assert_string_equal("2", fake_field(s.fake, PULL, i, "sysFlag"));
	end(&s);
}

static void
what_was_not_delivered_is_left_to_the_successor(void **state)
{
	struct skua_push_options o = { .threads = 1 };
	struct timespec t = { 0, 50000000 };
	struct scene s;
	pthread_t thread;

	(void)state;
	begin(&s, 1);
	s.hold = "a";
	fake_put(s.fake, "T", 0, "t", "a");
	fake_put(s.fake, "T", 0, "t", "b");
	start_push(&s, &o);
	wait_for(&s, 1);
	assert_int_equal(0, pthread_create(&thread, NULL,
	    (void *(*)(void *))(void (*)(void))release, &s));
	(void)nanosleep(&t, NULL);
	(void)pthread_join(thread, NULL);
	skua_push_free(&s.push);

	assert_int_equal(s.count, fake_committed(s.fake, "T", 0));
	end(&s);
}

static void
later_means_back_to_the_broker(void **state)
{
	struct skua_push_options o = { .threads = 1, .max_tries = 7 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	s.answer = SKUA_CONSUME_LATER;
	fake_put(s.fake, "T", 0, "t", "x");
	start_push(&s, &o);
	fake_wait(s.fake, BACK, 1);

	assert_string_equal("G", fake_field(s.fake, BACK, 1, "group"));
	assert_string_equal("T", fake_field(s.fake, BACK, 1, "originTopic"));
	assert_string_equal("7",
	    fake_field(s.fake, BACK, 1, "maxReconsumeTimes"));
	wait_committed(&s, 0, 1);
	assert_int_equal(1, s.count);
	end(&s);
}

static void
a_broker_that_takes_nothing_back_leaves_it_here(void **state)
{
	struct skua_push_options o = { .threads = 1 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	fake_script(s.fake, BACK, 1, 3);
	s.answer = SKUA_CONSUME_LATER;
	fake_put(s.fake, "T", 0, "t", "x");
	start_push(&s, &o);
	wait_for(&s, 1);
	fake_wait(s.fake, BACK, 1);
	wait_committed(&s, 0, 0);
	(void)pthread_mutex_lock(&s.lock);
	s.answer = SKUA_CONSUMED;
	(void)pthread_mutex_unlock(&s.lock);
	wait_for(&s, 2);

	wait_committed(&s, 0, 1);
	end(&s);
}

static void
pulling_waits_while_too_much_is_not_done(void **state)
{
	struct skua_push_options o = { .threads = 1,
		.group = { .pull_batch = 4, .queue_messages = 7 } };
	struct scene s;

	(void)state;
	begin(&s, 1);
	s.hold = "hold";
	fake_put(s.fake, "T", 0, "t", "hold");
	for (int i = 0; i < 40; i++)
		fake_put(s.fake, "T", 0, "t", "x");
	start_push(&s, &o);
	wait_for(&s, 1);
	fake_wait(s.fake, COMMIT, 3); /* time passes */

	/* 4 and 4 are more than 7 */
	assert_int_equal(2, fake_count(s.fake, PULL));
	release(&s);
	wait_for(&s, 41);
	end(&s);
}

static void
queues_are_shared_with_other_members(void **state)
{
	const struct field group = { SKUA_STR("consumerGroup"), SKUA_STR("G") };
	struct skua_push_options o = { .threads = 1 };
	struct scene s;
	int pulls;

	(void)state;
	begin(&s, 4);
	start_push(&s, &o);
	fake_wait(s.fake, PULL, 4); /* all are ours */
	/* Sorts before any address: it gets the first half. */
	fake_add_member(s.fake, "!other");
	pulls = fake_count(s.fake, COMMIT);
	fake_ask(s.fake, 40, &group, 1, NULL, true);
	fake_wait(s.fake, COMMIT, pulls + 2); /* of the queues that go */
	fake_put(s.fake, "T", 0, "t", "not ours");
	fake_put(s.fake, "T", 3, "t", "ours");
	wait_for(&s, 1);
	assert_string_equal("ours", s.bodies[0]);
	pulls = fake_count(s.fake, PULL);
	fake_wait(s.fake, PULL, pulls + 8);
	for (int i = pulls + 5; i <= pulls + 8; i++)
		assert_true(atoi(fake_field(s.fake, PULL, i, "queueId")) >= 2);
	end(&s);
}

static void
an_offset_that_is_not_there_is_left(void **state)
{
	struct skua_push_options o = { .threads = 1 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	fake_set_committed(s.fake, 100); /* beyond the end: 21 */
	fake_put(s.fake, "T", 0, "t", "a");
	start_push(&s, &o);
	wait_committed(&s, 0, 1);
	fake_put(s.fake, "T", 0, "t", "b");
	wait_for(&s, 1);

	assert_string_equal("b", s.bodies[0]);
	end(&s);
}

static void
a_reset_begins_elsewhere(void **state)
{
	const struct field fields[] = { { SKUA_STR("group"), SKUA_STR("G") },
		{ SKUA_STR("topic"), SKUA_STR("T") } };
	struct skua_push_options o = { .threads = 1 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	for (int i = 0; i < 3; i++)
		fake_put(s.fake, "T", 0, "t", "x");
	start_push(&s, &o);
	wait_for(&s, 3);
	fake_ask(s.fake, 220, fields, 2,
	    "{\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":0,"
	    "\"topic\":\"T\"}:1}}", true);
	wait_for(&s, 5); /* two of them again */

	wait_committed(&s, 0, 3);
	end(&s);
}

static void
brokers_may_ask_how_it_goes(void **state)
{
	const struct field fields[] = { { SKUA_STR("group"), SKUA_STR("G") },
		{ SKUA_STR("topic"), SKUA_STR("T") } };
	const struct field running = { SKUA_STR("consumerGroup"),
		SKUA_STR("G") };
	struct skua_push_options o = { .threads = 1 };
	struct scene s;

	(void)state;
	begin(&s, 1);
	fake_put(s.fake, "T", 0, "t", "x");
	start_push(&s, &o);
	wait_committed(&s, 0, 1);
	fake_ask(s.fake, 221, fields, 2, NULL, false);
	assert_string_equal("{\"messageQueueTable\":{{\"brokerName\":\"b\","
			    "\"queueId\":0,\"topic\":\"T\"}:1}}",
	    fake_answer(s.fake, 1));
	fake_ask(s.fake, 307, &running, 1, NULL, false);
	assert_non_null(strstr(fake_answer(s.fake, 2), "\"mqTable\":{{"));
	end(&s);
}

static void
an_expression_the_broker_refuses_does_not_start(void **state)
{
	struct skua_push_options o = { .size = sizeof(o),
		.group = { .group = "G" },
		.consume = consume };
	struct scene s;

	(void)state;
	begin(&s, 1);
	fake_script(s.fake, 46, 1, 23);
	assert_ok(skua_push_new(s.client, &o, &s.push, &s.e));
	assert_ok(skua_push_subscribe(s.push, "T", "a >", "SQL92", &s.e));

	assert_int_equal(SKUA_EREFUSED, skua_push_start(s.push, &s.e));
	assert_non_null(strstr(s.e.text, "code 23"));
	assert_int_equal(0, fake_count(s.fake, PULL));
	end(&s);
}

static void
a_broker_that_comes_back_is_told_who_we_are(void **state)
{
	struct skua_push_options o = { .threads = 1 };
	struct scene s;
	int beats;

	(void)state;
	begin(&s, 1);
	start_push(&s, &o);
	fake_wait(s.fake, PULL, 1);
	beats = fake_count(s.fake, HEARTBEAT);
	fake_vanish(s.fake);
	fake_return(s.fake);
	fake_wait(s.fake, HEARTBEAT, beats + 1);
	fake_put(s.fake, "T", 0, "t", "x");
	wait_for(&s, 1);
	end(&s);
}

static void
broadcasting_keeps_offsets_in_a_file(void **state)
{
	char *folder = test_folder(), *text;
	struct skua_client_options o = { .size = sizeof(o),
		.folder = folder,
		.instance = "one" };
	char path[4200];
	size_t len;
	struct scene s;

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct skua_push_options p = { .threads = 1,
			.group = { .broadcasting = true } };

		begin(&s, 1);
		skua_client_free(&s.client);
		o.namesrvs = fake_address(s.fake);
		assert_ok(skua_client_open(&o, &s.client, &s.e));
		fake_put(s.fake, "T", 0, "t", "a");
		if (round == 1)
			fake_put(s.fake, "T", 0, "t", "b");
		start_push(&s, &p);
		wait_for(&s, 1);
		assert_string_equal(round == 0 ? "a" : "b", s.bodies[0]);
		(void)snprintf(path, sizeof(path), "%s/%s/G/offsets.json",
		    folder, skua_client_id(s.client));
		skua_push_free(&s.push);
		assert_int_equal(0, fake_count(s.fake, COMMIT));
		assert_int_equal(0, fake_count(s.fake, IDS));
		end(&s);
	}
	text = test_read_file(path, &len);
	assert_string_equal("{\"offsetTable\":{{\"brokerName\":\"b\","
			    "\"queueId\":0,\"topic\":\"T\"}:2}}", text);
	free(text);
	test_folder_remove(folder);
}

/* --- lite --- */

static struct skua_lite *
new_lite(struct scene *s, bool manual)
{
	struct skua_lite_options o = { .size = sizeof(o),
		.group = { .group = "G", .from = SKUA_FROM_FIRST },
		.no_auto_commit = manual };
	struct skua_lite *lite;

	assert_ok(skua_lite_new(s->client, &o, &lite, &s->e));
	return lite;
}

static int64_t
poll_offset(struct skua_lite *lite)
{
	struct skua_polled p;
	int64_t offset;

	assert_ok(skua_lite_poll(lite, 1, 10000, &p));
	assert_int_equal(1, p.count);
	offset = p.messages[0].record.queue_offset;
	skua_polled_free(&p);
	return offset;
}

static void
lite_consumers_poll_seek_and_pause(void **state)
{
	struct skua_lite *lite;
	struct skua_queue q = { "b", NULL, 0, 6 };
	struct skua_polled p;
	struct scene s;

	(void)state;
	begin(&s, 1);
	q.address = fake_address(s.fake);
	for (int i = 0; i < 5; i++)
		fake_put(s.fake, "T", 0, "t", "x");
	lite = new_lite(&s, true);
	assert_ok(skua_lite_assign(lite, "T", &q, 1, &s.e));
	assert_ok(skua_lite_start(lite, &s.e));

	assert_int_equal(0, poll_offset(lite));
	assert_int_equal(1, poll_offset(lite));
	assert_ok(skua_lite_seek(lite, "T", &q, 4, &s.e));
	assert_int_equal(4, poll_offset(lite));
	assert_ok(skua_lite_seek(lite, "T", &q, 0, &s.e));
	assert_ok(skua_lite_pause(lite, "T", &q));
	assert_int_equal(SKUA_EAGAIN, skua_lite_poll(lite, 1, 50, &p));
	assert_ok(skua_lite_resume(lite, "T", &q));
	assert_int_equal(0, poll_offset(lite));
	assert_int_equal(0, fake_count(s.fake, COMMIT));
	assert_ok(skua_lite_commit(lite, &s.e));
	assert_int_equal(1, fake_committed(s.fake, "T", 0));
	q.queue_id = 7;
	assert_int_equal(SKUA_ENOENT, skua_lite_seek(lite, "T", &q, 0, &s.e));
	/* It shares with nobody: no broker hears of a member. */
	assert_int_equal(0, fake_count(s.fake, IDS));
	skua_lite_free(&lite);
	end(&s);
}

static void
lite_consumers_share_and_commit(void **state)
{
	struct skua_lite *lite;
	struct scene s;

	(void)state;
	begin(&s, 1);
	for (int i = 0; i < 3; i++)
		fake_put(s.fake, "T", 0, "t", "x");
	lite = new_lite(&s, false);
	assert_ok(skua_lite_subscribe(lite, "T", "*", NULL, &s.e));
	assert_ok(skua_lite_start(lite, &s.e));
	assert_int_equal(0, poll_offset(lite));
	assert_int_equal(1, poll_offset(lite));
	wait_committed(&s, 0, 2);
	skua_lite_free(&lite);

	assert_int_equal(2, fake_committed(s.fake, "T", 0));
	assert_true(fake_count(s.fake, IDS) > 0);
	end(&s);
}

RUN(T(messages_come_and_are_committed), T(a_group_goes_on_where_it_was),
    T(only_wanted_tags_are_delivered),
    T(the_lowest_that_is_not_done_is_committed),
    T(leaving_waits_commits_and_then_says_so),
    T(what_was_not_delivered_is_left_to_the_successor),
    T(later_means_back_to_the_broker),
    T(a_broker_that_takes_nothing_back_leaves_it_here),
    T(pulling_waits_while_too_much_is_not_done),
    T(queues_are_shared_with_other_members),
    T(an_offset_that_is_not_there_is_left), T(a_reset_begins_elsewhere),
    T(brokers_may_ask_how_it_goes),
    T(an_expression_the_broker_refuses_does_not_start),
    T(a_broker_that_comes_back_is_told_who_we_are),
    T(broadcasting_keeps_offsets_in_a_file),
    T(lite_consumers_poll_seek_and_pause), T(lite_consumers_share_and_commit))
