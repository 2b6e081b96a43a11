/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUERY_CONSUMER_OFFSET (14), UPDATE_CONSUMER_OFFSET (15),
 * SEARCH_OFFSET_BY_TIMESTAMP (29), GET_MAX_OFFSET (30), GET_MIN_OFFSET (31),
 * GET_EARLIEST_MSG_STORETIME (32).
 * Upstream: ConsumerManageProcessor, AdminBrokerProcessor.
 */
#include "base/number.h"
#include "base/text.h"
#include "broker/handlers.h"

struct queue *
skua_find_queue(struct broker *b, struct skua_str name, int64_t queue_id)
{
	struct topic *topic = skua_topic_find(&b->topics, name);
	int32_t id;

	return topic != NULL && skua_narrow_i32(queue_id, 0, INT32_MAX, &id) ?
	    skua_topic_queue(topic, id) :
	    NULL;
}

/* The topic and queue that most of these have. */
static bool
take_queue(struct broker *b, struct skua_request *request,
    struct queue **queue_r)
{
	struct skua_str topic;
	int64_t queue_id;

	if (!skua_need_field(request, "topic", &topic) ||
	    !skua_need_int(request, "queueId", &queue_id))
		return false;
	*queue_r = skua_find_queue(b, topic, queue_id);
	return true;
}

static void
answer_offset(struct skua_request *request, const char *name, int64_t value)
{
	skua_answer_int(request, name, value);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

void
handle_max_offset(struct broker *b, struct skua_request *request)
{
	struct queue *q;

	if (take_queue(b, request, &q))
		answer_offset(request, "offset", skua_queue_max(b, q));
}

void
handle_min_offset(struct broker *b, struct skua_request *request)
{
	struct queue *q;

	if (take_queue(b, request, &q))
		answer_offset(request, "offset", skua_queue_min(b, q));
}

void
handle_earliest_time(struct broker *b, struct skua_request *request)
{
	struct queue *q;

	if (take_queue(b, request, &q))
		answer_offset(request, "timestamp",
		    skua_queue_time_at(b, q, skua_queue_min(b, q)));
}

void
handle_search_offset(struct broker *b, struct skua_request *request)
{
	struct skua_str boundary = skua_request_field(request, "boundaryType");
	struct queue *q;
	int64_t ms;

	if (!take_queue(b, request, &q) ||
	    !skua_need_int(request, "timestamp", &ms))
		return;
	answer_offset(request, "offset",
	    q == NULL ? 0 :
			skua_queue_offset_by_time(b, q, ms,
			    skua_text_eq_nocase(boundary, "upper")));
}

/* Without an offset a group begins at 0 while that message is still there and
 * fresh, so that a young topic is read from its start. */
static bool
begins_at_zero(struct broker *b, const struct queue *q)
{
	return q != NULL && skua_queue_min(b, q) <= 0 &&
	    skua_queue_max(b, q) > 0;
}

void
handle_query_offset(struct broker *b, struct skua_request *request)
{
	struct skua_str group = skua_request_field(request, "consumerGroup");
	bool zero = skua_request_bool(request, "setZeroIfNotFound", true);
	struct skua_str topic;
	int64_t queue_id, offset;
	struct queue *q;
	int32_t id;

	if (!skua_need_field(request, "topic", &topic) ||
	    !skua_need_int(request, "queueId", &queue_id))
		return;
	offset = skua_narrow_i32(queue_id, 0, INT32_MAX, &id) ?
	    skua_offset_get(&b->offsets, group, topic, id) :
	    OFFSET_NONE;
	if (offset != OFFSET_NONE) {
		answer_offset(request, "offset", offset);
		return;
	}
	q = skua_find_queue(b, topic, queue_id);
	if (!zero)
		skua_answer(request, SKUA_CODE_QUERY_NOT_FOUND,
		    "Not found, do not set to zero, maybe this group boot "
		    "first");
	else if (begins_at_zero(b, q))
		answer_offset(request, "offset", 0);
	else
		skua_answer(request, SKUA_CODE_QUERY_NOT_FOUND,
		    "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot "
		    "first");
}

void
handle_update_offset(struct broker *b, struct skua_request *request)
{
	struct skua_str group = skua_request_field(request, "consumerGroup");
	struct skua_str topic = skua_request_field(request, "topic");
	const struct topic *found = skua_topic_find(&b->topics, topic);
	int64_t number, offset;
	int32_t queue_id;

	if (skua_group_find(&b->groups, group) == NULL) {
		skua_answer(request, SKUA_CODE_GROUP_NOT_EXIST,
		    "Group " SKUA_STR_FMT " not exist!", SKUA_STR_ARG(group));
		return;
	}
	if (found == NULL) {
		skua_answer(request, SKUA_CODE_TOPIC_NOT_EXIST,
		    "Topic " SKUA_STR_FMT " not exist!", SKUA_STR_ARG(topic));
		return;
	}
	if (!skua_request_int(request, "queueId", &number)) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "QueueId is null, topic is " SKUA_STR_FMT,
		    SKUA_STR_ARG(topic));
		return;
	}
	if (!skua_request_int(request, "commitOffset", &offset)) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "Offset is null, topic is " SKUA_STR_FMT,
		    SKUA_STR_ARG(topic));
		return;
	}
	/* One that no topic has is taken and kept nowhere, as upstream does. */
	if (!skua_narrow_i32(number, INT32_MIN, INT32_MAX, &queue_id)) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "queueId %lld is illegal, topic is " SKUA_STR_FMT,
		    (long long)number, SKUA_STR_ARG(topic));
		return;
	}
	if (skua_offset_pending(&b->offsets, group, topic, queue_id,
		false) != OFFSET_NONE) {
		skua_answer(request, SKUA_CODE_SUCCESS,
		    "Offset has been previously reset");
		return;
	}
	(void)skua_offset_set(&b->offsets, group, topic, queue_id, offset);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}
