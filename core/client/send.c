/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending: find the route, pick the next writable queue, send; when the broker
 * cannot be reached, or says that it cannot now, try another.
 * Upstream: client.impl.producer.DefaultMQProducerImpl.
 */
#include <stdlib.h>

#include <skua/host.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/text.h"
#include "client/client.h"

#define TRIES 3
#define SEND_TIMEOUT_MS 3000
#define DEFAULT_TOPIC "TBW102"
#define DEFAULT_QUEUES 4

struct sending {
	struct skua_client *client;
	char *topic, *group;
	struct buf properties, body;
	struct skua_sent sent;
	char *broker;
	const char *failed_broker; /* in route */
	struct client_route *route;
	bool default_route;
	unsigned tries;
	skua_sent_fn *fn;
	void *arg;
};

static void
free_sending(struct sending *s)
{
	skua_client_route_unref(s->route);
	skua_buf_free(&s->properties);
	skua_buf_free(&s->body);
	free(s->broker);
	free(s->topic);
	free(s->group);
	free(s);
}

static void
finish(struct sending *s, int status, const struct skua_error *e)
{
	s->sent.broker = s->broker;
	s->fn(s->arg, status, status == SKUA_OK ? &s->sent : NULL, e);
	free_sending(s);
}

static void
add_property(struct buf *b, const char *name, const char *value)
{
	(void)skua_buf_put(b, name, strlen(name));
	(void)skua_buf_put(b, "\1", 1);
	(void)skua_buf_put(b, value, strlen(value));
	(void)skua_buf_put(b, "\2", 1);
}

/* Salt, time and a counter: unique among clients for all practical purposes. */
static void
make_unique_key(struct sending *s)
{
	static const char hex[] = "0123456789ABCDEF";
	struct skua_client *c = s->client;
	int64_t now = skua_now_ms();
	uint8_t bytes[16];

	put_be32(bytes, c->unique_salt);
	put_be16(bytes + 4, (uint16_t)(c->unique_salt >> 7));
	put_be64(bytes + 6, (uint64_t)now);
	put_be16(bytes + 14, c->unique_counter++);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		s->sent.msg_id[2 * i] = hex[bytes[i] >> 4];
		s->sent.msg_id[2 * i + 1] = hex[bytes[i] & 15];
	}
	s->sent.msg_id[32] = '\0';
}

static void send_to_a_queue(struct sending *s);

/* Codes another broker may answer differently.  Upstream:
 * DefaultMQProducer.retryResponseCodes. */
static bool
is_worth_retrying(int32_t code)
{
	return code == 1 || code == 2 || code == 14 || code == 16 ||
	    code == 17 || code == 204 || code == 205 || code == 1500;
}

static void
take_answer(struct sending *s, const struct skua_reply *reply)
{
	struct skua_str id = skua_reply_field(reply, "msgId");
	int64_t n = 0;

	if (id.len < sizeof(s->sent.offset_id)) {
		skua_str_copy(s->sent.offset_id, id);
		s->sent.offset_id[id.len] = '\0';
	}
	if (skua_text_int(skua_reply_field(reply, "queueId"), &n))
		s->sent.queue_id = (int32_t)n;
	if (skua_text_int(skua_reply_field(reply, "queueOffset"), &n))
		s->sent.queue_offset = n;
}

static void
on_answer(void *arg, int status, const struct skua_reply *reply)
{
	struct sending *s = arg;
	struct skua_error e;
	bool again;

	/* 10, 11, 12: stored, if not as safe as asked. */
	if (status == SKUA_OK &&
	    (reply->code == 0 || (reply->code >= 10 && reply->code <= 12))) {
		take_answer(s, reply);
		finish(s, SKUA_OK, NULL);
		return;
	}
	again = status == SKUA_OK ? is_worth_retrying(reply->code) :
				    status != SKUA_ECANCELED;
	if (again && ++s->tries < TRIES) {
		s->failed_broker = s->broker;
		send_to_a_queue(s);
		return;
	}
	if (status == SKUA_OK)
		status = skua_client_refusal(reply, &e);
	else
		(void)skua_fail(&e, status, "%s: %s", s->broker,
		    skua_strerror(status));
	skua_client_forget_route(s->client, s->topic);
	finish(s, status, &e);
}

/* The next writable queue in turn, on another broker than the one that failed
 * if there is one. */
static const struct skua_queue *
pick(struct sending *s)
{
	struct skua_route_info *info = &s->route->info;
	const struct skua_queue *second = NULL;

	for (size_t i = 0; i < info->count; i++) {
		const struct skua_queue *q =
		    &info->queues[s->route->next++ % info->count];

		if ((q->perm & 2) == 0 ||
		    (s->default_route && q->queue_id >= DEFAULT_QUEUES))
			continue;
		if (s->failed_broker == NULL ||
		    strcmp(q->broker, s->failed_broker) != 0)
			return q;
		second = q;
	}
	return second;
}

static void
send_to_a_queue(struct sending *s)
{
	const struct skua_queue *q = pick(s);
	char queue[TEXT_INT_MAX], born[TEXT_INT_MAX];
	struct skua_error e;

	if (q == NULL) {
		finish(s, skua_fail(&e, SKUA_ENOENT,
			      "no queue of %s is writable", s->topic), &e);
		return;
	}
	struct field fields[] = {
		{ SKUA_STR("a"), skua_str_z(s->group) },
		{ SKUA_STR("b"), skua_str_z(s->topic) },
		{ SKUA_STR("c"), SKUA_STR(DEFAULT_TOPIC) },
		{ SKUA_STR("d"), SKUA_STR("4") },
		{ SKUA_STR("e"),
		    skua_str_n(queue, skua_text_put_int(queue, q->queue_id)) },
		{ SKUA_STR("f"), SKUA_STR("0") },
		{ SKUA_STR("g"),
		    skua_str_n(born, skua_text_put_int(born, skua_now_ms())) },
		{ SKUA_STR("h"), SKUA_STR("0") },
		{ SKUA_STR("i"), skua_str_n((char *)s->properties.p,
				     s->properties.len) },
		{ SKUA_STR("j"), SKUA_STR("0") },
		{ SKUA_STR("k"), SKUA_STR("false") },
		{ SKUA_STR("m"), SKUA_STR("false") },
	};
	s->failed_broker = NULL;
	free(s->broker);
	s->broker = skua_mem_dup(skua_str_z(q->broker));
	skua_client_start_call(s->client, q->address, REQUEST_SEND_V2, fields,
	    sizeof(fields) / sizeof(fields[0]),
	    skua_str_n((char *)s->body.p, s->body.len), SEND_TIMEOUT_MS,
	    on_answer, s);
}

static void
on_route(void *arg, int status, struct client_route *route,
    const struct skua_error *e)
{
	struct sending *s = arg;

	if (status == SKUA_ENOENT && !s->default_route) {
		s->default_route = true;
		skua_client_find_route(s->client, DEFAULT_TOPIC, on_route, s);
		return;
	}
	if (status != SKUA_OK) {
		struct skua_error why;

		if (s->default_route)
			(void)skua_fail(&why, status,
			    "the topic %s does not exist, and is not created "
			    "by sending to it", s->topic);
		else
			why = *e;
		finish(s, status, &why);
		return;
	}
	s->route = route;
	send_to_a_queue(s);
}

static void
start(struct skua_client *client, void *arg)
{
	struct sending *s = arg;

	make_unique_key(s);
	add_property(&s->properties, "UNIQ_KEY", s->sent.msg_id);
	skua_client_find_route(client, s->topic, on_route, s);
}

int
skua_send_async(struct skua_client *client, const struct skua_outgoing *m,
    skua_sent_fn *fn, void *arg)
{
	struct sending *s;

	if (m->topic == NULL || *m->topic == '\0' || m->body.len == 0)
		return SKUA_EINVAL;
	s = sk_new(struct sending);
	s->client = client;
	s->topic = skua_mem_dup(skua_str_z(m->topic));
	s->group = skua_mem_dup(skua_str_z(m->group == NULL ? "skua" :
							      m->group));
	if (m->tag != NULL)
		add_property(&s->properties, "TAGS", m->tag);
	if (m->keys != NULL)
		add_property(&s->properties, "KEYS", m->keys);
	for (const char *const *p = m->properties; p != NULL && *p != NULL;
	     p += 2)
		add_property(&s->properties, p[0], p[1]);
	(void)skua_buf_put(&s->body, m->body.p, m->body.len);
	s->fn = fn;
	s->arg = arg;
	skua_client_post(client, start, s);
	return SKUA_OK;
}

/* --- waiting --- */

struct send_wait {
	struct waiting waiting;
	int status;
	struct skua_sent *sent;
	struct skua_error error;
};

static void
sent_one(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e)
{
	struct send_wait *w = arg;

	w->status = status;
	if (status == SKUA_OK) {
		*w->sent = *sent;
		w->sent->broker = NULL; /* was lent */
	} else {
		w->error = *e;
	}
	skua_waiting_done(&w->waiting);
}

int
skua_send(struct skua_client *client, const struct skua_outgoing *message,
    struct skua_sent *sent_r, struct skua_error *e)
{
	struct send_wait w = { .sent = sent_r };
	int rc;

	skua_waiting_init(&w.waiting);
	rc = skua_send_async(client, message, sent_one, &w);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "a message needs a topic and a body");
	skua_waiting_wait(&w.waiting);
	if (w.status != SKUA_OK && e != NULL)
		*e = w.error;
	return w.status;
}
