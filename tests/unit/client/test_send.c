/* SPDX-License-Identifier: Apache-2.0 */
/* Producers against scripted peers. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/bytes.h"
#include "send_scene.h"

#define SEND 310
#define BATCH 320
#define ROUTE 105

static void
queues_are_used_in_turn(void **state)
{
	struct scene s;
	int in_queue[4] = { 0 };

	(void)state;
	begin(&s, NULL);
	for (int i = 0; i < 8; i++) {
		assert_ok(send_body(&s, "x"));
		in_queue[(s.sent.broker[0] - 'a') * 2 + s.sent.queue_id]++;
	}

	for (int i = 0; i < 4; i++)
		assert_int_equal(2, in_queue[i]);
	assert_int_equal(1, fake_count(s.a, ROUTE));
	end(&s);
}

static void
a_message_is_what_the_caller_said(void **state)
{
	const char *const properties[] = { "colour", "red", NULL };
	struct skua_outgoing m = { .topic = "T",
		.tag = "tag",
		.keys = "k1 k2",
		.properties = properties,
		.body = skua_str_z("body"),
		.flag = 5,
		.delay_level = 3 };
	char expected[200];
	struct scene s;

	(void)state;
	begin(&s, NULL);
	m.queue = &(struct skua_queue){ "a", fake_address(s.a), 1, 6 };
	assert_ok(skua_producer_send(s.producer, &m, &s.sent, &s.e));

	(void)snprintf(expected, sizeof(expected),
	    "KEYS\1k1 k2\2TAGS\1tag\2DELAY\1" "3\2colour\1red\2"
	    "UNIQ_KEY\1%s\2", s.sent.msg_id);
	assert_string_equal(expected, fake_field(s.a, SEND, 1, "i"));
	assert_string_equal("5", fake_field(s.a, SEND, 1, "h"));
	assert_text("body", fake_body(s.a, SEND, 1));
	end(&s);
}

static void
what_cannot_be_sent_is_refused_with_a_sentence(void **state)
{
	const struct {
		struct skua_outgoing m;
		int rc;
	} cases[] = {
		{ { .topic = "T" }, SKUA_EINVAL },
		{ { .body = SKUA_STR("x") }, SKUA_EINVAL },
		{ { .topic = "a b", .body = SKUA_STR("x") }, SKUA_EINVAL },
		{ { .topic = "T", .tag = "a\1b", .body = SKUA_STR("x") },
		    SKUA_EINVAL },
	};
	struct scene s;

	(void)state;
	begin(&s, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s.e.text[0] = '\0';
		assert_int_equal(cases[i].rc, skua_producer_send(s.producer,
		    &cases[i].m, &s.sent, &s.e));
		assert_true(strlen(s.e.text) > 0);
	}
	assert_int_equal(0, fake_count(s.a, SEND));
	end(&s);
}

static void
another_broker_is_tried(void **state)
{
	static const int32_t failures[] = { FAKE_CLOSE, 1, 2, 14, 16 };
	struct scene s;

	(void)state;
	begin(&s, NULL);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		fake_script(s.a, SEND, 1, failures[i]);
		for (int k = 0; k < 4; k++)
			assert_ok(send_body(&s, "x"));
	}
	end(&s);
}

static void
a_broker_that_vanished_is_left_alone(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, NULL);
	assert_ok(send_body(&s, "x"));
	fake_vanish(s.b);
	for (int k = 0; k < 20; k++) {
		assert_ok(send_body(&s, "x"));
		assert_string_equal("a", s.sent.broker);
	}
	fake_return(s.b);
	while (send_body(&s, "x") == SKUA_OK && s.sent.broker[0] != 'b')
		;
	assert_string_equal("b", s.sent.broker);
	end(&s);
}

static void
a_final_no_is_told_at_once(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, NULL);
	fake_script(s.a, SEND, 1, 13);
	fake_script(s.b, SEND, 1, 13);

	assert_int_equal(SKUA_EREFUSED, send_body(&s, "x"));
	assert_non_null(strstr(s.e.text, "code 13"));
	assert_int_equal(1, fake_count(s.a, SEND) + fake_count(s.b, SEND));
	end(&s);
}

static void
go_away_means_a_new_connection(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, NULL);
	fake_script(s.a, SEND, 1, 1500);
	fake_script(s.b, SEND, 1, 1500);

	for (int i = 0; i < 6; i++)
		assert_ok(send_body(&s, "x"));
	end(&s);
}

static void
a_slow_broker_is_not_waited_for_longer_than_asked(void **state)
{
	struct skua_producer_options o = { .size = sizeof(o),
		.timeout_ms = 3000,
		.try_ms = 150 };
	struct scene s;

	(void)state;
	begin(&s, &o);
	fake_script(s.a, SEND, 1, FAKE_SILENT);
	fake_script(s.b, SEND, 1, FAKE_SILENT);
	/* Both may be asked before one answers. */
	assert_ok(send_body(&s, "x"));
	assert_in_range(fake_count(s.a, SEND) + fake_count(s.b, SEND), 2, 3);
	end(&s);
}

static void
slow_brokers_are_avoided_when_so_wanted(void **state)
{
	struct skua_producer_options o = { .size = sizeof(o),
		.try_ms = 400, /* the other one answers in that time */
		.avoid_slow = true };
	struct scene s;

	(void)state;
	begin(&s, &o);
	fake_script(s.b, SEND, 100, FAKE_SILENT);
	for (int i = 0; i < 20; i++)
		assert_ok(send_body(&s, "x"));

	/* Failed once, then left out for seconds. */
	assert_int_equal(1, fake_count(s.b, SEND));
	end(&s);
}

static void
a_nameserver_that_is_gone_is_no_obstacle(void **state)
{
	struct fake *gone = fake_new("gone", 1), *n = fake_new("a", 2);
	struct scene s = { .a = n };
	char both[80];

	(void)state;
	fake_route(n, NULL);
	fake_vanish(gone);
	(void)snprintf(both, sizeof(both), "%s;%s", fake_address(gone),
	    fake_address(n));
	for (int i = 0; i < 4; i++) { /* begins with either */
		connect_to(&s, both, NULL);
		assert_ok(send_body(&s, "x"));
		skua_producer_free(&s.producer);
		skua_client_free(&s.client);
	}
	fake_return(gone);
	fake_free(gone);
	end(&s);
}

static void
routes_stay_while_no_nameserver_answers(void **state)
{
	struct fake *n = fake_new("n", 1), *b = fake_new("b", 2);
	struct fake *others[] = { b, NULL };
	struct skua_client_options o = { .size = sizeof(o),
		.namesrvs = fake_address(n),
		.route_ms = 50 };
	struct scene s = { .a = n, .b = b };

	(void)state;
	fake_route(n, others);
	assert_ok(skua_client_open(&o, &s.client, &s.e));
	assert_ok(skua_producer_new(s.client, NULL, &s.producer, &s.e));
	assert_ok(send_body(&s, "x"));
	fake_wait(n, ROUTE, 3); /* asked anew in the background */
	fake_vanish(n);
	for (int i = 0; i < 50; i++)
		assert_ok(send_body(&s, "x"));
	fake_return(n);
	end(&s);
}

static void
a_batch_is_one_request(void **state)
{
	struct skua_outgoing m[3] = { { .topic = "T", .body = SKUA_STR("one"),
					  .tag = "t" },
		{ .topic = "T", .body = SKUA_STR("two"), .flag = 9 },
		{ .topic = "T", .body = SKUA_STR("three") } };
	struct fake *to;
	struct scene s;
	struct reader r;
	struct skua_str body;

	(void)state;
	begin(&s, NULL);
	assert_ok(skua_producer_send_batch(s.producer, m, 3, &s.sent, &s.e));

	assert_int_equal(3, s.sent.count);
	to = s.sent.broker[0] == 'a' ? s.a : s.b;
	assert_string_equal("true", fake_field(to, BATCH, 1, "m"));
	body = fake_body(to, BATCH, 1);
	r = reader_of(body.p, body.len);
	for (int i = 0; i < 3; i++) {
		int32_t size = read_be32(&r);
		struct skua_str one, properties;

		assert_int_equal(0, read_be32(&r)); /* magic */
		assert_int_equal(0, read_be32(&r)); /* CRC */
		assert_int_equal(m[i].flag, read_be32(&r));
		one = read_str(&r, read_be32(&r));
		assert_true(skua_str_eq(m[i].body, one));
		properties = read_str(&r, read_be16(&r));
		assert_int_equal(22 + one.len + properties.len, size);
		assert_int_equal(32,
		    skua_property(properties, "UNIQ_KEY").len);
	}
	assert_int_equal(SKUA_OK, r.error);
	assert_int_equal(0, r.end - r.p);
	end(&s);
}

static void
a_batch_has_one_topic(void **state)
{
	struct skua_outgoing m[2] = { { .topic = "T", .body = SKUA_STR("x") },
		{ .topic = "U", .body = SKUA_STR("x") } };
	struct scene s;

	(void)state;
	begin(&s, NULL);
	assert_int_equal(SKUA_EINVAL,
	    skua_producer_send_batch(s.producer, m, 2, &s.sent, &s.e));
	assert_int_equal(SKUA_EINVAL,
	    skua_producer_send_batch(s.producer, m, 0, &s.sent, &s.e));
	end(&s);
}

/* --- what is under way --- */

struct counts {
	atomic_int ok, canceled, other, writable;
};

static void
on_sent(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e)
{
	struct counts *c = arg;

	assert_true((sent != NULL) == (status == SKUA_OK));
	assert_true((e != NULL) == (status != SKUA_OK));
	atomic_fetch_add(status == SKUA_OK ? &c->ok :
			 status == SKUA_ECANCELED ? &c->canceled : &c->other,
	    1);
}

static void
on_writable(void *arg)
{
	struct counts *c = arg;

	atomic_fetch_add(&c->writable, 1);
}

static void
too_much_is_put_off_until_there_is_room(void **state)
{
	struct counts c = { 0 };
	struct skua_producer_options o = { .size = sizeof(o),
		.max_messages = 4,
		.writable = on_writable,
		.arg = &c };
	struct skua_outgoing m = { .topic = "T", .body = SKUA_STR("x") };
	struct scene s;

	(void)state;
	begin(&s, &o);
	fake_script(s.a, SEND, 8, FAKE_SILENT);
	fake_script(s.b, SEND, 8, FAKE_SILENT);
	for (int i = 0; i < 4; i++)
		assert_ok(skua_producer_send_async(s.producer, &m, on_sent,
		    &c));
	assert_int_equal(SKUA_EAGAIN,
	    skua_producer_send_async(s.producer, &m, on_sent, &c));
	assert_int_equal(0, atomic_load(&c.writable));
	/* Both are rid of their connections: the messages fail, or go. */
	fake_vanish(s.a);
	fake_vanish(s.b);
	assert_ok(skua_producer_drain(s.producer, 10000));
	assert_int_equal(1, atomic_load(&c.writable));
	assert_int_equal(4, c.ok + c.other);
	fake_return(s.a);
	fake_return(s.b);
	end(&s);
}

static void
bytes_count_as_well(void **state)
{
	static char body[1000];
	struct counts c = { 0 };
	struct skua_producer_options o = { .size = sizeof(o),
		.max_bytes = 2500 };
	struct skua_outgoing m = { .topic = "T",
		.body = { body, sizeof(body) } };
	struct scene s;

	(void)state;
	begin(&s, &o);
	fake_script(s.a, SEND, 8, FAKE_SILENT);
	fake_script(s.b, SEND, 8, FAKE_SILENT);
	assert_ok(skua_producer_send_async(s.producer, &m, on_sent, &c));
	assert_ok(skua_producer_send_async(s.producer, &m, on_sent, &c));
	assert_int_equal(SKUA_EAGAIN,
	    skua_producer_send_async(s.producer, &m, on_sent, &c));
	skua_producer_free(&s.producer);
	assert_int_equal(2, c.canceled);
	end(&s);
}

static void
a_producer_that_goes_cancels_what_is_under_way(void **state)
{
	struct counts c = { 0 };
	struct skua_outgoing m = { .topic = "T", .body = SKUA_STR("x") };
	struct scene s;

	(void)state;
	begin(&s, NULL);
	fake_script(s.a, SEND, 100, FAKE_SILENT);
	fake_script(s.b, SEND, 100, FAKE_SILENT);
	for (int i = 0; i < 10; i++)
		assert_ok(skua_producer_send_async(s.producer, &m, on_sent,
		    &c));
	skua_producer_free(&s.producer);

	assert_int_equal(10, c.canceled);
	end(&s);
}

struct sender {
	struct scene *scene;
	struct counts *counts;
};

static void *
send_many(void *arg)
{
	struct sender *one = arg;
	struct skua_outgoing m = { .topic = "T", .body = SKUA_STR("x") };

	for (int i = 0; i < 500; i++)
		while (skua_producer_send_async(one->scene->producer, &m,
			   on_sent, one->counts) == SKUA_EAGAIN)
			(void)!skua_producer_drain(one->scene->producer, 100);
	return NULL;
}

static void
many_threads_may_send(void **state)
{
	struct counts c = { 0 };
	struct skua_producer_options o = { .size = sizeof(o),
		.max_messages = 100 };
	pthread_t threads[4];
	struct sender one;
	struct scene s;

	(void)state;
	begin(&s, &o);
	one.scene = &s;
	one.counts = &c;
	for (int i = 0; i < 4; i++)
		assert_int_equal(0,
		    pthread_create(&threads[i], NULL, send_many, &one));
	for (int i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
	assert_ok(skua_producer_drain(s.producer, 10000));

	assert_int_equal(2000, c.ok);
	assert_int_equal(2000, fake_count(s.a, SEND) + fake_count(s.b, SEND));
	end(&s);
}

static void
nobody_answers_a_one_way_message(void **state)
{
	struct skua_outgoing m = { .topic = "T", .body = SKUA_STR("x") };
	struct scene s;

	(void)state;
	begin(&s, NULL);
	for (int i = 0; i < 4; i++)
		assert_ok(skua_producer_send_oneway(s.producer, &m));

	fake_wait(s.a, SEND, 2);
	fake_wait(s.b, SEND, 2);
	assert_ok(skua_producer_drain(s.producer, 1000));
	end(&s);
}

static void
write_to_nobody(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e)
{
	int ends[2];

	(void)status;
	(void)sent;
	(void)e;
	assert_int_equal(0, pipe(ends));
	assert_int_equal(0, close(ends[0]));
	*(bool *)arg = write(ends[1], "x", 1) < 0 && errno == EPIPE;
	assert_int_equal(0, close(ends[1]));
}

/* Connections break between a look at them and a write: the signal, which kills,
 * must not be raised for a program that knows nothing of it. */
static void
a_peer_that_is_gone_is_no_signal(void **state)
{
	struct skua_outgoing m = { .topic = "T", .body = SKUA_STR("x") };
	void (*before)(int) = signal(SIGPIPE, SIG_DFL);
	bool told = false;
	struct scene s;

	(void)state;
	begin(&s, NULL);
	assert_ok(skua_producer_send_async(s.producer, &m, write_to_nobody,
	    &told));
	assert_ok(skua_producer_drain(s.producer, 5000));

	assert_true(told);
	end(&s);
	(void)signal(SIGPIPE, before);
}

static void
a_callback_must_not_wait(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e)
{
	struct scene *s = arg;
	struct skua_outgoing m = { .topic = "T", .body = SKUA_STR("x") };

	(void)status;
	(void)sent;
	(void)e;
	assert_int_equal(SKUA_EBUSY,
	    skua_producer_send(s->producer, &m, &s->sent, &s->e));
}

static void
waiting_in_a_callback_is_refused(void **state)
{
	struct skua_outgoing m = { .topic = "T", .body = SKUA_STR("x") };
	struct scene s;

	(void)state;
	begin(&s, NULL);
	assert_ok(skua_producer_send_async(s.producer, &m,
	    a_callback_must_not_wait, &s));
	assert_ok(skua_producer_drain(s.producer, 5000));
	assert_non_null(strstr(s.e.text, "must not wait"));
	end(&s);
}

RUN(T(queues_are_used_in_turn), T(a_message_is_what_the_caller_said),
    T(what_cannot_be_sent_is_refused_with_a_sentence),
    T(another_broker_is_tried), T(a_broker_that_vanished_is_left_alone),
    T(a_final_no_is_told_at_once), T(go_away_means_a_new_connection),
    T(a_slow_broker_is_not_waited_for_longer_than_asked),
    T(slow_brokers_are_avoided_when_so_wanted),
    T(a_nameserver_that_is_gone_is_no_obstacle),
    T(routes_stay_while_no_nameserver_answers),
    T(a_batch_is_one_request), T(a_batch_has_one_topic),
    T(too_much_is_put_off_until_there_is_room), T(bytes_count_as_well),
    T(a_producer_that_goes_cancels_what_is_under_way),
    T(many_threads_may_send), T(nobody_answers_a_one_way_message),
    T(waiting_in_a_callback_is_refused),
    T(a_peer_that_is_gone_is_no_signal))
