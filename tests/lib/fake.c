/* SPDX-License-Identifier: Apache-2.0 */
/* See fake.h.  One thread polls; the lock guards all that both sides see. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fake_priv.h"

#define PATIENCE_S 10

/* --- connections --- */

static char *
copy(struct skua_str s)
{
	char *p = malloc(s.len + 1);

	skua_str_copy(p, s);
	p[s.len] = '\0';
	return p;
}

static void
remember(struct fake *f, const struct command *c)
{
	struct seen *s = &f->seen[f->seen_count++];

	assert_true(f->seen_count < SEEN_MAX);
	s->code = c->code;
	for (size_t i = 0; i < c->field_count && i < 24; i++) {
		s->names[i] = copy(c->fields[i].name);
		s->values[i] = copy(c->fields[i].value);
		s->count++;
	}
	s->body = copy(c->body);
	s->body_len = c->body.len;
}

static void
close_conn(struct fake *f, int i)
{
	(void)close(f->fds[i]);
	f->fds[i] = -1;
	f->in_len[i] = 0;
}

/* false: the connection is closed. */
static bool
take_command(struct fake *f, int i, const struct command *c)
{
	int fd = f->fds[i];

	if ((c->flag & COMMAND_RESPONSE) != 0) {
		f->answers[f->answer_count++] = copy(c->body);
		return true;
	}
	remember(f, c);
	for (int s = 0; s < SCRIPTS_MAX; s++) {
		if (f->scripts[s].left == 0 || f->scripts[s].code != c->code)
			continue;
		f->scripts[s].left--;
		if (f->scripts[s].answer == FAKE_CLOSE)
			close_conn(f, i);
		else if (f->scripts[s].answer != FAKE_SILENT)
			fake_reply(fd, c, f->scripts[s].answer);
		return f->fds[i] >= 0;
	}
	fake_serve(f, fd, c);
	return true;
}

static void
take_bytes(struct fake *f, int i)
{
	struct command *c = malloc(sizeof(*c));
	struct arena arena;
	size_t at = 0;

	skua_arena_init(&arena, 4096);
	for (;;) {
		int64_t size =
		    skua_frame_size(f->in[i] + at, f->in_len[i] - at);

		if (size <= 0 || (size_t)size > f->in_len[i] - at)
			break;
		assert_ok(skua_command_decode(f->in[i] + at, (size_t)size,
		    &arena, c));
		if (!take_command(f, i, c))
			break;
		at += (size_t)size;
	}
	if (f->fds[i] >= 0) {
		memmove(f->in[i], f->in[i] + at, f->in_len[i] - at);
		f->in_len[i] -= at;
	}
	skua_arena_fini(&arena);
	free(c);
	(void)pthread_cond_broadcast(&f->changed);
}

static void
read_conn(struct fake *f, int i)
{
	ssize_t n;

	if (f->in[i] == NULL)
		f->in[i] = malloc(8 << 20);
	n = read(f->fds[i], f->in[i] + f->in_len[i],
	    (8u << 20) - f->in_len[i]);
	if (n <= 0) {
		close_conn(f, i);
		return;
	}
	f->in_len[i] += (size_t)n;
	take_bytes(f, i);
}

static void
accept_conn(struct fake *f)
{
	int fd = accept(f->listener, NULL, NULL);

	for (int i = 0; i < CONNS_MAX && fd >= 0; i++)
		if (f->fds[i] < 0) {
			f->fds[i] = fd;
			f->in_len[i] = 0;
			return;
		}
}

/* Here, where no poll holds the descriptors. */
static void
hang_up(struct fake *f)
{
	(void)close(f->listener);
	f->listener = -1;
	for (int i = 0; i < CONNS_MAX; i++)
		if (f->fds[i] >= 0)
			close_conn(f, i);
	(void)pthread_cond_broadcast(&f->changed);
}

static void *
run(void *arg)
{
	struct fake *f = arg;
	char byte;

	(void)pthread_mutex_lock(&f->lock);
	while (!f->ending) {
		struct pollfd p[CONNS_MAX + 2];

		p[0] = (struct pollfd){ .fd = f->wake[0], .events = POLLIN };
		p[1] = (struct pollfd){ .fd = f->gone ? -1 : f->listener,
			.events = POLLIN };
		for (int i = 0; i < CONNS_MAX; i++)
			p[i + 2] = (struct pollfd){ .fd = f->fds[i],
				.events = POLLIN };
		(void)pthread_mutex_unlock(&f->lock);
		(void)poll(p, CONNS_MAX + 2, -1);
		(void)pthread_mutex_lock(&f->lock);
		if (p[0].revents != 0)
			(void)!read(f->wake[0], &byte, 1);
		for (int i = 0; i < CONNS_MAX; i++)
			if (p[i + 2].revents != 0 && p[i + 2].fd == f->fds[i])
				read_conn(f, i);
		if (p[1].revents != 0 && !f->gone)
			accept_conn(f);
		if (f->gone && f->listener >= 0)
			hang_up(f);
	}
	(void)pthread_mutex_unlock(&f->lock);
	return NULL;
}

static void
poke(struct fake *f)
{
	assert_int_equal(1, write(f->wake[1], "", 1));
}

/* --- life --- */

static void
listen_on(struct fake *f)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(f->port) };
	socklen_t len = sizeof(in);
	int one = 1;

	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(f->listener, SOL_SOCKET, SO_REUSEADDR, &one,
	    sizeof(one));
	assert_int_equal(0,
	    bind(f->listener, (struct sockaddr *)&in, sizeof(in)));
	assert_int_equal(0, listen(f->listener, 64));
	assert_int_equal(0,
	    getsockname(f->listener, (struct sockaddr *)&in, &len));
	f->port = ntohs(in.sin_port);
}

struct fake *
fake_new(const char *broker, int queues)
{
	struct fake *f = calloc(1, sizeof(*f));

	for (int i = 0; i < CONNS_MAX; i++)
		f->fds[i] = -1;
	f->default_committed = -1;
	f->queues = queues;
	(void)snprintf(f->broker, sizeof(f->broker), "%s", broker);
	listen_on(f);
	(void)snprintf(f->address, sizeof(f->address), "127.0.0.1:%d", f->port);
	assert_int_equal(0, pipe2(f->wake, O_CLOEXEC));
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_cond_init(&f->changed, NULL);
	assert_int_equal(0, pthread_create(&f->thread, NULL, run, f));
	return f;
}

void
fake_free(struct fake *f)
{
	(void)pthread_mutex_lock(&f->lock);
	f->ending = true;
	(void)pthread_mutex_unlock(&f->lock);
	poke(f);
	(void)pthread_join(f->thread, NULL);
	for (int i = 0; i < CONNS_MAX; i++) {
		if (f->fds[i] >= 0)
			(void)close(f->fds[i]);
		free(f->in[i]);
	}
	if (f->listener >= 0)
		(void)close(f->listener);
	(void)close(f->wake[0]);
	(void)close(f->wake[1]);
	for (int i = 0; i < f->seen_count; i++) {
		for (size_t k = 0; k < f->seen[i].count; k++) {
			free(f->seen[i].names[k]);
			free(f->seen[i].values[k]);
		}
		free(f->seen[i].body);
	}
	for (int i = 0; i < f->message_count; i++)
		free(f->messages[i].record);
	for (int i = 0; i < f->answer_count; i++)
		free(f->answers[i]);
	free(f->route);
	free(f);
}

const char *
fake_address(const struct fake *f)
{
	return f->address;
}

void
fake_vanish(struct fake *f)
{
	(void)pthread_mutex_lock(&f->lock);
	f->gone = true;
	poke(f);
	while (f->listener >= 0)
		(void)pthread_cond_wait(&f->changed, &f->lock);
	(void)pthread_mutex_unlock(&f->lock);
}

void
fake_return(struct fake *f)
{
	(void)pthread_mutex_lock(&f->lock);
	listen_on(f);
	f->gone = false;
	(void)pthread_mutex_unlock(&f->lock);
	poke(f);
}

void
fake_route(struct fake *f, struct fake *const *others)
{
	char brokers[2048], queues[2048], *text = malloc(8192);
	int b = 0, q = 0;
	const struct fake *one = f;

	do {
		b += snprintf(brokers + b, sizeof(brokers) - (size_t)b,
		    "%s{\"brokerAddrs\":{\"0\":\"%s\"},\"brokerName\":\"%s\","
		    "\"cluster\":\"c\"}", b > 0 ? "," : "", one->address,
		    one->broker);
		q += snprintf(queues + q, sizeof(queues) - (size_t)q,
		    "%s{\"brokerName\":\"%s\",\"perm\":6,\"readQueueNums\":%d,"
		    "\"writeQueueNums\":%d}", q > 0 ? "," : "", one->broker,
		    one->queues, one->queues);
		one = others == NULL ? NULL : *others++;
	} while (one != NULL);
	(void)snprintf(text, 8192, "{\"brokerDatas\":[%s],\"queueDatas\":[%s]}",
	    brokers, queues);
	(void)pthread_mutex_lock(&f->lock);
	free(f->route);
	f->route = text;
	(void)pthread_mutex_unlock(&f->lock);
}

void
fake_script(struct fake *f, int32_t code, int n, int32_t answer)
{
	int i = 0;

	(void)pthread_mutex_lock(&f->lock);
	while (f->scripts[i].left > 0)
		i++;
	f->scripts[i].code = code;
	f->scripts[i].answer = answer;
	f->scripts[i].left = n;
	(void)pthread_mutex_unlock(&f->lock);
}

/* --- what came --- */

static const struct seen *
find(const struct fake *f, int32_t code, int n, int *at_r)
{
	for (int i = 0; i < f->seen_count; i++)
		if (f->seen[i].code == code && --n == 0) {
			*at_r = i;
			return &f->seen[i];
		}
	return NULL;
}

int
fake_count(struct fake *f, int32_t code)
{
	int n = 0;

	(void)pthread_mutex_lock(&f->lock);
	for (int i = 0; i < f->seen_count; i++)
		n += f->seen[i].code == code;
	(void)pthread_mutex_unlock(&f->lock);
	return n;
}

/* Under the lock. */
static void
wait_a_bit(struct fake *f)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	assert_int_equal(0,
	    pthread_cond_timedwait(&f->changed, &f->lock, &until));
}

void
fake_wait(struct fake *f, int32_t code, int n)
{
	int at;

	(void)pthread_mutex_lock(&f->lock);
	while (find(f, code, n, &at) == NULL)
		wait_a_bit(f);
	(void)pthread_mutex_unlock(&f->lock);
}

const char *
fake_field(struct fake *f, int32_t code, int n, const char *name)
{
	const struct seen *s;
	const char *value = "";
	int at;

	fake_wait(f, code, n);
	(void)pthread_mutex_lock(&f->lock);
	s = find(f, code, n, &at);
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->names[i], name) == 0)
			value = s->values[i];
	(void)pthread_mutex_unlock(&f->lock);
	return value;
}

struct skua_str
fake_body(struct fake *f, int32_t code, int n)
{
	const struct seen *s;
	int at;

	fake_wait(f, code, n);
	(void)pthread_mutex_lock(&f->lock);
	s = find(f, code, n, &at);
	(void)pthread_mutex_unlock(&f->lock);
	return skua_str_n(s->body, s->body_len);
}

int
fake_order(struct fake *f, int32_t code, int n)
{
	int at = -1;

	fake_wait(f, code, n);
	(void)pthread_mutex_lock(&f->lock);
	(void)find(f, code, n, &at);
	(void)pthread_mutex_unlock(&f->lock);
	return at;
}

void
fake_ask(struct fake *f, int32_t code, const struct field *fields, size_t count,
    const char *body, bool oneway)
{
	struct command_out out = { .code = code,
		.flag = oneway ? COMMAND_ONEWAY : 0, .fields = fields,
		.field_count = count };
	size_t len = body == NULL ? 0 : strlen(body), n;
	uint8_t *p = malloc(skua_command_bound(&out) + len);

	(void)pthread_mutex_lock(&f->lock);
	out.opaque = f->next_opaque++;
	n = skua_command_encode(p, &out, len);
	if (len > 0)
		memcpy(p + n, body, len);
	for (int i = 0; i < CONNS_MAX; i++)
		if (f->fds[i] >= 0)
			assert_int_equal(n + len,
			    send(f->fds[i], p, n + len, MSG_NOSIGNAL));
	(void)pthread_mutex_unlock(&f->lock);
	free(p);
}

const char *
fake_answer(struct fake *f, int n)
{
	const char *answer;

	(void)pthread_mutex_lock(&f->lock);
	while (f->answer_count < n)
		wait_a_bit(f);
	answer = f->answers[n - 1];
	(void)pthread_mutex_unlock(&f->lock);
	return answer;
}

void
fake_put(struct fake *f, const char *topic, int queue, const char *tag,
    const char *body)
{
	char properties[128];
	int n = snprintf(properties, sizeof(properties), "TAGS\1%s\2", tag);

	(void)pthread_mutex_lock(&f->lock);
	(void)fake_store(f, skua_str_z(topic), queue,
	    skua_str_n(properties, (size_t)n), skua_str_z(body), 0);
	(void)pthread_mutex_unlock(&f->lock);
}

int64_t
fake_committed(struct fake *f, const char *topic, int queue)
{
	int64_t offset = -1;

	(void)pthread_mutex_lock(&f->lock);
	for (int i = 0; i < f->committed_count; i++)
		if (f->committed[i].queue == queue &&
		    strcmp(f->committed[i].topic, topic) == 0)
			offset = f->committed[i].offset;
	(void)pthread_mutex_unlock(&f->lock);
	return offset;
}

void
fake_set_committed(struct fake *f, int64_t offset)
{
	(void)pthread_mutex_lock(&f->lock);
	f->default_committed = offset;
	(void)pthread_mutex_unlock(&f->lock);
}

void
fake_add_member(struct fake *f, const char *id)
{
	(void)pthread_mutex_lock(&f->lock);
	fake_know_member(f, id, strlen(id));
	(void)pthread_mutex_unlock(&f->lock);
}
