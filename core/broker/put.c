/* SPDX-License-Identifier: Apache-2.0 */
/* The batch of a turn: collect, append, answer. */
#include <stdio.h>

#include <skua/host.h>
#include <skua/message.h>
#include <skua/route.h>
#include <skua/selector.h>

#include "base/assert.h"
#include "broker/park.h"
#include "broker/put.h"
#include "broker/route_call.h"
#include "broker/selecting.h"
#include "wire/record.h"

struct put_request *
skua_put_begin(struct loop_state *s, put_done_fn *done, void *arg)
{
	struct put_batch *batch = &s->put;
	struct put_request *r;

	ASSERT_LOOP(s->loop);
	if (batch->request_count == PUT_BATCH_MAX ||
	    batch->item_count >= PUT_BATCH_MAX ||
	    batch->bytes.len > PUT_BATCH_BYTES)
		skua_put_flush(s);
	r = &batch->requests[batch->request_count++];
	*r = (struct put_request){ .done = done,
		.arg = arg,
		.chosen = -1,
		.first = batch->item_count };
	return r;
}

static int32_t
tags_hash(const struct skua_message *m)
{
	return m->tags.len == 0 ? 0 : skua_java_hash(m->tags);
}

static void
make_room(struct put_batch *batch)
{
	if (batch->item_count < batch->item_size)
		return;
	batch->item_size = batch->item_size == 0 ? PUT_BATCH_MAX :
						   2 * batch->item_size;
	batch->appends = skua_mem_grow(batch->appends, batch->item_size,
	    sizeof(batch->appends[0]));
	batch->items = skua_mem_grow(batch->items, batch->item_size,
	    sizeof(batch->items[0]));
	batch->is_copy = skua_mem_grow(batch->is_copy, batch->item_size,
	    sizeof(batch->is_copy[0]));
}

/* Counts the item in; the first that is no copy is what the answer tells of. */
static void
note_item(struct put_batch *batch, struct put_request *r, int32_t queue_id,
    bool is_copy)
{
	size_t i = batch->item_count++;

	batch->is_copy[i] = is_copy;
	r->count++;
	if (is_copy)
		return;
	if (r->own_count++ == 0)
		r->own_first = i;
	r->queue_id = queue_id;
}

/* Writes the record into the batch. */
static int
encode(struct loop_state *s, struct put_request *r, struct topic *topic,
    const struct skua_message *m, struct skua_str tail, bool is_copy,
    struct put_refusal *refusal)
{
	struct put_batch *batch = &s->put;
	struct record_in in = { m, tail, &s->broker->store_host, m->queue_id,
		m->body };
	size_t size = skua_record_size(&in), i = batch->item_count;
	int type = m->sys_flag & SKUA_SYS_TRANSACTION;
	struct queue *queue = skua_topic_queue(topic, m->queue_id);
	uint8_t *to;

	if (queue == NULL) {
		(void)pthread_mutex_lock(&s->broker->log.append_lock);
		queue = skua_topic_need_queue(s->broker, topic, m->queue_id);
		(void)pthread_mutex_unlock(&s->broker->log.append_lock);
	}
	to = skua_buf_reserve(&batch->bytes, size);
	if (queue == NULL || to == NULL) {
		refusal->code = SKUA_CODE_SYSTEM_ERROR;
		(void)snprintf(refusal->remark, sizeof(refusal->remark),
		    "out of memory");
		return SKUA_ENOMEM;
	}
	skua_record_encode(to, &in, size);
	make_room(batch);
	batch->appends[i].pos = (int64_t)batch->bytes.len;
	batch->appends[i].len = (uint32_t)size;
	batch->appends[i].reserved = NULL;
	batch->bytes.len += size;
	batch->items[i].queue = queue;
	batch->items[i].tags_code = tags_hash(m);
	batch->items[i].indexed = type != SKUA_SYS_PREPARED &&
	    type != SKUA_SYS_ROLLBACK;
	note_item(batch, r, m->queue_id, is_copy);
	return SKUA_OK;
}

static int
refuse_illegal(struct loop_state *s, struct put_refusal *refusal)
{
	refusal->code = SKUA_CODE_MESSAGE_ILLEGAL;
	(void)snprintf(refusal->remark, sizeof(refusal->remark),
	    "the message is illegal, maybe msg body or properties length not "
	    "matched. msg body length limit %lldB, msg properties length limit "
	    "32KB.",
	    (long long)broker_conf(s->broker)->message_size_max);
	return SKUA_EINVAL;
}

/* A growing share, so that producers slow down before they must stop. */
static bool
is_held_back(struct loop_state *s, struct put_refusal *refusal)
{
	int percent = atomic_load_explicit(&s->broker->log.pressure_percent,
	    memory_order_relaxed);

	if (percent == 0)
		return false;
	s->random = s->random * 1664525u + 1013904223u;
	if ((int)((s->random >> 16) % 100) >= percent)
		return false;
	refusal->code = SKUA_CODE_SYSTEM_BUSY;
	(void)snprintf(refusal->remark, sizeof(refusal->remark),
	    "[REJECTREQUEST]the disk is almost full of messages that "
	    "retainUnconsumedOf keeps; start flow control for a while");
	return true;
}

int
skua_put_add(struct loop_state *s, struct put_request *r, struct topic *topic,
    const struct skua_message *message, struct skua_str tail,
    struct put_refusal *refusal)
{
	const struct topic_conf *conf = skua_topic_conf(topic);
	struct skua_message m;

	if (message->body.len > (size_t)broker_conf(s->broker)->message_size_max ||
	    message->properties.len + tail.len + 1 > SKUA_PROPERTIES_MAX)
		return refuse_illegal(s, refusal);
	if (!r->no_hold && is_held_back(s, refusal))
		return SKUA_EBUSY;
	m = *message;
	/* All of a batch goes to one queue, whoever chooses it. */
	if (r->chosen < 0 && (m.queue_id < 0 || conf->selector != NULL))
		r->chosen = skua_select_queue(s, topic, conf, &m);
	if (r->chosen >= 0)
		m.queue_id = r->chosen;
	if (conf->multi_tag)
		m.sys_flag |= SKUA_SYS_MULTI_TAGS;
	if (topic->route_count == 0 || r->first_route == UINT64_MAX)
		return encode(s, r, topic, &m, tail, false, refusal);
	if (r->own_count == 0)
		r->queue_id = m.queue_id; /* of one that is dropped */
	return skua_route_run(s, r, topic, &m, tail, refusal);
}

int
skua_put_add_routed(struct loop_state *s, struct put_request *r,
    struct topic *topic, const struct skua_message *m, struct skua_str tail,
    bool is_copy, struct put_refusal *refusal)
{
	if (m->body.len > (size_t)broker_conf(s->broker)->message_size_max ||
	    m->properties.len + tail.len + 1 > SKUA_PROPERTIES_MAX)
		return refuse_illegal(s, refusal);
	return encode(s, r, topic, m, tail, is_copy, refusal);
}

void
skua_put_cancel(struct loop_state *s, struct put_request *r)
{
	struct put_batch *batch = &s->put;

	sk_assert(r == &batch->requests[batch->request_count - 1]);
	if (r->count > 0)
		batch->bytes.len = (size_t)batch->appends[r->first].pos;
	batch->item_count = r->first;
	batch->request_count--;
}

/* What a failed append is to a producer. */
static int32_t
refusal_of(int rc, const char **remark_r)
{
	switch (rc) {
	case SKUA_ENOENT:
		*remark_r = "the topic was deleted";
		return SKUA_CODE_TOPIC_NOT_EXIST;
	case SKUA_ENOMEM:
		*remark_r = "out of memory";
		return SKUA_CODE_SYSTEM_ERROR;
	default:
		*remark_r = "service not available now. It may be caused by one "
			    "of the following reasons: the broker's disk is "
			    "full, messages are put to the slave, message store "
			    "has been shut down, etc.";
		return SKUA_CODE_SERVICE_NOT_AVAILABLE;
	}
}

static void
account_topic(struct topic *t, int64_t messages, int64_t bytes)
{
	atomic_fetch_add_explicit(&t->put_messages, messages,
	    memory_order_relaxed);
	atomic_fetch_add_explicit(&t->put_bytes, bytes, memory_order_relaxed);
}

/* The messages of a batch are mostly of one topic. */
static void
account(struct loop_state *s)
{
	const struct put_batch *batch = &s->put;
	int64_t messages = 0, bytes = 0;

	for (size_t i = 0; i < batch->item_count; i++) {
		struct topic *t = batch->items[i].queue->topic;

		messages++;
		bytes += batch->appends[i].len;
		if (i + 1 == batch->item_count ||
		    batch->items[i + 1].queue->topic != t) {
			account_topic(t, messages, bytes);
			messages = bytes = 0;
		}
	}
	atomic_fetch_add_explicit(&s->broker->put_times,
	    (int64_t)batch->item_count, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->broker->put_bytes,
	    (int64_t)batch->bytes.len, memory_order_relaxed);
}

static void
wake_parked(struct loop_state *s)
{
	const struct put_batch *batch = &s->put;

	/* Pairs with the fence in skua_park: either the puller sees the new
	 * end, or this loop sees that it is parked. */
	atomic_thread_fence(memory_order_seq_cst);
	for (size_t i = 0; i < batch->item_count; i++) {
		struct queue *q = batch->items[i].queue;

		if (atomic_load_explicit(&q->parked, memory_order_relaxed) != 0)
			skua_park_wake(s->broker, q);
	}
}

static int
append_batch(struct loop_state *s, int64_t *end_pos_r)
{
	struct put_batch *batch = &s->put;
	int64_t store_ms;

	if (batch->item_count == 0)
		return SKUA_OK;
	for (size_t i = 0; i < batch->item_count; i++)
		batch->appends[i].bytes = batch->bytes.p +
		    batch->appends[i].pos;
	return skua_log_append(s->broker, batch->appends, batch->items,
	    batch->item_count, end_pos_r, &store_ms);
}

void
skua_put_flush(struct loop_state *s)
{
	struct put_batch *batch = &s->put;
	struct log *log = &s->broker->log;
	const char *remark = NULL;
	int64_t end_pos = 0;
	int32_t code = SKUA_CODE_SUCCESS;
	bool at_once;
	int rc;

	if (batch->request_count == 0)
		return;
	rc = append_batch(s, &end_pos);
	if (rc != SKUA_OK) {
		code = refusal_of(rc, &remark);
		atomic_fetch_add_explicit(&s->broker->put_failed,
		    (int64_t)batch->item_count, memory_order_relaxed);
	}
	/* An answer with code 0 may leave when both policies have agreed. */
	at_once = log->flush->answers_at_once &&
	    log->replication->answers_at_once;
	for (size_t i = 0; i < batch->request_count; i++) {
		struct put_request *r = &batch->requests[i];

		if (r->count == 0) /* dropped by a route */
			r->done(s, r, SKUA_CODE_SUCCESS, NULL, 0);
		else
			r->done(s, r, code, remark, at_once ? 0 : end_pos);
	}
	if (rc == SKUA_OK && batch->item_count > 0) {
		account(s);
		wake_parked(s);
	}
	batch->item_count = batch->request_count = batch->bytes.len = 0;
	if (batch->bytes.size > 4 * PUT_BATCH_BYTES)
		skua_buf_free(&batch->bytes);
	if (!at_once)
		skua_put_release(s);
}
