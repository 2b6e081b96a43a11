/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libskua against a server that may be Skua or Apache RocketMQ:
 *
 *	driver SUITE list | driver SUITE CASE…	as the other drivers
 *	driver member NAMESRV GROUP TOPIC	a member of a group, for mixed cases:
 *		prints "queue ID" for each queue it is given and "got BODY" for
 *		each message, until its standard input ends
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <skua/admin.h>
#include <skua/consumer.h>
#include <skua/producer.h>
#include <skua/pull.h>

#define PATIENCE_S 45
#define BODIES_MAX 4096

/* --- a case's scene --- */

struct scene {
	char topic[128], group[128];
	char namesrv[128], broker[128];
	struct skua_client *client;
	struct skua_producer *producer;
	struct skua_error e;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int times[BODIES_MAX];
	int distinct, all;
	bool later_once;
};

static jmp_buf failed;
static char reason[1024];

static void fail(const char *fmt, ...) SKUA_PRINTF(1, 2);

static void
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	longjmp(failed, 1);
}

#define CHECK(x)                                                               \
	do {                                                                   \
		if (!(x))                                                      \
			fail("line %d: %s", __LINE__, #x);                     \
	} while (0)
#define OK(x)                                                                  \
	do {                                                                   \
		if ((x) != SKUA_OK)                                            \
			fail("line %d: %s: %s", __LINE__, #x, s->e.text);      \
	} while (0)

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct skua_client *
new_client(struct scene *s, bool binary)
{
	struct skua_client_options o = { .size = sizeof(o),
		.namesrvs = s->namesrv,
		.rebalance_ms = 2000,
		.heartbeat_ms = 1000,
		.commit_ms = 500,
		.binary_headers = binary };
	struct skua_client *client;

	OK(skua_client_open(&o, &client, &s->e));
	return client;
}

static void
make_topic(struct scene *s, int queues)
{
	struct skua_topic t = { .name = s->topic, .read_queues = queues,
		.write_queues = queues, .perm = 6 };

	OK(skua_admin_topic_put(s->client, NULL, &t, &s->e));
	/* The nameserver hears of it from the broker. */
	for (int64_t end = now_ms() + PATIENCE_S * 1000; now_ms() < end;) {
		struct skua_route_info *route;
		struct timespec pause = { 0, 50000000 };
		size_t n = 0;

		if (skua_client_route(s->client, s->topic, &route, &s->e) ==
		    SKUA_OK) {
			n = route->count;
			skua_route_free(&route);
		}
		if (n == (size_t)queues)
			return;
		(void)nanosleep(&pause, NULL);
	}
	fail("the topic has no route");
}

static struct skua_sent
send_body(struct scene *s, struct skua_producer *producer, const char *text,
    const char *tag, const char *key)
{
	struct skua_outgoing m = { .topic = s->topic, .tag = tag, .keys = key,
		.body = skua_str_z(text) };
	struct skua_sent sent;

	OK(skua_producer_send(producer, &m, &sent, &s->e));
	return sent;
}

static void
send_numbers(struct scene *s, int first, int n)
{
	for (int i = first; i < first + n; i++) {
		char body[16], key[16];

		(void)snprintf(body, sizeof(body), "%d", i);
		(void)snprintf(key, sizeof(key), "k%d", i);
		(void)send_body(s, s->producer, body, i % 2 ? "odd" : "even",
		    key);
	}
}

static int
number_of(const struct skua_received *m)
{
	char text[16] = "";

	memcpy(text, m->body.p, m->body.len < 15 ? m->body.len : 15);
	return atoi(text);
}

static enum skua_consumed
consume(void *arg, const struct skua_received *m, size_t n)
{
	struct scene *s = arg;
	enum skua_consumed answer = SKUA_CONSUMED;

	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < n; i++) {
		int at = number_of(&m[i]) % BODIES_MAX;

		if (s->later_once && m[i].record.reconsume_times == 0)
			answer = SKUA_CONSUME_LATER;
		s->distinct += s->times[at]++ == 0;
		s->all++;
	}
	(void)pthread_cond_broadcast(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
	return answer;
}

static void
wait_count(struct scene *s, const int *count, int wanted)
{
	struct timespec until;
	int rc = 0, got;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	(void)pthread_mutex_lock(&s->lock);
	while (*count < wanted && rc == 0)
		rc = pthread_cond_timedwait(&s->changed, &s->lock, &until);
	got = *count;
	(void)pthread_mutex_unlock(&s->lock);
	if (got < wanted)
		fail("%d of %d messages came within %d s", got, wanted,
		    PATIENCE_S);
}

static struct skua_push *
push_as(struct scene *s, struct skua_client *client, const char *expression,
    const char *type)
{
	struct skua_push_options o = { .size = sizeof(o),
		.group = { .group = s->group, .from = SKUA_FROM_FIRST },
		.threads = 2,
		.batch = 4,
		.consume = consume,
		.arg = s };
	struct skua_push *push;

	OK(skua_push_new(client, &o, &push, &s->e));
	OK(skua_push_subscribe(push, s->topic, expression, type, &s->e));
	OK(skua_push_start(push, &s->e));
	return push;
}

/* --- cases --- */

static void
send_sync(struct scene *s)
{
	struct skua_messages *m;
	struct skua_sent sent;

	make_topic(s, 2);
	sent = send_body(s, s->producer, "hello", "t", "k");
	OK(skua_admin_message(s->client, sent.offset_id, &m, &s->e));
	CHECK(skua_str_eq_z(m->messages[0].body, "hello"));
	CHECK(skua_str_eq_z(m->messages[0].tag, "t"));
	CHECK(skua_str_eq_z(m->messages[0].msg_id, sent.msg_id));
	CHECK(m->messages[0].record.queue_offset == sent.queue_offset);
	skua_admin_free(m);
}

static void
send_to_a_new_topic(struct scene *s)
{
	struct skua_sent sent = send_body(s, s->producer, "x", NULL, NULL);

	CHECK(sent.queue_offset == 0 && sent.queue_id < 4);
}

static void
send_batch(struct scene *s)
{
	struct skua_outgoing m[20];
	struct skua_sent sent;
	char bodies[20][8];
	struct skua_push *push;

	make_topic(s, 2);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 20; i++) {
		m[i].topic = s->topic;
		m[i].body = skua_str_n(bodies[i],
		    (size_t)snprintf(bodies[i], 8, "%d", i));
	}
	OK(skua_producer_send_batch(s->producer, m, 20, &sent, &s->e));
	CHECK(sent.count == 20 && sent.queue_offset == 0);
	push = push_as(s, s->client, NULL, NULL);
	wait_count(s, &s->distinct, 20);
	skua_push_free(&push);
}

static void
send_compressed(struct scene *s)
{
	static char body[200000];

	make_topic(s, 1);
	memset(body, 'z', sizeof(body));
	for (int how = 0; how < 3; how++) {
		struct skua_producer_options o = { .size = sizeof(o),
			.compression = (enum skua_compression)how };
		struct skua_outgoing m = { .topic = s->topic,
			.body = skua_str_n(body, sizeof(body)) };
		struct skua_producer *producer;
		struct skua_messages *found;
		struct skua_sent sent;

		OK(skua_producer_new(s->client, &o, &producer, &s->e));
		OK(skua_producer_send(producer, &m, &sent, &s->e));
		OK(skua_admin_message(s->client, sent.offset_id, &found,
		    &s->e));
		CHECK(found->messages[0].body.len == sizeof(body));
		CHECK(memcmp(found->messages[0].body.p, body, sizeof(body)) ==
		    0);
		skua_admin_free(found);
		skua_producer_free(&producer);
	}
}

static void
binary_headers(struct scene *s)
{
	struct skua_client *client = new_client(s, true);
	struct skua_producer *producer;
	struct skua_push *push;

	make_topic(s, 2);
	OK(skua_producer_new(client, NULL, &producer, &s->e));
	for (int i = 0; i < 10; i++) {
		char body[8];

		(void)snprintf(body, sizeof(body), "%d", i);
		(void)send_body(s, producer, body, NULL, NULL);
	}
	push = push_as(s, client, NULL, NULL);
	wait_count(s, &s->distinct, 10);
	skua_push_free(&push);
	skua_producer_free(&producer);
	skua_client_free(&client);
}

static void
push_one(struct scene *s)
{
	struct skua_push *push;

	make_topic(s, 4);
	push = push_as(s, s->client, NULL, NULL);
	send_numbers(s, 0, 200);
	wait_count(s, &s->distinct, 200);
	skua_push_free(&push);
	CHECK(s->all == 200);
}

static void
push_tags(struct scene *s)
{
	struct skua_push *push;

	make_topic(s, 2);
	push = push_as(s, s->client, "odd || none", "TAG");
	send_numbers(s, 0, 50);
	wait_count(s, &s->distinct, 25);
	skua_push_free(&push);
	for (int i = 0; i < 50; i++)
		CHECK(s->times[i] == i % 2);
}

static void
push_resumes(struct scene *s)
{
	make_topic(s, 4);
	send_numbers(s, 0, 300);
	for (int round = 1; round <= 3; round++) {
		struct skua_client *client = new_client(s, false);
		struct skua_push *push = push_as(s, client, NULL, NULL);

		wait_count(s, &s->distinct, 100 * round);
		skua_push_free(&push);
		skua_client_free(&client);
	}
	CHECK(s->all == 300);
}

static void
push_later(struct scene *s)
{
	struct skua_push *push;

	make_topic(s, 1);
	s->later_once = true;
	push = push_as(s, s->client, NULL, NULL);
	send_numbers(s, 0, 3);
	wait_count(s, &s->all, 6);
	skua_push_free(&push);
	for (int i = 0; i < 3; i++)
		CHECK(s->times[i] == 2);
}

static void
push_two(struct scene *s)
{
	struct skua_client *other = new_client(s, false);
	struct skua_push *a, *b;

	make_topic(s, 6);
	a = push_as(s, s->client, NULL, NULL);
	b = push_as(s, other, NULL, NULL);
	send_numbers(s, 0, 200);
	wait_count(s, &s->distinct, 200);
	skua_push_free(&b);
	send_numbers(s, 200, 100);
	wait_count(s, &s->distinct, 300);
	skua_push_free(&a);
	skua_client_free(&other);
}

static void
push_reset(struct scene *s)
{
	struct skua_push *push;

	make_topic(s, 2);
	send_numbers(s, 0, 20);
	push = push_as(s, s->client, NULL, NULL);
	wait_count(s, &s->distinct, 20);
	OK(skua_admin_reset(s->client, s->group, s->topic, 0, true, NULL,
	    &s->e));
	wait_count(s, &s->all, 40);
	skua_push_free(&push);
}

static void
lite_seek(struct scene *s)
{
	struct skua_lite_options o = { .size = sizeof(o),
		.group = { .group = s->group, .from = SKUA_FROM_FIRST },
		.no_auto_commit = true };
	struct skua_route_info *route;
	struct skua_polled p;
	struct skua_lite *lite;
	int64_t offset;

	make_topic(s, 1);
	send_numbers(s, 0, 10);
	OK(skua_client_route(s->client, s->topic, &route, &s->e));
	OK(skua_lite_new(s->client, &o, &lite, &s->e));
	OK(skua_lite_assign(lite, s->topic, route->queues, 1, &s->e));
	OK(skua_lite_start(lite, &s->e));
	CHECK(skua_lite_poll(lite, 3, PATIENCE_S * 1000, &p) == SKUA_OK);
	CHECK(p.messages[0].record.queue_offset == 0);
	skua_polled_free(&p);
	OK(skua_lite_seek(lite, s->topic, route->queues, 7, &s->e));
	CHECK(skua_lite_poll(lite, 1, PATIENCE_S * 1000, &p) == SKUA_OK);
	CHECK(p.messages[0].record.queue_offset == 7);
	skua_polled_free(&p);
	OK(skua_lite_commit(lite, &s->e));
	OK(skua_offset_query(s->client, s->group, s->topic, route->queues,
	    &offset, &s->e));
	CHECK(offset == 8);
	skua_lite_free(&lite);
	skua_route_free(&route);
}

/* Whether the broker takes SQL92: Apache RocketMQ, once it was told to; Skua,
 * once a module provides it, and else it says which kinds there are. */
static bool
subscribe_sql(struct scene *s, struct skua_lite *lite, const char *expression)
{
	static const char *const on[] = { "enablePropertyFilter", "true", NULL };
	const char *kind = getenv("SKUA_COMPAT_KIND");
	bool is_reference = kind != NULL && strcmp(kind, "rocketmq") == 0;
	int rc;

	if (is_reference)
		OK(skua_admin_set(s->client, s->broker, on, &s->e));
	OK(skua_lite_subscribe(lite, s->topic, expression, "SQL92", &s->e));
	rc = skua_lite_start(lite, &s->e);
	if (rc != SKUA_OK && !is_reference) {
		CHECK(rc == SKUA_EREFUSED);
		CHECK(strstr(s->e.text, "SQL92") != NULL);
		return false;
	}
	OK(rc);
	return true;
}

static void
lite_sql(struct scene *s)
{
	struct skua_lite_options o = { .size = sizeof(o),
		.group = { .group = s->group, .from = SKUA_FROM_FIRST } };
	struct skua_polled p;
	struct skua_lite *lite;
	int next = 7;

	make_topic(s, 1);
	for (int i = 0; i < 10; i++) {
		char number[8];
		const char *properties[] = { "n", number, NULL };
		struct skua_outgoing m = { .topic = s->topic,
			.properties = properties };

		(void)snprintf(number, sizeof(number), "%d", i);
		m.body = skua_str_z(number);
		OK(skua_producer_send(s->producer, &m, NULL, &s->e));
	}
	OK(skua_lite_new(s->client, &o, &lite, &s->e));
	if (subscribe_sql(s, lite, "n > 6 AND n IS NOT NULL"))
		while (next < 10) {
			CHECK(skua_lite_poll(lite, 10, PATIENCE_S * 1000, &p) ==
			    SKUA_OK);
			for (size_t i = 0; i < p.count; i++)
				CHECK(*p.messages[i].body.p == '0' + next++);
			skua_polled_free(&p);
		}
	skua_lite_free(&lite);
}

/* RocketMQ answers a send before its queue has the message. */
static int64_t
stored(struct scene *s)
{
	int64_t end = now_ms() + PATIENCE_S * 1000, n;

	do {
		struct skua_topic_stats *stats;

		OK(skua_admin_topic_stats(s->client, s->topic, &stats, &s->e));
		CHECK(stats->count == 3);
		n = 0;
		for (size_t i = 0; i < stats->count; i++)
			n += stats->queues[i].max_offset;
		skua_admin_free(stats);
	} while (n < 30 && now_ms() < end);
	return n;
}

static void
admin_sees(struct scene *s)
{
	struct skua_progress *progress;
	struct skua_members *members;
	struct skua_cluster *cluster;
	struct skua_settings *settings;
	struct skua_push *push;

	make_topic(s, 3);
	OK(skua_admin_cluster(s->client, &cluster, &s->e));
	CHECK(cluster->count == 1 && cluster->brokers[0].id == 0);
	OK(skua_admin_settings(s->client, cluster->brokers[0].address,
	    &settings, &s->e));
	CHECK(skua_setting(settings, "brokerName") != NULL);
	skua_admin_free(settings);
	OK(skua_admin_broker_stats(s->client, cluster->brokers[0].address,
	    &settings, &s->e));
	CHECK(skua_setting(settings, "commitLogMaxOffset") != NULL);
	skua_admin_free(settings);
	send_numbers(s, 0, 30);
	CHECK(stored(s) == 30);
	push = push_as(s, s->client, NULL, NULL);
	wait_count(s, &s->distinct, 30);
	OK(skua_admin_members(s->client, s->group, &members, &s->e));
	CHECK(members->count == 1);
	CHECK(strcmp(members->members[0].client_id,
		  skua_client_id(s->client)) == 0);
	skua_admin_free(members);
	skua_push_free(&push);
	OK(skua_admin_progress(s->client, s->group, s->topic, &progress,
	    &s->e));
	CHECK(progress->count == 3 && progress->lag == 0);
	skua_admin_free(progress);
	skua_admin_free(cluster);
}

static void
admin_finds(struct scene *s)
{
	struct skua_messages *m;
	struct skua_sent sent;
	int64_t end = now_ms() + PATIENCE_S * 1000;
	int rc;

	make_topic(s, 1);
	send_numbers(s, 0, 10);
	sent = send_body(s, s->producer, "last", "t", "the key");
	do
		rc = skua_admin_messages_by_key(s->client, s->topic, "key",
		    false, 0, INT64_MAX, 8, &m, &s->e);
	while (rc == SKUA_ENOENT && now_ms() < end);
	OK(rc);
	CHECK(m->count == 1 && skua_str_eq_z(m->messages[0].body, "last"));
	skua_admin_free(m);
	OK(skua_admin_messages_by_key(s->client, s->topic, sent.msg_id, true, 0,
	    INT64_MAX, 8, &m, &s->e));
	CHECK(m->count == 1 && skua_str_eq_z(m->messages[0].body, "last"));
	skua_admin_free(m);
}

static const struct {
	const char *name;
	void (*run)(struct scene *s);
} cases[] = {
	{ "send-sync", send_sync },
	{ "send-new-topic", send_to_a_new_topic },
	{ "send-batch", send_batch },
	{ "send-compressed", send_compressed },
	{ "binary-headers", binary_headers },
	{ "push-one", push_one },
	{ "push-tags", push_tags },
	{ "push-resume", push_resumes },
	{ "push-later", push_later },
	{ "push-two", push_two },
	{ "push-reset", push_reset },
	{ "lite-seek", lite_seek },
	{ "lite-sql", lite_sql },
	{ "admin-sees", admin_sees },
	{ "admin-finds", admin_finds },
};

/* --- running them --- */

/* NAME=HOST:PORT lines */
static void
read_address(struct scene *s)
{
	char path[4096], line[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/address",
	    getenv("SKUA_COMPAT_DIR"));
	f = fopen(path, "r");
	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		(void)sscanf(line, "NAMESRV=%127s", s->namesrv);
		(void)sscanf(line, "BROKER=%127s", s->broker);
	}
	(void)fclose(f);
	CHECK(s->namesrv[0] != '\0');
}

static void
set_scene(struct scene *s, const char *name)
{
	memset(s, 0, sizeof(*s));
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->changed, NULL);
	(void)snprintf(s->topic, sizeof(s->topic), "c_%s", name);
	(void)snprintf(s->group, sizeof(s->group), "c_group_%s", name);
	read_address(s);
	s->client = new_client(s, false);
	OK(skua_producer_new(s->client, NULL, &s->producer, &s->e));
}

/* After a failure what the case made is left to the process's end. */
static bool
verdict(const char *suite, const char *name, void (*run)(struct scene *s))
{
	struct scene *s = malloc(sizeof(*s));
	int64_t start = now_ms();

	if (setjmp(failed) != 0) {
		(void)printf("FAIL %s.%s: %s\n", suite, name, reason);
		return false;
	}
	set_scene(s, name);
	run(s);
	skua_producer_free(&s->producer);
	skua_client_free(&s->client);
	free(s);
	(void)printf("ok %s.%s (%lld)\n", suite, name,
	    (long long)(now_ms() - start));
	return true;
}

/* --- a member of a group with others --- */

static void
on_assigned(void *arg, const struct skua_assigned *queues, size_t count)
{
	(void)printf("queues");
	for (size_t i = 0; i < count; i++)
		if (strcmp(queues[i].topic, arg) == 0)
			(void)printf(" %d", queues[i].queue.queue_id);
	(void)printf("\n");
	(void)fflush(stdout);
}

static enum skua_consumed
print(void *arg, const struct skua_received *m, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		(void)printf("got " SKUA_STR_FMT "\n", SKUA_STR_ARG(m[i].keys));
	(void)fflush(stdout);
	return SKUA_CONSUMED;
}

static int
member(char **argv)
{
	struct skua_push_options o = { .size = sizeof(o),
		.group = { .group = argv[3],
		    .from = SKUA_FROM_FIRST,
		    .assigned = on_assigned,
		    .assigned_arg = argv[4] },
		.consume = print };
	struct skua_client *client = NULL;
	struct skua_push *push = NULL;
	struct skua_error e;
	char byte;
	int rc = skua_client_new(argv[2], &client, &e);

	if (rc == SKUA_OK)
		rc = skua_push_new(client, &o, &push, &e);
	if (rc == SKUA_OK)
		rc = skua_push_subscribe(push, argv[4], NULL, NULL, &e);
	if (rc == SKUA_OK)
		rc = skua_push_start(push, &e);
	if (rc != SKUA_OK)
		(void)fprintf(stderr, "member: %s\n", e.text);
	while (rc == SKUA_OK && read(0, &byte, 1) > 0)
		;
	skua_push_free(&push);
	skua_client_free(&client);
	return rc == SKUA_OK ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const size_t n = sizeof(cases) / sizeof(cases[0]);
	bool passed = true;

	if (argc == 5 && strcmp(argv[1], "member") == 0)
		return member(argv);
	if (argc == 3 && strcmp(argv[2], "list") == 0)
		for (size_t i = 0; i < n; i++)
			(void)printf("%s.%s\n", argv[1], cases[i].name);
	else
		for (int a = 2; a < argc; a++)
			for (size_t i = 0; i < n; i++)
				if (strcmp(argv[a] + strlen(argv[1]) + 1,
					cases[i].name) == 0)
					passed &= verdict(argv[1],
					    cases[i].name, cases[i].run);
	return passed ? 0 : 1;
}
