/* SPDX-License-Identifier: Apache-2.0 */
/* See wire.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "sim.h"
#include "wire.h"

struct wire {
	int fd;
	int32_t opaque;
	bool gone;
	struct arena arena;
	struct command answer;
	uint8_t *in;
	size_t in_size, in_len, taken;
	/* Requests that leave together, so that a run does not hang on how the
	 * system cuts a stream. */
	uint8_t *out;
	size_t out_size, out_len;
};

/* --- fields --- */

void
wire_text(struct wire_ask *a, const char *name, const char *value)
{
	a->fields[a->count].name = skua_str_z(name);
	a->fields[a->count++].value = skua_str_z(value);
}

void
wire_number(struct wire_ask *a, const char *name, int64_t value)
{
	char *to = a->numbers[a->count];

	(void)snprintf(to, sizeof(a->numbers[0]), "%lld", (long long)value);
	wire_text(a, name, to);
}

int64_t
wire_int_of(const struct command *c, const char *name)
{
	int64_t value;

	return skua_text_int(skua_command_field(c, name), &value) ? value : -1;
}

/* --- the connection --- */

struct wire *
wire_open(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	struct wire *w;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		(void)close(fd);
		return NULL;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		abort();
	w->fd = fd;
	w->in_size = 1 << 16;
	w->in = malloc(w->in_size);
	if (w->in == NULL)
		abort();
	skua_arena_init(&w->arena, 65536);
	return w;
}

void
wire_close(struct wire **w_p)
{
	struct wire *w = *w_p;

	if (w == NULL)
		return;
	(void)close(w->fd);
	skua_arena_fini(&w->arena);
	free(w->in);
	free(w->out);
	free(w);
	*w_p = NULL;
}

bool
wire_is_gone(const struct wire *w)
{
	return w->gone;
}

static void
write_all(struct wire *w, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0 && !w->gone) {
		ssize_t n = send(w->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN && sim_is_on()) {
			sim_pause();
		} else if (errno == EAGAIN || errno == EINTR) {
			struct pollfd wait = { .fd = w->fd, .events = POLLOUT };

			(void)poll(&wait, 1, 1000);
		} else {
			w->gone = true;
		}
	}
}

int32_t
wire_post(struct wire *w, int32_t code, const struct wire_ask *a,
    struct skua_str body)
{
	struct command_out out = { .code = code, .opaque = ++w->opaque,
		.codec = CODEC_JSON, .fields = a->fields,
		.field_count = a->count };
	size_t need = w->out_len + skua_command_bound(&out) + body.len;

	if (need > w->out_size) {
		w->out_size = 2 * need;
		w->out = realloc(w->out, w->out_size);
		if (w->out == NULL)
			abort();
	}
	w->out_len += skua_command_encode(w->out + w->out_len, &out, body.len);
	skua_str_copy(w->out + w->out_len, body);
	w->out_len += body.len;
	return w->gone ? -1 : w->opaque;
}

void
wire_flush(struct wire *w)
{
	write_all(w, w->out, w->out_len);
	w->out_len = 0;
}

static bool
is_readable(void *arg)
{
	struct pollfd p = { .fd = ((struct wire *)arg)->fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static bool
wait_readable(struct wire *w, int64_t limit_ms)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };

	return sim_is_on() ? sim_wait(is_readable, w, limit_ms) :
			     poll(&p, 1, (int)limit_ms) > 0;
}

/* A frame that has come whole. */
static bool
take_frame(struct wire *w)
{
	int64_t size;

	memmove(w->in, w->in + w->taken, w->in_len - w->taken);
	w->in_len -= w->taken;
	w->taken = 0;
	size = skua_frame_size(w->in, w->in_len);
	if (size < 0)
		w->gone = true;
	if (size <= 0 || (size_t)size > w->in_len) {
		if ((size_t)(size < 0 ? 0 : size) > w->in_size) {
			w->in_size = (size_t)size;
			w->in = realloc(w->in, w->in_size);
			if (w->in == NULL)
				abort();
		}
		return false;
	}
	w->taken = (size_t)size;
	skua_arena_reset(&w->arena);
	if (skua_command_decode(w->in, (size_t)size, &w->arena, &w->answer) !=
	    SKUA_OK)
		w->gone = true;
	return !w->gone;
}

const struct command *
wire_take(struct wire *w, int64_t limit_ms)
{
	wire_flush(w);
	for (;;) {
		ssize_t n;

		if (take_frame(w))
			return &w->answer;
		if (w->gone || !wait_readable(w, limit_ms))
			return NULL;
		n = recv(w->fd, w->in + w->in_len, w->in_size - w->in_len,
		    MSG_DONTWAIT);
		if (n > 0)
			w->in_len += (size_t)n;
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			w->gone = true;
	}
}

const struct command *
wire_call(struct wire *w, int32_t code, const struct wire_ask *a,
    struct skua_str body, int64_t limit_ms)
{
	int32_t opaque = wire_post(w, code, a, body);
	const struct command *c;

	do
		c = opaque < 0 ? NULL : wire_take(w, limit_ms);
	while (c != NULL && c->opaque != opaque);
	return c;
}

/* --- requests --- */

void
wire_ask_send(struct wire_ask *a, const char *topic, int32_t queue,
    const char *properties, bool batch)
{
	a->count = 0;
	wire_text(a, "a", "producer");
	wire_text(a, "b", topic);
	wire_text(a, "c", "TBW102");
	wire_number(a, "d", 4);
	wire_number(a, "e", queue);
	wire_number(a, "f", 0);
	wire_number(a, "g", 1700000000000);
	wire_number(a, "h", 0);
	wire_text(a, "i", properties);
	wire_number(a, "j", 0);
	wire_text(a, "k", "false");
	wire_text(a, "m", batch ? "true" : "false");
}

int32_t
wire_create_topic(struct wire *w, const char *topic, int32_t queues,
    int64_t limit_ms)
{
	struct wire_ask a = { .count = 0 };
	const struct command *c;

	wire_text(&a, "topic", topic);
	wire_text(&a, "defaultTopic", "TBW102");
	wire_number(&a, "readQueueNums", queues);
	wire_number(&a, "writeQueueNums", queues);
	wire_number(&a, "perm", 6);
	wire_text(&a, "topicFilterType", "SINGLE_TAG");
	wire_number(&a, "topicSysFlag", 0);
	wire_text(&a, "order", "false");
	c = wire_call(w, WIRE_CREATE_TOPIC, &a, skua_str_n(NULL, 0), limit_ms);
	return c == NULL ? -1 : c->code;
}

int32_t
wire_delete_topic(struct wire *w, const char *topic, int64_t limit_ms)
{
	struct wire_ask a = { .count = 0 };
	const struct command *c;

	wire_text(&a, "topic", topic);
	c = wire_call(w, WIRE_DELETE_TOPIC, &a, skua_str_n(NULL, 0), limit_ms);
	return c == NULL ? -1 : c->code;
}

int32_t
wire_delete_group(struct wire *w, const char *group, int64_t limit_ms)
{
	struct wire_ask a = { .count = 0 };
	const struct command *c;

	wire_text(&a, "groupName", group);
	wire_text(&a, "cleanOffset", "true");
	c = wire_call(w, WIRE_DELETE_GROUP, &a, skua_str_n(NULL, 0), limit_ms);
	return c == NULL ? -1 : c->code;
}

int64_t
wire_search(struct wire *w, const char *topic, int32_t queue, int64_t ms,
    int64_t limit_ms)
{
	struct wire_ask a = { .count = 0 };
	const struct command *c;

	wire_text(&a, "topic", topic);
	wire_number(&a, "queueId", queue);
	wire_number(&a, "timestamp", ms);
	c = wire_call(w, WIRE_SEARCH_OFFSET, &a, skua_str_n(NULL, 0), limit_ms);
	return c == NULL || c->code != 0 ? -1 : wire_int_of(c, "offset");
}

int64_t
wire_offset(struct wire *w, enum wire_code code, const char *topic,
    int32_t queue, int64_t limit_ms)
{
	struct wire_ask a = { .count = 0 };
	const struct command *c;

	wire_text(&a, "topic", topic);
	wire_number(&a, "queueId", queue);
	c = wire_call(w, (int32_t)code, &a, skua_str_n(NULL, 0), limit_ms);
	return c == NULL || c->code != 0 ? -1 : wire_int_of(c, "offset");
}

const struct command *
wire_pull_tag(struct wire *w, const char *topic, int32_t queue, int64_t offset,
    int32_t max, const char *tag, int64_t limit_ms)
{
	struct wire_ask a = { .count = 0 };

	wire_text(&a, "consumerGroup", WIRE_GROUP);
	wire_text(&a, "topic", topic);
	wire_number(&a, "queueId", queue);
	wire_number(&a, "queueOffset", offset);
	wire_number(&a, "maxMsgNums", max);
	wire_number(&a, "sysFlag", 4); /* the subscription comes with it */
	wire_number(&a, "commitOffset", 0);
	wire_number(&a, "suspendTimeoutMillis", 0);
	wire_text(&a, "subscription", tag);
	wire_number(&a, "subVersion", 0);
	wire_text(&a, "expressionType", "TAG");
	return wire_call(w, WIRE_PULL, &a, skua_str_n(NULL, 0), limit_ms);
}

const struct command *
wire_pull(struct wire *w, const char *topic, int32_t queue, int64_t offset,
    int32_t max, int64_t limit_ms)
{
	return wire_pull_tag(w, topic, queue, offset, max, "*", limit_ms);
}

const struct command *
wire_query_key(struct wire *w, const char *topic, const char *key,
    int64_t limit_ms)
{
	struct wire_ask a = { .count = 0 };

	wire_text(&a, "topic", topic);
	wire_text(&a, "key", key);
	wire_number(&a, "maxNum", 16);
	wire_number(&a, "beginTimestamp", 0);
	wire_number(&a, "endTimestamp", INT64_MAX);
	return wire_call(w, WIRE_QUERY_KEY, &a, skua_str_n(NULL, 0), limit_ms);
}

static void
ask_group_offset(struct wire_ask *a, const char *group, const char *topic,
    int32_t queue)
{
	a->count = 0;
	wire_text(a, "consumerGroup", group);
	wire_text(a, "topic", topic);
	wire_number(a, "queueId", queue);
}

int32_t
wire_commit(struct wire *w, const char *group, const char *topic,
    int32_t queue, int64_t offset, int64_t limit_ms)
{
	struct wire_ask a;
	const struct command *c;

	ask_group_offset(&a, group, topic, queue);
	wire_number(&a, "commitOffset", offset);
	c = wire_call(w, WIRE_UPDATE_OFFSET, &a, skua_str_n(NULL, 0),
	    limit_ms);
	return c == NULL ? -1 : c->code;
}

int64_t
wire_committed(struct wire *w, const char *group, const char *topic,
    int32_t queue, int64_t limit_ms)
{
	struct wire_ask a;
	const struct command *c;

	ask_group_offset(&a, group, topic, queue);
	wire_text(&a, "setZeroIfNotFound", "false");
	c = wire_call(w, WIRE_QUERY_OFFSET, &a, skua_str_n(NULL, 0), limit_ms);
	return c == NULL ? -2 : c->code != 0 ? -1 : wire_int_of(c, "offset");
}
