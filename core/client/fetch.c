/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulling a flow's queue: one request at a time, held by the broker until there
 * is something, the next one as soon as the answer is here, unless too much is
 * not done yet.
 * Upstream: client.impl.consumer.DefaultMQPushConsumerImpl.pullMessage.
 */
#include <skua/host.h>

#include "base/log.h"
#include "base/text.h"
#include "client/flow.h"
#include "client/heartbeat.h"

#define ANSWER_SLACK_MS 15000 /* beyond the hold */
#define PAUSE_ERROR_MS 1000
#define PAUSE_BUSY_MS 20
#define PAUSE_AWAY_MS 100
#define PAUSE_EMPTY_MS 50 /* after an answer that did not wait */

enum pull_flag {
	PULL_HOLD = 2,
	PULL_SUBSCRIPTION = 4,
	PULL_LITE = 16,
};

struct fetching {
	struct flow *flow;
	unsigned epoch;
};

static void
on_timer(void *arg)
{
	struct flow *flow = arg;

	flow->timer = NULL;
	if (flow->next_offset < 0)
		skua_flow_begin(flow);
	else
		skua_flow_fetch(flow);
}

void
skua_flow_fetch_later(struct flow *flow, int64_t ms)
{
	skua_client_cancel(&flow->timer);
	flow->timer =
	    skua_client_after(flow->member->client, ms, on_timer, flow);
}

static int64_t
number(const struct command *answer, const char *name, int64_t dflt)
{
	int64_t n = dflt;

	(void)skua_text_int(skua_command_field(answer, name), &n);
	return n;
}

/* Without memory they are asked for again. */
static void
take_messages(struct flow *flow, struct skua_str records, int64_t before)
{
	struct group_member *m = flow->member;
	struct parcel *p = skua_parcel_new(flow, records);

	if (p == NULL) {
		flow->next_offset = before;
		skua_flow_fetch_later(flow, PAUSE_ERROR_MS);
		return;
	}
	if (p->count == 0) {
		skua_parcel_unref(p);
		return;
	}
	skua_flow_add(flow, p);
	m->ops->fetched(m, p);
}

/* What can not be read must not be passed over. */
static bool
is_readable(const struct flow *flow, const struct command *answer, int64_t next)
{
	static struct log_limit limit;
	size_t left, n = skua_records_count(answer->body, &left);

	if (left == 0 && next >= 0)
		return true;
	if (skua_log_allowed(&limit, 5))
		skua_log(SKUA_LOG_ERROR, "client",
		    "%s of %s, queue %d, from offset %lld: the answer to a pull "
		    "has %zu bytes after %zu messages that are not one, and goes "
		    "on at %lld; trying again",
		    flow->topic, flow->queue.broker, flow->queue.queue_id,
		    (long long)flow->next_offset, left, n, (long long)next);
	return false;
}

static void
take_found(struct flow *flow, const struct command *answer)
{
	int64_t next = number(answer, "nextBeginOffset", flow->next_offset);
	int64_t before = flow->next_offset;

	flow->broker_id = number(answer, "suggestWhichBrokerId", 0);
	if (!is_readable(flow, answer, next)) {
		flow->broker_id = 0;
		skua_flow_fetch_later(flow, PAUSE_ERROR_MS);
		return;
	}
	flow->next_offset = next;
	take_messages(flow, answer->body, before);
	/* Found, and nothing: not as fast as it can say so. */
	if (answer->body.len == 0)
		skua_flow_fetch_later(flow, PAUSE_EMPTY_MS);
	else
		skua_flow_fetch(flow);
}

static void
take_none(struct flow *flow, const struct command *answer)
{
	int64_t waited = (int64_t)uv_now(&flow->member->client->loop.uv) -
	    flow->asked_ms;
	int64_t next = number(answer, "nextBeginOffset", flow->next_offset);
	bool stays = next == flow->next_offset || next < 0;

	flow->broker_id = number(answer, "suggestWhichBrokerId", 0);
	if (next >= 0)
		flow->next_offset = next;
	if ((answer->code == CODE_NO_MESSAGE || stays) &&
	    waited < PAUSE_EMPTY_MS)
		skua_flow_fetch_later(flow, PAUSE_EMPTY_MS);
	else
		skua_flow_fetch(flow);
}

static void
take_refusal(struct flow *flow, const struct command *answer)
{
	const char *address = skua_flow_address(flow, flow->broker_id);
	int64_t pause = PAUSE_ERROR_MS;

	switch (answer->code) {
	case CODE_BUSY_PULL:
		pause = PAUSE_BUSY_MS;
		break;
	case CODE_AWAY:
		pause = PAUSE_AWAY_MS;
		break;
	case CODE_NO_SUBSCRIPTION:
	case CODE_OLD_SUBSCRIPTION:
	case CODE_NO_GROUP:
		if (!flow->member->assigns && address != NULL)
			skua_client_heartbeat_to(flow->member->client,
			    address);
		break;
	default:
		skua_client_doubt_route(flow->member->client, flow->topic);
		break;
	}
	flow->broker_id = 0;
	skua_flow_fetch_later(flow, pause);
}

static void
take_answer(struct flow *flow, const struct command *answer)
{
	int64_t next = number(answer, "nextBeginOffset", flow->next_offset);

	flow->pulled_ms = skua_now_ms();
	switch (answer->code) {
	case CODE_OK:
		take_found(flow, answer);
		break;
	case CODE_NO_MESSAGE:
	case CODE_RETRY_NOW:
		take_none(flow, answer);
		break;
	case CODE_OFFSET_MOVED:
		if (next == flow->next_offset || next < 0)
			skua_flow_fetch_later(flow, PAUSE_ERROR_MS);
		else
			skua_flow_restart(flow, next);
		break;
	default:
		take_refusal(flow, answer);
		break;
	}
}

static void
on_answer(void *arg, int status, const struct command *answer)
{
	struct fetching *f = arg;
	struct flow *flow = f->flow;

	if (!flow->dropped && f->epoch == flow->epoch) {
		flow->pulling = false;
		if (status == SKUA_OK) {
			take_answer(flow, answer);
		} else if (status != SKUA_ECANCELED) {
			skua_client_doubt_route(flow->member->client,
			    flow->topic);
			flow->broker_id = 0;
			skua_flow_fetch_later(flow, PAUSE_ERROR_MS);
		}
	}
	skua_flow_unref(flow);
	free(f);
}

#define VIEW(text, value) skua_str_n(text, skua_text_put_int(text, value))

/* Java's pulls carry an offset to commit as well.  RocketMQ works on pulls and
 * on commits in different threads: a pull that was sent before the last commit
 * of a member that leaves can be worked on after it, and the successor would
 * see messages again.  Offsets are committed by commits alone. */
static int32_t
flags_of(const struct group_member *m)
{
	return PULL_HOLD |
	    (m->ops->posts ? PULL_SUBSCRIPTION | PULL_LITE : 0);
}

static void
pull(struct flow *flow, const char *address, const struct subscription *s)
{
	const struct group_member *m = flow->member;
	char queue[TEXT_INT_MAX], offset[TEXT_INT_MAX], max[TEXT_INT_MAX],
	    flags[TEXT_INT_MAX], hold[TEXT_INT_MAX], version[TEXT_INT_MAX];
	struct field fields[] = {
		{ SKUA_STR("consumerGroup"), skua_str_z(m->group) },
		{ SKUA_STR("topic"), skua_str_z(flow->topic) },
		{ SKUA_STR("queueId"), VIEW(queue, flow->queue.queue_id) },
		{ SKUA_STR("queueOffset"), VIEW(offset, flow->next_offset) },
		{ SKUA_STR("maxMsgNums"), VIEW(max, m->options.pull_batch) },
		{ SKUA_STR("sysFlag"), VIEW(flags, flags_of(m)) },
		{ SKUA_STR("commitOffset"), SKUA_STR("0") },
		{ SKUA_STR("suspendTimeoutMillis"),
		    VIEW(hold, m->options.hold_ms) },
		{ SKUA_STR("subVersion"), VIEW(version, s->version) },
		{ SKUA_STR("expressionType"), skua_str_z(s->type) },
		{ SKUA_STR("subscription"), skua_str_z(s->expression) },
	};
	struct command_out out = {
		.code = m->ops->posts ? REQUEST_LITE_PULL : REQUEST_PULL,
		.fields = fields,
		.field_count = sizeof(fields) / sizeof(fields[0]) -
		    (m->ops->posts ? 0 : 1) };
	struct fetching *f = sk_new(struct fetching);

	f->flow = skua_flow_ref(flow);
	f->epoch = flow->epoch;
	flow->pulling = true;
	flow->asked_ms = (int64_t)uv_now(&m->client->loop.uv);
	skua_client_transmit(m->client, address, &out, skua_str_n(NULL, 0),
	    m->options.hold_ms + ANSWER_SLACK_MS, on_answer, f);
}

void
skua_flow_fetch(struct flow *flow)
{
	struct group_member *m = flow->member;
	const char *address;
	struct subscription *s;

	if (flow->dropped || flow->pulling || flow->next_offset < 0 ||
	    flow->timer != NULL || m->stopping || m->paused || flow->paused)
		return;
	if (skua_flow_is_full(flow)) {
		flow->stalled = true;
		return;
	}
	HASH_FIND_STR(m->subscriptions, flow->topic, s);
	address = skua_flow_address(flow, flow->broker_id);
	if (address == NULL && flow->broker_id != 0) {
		flow->broker_id = 0;
		address = skua_flow_address(flow, 0);
	}
	if (address == NULL || s == NULL)
		skua_flow_fetch_later(flow, PAUSE_ERROR_MS);
	else
		pull(flow, address, s);
}
