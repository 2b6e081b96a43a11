/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What brokers ask of clients: look at your queues again (40), begin elsewhere
 * (220), say where you are (221) and how you are (307).
 * Upstream: client.impl.ClientRemotingProcessor.
 */
#include <skua/host.h>

#include "base/number.h"
#include "client/flow.h"
#include "client/incoming.h"

struct question {
	struct skua_client *client;
	struct conn *conn;
	const struct command *command;
	struct group_member *member;
};

static void
answer(const struct question *q, int32_t code, struct skua_str remark,
    struct skua_str body)
{
	struct command_out out = { .code = code, .opaque = q->command->opaque,
		.flag = COMMAND_RESPONSE, .codec = q->command->codec,
		.remark = remark };

	if ((q->command->flag & COMMAND_ONEWAY) == 0)
		skua_conn_send_command(q->conn, &out, body);
}

static void
ids_changed(const struct question *q)
{
	if (q->member != NULL)
		skua_member_rebalance_soon(q->member, 0);
}

/* --- 220 --- */

static void
reset_one(const struct question *q, const char *topic, const json_t *queue,
    int64_t offset)
{
	const char *broker = skua_json_text(queue, "brokerName");
	const char *own = skua_json_text(queue, "topic");
	struct flow *flow;
	int32_t id;

	if (broker == NULL || own == NULL || strcmp(own, topic) != 0)
		return;
	if (!skua_narrow_i32(skua_json_int(queue, "queueId", -1), 0, INT32_MAX,
		&id))
		return;
	flow = skua_flow_find(q->member, topic, broker, id);
	if (flow != NULL && offset >= 0)
		skua_flow_restart(flow, offset);
}

/* {"offsetTable":{{queue}:offset}}, or a list of queues with an offset each. */
static void
reset_offsets(const struct question *q)
{
	char topic[SKUA_TOPIC_MAX + 1];
	struct skua_str name = skua_command_field(q->command, "topic");
	json_t *json, *table, *value, *queue;
	const char *key;
	size_t i;

	if (q->member == NULL || name.len > SKUA_TOPIC_MAX ||
	    skua_json_parse(q->command->body, &json) != SKUA_OK)
		return;
	skua_str_copy(topic, name);
	topic[name.len] = '\0';
	table = json_object_get(json, "offsetTable");
	json_array_foreach (table, i, value)
		reset_one(q, topic, value, skua_json_int(value, "offset", -1));
	json_object_foreach (table, key, value) {
		if (skua_json_parse(skua_str_z(key), &queue) != SKUA_OK)
			continue;
		reset_one(q, topic, queue, json_integer_value(value));
		json_decref(queue);
	}
	json_decref(json);
}

/* --- 221 --- */

static void
put_queue(struct skua_jsonw *w, const struct flow *flow)
{
	skua_jsonw_queue_key(w, skua_str_z(flow->queue.broker),
	    flow->queue.queue_id, skua_str_z(flow->topic));
}

static void
client_status(const struct question *q)
{
	struct skua_str topic = skua_command_field(q->command, "topic");
	struct skua_str text;
	struct flow *flow, *next;
	struct skua_jsonw w;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "messageQueueTable");
	skua_jsonw_open(&w, '{');
	if (q->member != NULL)
		HASH_ITER(hh, q->member->flows, flow, next) {
			if (!skua_str_eq_z(topic, flow->topic))
				continue;
			put_queue(&w, flow);
			skua_jsonw_int(&w, skua_flow_offset(flow));
		}
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	text = skua_client_text(&w);
	answer(q, CODE_OK, skua_str_n(NULL, 0), text);
	skua_jsonw_free(&w);
}

/* --- 307 --- */

static void
put_int(struct skua_jsonw *w, const char *name, int64_t value)
{
	skua_jsonw_key_z(w, name);
	skua_jsonw_int(w, value);
}

static void
put_flow(struct skua_jsonw *w, const struct flow *flow)
{
	int64_t offset = skua_flow_offset(flow);

	put_queue(w, flow);
	skua_jsonw_open(w, '{');
	put_int(w, "cachedMsgCount", (int64_t)flow->messages);
	put_int(w, "cachedMsgMaxOffset",
	    flow->messages > 0 ? flow->next_offset - 1 : 0);
	put_int(w, "cachedMsgMinOffset", flow->messages > 0 ? offset : 0);
	put_int(w, "cachedMsgSizeInMiB", (int64_t)(flow->bytes >> 20));
	put_int(w, "commitOffset", offset);
	skua_jsonw_key_z(w, "droped");
	skua_jsonw_bool(w, flow->dropped);
	put_int(w, "lastConsumeTimestamp", flow->done_ms);
	put_int(w, "lastLockTimestamp", 0);
	put_int(w, "lastPullTimestamp", flow->pulled_ms);
	skua_jsonw_key_z(w, "locked");
	skua_jsonw_bool(w, false);
	put_int(w, "transactionMsgCount", 0);
	put_int(w, "transactionMsgMaxOffset", 0);
	put_int(w, "transactionMsgMinOffset", 0);
	put_int(w, "tryUnlockTimes", 0);
	skua_jsonw_close(w, '}');
}

static void
put_text(struct skua_jsonw *w, const char *name, const char *value)
{
	skua_jsonw_key_z(w, name);
	skua_jsonw_str_z(w, value);
}

static void
put_properties(struct skua_jsonw *w, const struct group_member *m)
{
	char start[32];

	(void)snprintf(start, sizeof(start), "%lld", (long long)m->start_ms);
	skua_jsonw_key_z(w, "properties");
	skua_jsonw_open(w, '{');
	put_text(w, "PROP_CLIENT_VERSION", "V5_4_0");
	put_text(w, "PROP_CONSUMEORDERLY", "false");
	put_text(w, "PROP_CONSUMER_START_TIMESTAMP", start);
	put_text(w, "PROP_CONSUME_TYPE", m->ops->consume_type);
	put_text(w, "PROP_NAMESERVER_ADDR",
	    m->client->namesrvs[m->client->namesrv_now]);
	put_text(w, "PROP_THREADPOOL_CORE_SIZE", "1");
	skua_jsonw_close(w, '}');
}

static void
running_info(const struct question *q)
{
	struct skua_str text = { NULL, 0 };
	struct subscription *s, *next_s;
	struct flow *flow, *next;
	struct skua_jsonw w;

	if (q->member == NULL) {
		struct skua_str remark =
		    SKUA_STR("this client is no member of the group");

		answer(q, 1, remark, text);
		return;
	}
	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "mqPopTable");
	skua_jsonw_open(&w, '{');
	skua_jsonw_close(&w, '}');
	skua_jsonw_key_z(&w, "mqTable");
	skua_jsonw_open(&w, '{');
	HASH_ITER(hh, q->member->flows, flow, next)
		put_flow(&w, flow);
	skua_jsonw_close(&w, '}');
	put_properties(&w, q->member);
	skua_jsonw_key_z(&w, "statusTable");
	skua_jsonw_open(&w, '{');
	skua_jsonw_close(&w, '}');
	skua_jsonw_key_z(&w, "subscriptionSet");
	skua_jsonw_open(&w, '[');
	HASH_ITER(hh, q->member->subscriptions, s, next_s)
		skua_subscription_json(s, &w);
	skua_jsonw_close(&w, ']');
	skua_jsonw_key_z(&w, "userConsumerInfo");
	skua_jsonw_open(&w, '{');
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	text = skua_client_text(&w);
	answer(q, CODE_OK, skua_str_n(NULL, 0), text);
	skua_jsonw_free(&w);
}

/* --- which --- */

static const struct {
	int32_t code;
	const char *group_field;
	void (*fn)(const struct question *q);
} questions[] = {
	{ REQUEST_IDS_CHANGED, "consumerGroup", ids_changed },
	{ REQUEST_RESET_CLIENT, "group", reset_offsets },
	{ REQUEST_CLIENT_STATUS, "group", client_status },
	{ REQUEST_RUNNING_INFO, "consumerGroup", running_info },
};

void
skua_client_incoming(struct skua_client *client, struct conn *conn,
    const struct command *command)
{
	struct question q = { client, conn, command, NULL };
	struct skua_str remark = SKUA_STR("the request is not supported");

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (questions[i].code != command->code)
			continue;
		q.member = skua_member_find(client, skua_command_field(command,
		    questions[i].group_field));
		questions[i].fn(&q);
		return;
	}
	answer(&q, CODE_UNSUPPORTED, remark, skua_str_n(NULL, 0));
}
