/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a flow begins: at the group's offset, else where the options say.
 * Upstream: client.impl.consumer.RebalancePushImpl.computePullFromWhere.
 */
#include <skua/host.h>

#include "base/text.h"
#include "client/flow.h"

#define RETRY_MS 1000

struct beginning {
	struct flow *flow;
	unsigned epoch;
	bool is_offset_of_group;
};

const char *
skua_flow_address(const struct flow *flow, int64_t broker_id)
{
	const struct client_route *route =
	    skua_client_peek_route(flow->member->client, flow->topic);
	const char *address = route == NULL ? NULL :
	    skua_client_route_address(route, flow->queue.broker, broker_id);

	if (address != NULL || broker_id != 0)
		return address;
	/* What was known when the queue was given. */
	return flow->queue.address[0] == '\0' ? NULL : flow->queue.address;
}

static void ask(struct flow *flow, enum client_request code);

static bool
is_retry(const struct flow *flow)
{
	return strncmp(flow->topic, "%RETRY%", 7) == 0;
}

static void
go(struct flow *flow, int64_t offset)
{
	flow->next_offset = offset;
	skua_flow_fetch(flow);
}

/* The group has no offset. */
static void
begin_anew(struct flow *flow)
{
	bool retry = is_retry(flow);

	switch (flow->member->options.from) {
	case SKUA_FROM_LAST:
		if (retry)
			go(flow, 0);
		else
			ask(flow, REQUEST_MAX_OFFSET);
		break;
	case SKUA_FROM_FIRST:
		go(flow, 0); /* the broker says where that is now */
		break;
	case SKUA_FROM_TIMESTAMP:
		ask(flow, retry ? REQUEST_MAX_OFFSET : REQUEST_SEARCH_OFFSET);
		break;
	}
}

static void
on_offset(void *arg, int status, const struct command *answer)
{
	struct beginning *b = arg;
	struct flow *flow = b->flow;
	int64_t offset = -1;

	if (flow->dropped || b->epoch != flow->epoch ||
	    status == SKUA_ECANCELED)
		;
	else if (status == SKUA_OK && answer->code == CODE_OK &&
	    skua_text_int(skua_command_field(answer, "offset"), &offset) &&
	    offset >= 0)
		go(flow, offset);
	else if (status == SKUA_OK && b->is_offset_of_group &&
	    (answer->code == CODE_NOT_FOUND || answer->code == CODE_OK))
		begin_anew(flow);
	else
		skua_flow_fetch_later(flow, RETRY_MS);
	skua_flow_unref(flow);
	free(b);
}

#define VIEW(text, value) skua_str_n(text, skua_text_put_int(text, value))

static void
ask(struct flow *flow, enum client_request code)
{
	const struct group_member *m = flow->member;
	char queue[TEXT_INT_MAX], time[TEXT_INT_MAX];
	struct field fields[] = {
		{ SKUA_STR("consumerGroup"), skua_str_z(m->group) },
		{ SKUA_STR("topic"), skua_str_z(flow->topic) },
		{ SKUA_STR("queueId"), VIEW(queue, flow->queue.queue_id) },
		{ SKUA_STR("timestamp"), VIEW(time, m->options.from_ms) },
	};
	struct command_out out = { .code = (int32_t)code, .fields = fields,
		.field_count = sizeof(fields) / sizeof(fields[0]) };
	const char *address = skua_flow_address(flow, 0);
	struct beginning *b;

	if (address == NULL) {
		skua_flow_fetch_later(flow, RETRY_MS);
		return;
	}
	b = sk_new(struct beginning);
	b->flow = skua_flow_ref(flow);
	b->epoch = flow->epoch;
	b->is_offset_of_group = code == REQUEST_QUERY_OFFSET;
	skua_client_transmit(m->client, address, &out, skua_str_n(NULL, 0),
	    m->client->options.timeout_ms, on_offset, b);
}

void
skua_flow_begin(struct flow *flow)
{
	struct group_member *m = flow->member;
	int64_t offset;

	if (m->stopping)
		return;
	if (m->local == NULL) {
		ask(flow, REQUEST_QUERY_OFFSET);
		return;
	}
	offset = skua_local_get(m->local, flow->key);
	if (offset >= 0)
		go(flow, offset);
	else
		begin_anew(flow);
}
