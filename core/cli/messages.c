/* SPDX-License-Identifier: Apache-2.0 */
/* See messages.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/messages.h"

#define BODY_SHOWN 60 /* characters, in tables */

static const struct out_column short_columns[] = {
	{ "BROKER", "broker", OUT_TEXT },
	{ "QUEUE", "queueId", OUT_INT },
	{ "OFFSET", "queueOffset", OUT_INT },
	{ "STORED", "storeTimestamp", OUT_TIME },
	{ "TAG", "tag", OUT_TEXT },
	{ "KEYS", "keys", OUT_TEXT },
	{ "BODY", "body", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};
static const struct out_column full_columns[] = {
	{ "topic", "topic", OUT_TEXT },
	{ "broker", "broker", OUT_TEXT },
	{ "queue", "queueId", OUT_INT },
	{ "offset", "queueOffset", OUT_INT },
	{ "id", "msgId", OUT_TEXT },
	{ "offset id", "offsetMsgId", OUT_TEXT },
	{ "born", "bornTimestamp", OUT_TIME },
	{ "stored", "storeTimestamp", OUT_TIME },
	{ "tries before", "reconsumeTimes", OUT_INT },
	{ "properties", "properties", OUT_TREE },
	{ "body", "body", OUT_TEXT },
	{ "body, base64", "bodyBase64", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

void
cli_messages_begin(const struct cli *cli, struct out *o, bool card)
{
	bool is_short = cli->form == OUT_TABLE && !card;

	cli_listing(cli, o, is_short ? short_columns : full_columns);
	if (cli->form == OUT_TABLE && card)
		o->form = OUT_CARD;
}

/* --- bodies that are no text --- */

static bool
is_text(struct skua_str s)
{
	json_t *json = json_stringn(s.p, s.len);

	json_decref(json);
	return json != NULL;
}

/* --- rows --- */

static json_t *
properties_of(struct skua_str properties)
{
	json_t *all = json_object();
	struct skua_str name, value;

	for (size_t at = 0;
	     skua_property_next(properties, &at, &name, &value);) {
		json_t *json = json_stringn(value.p, value.len);
		char *key = skua_mem_dup(name);

		(void)json_object_set_new(all, key,
		    json != NULL ? json : json_null());
		free(key);
	}
	return all;
}

static void
add_short(struct out *o, const struct skua_received *m)
{
	struct skua_str body = m->body;

	out_text(o, m->queue->broker);
	out_int(o, m->record.queue_id);
	out_int(o, m->record.queue_offset);
	out_time(o, m->record.store_timestamp_ms);
	out_str(o, m->tag.len > 0 ? m->tag : skua_str_n(NULL, 0));
	out_str(o, m->keys.len > 0 ? m->keys : skua_str_n(NULL, 0));
	if (body.len > BODY_SHOWN) {
		body.len = BODY_SHOWN;
		/* Not within a character. */
		while (body.len > 0 &&
		    ((unsigned char)body.p[body.len] & 0xc0) == 0x80)
			body.len--;
	}
	out_str(o, body);
}

static void
add_full(struct out *o, const struct skua_received *m)
{
	char offset_id[SKUA_MSG_ID_SIZE];
	bool text = is_text(m->body);

	out_str(o, m->topic);
	out_text(o, m->queue->broker[0] == '\0' ? NULL : m->queue->broker);
	out_int(o, m->record.queue_id);
	out_int(o, m->record.queue_offset);
	out_str(o, m->msg_id);
	(void)skua_msg_id_format(offset_id, &m->record.store_host,
	    m->record.pos);
	out_text(o, offset_id);
	out_time(o, m->record.born_timestamp_ms);
	out_time(o, m->record.store_timestamp_ms);
	out_int(o, m->record.reconsume_times);
	out_tree(o, properties_of(m->record.properties));
	if (text) {
		out_str(o, m->body);
		out_none(o);
	} else {
		char *coded = cli_base64(m->body);

		out_none(o);
		out_text(o, coded);
		free(coded);
	}
}

void
cli_messages_add(struct out *o, const struct skua_received *m)
{
	if (o->columns == short_columns)
		add_short(o, m);
	else
		add_full(o, m);
}
