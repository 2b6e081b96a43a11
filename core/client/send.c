/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A send's way on the client's thread: find the route, pick a queue, transmit;
 * when the broker cannot be reached, or says that it cannot now, try another
 * one, after a pause when there is none.
 * Upstream: client.impl.producer.DefaultMQProducerImpl.
 */
#include <utlist.h>

#include <skua/host.h>

#include "base/number.h"
#include "base/text.h"
#include "client/producer.h"

#define DEFAULT_TOPIC "TBW102"
#define DEFAULT_MS 1000 /* how long its route is taken for the topic's */
#define BACKOFF_MS 50

static void try_now(struct sending *s);

/* --- the end --- */

void
skua_send_finish(struct sending *s, int status)
{
	struct skua_producer *p = s->producer;

	DL_DELETE2(p->sendings, s, older, newer);
	if (s->fn != NULL)
		s->fn(s->arg, status, status == SKUA_OK ? &s->sent : NULL,
		    status == SKUA_OK ? NULL : &s->error);
	skua_room_give(p, s->count, s->weight);
	skua_sending_free(s);
}

static void
finish_now(struct loop *loop, struct loop_msg *msg)
{
	struct sending *s = sk_container(msg, struct sending, msg);

	(void)loop;
	if (s->producer == NULL)
		skua_sending_free(s);
	else
		skua_send_finish(s, s->error.code);
}

/* Callbacks never come from inside the function they were given to. */
static void
finish_later(struct sending *s, int status)
{
	s->error.code = status;
	s->msg.fn = finish_now;
	skua_loop_post(&s->producer->client->loop, &s->msg);
}

/* --- answers --- */

/* Codes another broker may answer differently.  Upstream:
 * DefaultMQProducer.retryResponseCodes. */
static bool
is_worth_retrying(int32_t code)
{
	return code == 1 || code == 2 || code == 14 || code == 16 ||
	    code == 17 || code == 204 || code == 205 || code == CODE_AWAY;
}

static bool
is_stored(int32_t code)
{
	return code == 0 || (code >= 10 && code <= 12);
}

static void
take_answer(struct sending *s, const struct command *answer)
{
	struct skua_str id = skua_command_field(answer, "msgId");
	int32_t queue_id;
	int64_t n = 0;

	/* A batch's ids are many; the first tells where the others are. */
	for (size_t i = 0; i < id.len; i++)
		if (id.p[i] == ',')
			id.len = i;
	if (id.len < sizeof(s->sent.offset_id)) {
		skua_str_copy(s->sent.offset_id, id);
		s->sent.offset_id[id.len] = '\0';
	}
	/* It is stored; of a number that is none, what was asked for stays. */
	if (skua_text_int(skua_command_field(answer, "queueId"), &n) &&
	    skua_narrow_i32(n, 0, INT32_MAX, &queue_id))
		s->sent.queue_id = queue_id;
	if (skua_text_int(skua_command_field(answer, "queueOffset"), &n))
		s->sent.queue_offset = n;
	s->sent.stored = (enum skua_stored)answer->code;
}

static int
failure_of(struct sending *s, int status, const struct command *answer)
{
	if (status != SKUA_OK)
		return skua_fail(&s->error, status, "%s: %s", s->sent.broker,
		    skua_strerror(status));
	return skua_fail(&s->error, SKUA_EREFUSED, "%s: code %d: " SKUA_STR_FMT,
	    s->sent.broker, answer->code, SKUA_STR_ARG(answer->remark));
}

static void
try_later(void *arg)
{
	struct sending *s = arg;

	if (s->producer == NULL)
		skua_sending_free(s);
	else
		try_now(s);
}

static bool
has_other_broker(const struct sending *s)
{
	const struct client_route *route = skua_client_peek_route(
	    s->producer->client, s->topic_name.p);

	if (s->fixed_broker != NULL || s->hash_key.len > 0 || route == NULL)
		return false;
	for (size_t i = 0; i < route->writable_count; i++)
		if (strcmp(route->writable[i]->broker, s->sent.broker) != 0)
			return true;
	return false;
}

/* Whether another try is under way. */
static bool
try_again(struct sending *s, int status, const struct command *answer)
{
	struct skua_producer *p = s->producer;
	int64_t left = s->deadline_ms - (int64_t)uv_now(&p->client->loop.uv);
	int64_t pause = 0;

	if (status == SKUA_OK ? !is_worth_retrying(answer->code) :
				status != SKUA_ECLOSED &&
		    status != SKUA_ETIMEOUT)
		return false;
	skua_client_doubt_route(p->client, s->topic_name.p);
	s->topic->default_until_ms = 0;
	s->tries++;
	if (!has_other_broker(s) || s->tries > 1)
		pause = BACKOFF_MS << (s->tries < 6 ? s->tries : 6);
	if (s->tries > (unsigned)p->options.retries || pause >= left)
		return false;
	s->failed_broker = s->sent.broker;
	(void)skua_client_after(p->client, pause, try_later, s);
	return true;
}

static void
on_answer(void *arg, int status, const struct command *answer)
{
	struct sending *s = arg;
	struct skua_producer *p = s->producer;

	if (p == NULL) { /* the producer is gone */
		skua_sending_free(s);
		return;
	}
	if (p->options.avoid_slow)
		skua_fault_note(p, s->sent.broker,
		    (int64_t)uv_now(&p->client->loop.uv) - s->try_started_ms,
		    status != SKUA_OK);
	if (status == SKUA_OK && is_stored(answer->code)) {
		take_answer(s, answer);
		skua_send_finish(s, SKUA_OK);
		return;
	}
	status = status == SKUA_OK && try_again(s, status, answer) ? 1 :
	    status != SKUA_OK && try_again(s, status, NULL)        ? 1 :
	    failure_of(s, status, answer);
	if (status != 1)
		skua_send_finish(s, status);
}

/* --- transmitting --- */

#define VIEW(text, value) skua_str_n(text, skua_text_put_int(text, value))

static void
transmit(struct sending *s, const char *address)
{
	struct skua_producer *p = s->producer;
	struct skua_client *client = p->client;
	int64_t now = (int64_t)uv_now(&client->loop.uv);
	int64_t left = s->deadline_ms - now;
	char queue[TEXT_INT_MAX], born[TEXT_INT_MAX], sys[TEXT_INT_MAX],
	    flag[TEXT_INT_MAX];
	struct field fields[] = {
		{ SKUA_STR("a"), skua_str_z(p->group) },
		{ SKUA_STR("b"), s->topic_name },
		{ SKUA_STR("c"), SKUA_STR(DEFAULT_TOPIC) },
		{ SKUA_STR("d"), SKUA_STR("4") },
		{ SKUA_STR("e"), VIEW(queue, s->sent.queue_id) },
		{ SKUA_STR("f"), VIEW(sys, s->sys_flag) },
		{ SKUA_STR("g"), VIEW(born, s->born_ms) },
		{ SKUA_STR("h"), VIEW(flag, s->flag) },
		{ SKUA_STR("i"), s->properties },
		{ SKUA_STR("j"), SKUA_STR("0") },
		{ SKUA_STR("k"), SKUA_STR("false") },
		{ SKUA_STR("m"), s->kind == SENDING_BATCH ?
			skua_str_z("true") : skua_str_z("false") },
	};
	struct command_out out = {
		.code = s->kind == SENDING_BATCH ? REQUEST_SEND_BATCH :
						   REQUEST_SEND_V2,
		.fields = fields,
		.field_count = sizeof(fields) / sizeof(fields[0]) };

	s->try_started_ms = now;
	if (p->options.try_ms > 0 && left > p->options.try_ms)
		left = p->options.try_ms;
	if (s->kind != SENDING_ONEWAY) {
		skua_client_transmit(client, address, &out, s->body,
		    left > 0 ? left : 1, on_answer, s);
		return;
	}
	(void)skua_client_oneway(client, address, &out, s->body);
	finish_later(s, SKUA_OK);
}

static void
send_to(struct sending *s, const char *broker, const char *address,
    int32_t queue_id)
{
	size_t n = strlen(broker);

	if (n >= sizeof(s->sent.broker))
		n = sizeof(s->sent.broker) - 1;
	s->failed_broker = NULL;
	memcpy(s->sent.broker, broker, n);
	s->sent.broker[n] = '\0';
	s->sent.queue_id = queue_id;
	transmit(s, address);
}

static void
send_by_route(struct sending *s, const struct client_route *route,
    bool is_default)
{
	const struct skua_queue *q = skua_send_select(s, route, is_default);

	if (q == NULL)
		finish_later(s, skua_fail(&s->error, SKUA_ENOENT,
		    "no queue of %s is writable", s->topic_name.p));
	else
		send_to(s, q->broker, q->address, q->queue_id);
}

/* --- routes --- */

static void
go_on(struct send_topic *t, int status, struct client_route *route,
    bool is_default, const struct skua_error *e)
{
	struct sending *s = t->waiting;

	t->waiting = NULL;
	t->waiting_end = &t->waiting;
	t->asking = false;
	while (s != NULL) {
		struct sending *next = s->next;

		if (status == SKUA_OK) {
			send_by_route(s, route, is_default);
		} else {
			s->error = *e;
			skua_send_finish(s, status);
		}
		s = next;
	}
}

/* The topic of a producer that may be gone by now. */
struct asking {
	struct skua_client *client;
	struct skua_producer *producer;
	bool for_default;
	char name[];
};

static struct send_topic *
still_there(const struct asking *a)
{
	struct send_topic *t = NULL;

	for (struct skua_producer *p = a->client->producers; p != NULL;
	     p = p->next)
		if (p == a->producer && !p->ending)
			HASH_FIND_STR(p->topics, a->name, t);
	return t;
}

static void
take_default(struct send_topic *t, struct client_route *route)
{
	skua_client_route_unref(t->default_route);
	t->default_route = skua_client_route_ref(route);
	t->default_until_ms =
	    (int64_t)uv_now(&t->producer->client->loop.uv) + DEFAULT_MS;
}

static void
on_route(void *arg, int status, struct client_route *route,
    const struct skua_error *e)
{
	struct asking *a = arg;
	struct send_topic *t = still_there(a);
	struct skua_error why;

	if (t != NULL && status == SKUA_ENOENT && !a->for_default) {
		a->for_default = true;
		skua_client_find_route(a->client, DEFAULT_TOPIC, on_route, a);
		return;
	}
	if (t != NULL) {
		if (status == SKUA_ENOENT)
			(void)skua_fail(&why, status,
			    "the topic %s does not exist, and is not created "
			    "by sending to it", a->name);
		else if (status != SKUA_OK)
			why = *e;
		else if (a->for_default)
			take_default(t, route);
		go_on(t, status, route, a->for_default, &why);
	}
	skua_client_route_unref(route);
	free(a);
}

static void
wait_for_route(struct sending *s)
{
	struct send_topic *t = s->topic;
	struct asking *a;

	s->next = NULL;
	*t->waiting_end = s;
	t->waiting_end = &s->next;
	if (t->asking)
		return;
	t->asking = true;
	a = skua_mem_new(1, sizeof(*a) + t->name_len + 1);
	a->client = t->producer->client;
	a->producer = t->producer;
	memcpy(a->name, t->name, t->name_len + 1);
	skua_client_find_route(a->client, t->name, on_route, a);
}

static void
try_now(struct sending *s)
{
	struct skua_client *client = s->producer->client;
	struct send_topic *t = s->topic;
	struct client_route *route;

	if (s->fixed_broker != NULL) {
		send_to(s, s->fixed_broker, s->fixed_address, s->fixed_queue);
		return;
	}
	route = skua_client_peek_route(client, t->name);
	if (route != NULL)
		send_by_route(s, route, false);
	else if (t->default_route != NULL &&
	    (int64_t)uv_now(&client->loop.uv) < t->default_until_ms)
		send_by_route(s, t->default_route, true);
	else
		wait_for_route(s);
}

/* --- the start --- */

static struct send_topic *
need_topic(struct skua_producer *p, struct skua_str name)
{
	const struct skua_selector *selector = p->options.selector;
	struct send_topic *t;

	HASH_FIND(hh, p->topics, name.p, name.len, t);
	if (t != NULL)
		return t;
	t = skua_mem_new(1, sizeof(*t) + name.len + 1);
	t->producer = p;
	t->name_len = name.len;
	memcpy(t->name, name.p, name.len);
	t->next = (uint32_t)skua_mono_ms() * 2654435761u;
	t->waiting_end = &t->waiting;
	if (selector != NULL && selector->state_size > 0)
		t->selector_state = skua_mem_new(1, selector->state_size);
	if (selector != NULL && selector->init != NULL)
		(void)selector->init(t->selector_state,
		    p->options.selector_conf, NULL);
	HASH_ADD_KEYPTR(hh, p->topics, t->name, t->name_len, t);
	return t;
}

void
skua_send_start(struct sending *s)
{
	struct skua_producer *p = s->producer;

	DL_APPEND2(p->sendings, s, older, newer);
	s->topic = need_topic(p, s->topic_name);
	s->deadline_ms =
	    (int64_t)uv_now(&p->client->loop.uv) + p->options.timeout_ms;
	if (p->ending || p->client->ending)
		finish_later(s, skua_fail(&s->error, SKUA_ECANCELED, "%s",
		    skua_strerror(SKUA_ECANCELED)));
	else
		try_now(s);
}
