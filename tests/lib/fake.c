/* SPDX-License-Identifier: Apache-2.0 */
/* See fake.h.  One thread polls; the lock guards all that both sides see. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <skua/host.h>

#include "base/text.h"
#include "fake.h"
#include "wire/record.h"

#define CONNS_MAX 64
#define SEEN_MAX 65536
#define MESSAGES_MAX 8192
#define QUEUES_MAX 16
#define SCRIPTS_MAX 32
#define ANSWERS_MAX 64
#define MEMBERS_MAX 8
#define PATIENCE_S 10

struct seen {
	int32_t code;
	size_t count;
	char *names[24], *values[24];
	char *body;
	size_t body_len;
};

struct stored {
	int queue;
	char topic[64];
	uint8_t *record;
	size_t size;
};

struct fake {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int listener, wake[2];
	uint16_t port;
	bool ending, gone;
	int fds[CONNS_MAX];
	uint8_t *in[CONNS_MAX];
	size_t in_len[CONNS_MAX];
	char address[32], broker[32], *route;
	int queues;
	struct seen seen[SEEN_MAX];
	int seen_count;
	struct {
		int32_t code, answer;
		int left;
	} scripts[SCRIPTS_MAX];
	struct stored messages[MESSAGES_MAX];
	int message_count;
	struct {
		char topic[64];
		int queue;
		int64_t offset;
	} committed[64];
	int committed_count;
	int64_t default_committed;
	char *answers[ANSWERS_MAX];
	int answer_count;
	char members[MEMBERS_MAX][128];
	int member_count;
	int32_t next_opaque;
};

/* --- answering --- */

static void
reply(int fd, const struct command *c, int32_t code, const struct field *fields,
    size_t count, struct skua_str body)
{
	struct command_out out = { .code = code, .opaque = c->opaque,
		.flag = COMMAND_RESPONSE, .fields = fields,
		.field_count = count };
	size_t bound = skua_command_bound(&out);
	uint8_t *p = malloc(bound + body.len);
	size_t n = skua_command_encode(p, &out, body.len), at = 0;

	if (body.len > 0)
		memcpy(p + n, body.p, body.len);
	n += body.len;
	while ((c->flag & COMMAND_ONEWAY) == 0 && at < n) {
		ssize_t w = send(fd, p + at, n - at, MSG_NOSIGNAL);

		if (w < 0)
			break;
		at += (size_t)w;
	}
	free(p);
}

static void
simple(int fd, const struct command *c, int32_t code)
{
	reply(fd, c, code, NULL, 0, skua_str_n(NULL, 0));
}

static int64_t
number(const struct command *c, const char *name)
{
	int64_t n = 0;

	(void)skua_text_int(skua_command_field(c, name), &n);
	return n;
}

static struct skua_str
text_of(char *to, int64_t n)
{
	return skua_str_n(to, skua_text_put_int(to, n));
}

static int64_t
count_in(const struct fake *f, struct skua_str topic, int64_t queue)
{
	int64_t n = 0;

	for (int i = 0; i < f->message_count; i++)
		n += f->messages[i].queue == queue &&
		    skua_str_eq_z(topic, f->messages[i].topic);
	return n;
}

static int64_t
store(struct fake *f, struct skua_str topic, int queue,
    struct skua_str properties, struct skua_str body, int32_t sys_flag)
{
	struct skua_message m = { .topic = topic, .queue_id = queue,
		.sys_flag = sys_flag, .properties = properties, .body = body,
		.born_host = { { 127, 0, 0, 1 }, 4, 1 } };
	struct skua_addr host = { { 127, 0, 0, 1 }, 4, f->port };
	struct record_in in = { .message = &m, .store_host = &host,
		.queue_id = queue, .body = body };
	int64_t offset = count_in(f, topic, queue);
	struct stored *s = &f->messages[f->message_count++];

	assert_true(f->message_count < MESSAGES_MAX);
	s->queue = queue;
	(void)snprintf(s->topic, sizeof(s->topic), SKUA_STR_FMT,
	    SKUA_STR_ARG(topic));
	s->size = skua_record_size(&in);
	s->record = malloc(s->size);
	skua_record_encode(s->record, &in, s->size);
	skua_record_set_queue_offset(s->record, offset);
	skua_record_set_store_timestamp(s->record, skua_now_ms());
	return offset;
}

static void
take_send(struct fake *f, int fd, const struct command *c)
{
	char queue[32], offset[32];
	int64_t q = number(c, "e");
	int64_t o = store(f, skua_command_field(c, "b"), (int)q,
	    skua_command_field(c, "i"), c->body, (int32_t)number(c, "f"));
	struct field fields[] = { { SKUA_STR("msgId"),
				      SKUA_STR("7F0000010000000100000000000000"
					       "01") },
		{ SKUA_STR("queueId"), text_of(queue, q) },
		{ SKUA_STR("queueOffset"), text_of(offset, o) } };

	reply(fd, c, 0, fields, 3, skua_str_n(NULL, 0));
}

static void
take_pull(struct fake *f, int fd, const struct command *c)
{
	static char body[1 << 20];
	char next[32], max[32];
	struct skua_str topic = skua_command_field(c, "topic");
	int64_t queue = number(c, "queueId"), from = number(c, "queueOffset");
	int64_t all = count_in(f, topic, queue), at = 0, want;
	size_t len = 0;

	want = from + number(c, "maxMsgNums");
	for (int i = 0; i < f->message_count; i++) {
		const struct stored *s = &f->messages[i];

		if (s->queue != queue || !skua_str_eq_z(topic, s->topic))
			continue;
		if (at >= from && at < want && len + s->size <= sizeof(body)) {
			memcpy(body + len, s->record, s->size);
			len += s->size;
		}
		at++;
	}
	if (want > all)
		want = all;
	struct field fields[] = { { SKUA_STR("suggestWhichBrokerId"),
				      SKUA_STR("0") },
		{ SKUA_STR("nextBeginOffset"),
		    text_of(next, from > all ? all : want) },
		{ SKUA_STR("minOffset"), SKUA_STR("0") },
		{ SKUA_STR("maxOffset"), text_of(max, all) } };

	reply(fd, c, len > 0 ? 0 : from > all ? 21 : 19, fields, 4,
	    skua_str_n(body, len));
}

static void
take_commit(struct fake *f, const struct command *c)
{
	struct skua_str topic = skua_command_field(c, "topic");
	int queue = (int)number(c, "queueId"), i = 0;

	while (i < f->committed_count &&
	    (f->committed[i].queue != queue ||
		!skua_str_eq_z(topic, f->committed[i].topic)))
		i++;
	if (i == f->committed_count)
		f->committed_count++;
	(void)snprintf(f->committed[i].topic, sizeof(f->committed[i].topic),
	    SKUA_STR_FMT, SKUA_STR_ARG(topic));
	f->committed[i].queue = queue;
	f->committed[i].offset = number(c, "commitOffset");
}

static void
add_member(struct fake *f, const char *id, size_t n)
{
	for (int i = 0; i < f->member_count; i++)
		if (strlen(f->members[i]) == n &&
		    strncmp(f->members[i], id, n) == 0)
			return;
	(void)snprintf(f->members[f->member_count++], 128, "%.*s", (int)n, id);
}

static void
take_heartbeat(struct fake *f, const struct command *c)
{
	static const char mark[] = "\"clientID\":\"";
	const char *p = memmem(c->body.p, c->body.len, mark, sizeof(mark) - 1);
	const char *end;

	if (p == NULL ||
	    memmem(c->body.p, c->body.len, "groupName", 9) == NULL)
		return;
	p += sizeof(mark) - 1;
	end = strchr(p, '"');
	add_member(f, p, (size_t)(end - p));
}

static void
take_members(struct fake *f, int fd, const struct command *c)
{
	char body[2048];
	int n = snprintf(body, sizeof(body), "{\"consumerIdList\":[");

	for (int i = 0; i < f->member_count; i++)
		n += snprintf(body + n, sizeof(body) - (size_t)n, "%s\"%s\"",
		    i > 0 ? "," : "", f->members[i]);
	n += snprintf(body + n, sizeof(body) - (size_t)n, "]}");
	reply(fd, c, f->member_count > 0 ? 0 : 1, NULL, 0,
	    skua_str_n(body, (size_t)n));
}

static void
take_offset(struct fake *f, int fd, const struct command *c)
{
	char text[32];
	int64_t offset = f->default_committed;

	for (int i = 0; i < f->committed_count; i++)
		if (f->committed[i].queue == number(c, "queueId") &&
		    skua_str_eq_z(skua_command_field(c, "topic"),
			f->committed[i].topic))
			offset = f->committed[i].offset;
	struct field field = { SKUA_STR("offset"), text_of(text, offset) };

	reply(fd, c, offset < 0 ? 22 : 0, &field, 1, skua_str_n(NULL, 0));
}

static void
take_max(struct fake *f, int fd, const struct command *c)
{
	char text[32];
	struct field field = { SKUA_STR("offset"),
		text_of(text, count_in(f, skua_command_field(c, "topic"),
		    number(c, "queueId"))) };

	reply(fd, c, 0, &field, 1, skua_str_n(NULL, 0));
}

static void
serve(struct fake *f, int fd, const struct command *c)
{
	switch (c->code) {
	case 105:
		if (f->route == NULL ||
		    skua_str_starts(skua_command_field(c, "topic"), "%RETRY%"))
			simple(fd, c, 17);
		else
			reply(fd, c, 0, NULL, 0, skua_str_z(f->route));
		break;
	case 310:
	case 320:
		take_send(f, fd, c);
		break;
	case 11:
	case 361:
		take_pull(f, fd, c);
		break;
	case 14:
		take_offset(f, fd, c);
		break;
	case 15:
		take_commit(f, c);
		simple(fd, c, 0);
		break;
	case 30:
		take_max(f, fd, c);
		break;
	case 34:
		take_heartbeat(f, c);
		simple(fd, c, 0);
		break;
	case 38:
		take_members(f, fd, c);
		break;
	default:
		simple(fd, c, 0);
		break;
	}
}

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
			simple(fd, c, f->scripts[s].answer);
		return f->fds[i] >= 0;
	}
	serve(f, fd, c);
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
	(void)store(f, skua_str_z(topic), queue,
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
	add_member(f, id, strlen(id));
	(void)pthread_mutex_unlock(&f->lock);
}
