/* SPDX-License-Identifier: Apache-2.0 */
/* The batch of a turn: collect, append, answer. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/host.h>
#include <skua/message.h>
#include <skua/route.h>
#include <skua/selector.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/text.h"
#include "broker/park.h"
#include "broker/put.h"
#include "broker/route_call.h"
#include "broker/selecting.h"
#include "wire/record.h"

/* An answer that waits for flush and replication. */
struct awaiting {
	struct awaiting *next;
	struct conn *conn;
	int64_t end_pos;
	int64_t since_ms;
	int32_t request_code;
	const struct dispatch *dispatch;
	size_t len;
	uint8_t frame[]; /* with code 0 */
};

struct put_request *
skua_put_begin(struct loop_state *s, struct skua_request *request)
{
	struct put_batch *batch = &s->put;
	const struct command *c = &request->command;
	struct put_request *r;

	if (batch->request_count == PUT_BATCH_MAX ||
	    batch->item_count >= PUT_BATCH_MAX ||
	    batch->bytes.len > PUT_BATCH_BYTES)
		skua_put_flush(s);
	r = &batch->requests[batch->request_count++];
	*r = (struct put_request){ .conn = request->conn,
		.opaque = c->opaque,
		.codec = c->codec,
		.oneway = skua_request_is_oneway(request),
		.dispatch = request->handler_data,
		.code = c->code,
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
}

/* Writes the record into the batch. */
static int
encode(struct loop_state *s, struct put_request *r, struct topic *topic,
    const struct skua_message *m, struct skua_str tail,
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
	batch->bytes.len += size;
	batch->items[i].queue = queue;
	batch->items[i].tags_code = tags_hash(m);
	batch->items[i].indexed = type != SKUA_SYS_PREPARED &&
	    type != SKUA_SYS_ROLLBACK;
	batch->item_count++;
	r->count++;
	r->queue_id = m->queue_id;
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
	if (is_held_back(s, refusal))
		return SKUA_EBUSY;
	m = *message;
	if (m.queue_id < 0 || conf->selector != NULL)
		m.queue_id = skua_select_queue(s, topic, conf, &m);
	if (conf->multi_tag)
		m.sys_flag |= SKUA_SYS_MULTI_TAGS;
	if (topic->route_count > 0)
		return skua_route_run(s, r, topic, &m, tail, refusal, 0);
	return encode(s, r, topic, &m, tail, refusal);
}

int32_t
skua_put_choose_queue(struct loop_state *s, struct topic *topic,
    const struct skua_message *message)
{
	return skua_select_queue(s, topic, skua_topic_conf(topic), message);
}

int
skua_put_add_routed(struct loop_state *s, struct put_request *r,
    struct topic *topic, const struct skua_message *m, struct skua_str tail,
    struct put_refusal *refusal)
{
	if (m->body.len > (size_t)broker_conf(s->broker)->message_size_max ||
	    m->properties.len + tail.len + 1 > SKUA_PROPERTIES_MAX)
		return refuse_illegal(s, refusal);
	return encode(s, r, topic, m, tail, refusal);
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

/* --- answers --- */

/* What every answer of the send handler carries. */
static size_t
answer_fields(struct loop_state *s, const struct put_request *r,
    struct field *fields, char ids[SKUA_MSG_ID_SIZE], struct skua_str id_list,
    char numbers[2][TEXT_INT_MAX])
{
	const struct put_batch *batch = &s->put;
	const struct conf *conf = broker_conf(s->broker);
	size_t n = 0;

#define FIELD(name_, value_)                                                   \
	(fields[n].name = (struct skua_str)SKUA_STR(name_),                    \
	    fields[n].value = (value_), n++)
	FIELD("MSG_REGION", skua_str_z(conf->region));
	FIELD("TRACE_ON", skua_str_z(conf->trace_on ? "true" : "false"));
	if (r->count > 0) {
		const struct log_item *item = &batch->items[r->first];

		if (id_list.p == NULL)
			id_list = skua_str_n(ids,
			    skua_msg_id_format(ids, &s->broker->store_host,
				batch->appends[r->first].pos));
		FIELD("msgId", id_list);
		FIELD("queueId",
		    skua_str_n(numbers[0],
			skua_text_put_int(numbers[0], r->queue_id)));
		FIELD("queueOffset",
		    skua_str_n(numbers[1],
			skua_text_put_int(numbers[1], item->queue_offset)));
	}
	if (r->unique_key.len > 0)
		FIELD("transactionId", r->unique_key);
#undef FIELD
	return n;
}

/* The comma-joined ids of a batch, in the turn's arena. */
static struct skua_str
join_ids(struct loop_state *s, const struct put_request *r)
{
	const struct put_batch *batch = &s->put;
	char *text, *to;

	if (!r->want_ids || r->count < 2)
		return skua_str_n(NULL, 0);
	text = to = skua_arena_alloc(&s->loop->arena,
	    r->count * SKUA_MSG_ID_SIZE);
	if (text == NULL)
		return skua_str_n(NULL, 0);
	for (size_t i = 0; i < r->count; i++) {
		if (i > 0)
			*to++ = ',';
		to += skua_msg_id_format(to, &s->broker->store_host,
		    batch->appends[r->first + i].pos);
	}
	return skua_str_n(text, (size_t)(to - text));
}

static void
answer_now(struct loop_state *s, const struct put_request *r,
    const struct command_out *out)
{
	skua_dispatch_after(r->dispatch, r->code, out->code, r->conn->id);
	skua_conn_send_command(r->conn, out, skua_str_n(NULL, 0));
	(void)s;
}

static void
answer_later(struct loop_state *s, const struct put_request *r,
    const struct command_out *out, int64_t end_pos)
{
	struct awaiting *a =
	    skua_mem_grow(NULL, 1, sizeof(*a) + skua_command_bound(out));

	a->next = NULL;
	a->conn = skua_conn_ref(r->conn);
	a->end_pos = end_pos;
	a->since_ms = skua_mono_ms();
	a->request_code = r->code;
	a->dispatch = r->dispatch;
	a->len = skua_command_encode(a->frame, out, 0);
	*s->awaiting_end = a;
	s->awaiting_end = &a->next;
}

static void
answer(struct loop_state *s, const struct put_request *r, int32_t code,
    const char *remark, int64_t end_pos)
{
	char ids[SKUA_MSG_ID_SIZE], numbers[2][TEXT_INT_MAX];
	struct field fields[8];
	struct command_out out = { .code = code, .opaque = r->opaque,
		.flag = COMMAND_RESPONSE, .codec = r->codec, .fields = fields,
		.remark = skua_str_z(remark) };

	if (r->oneway || r->conn->closing)
		return;
	out.field_count = answer_fields(s, r, fields, ids,
	    code == 0 ? join_ids(s, r) : skua_str_n(NULL, 0), numbers);
	if (code == 0 && end_pos > 0)
		answer_later(s, r, &out, end_pos);
	else
		answer_now(s, r, &out);
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
			answer(s, r, SKUA_CODE_SUCCESS, NULL, 0);
		else
			answer(s, r, code, remark, at_once ? 0 : end_pos);
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

/* --- waiting --- */

static void
free_awaiting(struct awaiting *a)
{
	skua_conn_unref(a->conn);
	free(a);
}

static void
drop_first(struct loop_state *s)
{
	struct awaiting *a = s->awaiting_first;

	s->awaiting_first = a->next;
	if (s->awaiting_first == NULL)
		s->awaiting_end = &s->awaiting_first;
	free_awaiting(a);
}

static int64_t
released_pos(const struct log *log)
{
	int64_t pos = INT64_MAX, p;

	if (!log->flush->answers_at_once)
		pos = atomic_load_explicit(&log->flushed_pos,
		    memory_order_acquire);
	if (!log->replication->answers_at_once) {
		p = atomic_load_explicit(&log->replicated_pos,
		    memory_order_acquire);
		pos = p < pos ? p : pos;
	}
	return pos;
}

void
skua_put_release(struct loop_state *s)
{
	int64_t pos = released_pos(&s->broker->log);

	while (s->awaiting_first != NULL &&
	    s->awaiting_first->end_pos <= pos) {
		struct awaiting *a = s->awaiting_first;

		if (!a->conn->closing) {
			skua_dispatch_after(a->dispatch, a->request_code,
			    SKUA_CODE_SUCCESS, a->conn->id);
			skua_conn_send(a->conn, a->frame, a->len);
		}
		drop_first(s);
	}
}

static void
release_here(struct loop *loop, struct loop_msg *msg)
{
	struct loop_state *s = loop->data;

	(void)msg;
	atomic_store(&s->durable_posted, false);
	skua_put_release(s);
}

void
skua_put_durable(struct broker *b)
{
	for (size_t i = 0; i < b->loop_count; i++) {
		struct loop_state *s = b->loops[i].data;

		if (s == NULL || atomic_exchange(&s->durable_posted, true))
			continue;
		s->durable_msg.fn = release_here;
		skua_loop_post(s->loop, &s->durable_msg);
	}
}

/* The message is stored, but not as safe as asked: 10, or 12.  A poisoned
 * store has lost the right to say so. */
static int32_t
late_code(const struct broker *b, const struct awaiting *a)
{
	if (atomic_load(&b->log.error) != SKUA_OK)
		return SKUA_CODE_SERVICE_NOT_AVAILABLE;
	return !b->log.flush->answers_at_once &&
		atomic_load(&b->log.flushed_pos) < a->end_pos ?
	    SKUA_CODE_FLUSH_DISK_TIMEOUT :
	    SKUA_CODE_FLUSH_SLAVE_TIMEOUT;
}

static void
answer_expired(struct loop_state *s, struct awaiting *a)
{
	struct command command;
	struct command_out out = { .flag = COMMAND_RESPONSE };

	if (a->conn->closing ||
	    skua_command_decode(a->frame, a->len, &s->loop->arena, &command) !=
		SKUA_OK)
		return;
	out.code = late_code(s->broker, a);
	out.opaque = command.opaque;
	out.codec = command.codec;
	out.fields = command.fields;
	out.field_count = command.field_count;
	skua_dispatch_after(a->dispatch, a->request_code, out.code,
	    a->conn->id);
	skua_conn_send_command(a->conn, &out, skua_str_n(NULL, 0));
}

void
skua_put_expire(struct loop_state *s)
{
	const struct conf *conf = broker_conf(s->broker);
	int64_t limit = skua_mono_ms() - conf->flush_timeout_ms;
	bool poisoned = atomic_load(&s->broker->log.error) != SKUA_OK;

	while (s->awaiting_first != NULL &&
	    (poisoned || s->awaiting_first->since_ms <= limit)) {
		answer_expired(s, s->awaiting_first);
		drop_first(s);
	}
}

void
skua_put_drop_waiting(struct loop_state *s)
{
	while (s->awaiting_first != NULL)
		drop_first(s);
}
