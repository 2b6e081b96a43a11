/* SPDX-License-Identifier: Apache-2.0 */
/* What a producer is told.  Upstream: SendMessageProcessor.handlePutMessageResult. */
#include "base/text.h"
#include "broker/put.h"

/* Clients take these three for granted.  A message that a route has dropped is
 * at queue offset -1, and its id is that of a position where nothing is. */
static int64_t
place_of(const struct put_batch *batch, const struct put_request *r,
    int64_t *queue_offset_r)
{
	*queue_offset_r = -1;
	if (r->own_count == 0)
		return -1;
	*queue_offset_r = batch->items[r->own_first].queue_offset;
	return batch->appends[r->own_first].pos;
}

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
	if (r->count > 0 || r->dropped) {
		int64_t queue_offset, pos = place_of(batch, r, &queue_offset);

		if (id_list.p == NULL)
			id_list = skua_str_n(ids,
			    skua_msg_id_format(ids, &s->broker->store_host,
				pos));
		FIELD("msgId", id_list);
		FIELD("queueId",
		    skua_str_n(numbers[0],
			skua_text_put_int(numbers[0], r->queue_id)));
		FIELD("queueOffset",
		    skua_str_n(numbers[1],
			skua_text_put_int(numbers[1], queue_offset)));
	}
	if (r->unique_key.len > 0)
		FIELD("transactionId", r->unique_key);
#undef FIELD
	return n;
}

/* The comma-joined ids of a batch without its copies, in the turn's arena. */
static struct skua_str
join_ids(struct loop_state *s, const struct put_request *r)
{
	const struct put_batch *batch = &s->put;
	char *text, *to;

	if (!r->want_ids || r->own_count < 2)
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

static void
answer_now(const struct put_request *r, const struct command_out *out)
{
	skua_dispatch_after(r->dispatch, r->code, out->code, r->conn->id);
	skua_conn_send_command(r->conn, out, skua_str_n(NULL, 0));
}

void
skua_put_answer(struct loop_state *s, const struct put_request *r, int32_t code,
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
		skua_put_answer_later(s, r, &out, end_pos);
	else
		answer_now(r, &out);
}
