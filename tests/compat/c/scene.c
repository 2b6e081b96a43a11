/* SPDX-License-Identifier: Apache-2.0 */
/* See scene.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "scene.h"

static jmp_buf failed;
static char reason[1024];

void
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	longjmp(failed, 1);
}

int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct skua_client *
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

void
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

struct skua_sent
send_body(struct scene *s, struct skua_producer *producer, const char *text,
    const char *tag, const char *key)
{
	struct skua_outgoing m = { .topic = s->topic, .tag = tag, .keys = key,
		.body = skua_str_z(text) };
	struct skua_sent sent;

	OK(skua_producer_send(producer, &m, &sent, &s->e));
	return sent;
}

void
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

void
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

struct skua_push *
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

/* --- a case --- */

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
bool
verdict(const char *suite, const char *name, case_fn *run)
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
