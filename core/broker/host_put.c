/* SPDX-License-Identifier: Apache-2.0 */
/* Puts of plug-ins: copied, posted to the topic's loop, stored in its batch. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/put.h>

#include "broker/host_put.h"
#include "broker/put.h"
#include "broker/route_call.h"

#define NO_ITEM SIZE_MAX

/* One put, in one piece of memory. */
struct host_put {
	struct loop_msg msg;
	struct put_wait wait;
	struct broker *broker;
	skua_put_done_fn *done;
	void *arg;
	int64_t bytes; /* that count for maxPluginPutBytes */
	uint64_t first_route;
	unsigned flags;
	size_t count;
	size_t *item; /* of each message, in the batch; NO_ITEM: dropped */
	struct skua_put_place *places;
	struct skua_message messages[];
};

/* --- what is held --- */

void
skua_host_puts_open(struct broker *b)
{
	(void)pthread_mutex_lock(&b->puts.lock);
	b->puts.open = true;
	(void)pthread_mutex_unlock(&b->puts.lock);
}

void
skua_host_puts_close(struct broker *b)
{
	(void)pthread_mutex_lock(&b->puts.lock);
	b->puts.open = false;
	(void)pthread_mutex_unlock(&b->puts.lock);
	/* Whoever got in has posted by now. */
	for (size_t i = 0; i < b->loop_count; i++)
		skua_loop_drain(&b->loops[i]);
}

/* While the loop still looks: under the lock, so that closing leaves none
 * behind. */
int
skua_host_puts_post(struct broker *b, struct loop *loop, struct loop_msg *msg,
    int64_t bytes)
{
	int64_t max = broker_conf(b)->plugin_puts_max;
	int rc = SKUA_OK;

	if (bytes > max)
		return SKUA_ELIMIT;
	(void)pthread_mutex_lock(&b->puts.lock);
	if (!b->puts.open)
		rc = SKUA_ECLOSED;
	else if (bytes > max - b->puts.bytes)
		rc = SKUA_EBUSY;
	if (rc == SKUA_OK) {
		b->puts.bytes += bytes;
		skua_loop_post(loop, msg);
	}
	(void)pthread_mutex_unlock(&b->puts.lock);
	return rc;
}

void
skua_host_puts_give_back(struct broker *b, int64_t bytes)
{
	(void)pthread_mutex_lock(&b->puts.lock);
	b->puts.bytes -= bytes;
	(void)pthread_mutex_unlock(&b->puts.lock);
}

static void
finish(struct host_put *p, int32_t code, const char *remark, size_t count)
{
	struct broker *b = p->broker;
	struct skua_put_result result = { .size = sizeof(result),
		.code = code,
		.remark = remark,
		.places = p->places,
		.count = count,
		.unique_key = p->messages[0].unique_key };

	p->done(p->arg, &result);
	skua_host_puts_give_back(b, p->bytes);
	free(p);
}

/* --- on the loop --- */

static void
waited(struct loop_state *s, struct put_wait *w, int32_t code)
{
	struct host_put *p = sk_container(w, struct host_put, wait);

	(void)s;
	if (code == PUT_ENDING)
		finish(p, SKUA_CODE_SERVICE_NOT_AVAILABLE,
		    "the broker is stopping", p->count);
	else
		finish(p, code, NULL, p->count);
}

static void
appended(struct loop_state *s, const struct put_request *r, int32_t code,
    const char *remark, int64_t end_pos)
{
	const struct put_batch *batch = &s->put;
	struct host_put *p = r->arg;

	if (code != SKUA_CODE_SUCCESS) {
		finish(p, code, remark, 0);
		return;
	}
	for (size_t i = 0; i < p->count; i++) {
		struct skua_put_place *place = &p->places[i];
		size_t item = p->item[i];

		place->queue_id = r->queue_id;
		place->queue_offset = place->pos = -1;
		if (item == NO_ITEM)
			continue;
		place->queue_id = batch->items[item].queue->id;
		place->queue_offset = batch->items[item].queue_offset;
		place->pos = batch->appends[item].pos;
	}
	if (end_pos == 0)
		finish(p, code, NULL, p->count);
	else
		skua_put_wait(s, &p->wait, end_pos);
}

/* The message's own item among those that it has become. */
static size_t
own_item(const struct put_batch *batch, size_t from)
{
	for (size_t i = from; i < batch->item_count; i++)
		if (!batch->is_copy[i])
			return i;
	return NO_ITEM;
}

static int
refuse(struct put_refusal *refusal, int32_t code, const char *remark)
{
	refusal->code = code;
	(void)snprintf(refusal->remark, sizeof(refusal->remark), "%s", remark);
	return SKUA_EREFUSED;
}

static int
check(const struct topic *topic, const struct skua_message *m,
    struct put_refusal *refusal)
{
	const struct topic_conf *conf = skua_topic_conf(topic);

	if (m->queue_id >= conf->read_queues &&
	    m->queue_id >= conf->write_queues)
		return refuse(refusal, SKUA_CODE_INVALID_PARAMETER,
		    "the topic has no such queue");
	if ((m->sys_flag & SKUA_SYS_INNER_BATCH) != 0)
		return refuse(refusal, SKUA_CODE_MESSAGE_ILLEGAL,
		    "inner batches are for batch topics");
	return SKUA_OK;
}

static int
add_all(struct loop_state *s, struct host_put *p, struct put_request *r,
    struct put_refusal *refusal)
{
	struct topic *topic = skua_topic_find(&s->broker->topics,
	    p->messages[0].topic);
	int rc = SKUA_OK;

	if (topic == NULL)
		return refuse(refusal, SKUA_CODE_TOPIC_NOT_EXIST,
		    "the topic does not exist");
	for (size_t i = 0; i < p->count && rc == SKUA_OK; i++) {
		size_t from = s->put.item_count;

		p->messages[i].topic = topic->entry.key;
		rc = check(topic, &p->messages[i], refusal);
		if (rc == SKUA_OK)
			rc = skua_put_add(s, r, topic, &p->messages[i],
			    skua_str_n(NULL, 0), refusal);
		p->item[i] = own_item(&s->put, from);
	}
	return rc;
}

static void
put_here(struct loop *loop, struct loop_msg *msg)
{
	struct host_put *p = sk_container(msg, struct host_put, msg);
	struct loop_state *s = loop->data;
	struct put_refusal refusal = { 0, "" };
	struct put_request *r;

	/* Nobody appends its batch any more. */
	if (loop->stopping || atomic_load(&p->broker->stopping)) {
		finish(p, SKUA_CODE_SERVICE_NOT_AVAILABLE,
		    "the broker is stopping", 0);
		return;
	}
	r = skua_put_begin(s, appended, p);
	r->first_route = p->first_route;
	r->no_hold = (p->flags & SKUA_PUT_NO_HOLD) != 0;
	if (add_all(s, p, r, &refusal) == SKUA_OK)
		return;
	skua_put_cancel(s, r);
	finish(p, refusal.code, refusal.remark, 0);
}

/* --- the copy --- */

static size_t
text_size(const struct skua_message *m)
{
	return m->topic.len + m->properties.len + m->body.len;
}

static struct skua_str
keep(char **to, struct skua_str text)
{
	struct skua_str kept = skua_str_n(*to, text.len);

	skua_str_copy(*to, text);
	*to += text.len;
	return kept;
}

static void
keep_message(const struct broker *b, struct skua_message *m, char **to)
{
	m->topic = keep(to, m->topic);
	m->body = keep(to, m->body);
	skua_message_set_properties(m, keep(to, m->properties));
	if (m->queue_id < 0)
		m->queue_id = -1;
	if (m->born_host.len == 0)
		m->born_host = b->store_host;
	if (m->born_timestamp_ms == 0)
		m->born_timestamp_ms = skua_now_ms();
}

/* NULL: no memory. */
static struct host_put *
copy_of(struct broker *b, const struct skua_put *put)
{
	size_t each = sizeof(struct skua_message) +
	    sizeof(struct skua_put_place) + sizeof(size_t);
	size_t size = sizeof(struct host_put) + put->count * each;
	struct host_put *p;
	char *to;

	for (size_t i = 0; i < put->count; i++)
		size += text_size(&put->messages[i]);
	p = calloc(1, size);
	if (p == NULL)
		return NULL;
	p->broker = b;
	p->bytes = (int64_t)size;
	p->flags = put->flags;
	p->count = put->count;
	p->places = (struct skua_put_place *)(void *)&p->messages[p->count];
	p->item = (size_t *)(void *)&p->places[p->count];
	to = (char *)&p->item[p->count];
	memcpy(p->messages, put->messages, p->count * sizeof(p->messages[0]));
	for (size_t i = 0; i < p->count; i++)
		keep_message(b, &p->messages[i], &to);
	return p;
}

static int
first_route(const struct broker *b, const struct skua_put *put,
    uint64_t *order_r)
{
	const struct provider *route;

	*order_r = 0;
	if ((put->flags & SKUA_PUT_NO_ROUTES) != 0) {
		*order_r = UINT64_MAX;
		return SKUA_OK;
	}
	if (put->after_route == NULL)
		return SKUA_OK;
	route = skua_registry_find(&b->plugins.registry, PLUGIN_ROUTE,
	    put->after_route);
	if (route == NULL)
		return SKUA_EINVAL;
	*order_r = route->order + 1;
	return SKUA_OK;
}

static bool
is_sound(const struct skua_put *put)
{
	if (put->count == 0 || put->count > SKUA_PUT_MESSAGES_MAX)
		return false;
	for (size_t i = 1; i < put->count; i++)
		if (!skua_str_eq(put->messages[i].topic,
			put->messages[0].topic))
			return false;
	return put->messages[0].topic.len > 0;
}

/* Of a plug-in of any minor. */
static int
take(const struct skua_put *from, struct skua_put *to)
{
	size_t size = from->size;

	if (size < offsetof(struct skua_put, after_route) || size > sizeof(*to))
		return SKUA_EINVAL;
	memset(to, 0, sizeof(*to));
	memcpy(to, from, size);
	return is_sound(to) ? SKUA_OK : SKUA_EINVAL;
}

/* A topic's puts go by one loop, which keeps their order. */
static struct loop *
loop_of(const struct broker *b, struct skua_str topic)
{
	return b->loop_list[(uint32_t)skua_java_hash(topic) % b->loop_count];
}

int
skua_put(struct skua_host *host, const struct skua_put *put,
    skua_put_done_fn *done, void *arg)
{
	struct broker *b = host->plugins->broker;
	struct skua_put own;
	struct host_put *p;
	uint64_t order;
	int rc = take(put, &own);

	if (b == NULL || !b->has_broker_role)
		return SKUA_ENOTSUP;
	if (b->loop_count == 0)
		return SKUA_ECLOSED;
	if (rc == SKUA_OK)
		rc = first_route(b, &own, &order);
	if (rc != SKUA_OK)
		return rc;
	p = copy_of(b, &own);
	if (p == NULL)
		return SKUA_ENOMEM;
	p->first_route = order;
	p->done = done;
	p->arg = arg;
	p->wait.done = waited;
	p->msg.fn = put_here;
	rc = skua_host_puts_post(b, loop_of(b, p->messages[0].topic), &p->msg,
	    p->bytes);
	if (rc != SKUA_OK)
		free(p);
	return rc;
}
