/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PULL_MESSAGE (11), LITE_PULL_MESSAGE (361).
 * Upstream: broker.processor.PullMessageProcessor.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/number.h"
#include "base/text.h"
#include "broker/get.h"
#include "broker/handlers.h"
#include "broker/park.h"
#include "net/addr.h"

enum { PULL_COMMIT = 1, PULL_SUSPEND = 2, PULL_SUBSCRIPTION = 4 };

/* Names in struct pull's order. */
enum pull_number { QUEUE, OFFSET, MAX, SYS_FLAG, COMMIT, SUSPEND, SUB_VERSION,
	PULL_NUMBERS };

static const struct {
	const char *name;
	bool needed;
} numbers[PULL_NUMBERS] = { { "queueId", true }, { "queueOffset", true },
	{ "maxMsgNums", true }, { "sysFlag", true }, { "commitOffset", false },
	{ "suspendTimeoutMillis", false }, { "subVersion", false } };

struct pull {
	struct skua_str group, topic, expression, type;
	int64_t number[PULL_NUMBERS];
	struct topic *topic_found;
	const struct topic_conf *topic_conf;
	const struct group_conf *group_conf;
	const struct consumer_view *view;
	struct queue *queue;
	int32_t queue_id;
	const struct chain *chain;
	int64_t left_ms; /* may be parked so long; 0: not at all */
	bool again;
};

/* Every answer of a pull has these; a refusal of permission has its kind. */
static void
add_offsets(struct skua_request *request, const struct pull *p,
    const struct get_result *r)
{
	skua_answer_field_view(request, "suggestWhichBrokerId",
	    (struct skua_str)SKUA_STR("0"));
	skua_answer_int(request, "nextBeginOffset", r->next_offset);
	skua_answer_int(request, "minOffset", r->min_offset);
	skua_answer_int(request, "maxOffset", r->max_offset);
	skua_answer_int(request, "topicSysFlag", p->topic_conf->sys_flag);
	skua_answer_int(request, "groupSysFlag", p->group_conf->sys_flag);
}

enum forbidden { FORBIDDEN_BROKER = 1, FORBIDDEN_GROUP = 2,
	FORBIDDEN_TOPIC = 3, FORBIDDEN_BROADCAST = 4 };

static bool
forbid(struct skua_request *request, enum forbidden kind, const char *fmt, ...)
    SKUA_PRINTF(3, 4);

static bool
forbid(struct skua_request *request, enum forbidden kind, const char *fmt, ...)
{
	char remark[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(remark, sizeof(remark), fmt, ap);
	va_end(ap);
	skua_answer_int(request, "forbiddenType", kind);
	skua_answer(request, SKUA_CODE_NO_PERMISSION, "%s", remark);
	return false;
}

static bool
take_fields(struct skua_request *request, struct pull *p)
{
	memset(p->number, 0, sizeof(p->number));
	for (int i = 0; i < PULL_NUMBERS; i++) {
		const char *name = numbers[i].name;

		if (!numbers[i].needed &&
		    skua_request_field(request, name).p == NULL)
			continue;
		if (!skua_need_int(request, name, &p->number[i]))
			return false;
	}
	p->expression = skua_request_field(request, "subscription");
	p->type = skua_request_field(request, "expressionType");
	return skua_need_field(request, "topic", &p->topic) &&
	    skua_need_field(request, "consumerGroup", &p->group);
}

static void
create_group_on_main(struct broker *b, struct skua_request *request);

/* False when the request was answered, or waits for its group. */
static bool
find_group(struct broker *b, struct skua_request *request, struct pull *p)
{
	struct group *group = skua_group_find(&b->groups, p->group);

	if (group == NULL && !request->retried && !p->again) {
		skua_dispatch_to_main(b, request, create_group_on_main);
		return false;
	}
	if (group == NULL) {
		skua_answer(request, SKUA_CODE_GROUP_NOT_EXIST,
		    "subscription group [" SKUA_STR_FMT "] does not exist,",
		    SKUA_STR_ARG(p->group));
		return false;
	}
	p->group_conf = skua_group_conf(group);
	if (!p->group_conf->consume_enable)
		return forbid(request, FORBIDDEN_GROUP,
		    "subscription group no permission, " SKUA_STR_FMT,
		    SKUA_STR_ARG(p->group));
	return true;
}

static bool
find_queue(struct broker *b, struct skua_request *request, struct pull *p)
{
	char peer[ADDR_TEXT_SIZE];

	p->topic_found = skua_topic_find(&b->topics, p->topic);
	if (p->topic_found == NULL) {
		skua_answer(request, SKUA_CODE_TOPIC_NOT_EXIST,
		    "topic[" SKUA_STR_FMT "] not exist, apply first please!",
		    SKUA_STR_ARG(p->topic));
		return false;
	}
	p->topic_conf = skua_topic_conf(p->topic_found);
	if ((p->topic_conf->perm & PERM_READ) == 0)
		return forbid(request, FORBIDDEN_TOPIC,
		    "the topic[" SKUA_STR_FMT "] pulling message is forbidden",
		    SKUA_STR_ARG(p->topic));
	if (!skua_narrow_i32(p->number[QUEUE], 0, INT32_MAX, &p->queue_id) ||
	    p->queue_id >= p->topic_conf->read_queues) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "queueId[%lld] is illegal, topic:[" SKUA_STR_FMT
		    "] topicConfig.readQueueNums:[%d] consumer:[/%s]",
		    (long long)p->number[QUEUE], SKUA_STR_ARG(p->topic),
		    p->topic_conf->read_queues,
		    skua_addr_format(skua_request_peer(request), peer));
		return false;
	}
	p->queue = skua_topic_queue(p->topic_found, p->queue_id);
	return true;
}

/* The subscription of the group's heartbeats. */
static bool
take_group_subscription(struct broker *b, struct skua_request *request,
    struct pull *p)
{
	const struct session_subscription *sub;

	p->view = skua_session_view(&b->sessions, p->group);
	if (p->view == NULL) {
		skua_answer(request, SKUA_CODE_SUBSCRIPTION_NOT_EXIST,
		    "the consumer's group info not exist");
		return false;
	}
	if (!p->group_conf->broadcast_enable && p->view->broadcasting)
		return forbid(request, FORBIDDEN_BROADCAST,
		    "the consumer group[" SKUA_STR_FMT
		    "] can not consume by broadcast way",
		    SKUA_STR_ARG(p->group));
	sub = skua_view_subscription(p->view, p->topic);
	if (sub == NULL) {
		skua_answer(request, SKUA_CODE_SUBSCRIPTION_NOT_EXIST,
		    "the consumer's subscription not exist");
		return false;
	}
	if (sub->version < p->number[SUB_VERSION]) {
		skua_answer(request, SKUA_CODE_SUBSCRIPTION_NOT_LATEST,
		    "the consumer's subscription not latest");
		return false;
	}
	p->expression = sub->expression;
	p->type = sub->type;
	return true;
}

static bool
find_filter(struct broker *b, struct skua_request *request, struct pull *p)
{
	bool own = (p->number[SYS_FLAG] & PULL_SUBSCRIPTION) != 0;
	struct skua_subscription sub;
	struct skua_error e;
	int rc;

	if (!own && !take_group_subscription(b, request, p))
		return false;
	sub = (struct skua_subscription){ p->group, p->topic, p->expression,
		p->type, p->number[SUB_VERSION] };
	rc = skua_chain_get(state_of(request->conn), &sub, &p->chain, &e);
	if (rc == SKUA_OK)
		return true;
	if (rc == SKUA_ENOTSUP || rc == SKUA_ENOMEM)
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", e.text);
	else
		skua_answer(request, SKUA_CODE_SUBSCRIPTION_PARSE_FAILED,
		    "parse the consumer's subscription failed: %s", e.text);
	return false;
}

static bool
check_broker(struct broker *b, struct skua_request *request)
{
	const struct conf *conf = broker_conf(b);

	if ((conf->permission & PERM_READ) == 0)
		return forbid(request, FORBIDDEN_BROKER,
		    "the broker[%s] pulling message is forbidden",
		    conf->advertised_ip);
	if (request->command.code == 361 && !conf->lite_pull)
		return forbid(request, FORBIDDEN_BROKER,
		    "the broker[%s] for lite pull consumer is forbidden",
		    conf->advertised_ip);
	return true;
}

/* --- answering --- */

static int32_t
code_of(const struct pull *p, const struct get_result *r)
{
	switch (r->status) {
	case GET_FOUND:
		return SKUA_CODE_SUCCESS;
	case GET_MESSAGE_WAS_REMOVING:
	case GET_NO_MATCHED_MESSAGE:
		return SKUA_CODE_PULL_RETRY_IMMEDIATELY;
	case GET_NO_MATCHED_LOGIC_QUEUE:
	case GET_NO_MESSAGE_IN_QUEUE:
		return p->number[OFFSET] != 0 ? SKUA_CODE_PULL_OFFSET_MOVED :
						SKUA_CODE_PULL_NOT_FOUND;
	case GET_OFFSET_FOUND_NULL:
	case GET_OFFSET_OVERFLOW_ONE:
		return SKUA_CODE_PULL_NOT_FOUND;
	case GET_OFFSET_OVERFLOW_BADLY:
	case GET_OFFSET_TOO_SMALL:
	case GET_OFFSET_RESET:
		return SKUA_CODE_PULL_OFFSET_MOVED;
	}
	return SKUA_CODE_SYSTEM_ERROR;
}

static void
answer_without_messages(struct skua_request *request, const struct pull *p,
    const struct get_result *r, int32_t code)
{
	add_offsets(request, p, r);
	skua_answer(request, code, "%s", skua_get_status_name(r->status));
}

/* The head, then the messages as they lie in the store. */
static void
answer_found(struct broker *b, struct skua_request *request,
    const struct pull *p, struct get_result *r)
{
	struct answer_view views[GET_SLICES_MAX];

	for (size_t i = 0; i < r->slice_count; i++)
		views[i] = (struct answer_view){ r->slices[i].bytes,
			r->slices[i].len, r->slices[i].pin };
	add_offsets(request, p, r);
	skua_answer_views(request, "FOUND", views, r->slice_count,
	    skua_log_release_pin, b);
}

static void run_pull(struct broker *b, struct skua_request *request,
    struct pull *p);

static int64_t
hold_of(const struct conf *conf, const struct pull *p)
{
	if (p->again)
		return p->left_ms;
	if ((p->number[SYS_FLAG] & PULL_SUSPEND) == 0)
		return 0;
	return conf->long_polling ? skua_clamp_span(p->number[SUSPEND]) :
				    conf->short_polling_ms;
}

/* A pull that waits. */
struct parked_pull {
	struct park park;
	struct park_place place;
	struct skua_request *request; /* deferred */
};

/* Like a new one, but it commits no offset, and waits again only for the rest of
 * its time. */
static void
pull_again(struct loop_state *s, struct park *park, enum park_why why)
{
	struct parked_pull *parked =
	    sk_container(park, struct parked_pull, park);
	struct skua_request *request = parked->request;
	struct pull p;

	memset(&p, 0, sizeof(p));
	p.again = true;
	p.left_ms = park->until_ms - skua_mono_ms();
	free(parked);
	skua_request_unpark(request);
	if (why == PARK_CLOSED || why == PARK_ENDING)
		skua_request_drop(request);
	else
		run_pull(s->broker, request, &p);
}

static void
wait_for(struct loop_state *s, struct skua_request *request,
    struct queue *queue, const struct get_result *got, int64_t hold_ms)
{
	struct park_seen seen = { queue, got->max_offset };
	struct parked_pull *parked;

	if (!skua_request_park(request))
		return;
	parked = sk_new(struct parked_pull);
	parked->request = request;
	parked->park.fn = pull_again;
	parked->park.conn = request->conn;
	parked->park.places = &parked->place;
	parked->park.count = 1;
	parked->park.hidden = got->hidden;
	parked->park.until_ms = skua_mono_ms() + hold_ms;
	skua_park(s, &parked->park, &seen);
}

/* Keeps the request until there is something; false when it cannot wait and is
 * to be answered now. */
static bool
park(struct broker *b, struct skua_request *request, struct pull *p,
    const struct get_result *seen, int64_t resume)
{
	int64_t hold_ms = hold_of(broker_conf(b), p);
	struct skua_request *copy;

	if (hold_ms <= 0 || b->stopping)
		return false;
	if (p->queue == NULL) {
		(void)pthread_mutex_lock(&b->log.append_lock);
		p->queue = skua_topic_need_queue(b, p->topic_found,
		    p->queue_id);
		(void)pthread_mutex_unlock(&b->log.append_lock);
		if (p->queue == NULL)
			return false;
	}
	copy = request->deferred ? request : skua_request_defer(request);
	if (copy == NULL)
		return true;
	copy->resume = resume;
	wait_for(state_of(copy->conn), copy, p->queue, seen, hold_ms);
	return true;
}

static void
pull_messages(struct broker *b, struct skua_request *request, struct pull *p)
{
	struct offsets *offsets = &b->offsets;
	struct get_result r;
	int64_t reset;
	int32_t code;

	reset = skua_offset_pending(offsets, p->group, p->topic,
	    p->queue_id, true);
	if (reset != OFFSET_NONE) {
		r.status = GET_OFFSET_RESET;
		r.next_offset = reset;
		r.min_offset = skua_queue_min(b, p->queue);
		r.max_offset = skua_queue_max(b, p->queue);
		answer_without_messages(request, p, &r,
		    SKUA_CODE_PULL_OFFSET_MOVED);
		return;
	}
	skua_get(state_of(request->conn), p->queue,
	    request->resume >= 0 ? request->resume : p->number[OFFSET],
	    p->number[MAX], p->chain, &r);
	code = code_of(p, &r);
	if ((p->number[SYS_FLAG] & PULL_COMMIT) != 0 && !p->again)
		(void)skua_offset_set(offsets, p->group, p->topic,
		    p->queue_id, p->number[COMMIT]);
	if (code == SKUA_CODE_SUCCESS) {
		atomic_fetch_add_explicit(&b->get_messages,
		    (int64_t)r.messages, memory_order_relaxed);
		atomic_fetch_add_explicit(&b->get_found, 1,
		    memory_order_relaxed);
		answer_found(b, request, p, &r);
		return;
	}
	atomic_fetch_add_explicit(&b->get_missed, 1, memory_order_relaxed);
	skua_get_release(b, &r);
	if (code == SKUA_CODE_PULL_NOT_FOUND &&
	    park(b, request, p, &r, request->resume))
		return;
	/* Woken by messages its filter does not want: waits on, behind them. */
	if (p->again && r.status == GET_NO_MATCHED_MESSAGE &&
	    (r.next_offset == r.max_offset || r.hidden) &&
	    park(b, request, p, &r, r.next_offset))
		return;
	answer_without_messages(request, p, &r, code);
}

static void
run_pull(struct broker *b, struct skua_request *request, struct pull *p)
{
	if (take_fields(request, p) && check_broker(b, request) &&
	    find_group(b, request, p) && find_queue(b, request, p) &&
	    find_filter(b, request, p))
		pull_messages(b, request, p);
}

void
handle_pull(struct broker *b, struct skua_request *request)
{
	struct pull p;

	memset(&p, 0, sizeof(p));
	run_pull(b, request, &p);
}

static void
create_group_on_main(struct broker *b, struct skua_request *request)
{
	(void)skua_group_need(b, skua_request_field(request, "consumerGroup"));
	skua_dispatch_again(request);
}
