/* SPDX-License-Identifier: Apache-2.0 */
/* What a producer is told.  Upstream: SendMessageProcessor.handlePutMessageResult. */
#include <stdlib.h>

#include <skua/put.h>

#include "base/text.h"
#include "broker/put.h"

struct send_answer {
	struct conn *conn;
	int32_t opaque;
	enum command_codec codec;
	bool oneway, want_ids;
	struct skua_str unique_key;
	const struct dispatch *dispatch;
	int32_t code; /* of the request, for hooks */
};

struct send_answer *
skua_send_answer_new(struct loop_state *s, struct skua_request *request)
{
	const struct command *c = &request->command;
	struct send_answer *a = skua_arena_alloc(&s->loop->arena, sizeof(*a));

	if (a == NULL)
		return NULL;
	*a = (struct send_answer){ .conn = request->conn,
		.opaque = c->opaque,
		.codec = c->codec,
		.oneway = skua_request_is_oneway(request),
		.dispatch = request->handler_data,
		.code = c->code };
	return a;
}

void
skua_send_answer_want_ids(struct send_answer *a)
{
	a->want_ids = true;
}

void
skua_send_answer_note_key(struct loop_state *s, struct send_answer *a,
    struct skua_str key)
{
	char *to;

	if (key.len == 0)
		return;
	to = skua_arena_alloc(&s->loop->arena, key.len);
	if (to == NULL)
		return;
	memcpy(to, key.p, key.len);
	a->unique_key = skua_str_n(to, key.len);
}

/* What is told of one message, or of several that were stored together. */
struct told {
	bool has_place;
	int32_t queue_id;
	/* Clients take these for granted.  A message that a route has dropped is
	 * at queue offset -1, and its id is that of a position where nothing
	 * is. */
	int64_t queue_offset, pos;
	struct skua_str ids; /* of several; or empty */
	struct skua_str unique_key;
};

#define TOLD_FIELDS 6
struct told_text {
	char id[SKUA_MSG_ID_SIZE], queue_id[TEXT_INT_MAX],
	    queue_offset[TEXT_INT_MAX];
};

/* What every answer to a send carries; returns how many fields. */
static size_t
tell(const struct broker *b, const struct told *told,
    struct field fields[TOLD_FIELDS], struct told_text *text)
{
	const struct conf *conf = broker_conf(b);
	size_t n = 0;

#define FIELD(name_, value_)                                                   \
	(fields[n].name = (struct skua_str)SKUA_STR(name_),                    \
	    fields[n].value = (value_), n++)
	FIELD("MSG_REGION", skua_str_z(conf->region));
	FIELD("TRACE_ON", skua_str_z(conf->trace_on ? "true" : "false"));
	if (told->has_place) {
		FIELD("msgId",
		    told->ids.p != NULL ?
			told->ids :
			skua_str_n(text->id,
			    skua_msg_id_format(text->id, &b->store_host,
				told->pos)));
		FIELD("queueId",
		    skua_str_n(text->queue_id,
			skua_text_put_int(text->queue_id, told->queue_id)));
		FIELD("queueOffset",
		    skua_str_n(text->queue_offset,
			skua_text_put_int(text->queue_offset,
			    told->queue_offset)));
	}
	if (told->unique_key.len > 0)
		FIELD("transactionId", told->unique_key);
#undef FIELD
	return n;
}

/* The comma-joined ids of a batch without its copies, in the turn's arena. */
static struct skua_str
join_ids(struct loop_state *s, const struct put_request *r)
{
	const struct put_batch *batch = &s->put;
	char *text, *to;

	if (r->own_count < 2)
		return skua_str_n(NULL, 0);
	text = to = skua_arena_alloc(&s->loop->arena,
	    r->own_count * SKUA_MSG_ID_SIZE);
	if (text == NULL)
		return skua_str_n(NULL, 0);
	for (size_t i = 0; i < r->count; i++) {
		if (batch->is_copy[r->first + i])
			continue;
		if (to != text)
			*to++ = ',';
		to += skua_msg_id_format(to, &s->broker->store_host,
		    batch->appends[r->first + i].pos);
	}
	return skua_str_n(text, (size_t)(to - text));
}

/* --- answers that wait --- */

struct waiting_answer {
	struct put_wait wait;
	struct conn *conn;
	int64_t size; /* bytes that count for the connection */
	int32_t request_code;
	const struct dispatch *dispatch;
	size_t len;
	uint8_t frame[]; /* with code 0 */
};

/* It is stored, and not as safe as asked. */
static void
answer_late(struct loop_state *s, const struct waiting_answer *a, int32_t code)
{
	struct command command;
	struct command_out out = { .flag = COMMAND_RESPONSE, .code = code };

	if (skua_command_decode(a->frame, a->len, &s->loop->arena, &command) !=
	    SKUA_OK)
		return;
	out.opaque = command.opaque;
	out.codec = command.codec;
	out.fields = command.fields;
	out.field_count = command.field_count;
	skua_conn_send_command(a->conn, &out, skua_str_n(NULL, 0));
}

static void
waited(struct loop_state *s, struct put_wait *w, int32_t code)
{
	struct waiting_answer *a = sk_container(w, struct waiting_answer, wait);

	if (!a->conn->closing && code != PUT_ENDING) {
		skua_dispatch_after(a->dispatch, a->request_code, code,
		    a->conn->id);
		if (code == SKUA_CODE_SUCCESS)
			skua_conn_send(a->conn, a->frame, a->len);
		else
			answer_late(s, a, code);
	}
	skua_conn_unhold_answer(a->conn, a->size);
	skua_conn_unref(a->conn);
	free(a);
}

static void
answer_when_safe(struct loop_state *s, const struct send_answer *sa,
    const struct command_out *out, int64_t end_pos)
{
	size_t size = sizeof(struct waiting_answer) + skua_command_bound(out);
	struct waiting_answer *a = skua_mem_grow(NULL, 1, size);

	a->size = (int64_t)size;
	skua_conn_hold_answer(sa->conn, a->size);
	a->wait.done = waited;
	a->conn = skua_conn_ref(sa->conn);
	a->request_code = sa->code;
	a->dispatch = sa->dispatch;
	a->len = skua_command_encode(a->frame, out, 0);
	skua_put_wait(s, &a->wait, end_pos);
}

/* --- the answer --- */

static void
answer_now(const struct send_answer *a, const struct command_out *out)
{
	skua_dispatch_after(a->dispatch, a->code, out->code, a->conn->id);
	skua_conn_send_command(a->conn, out, skua_str_n(NULL, 0));
}

static struct told
told_of(struct loop_state *s, const struct put_request *r, int32_t code)
{
	const struct send_answer *a = r->arg;
	struct told told = { .has_place = r->count > 0 || r->dropped,
		.queue_id = r->queue_id,
		.queue_offset = -1,
		.pos = -1,
		.unique_key = a->unique_key };

	if (r->own_count > 0) {
		told.queue_offset = s->put.items[r->own_first].queue_offset;
		told.pos = s->put.appends[r->own_first].pos;
	}
	if (a->want_ids && code == SKUA_CODE_SUCCESS)
		told.ids = join_ids(s, r);
	return told;
}

void
skua_send_answer(struct loop_state *s, const struct put_request *r,
    int32_t code, const char *remark, int64_t end_pos)
{
	const struct send_answer *a = r->arg;
	struct told_text text;
	struct field fields[TOLD_FIELDS];
	struct told told;
	struct command_out out = { .code = code, .opaque = a->opaque,
		.flag = COMMAND_RESPONSE, .codec = a->codec, .fields = fields,
		.remark = skua_str_z(remark) };

	if (a->oneway || a->conn->closing)
		return;
	told = told_of(s, r, code);
	out.field_count = tell(s->broker, &told, fields, &text);
	if (code == SKUA_CODE_SUCCESS && end_pos > 0)
		answer_when_safe(s, a, &out, end_pos);
	else
		answer_now(a, &out);
}

/* --- on behalf of a plug-in --- */

/* The ids of several, comma-joined; freed by the caller. */
static char *
ids_of(const struct broker *b, const struct skua_put_result *result)
{
	char *text, *to;

	if (result->count < 2)
		return NULL;
	text = to = skua_mem_grow(NULL, result->count, SKUA_MSG_ID_SIZE);
	for (size_t i = 0; i < result->count; i++) {
		if (i > 0)
			*to++ = ',';
		to += skua_msg_id_format(to, &b->store_host,
		    result->places[i].pos);
	}
	return text;
}

void
skua_answer_put(struct skua_host *host, struct skua_request *request,
    const struct skua_put_result *result)
{
	const struct broker *b = host->plugins->broker;
	struct told told = { .has_place = result->count > 0,
		.unique_key = result->unique_key };
	struct field fields[TOLD_FIELDS];
	struct told_text text;
	char *ids = ids_of(b, result);
	size_t n;

	told.ids = skua_str_z(ids);
	if (told.has_place) {
		told.queue_id = result->places[0].queue_id;
		told.queue_offset = result->places[0].queue_offset;
		told.pos = result->places[0].pos;
	}
	n = tell(b, &told, fields, &text);
	for (size_t i = 0; i < n; i++)
		skua_answer_field(request, fields[i].name.p, fields[i].value);
	free(ids);
	if (result->remark == NULL)
		skua_answer(request, result->code, NULL);
	else
		skua_answer(request, result->code, "%s", result->remark);
}
