/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEND_MESSAGE (10), SEND_MESSAGE_V2 (310), SEND_BATCH_MESSAGE (320).
 * Upstream: broker.processor.SendMessageProcessor.
 */
#include <stdarg.h>
#include <stdio.h>

#include <skua/message.h>

#include "base/bytes.h"
#include "base/number.h"
#include "base/text.h"
#include "broker/handlers.h"
#include "broker/put.h"
#include "broker/route_call.h"
#include "broker/unique_key.h"
#include "net/addr.h"

/* The fields of a send request; V2 has one letter for each. */
enum send_field {
	GROUP, TOPIC, DEFAULT_TOPIC, DEFAULT_QUEUES, QUEUE, SYS_FLAG, BORN, FLAG,
	PROPERTIES, RECONSUME_TIMES, UNIT_MODE, MAX_RECONSUME_TIMES, BATCH,
	SEND_FIELDS
};

static const char *const v1_names[SEND_FIELDS] = { "producerGroup", "topic",
	"defaultTopic", "defaultTopicQueueNums", "queueId", "sysFlag",
	"bornTimestamp", "flag", "properties", "reconsumeTimes", "unitMode",
	"maxReconsumeTimes", "batch" };

struct send {
	struct skua_str field[SEND_FIELDS];
	struct skua_message message;
	struct topic *topic;
	bool is_batch;
	struct skua_str tail; /* properties the broker adds */
	struct put_refusal refusal;
};

static void
take_v2_fields(const struct command *c, struct send *send)
{
	for (size_t i = 0; i < c->field_count; i++) {
		const struct field *f = &c->fields[i];

		if (f->name.len == 1 && f->name.p[0] >= 'a' &&
		    f->name.p[0] < 'a' + SEND_FIELDS)
			send->field[f->name.p[0] - 'a'] = f->value;
	}
}

static void
take_v1_fields(const struct command *c, struct send *send)
{
	for (int i = 0; i < SEND_FIELDS; i++)
		send->field[i] = skua_command_field(c, v1_names[i]);
}

static bool
refuse(struct send *send, int32_t code, const char *fmt, ...)
    SKUA_PRINTF(3, 4);

static bool
refuse(struct send *send, int32_t code, const char *fmt, ...)
{
	va_list ap;

	send->refusal.code = code;
	va_start(ap, fmt);
	(void)vsnprintf(send->refusal.remark, sizeof(send->refusal.remark), fmt,
	    ap);
	va_end(ap);
	return false;
}

static bool
take_number(struct send *send, enum send_field field, bool needed,
    int64_t *value_r)
{
	struct skua_str text = send->field[field];

	if (text.p == NULL && !needed)
		return true;
	if (text.p != NULL && skua_text_int(text, value_r))
		return true;
	return refuse(send, SKUA_CODE_SYSTEM_ERROR,
	    text.p == NULL ? "the field %s (%c) is missing" :
			     "the field %s (%c) is not a number",
	    v1_names[field], 'a' + (int)field);
}

/* All but the time are 32 bits wide. */
static bool
take_number32(struct send *send, enum send_field field, bool needed,
    int32_t *value_r)
{
	int64_t value = 0;

	*value_r = 0;
	if (!take_number(send, field, needed, &value))
		return false;
	return skua_narrow_i32(value, INT32_MIN, INT32_MAX, value_r) ||
	    refuse(send, SKUA_CODE_SYSTEM_ERROR,
		"the field %s (%c) is out of range", v1_names[field],
		'a' + (int)field);
}

static bool
take_numbers(struct send *send)
{
	struct skua_message *m = &send->message;
	int32_t ignored;

	if (!take_number32(send, QUEUE, true, &m->queue_id) ||
	    !take_number32(send, SYS_FLAG, true, &m->sys_flag) ||
	    !take_number(send, BORN, true, &m->born_timestamp_ms) ||
	    !take_number32(send, FLAG, true, &m->flag) ||
	    !take_number32(send, RECONSUME_TIMES, false,
		&m->reconsume_times) ||
	    !take_number32(send, DEFAULT_QUEUES, false, &ignored) ||
	    !take_number32(send, MAX_RECONSUME_TIMES, false, &ignored))
		return false;
	if (m->queue_id < 0)
		m->queue_id = -1;
	return true;
}

static bool
check_queue(struct broker *b, struct skua_request *request, struct send *send)
{
	const struct topic_conf *conf = skua_topic_conf(send->topic);
	int32_t queues = conf->read_queues > conf->write_queues ?
	    conf->read_queues :
	    conf->write_queues;
	char peer[ADDR_TEXT_SIZE];

	if (send->message.queue_id >= queues)
		return refuse(send, SKUA_CODE_INVALID_PARAMETER,
		    "request queueId[%d] is illegal, TopicConfig [topicName="
		    "%s, readQueueNums=%d, writeQueueNums=%d, perm=%d] "
		    "Producer: %s",
		    send->message.queue_id, send->topic->name,
		    conf->read_queues, conf->write_queues, conf->perm,
		    skua_addr_format(skua_request_peer(request), peer));
	if (conf->order && (broker_conf(b)->permission & PERM_WRITE) == 0)
		return refuse(send, SKUA_CODE_NO_PERMISSION,
		    "the broker[%s] sending message is forbidden",
		    broker_conf(b)->advertised_ip);
	return true;
}

static bool
check_topic_name(const struct broker *b, struct send *send)
{
	struct skua_str name = send->field[TOPIC];
	struct skua_error e;

	/* A topic that exists has a good name. */
	if (send->topic != NULL && !send->topic->is_system)
		return true;
	if (skua_topic_check_name(name, &e) != SKUA_OK)
		return refuse(send, SKUA_CODE_INVALID_PARAMETER, "%s", e.text);
	if (!skua_topic_is_sendable(b, name))
		return refuse(send, SKUA_CODE_NO_PERMISSION,
		    "Sending message to topic[" SKUA_STR_FMT "] is forbidden.",
		    SKUA_STR_ARG(name));
	return true;
}

/* Properties the broker adds to every message, in place of the client's. */
static bool
add_properties(struct broker *b, struct skua_request *request,
    struct send *send)
{
	static const char name[] = "UNIQ_KEY\1";
	struct skua_str own = broker_conf(b)->own_properties;
	struct skua_message *m = &send->message;
	char *to, *end;

	if (m->unique_key.len > 0) {
		send->tail = own;
		return true;
	}
	to = skua_arena_alloc(request->arena,
	    own.len + sizeof(name) + UNIQUE_KEY_SIZE);
	if (to == NULL)
		return refuse(send, SKUA_CODE_SYSTEM_ERROR, "out of memory");
	memcpy(to, own.p, own.len);
	memcpy(to + own.len, name, sizeof(name) - 1);
	end = to + own.len + sizeof(name) - 1;
	m->unique_key = skua_str_n(end, skua_unique_key(end, &b->store_host));
	end += m->unique_key.len;
	*end++ = '\2';
	send->tail = skua_str_n(to, (size_t)(end - to));
	return true;
}

static bool
is_brokers_own(struct skua_str name)
{
	return skua_str_eq_z(name, "MSG_REGION") ||
	    skua_str_eq_z(name, "TRACE_ON") || skua_str_eq_z(name, "CLUSTER") ||
	    skua_str_eq_z(name, "POP_CK");
}

/* Drops pairs without a value and those that the broker sets itself.  Most
 * texts have neither and are taken as they are. */
static bool
clean_properties(struct skua_request *request, struct send *send)
{
	struct skua_str text = send->field[PROPERTIES], name, value;
	size_t kept = 0, clean = 0;
	char *to;

	for (size_t at = 0; skua_property_next(text, &at, &name, &value);) {
		if (is_brokers_own(name) || name.len == 0)
			continue;
		kept += name.len + value.len + 2;
		clean = at;
	}
	if (kept == text.len || (kept == text.len + 1 && clean == kept)) {
		skua_message_set_properties(&send->message, text);
		return true;
	}
	to = skua_arena_alloc(request->arena, kept + 1);
	if (to == NULL)
		return refuse(send, SKUA_CODE_SYSTEM_ERROR, "out of memory");
	kept = 0;
	for (size_t at = 0; skua_property_next(text, &at, &name, &value);) {
		if (is_brokers_own(name) || name.len == 0)
			continue;
		skua_str_copy(to + kept, name);
		kept += name.len;
		to[kept++] = '\1';
		skua_str_copy(to + kept, value);
		kept += value.len;
		to[kept++] = '\2';
	}
	skua_message_set_properties(&send->message, skua_str_n(to, kept));
	return true;
}

static bool
is_transaction(const struct skua_message *m)
{
	return skua_text_eq_nocase(skua_property(m->properties, "TRAN_MSG"),
	    "true");
}

static bool
add_single(struct loop_state *s, struct skua_request *request,
    struct send *send, struct put_request *put)
{
	struct broker *b = s->broker;
	struct skua_message *m = &send->message;

	m->body = skua_request_body(request);
	if (m->body.len == 0)
		return refuse(send, SKUA_CODE_MESSAGE_ILLEGAL,
		    "the message body is empty");
	if ((m->sys_flag & SKUA_SYS_INNER_BATCH) != 0)
		return refuse(send, SKUA_CODE_MESSAGE_ILLEGAL,
		    "inner batches are for batch topics");
	if (!clean_properties(request, send))
		return false;
	if (broker_conf(b)->reject_transactions && is_transaction(m))
		return refuse(send, SKUA_CODE_NO_PERMISSION,
		    "the broker[%s] sending transaction message is forbidden",
		    broker_conf(b)->advertised_ip);
	if (!add_properties(b, request, send))
		return false;
	return skua_put_add(s, put, send->topic, m, send->tail,
		   &send->refusal) == SKUA_OK;
}

/* One item of a batch body:
 *	i32 size | i32 magic | i32 crc | i32 flag | i32 n, body |
 *	i16 n, properties */
static bool
add_item(struct loop_state *s, struct send *send, struct put_request *put,
    struct reader *r)
{
	struct skua_message m = send->message;

	(void)read_be32(r);
	(void)read_be32(r);
	(void)read_be32(r);
	m.flag = read_be32(r);
	m.body = read_str(r, read_be32(r));
	skua_message_set_properties(&m, read_str(r, (int16_t)read_be16(r)));
	if (r->error != SKUA_OK)
		return refuse(send, SKUA_CODE_MESSAGE_ILLEGAL,
		    "the batch is malformed");
	return skua_put_add(s, put, send->topic, &m, skua_str_n(NULL, 0),
		   &send->refusal) == SKUA_OK;
}

static bool
add_batch(struct loop_state *s, struct skua_request *request,
    struct send *send, struct put_request *put)
{
	struct skua_str body = skua_request_body(request);
	struct reader r = reader_of(body.p, body.len);
	int64_t limit = broker_conf(s->broker)->message_size_max;

	skua_message_set_properties(&send->message, send->field[PROPERTIES]);
	if (skua_str_starts(send->field[TOPIC], "%RETRY%"))
		return refuse(send, SKUA_CODE_MESSAGE_ILLEGAL,
		    "batch request does not support retry group "
		    SKUA_STR_FMT, SKUA_STR_ARG(send->field[TOPIC]));
	if (is_transaction(&send->message) ||
	    (send->message.sys_flag & SKUA_SYS_TRANSACTION) != 0 ||
	    skua_property(send->message.properties, "DELAY").len > 0)
		return refuse(send, SKUA_CODE_MESSAGE_ILLEGAL,
		    "the message is illegal, a batch can be neither delayed "
		    "nor transactional");
	if ((int64_t)body.len > limit || body.len == 0)
		return refuse(send, SKUA_CODE_MESSAGE_ILLEGAL,
		    "the message is illegal, a batch of %zu bytes; the limit "
		    "is %lldB", body.len, (long long)limit);
	skua_send_answer_want_ids(put->arg);
	while (r.p < r.end)
		if (!add_item(s, send, put, &r))
			return false;
	return true;
}

static void
answer_refusal(struct broker *b, struct skua_request *request,
    const struct put_refusal *refusal)
{
	const struct conf *conf = broker_conf(b);

	skua_answer_field(request, "MSG_REGION", skua_str_z(conf->region));
	skua_answer_field(request, "TRACE_ON",
	    skua_str_z(conf->trace_on ? "true" : "false"));
	skua_answer(request, refusal->code, "%s", refusal->remark);
}

/* --- topics that do not exist yet --- */

static void
create_on_main(struct broker *b, struct skua_request *request)
{
	struct send send = { .message.queue_id = 0 };
	int64_t queues = broker_conf(b)->default_queues;

	if (request->command.code == 10)
		take_v1_fields(&request->command, &send);
	else
		take_v2_fields(&request->command, &send);
	(void)skua_text_int(send.field[DEFAULT_QUEUES], &queues);
	skua_topic_auto_create(b, send.field[TOPIC], send.field[DEFAULT_TOPIC],
	    queues, skua_text_eq_nocase(send.field[UNIT_MODE], "true"));
	skua_dispatch_again(request);
}

static void
handle_send(struct broker *b, struct skua_request *request, struct send *send)
{
	struct loop_state *s = state_of(request->conn);
	struct send_answer *answer;
	struct put_request *put;
	bool ok;

	send->topic = skua_topic_find(&b->topics, send->field[TOPIC]);
	if (!take_numbers(send) || !check_topic_name(b, send)) {
		answer_refusal(b, request, &send->refusal);
		return;
	}
	if (send->topic == NULL && !request->retried) {
		skua_dispatch_to_main(b, request, create_on_main);
		return;
	}
	if (send->topic == NULL)
		(void)refuse(send, SKUA_CODE_TOPIC_NOT_EXIST,
		    "topic[" SKUA_STR_FMT "] not exist, apply first please!",
		    SKUA_STR_ARG(send->field[TOPIC]));
	if (send->topic == NULL || !check_queue(b, request, send)) {
		answer_refusal(b, request, &send->refusal);
		return;
	}
	send->message.topic = send->topic->entry.key;
	send->message.born_host = *skua_request_peer(request);
	send->is_batch = skua_text_eq_nocase(send->field[BATCH], "true");
	answer = skua_send_answer_new(s, request);
	if (answer == NULL) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "out of memory");
		return;
	}
	put = skua_put_begin(s, skua_send_answer, answer);
	ok = send->is_batch ? add_batch(s, request, send, put) :
			      add_single(s, request, send, put);
	if (!ok) {
		skua_put_cancel(s, put);
		answer_refusal(b, request, &send->refusal);
		return;
	}
	/* A batch echoes the outer properties' key; one message its own. */
	skua_send_answer_note_key(s, answer, send->message.unique_key);
	if (request->deferred) /* its answer is the batch's affair now */
		skua_request_drop(request);
}

void
handle_send_v1(struct broker *b, struct skua_request *request)
{
	struct send send;

	memset(&send, 0, sizeof(send));
	take_v1_fields(&request->command, &send);
	handle_send(b, request, &send);
}

void
handle_send_v2(struct broker *b, struct skua_request *request)
{
	struct send send;

	memset(&send, 0, sizeof(send));
	take_v2_fields(&request->command, &send);
	handle_send(b, request, &send);
}
