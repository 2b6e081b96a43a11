/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HEART_BEAT (34), UNREGISTER_CLIENT (35), GET_CONSUMER_LIST_BY_GROUP (38),
 * CHECK_CLIENT_CONFIG (46).
 * Upstream: broker.processor.ClientManageProcessor, ConsumerManageProcessor.
 */
#include <stdlib.h>

#include "broker/chain.h"
#include "broker/handlers.h"
#include "broker/keeping.h"
#include "broker/notice.h"

struct heartbeat {
	struct heartbeat_waiter waiter;
	struct skua_request *request;
	struct heartbeat_result result;
};

static void
answer_heartbeat(struct skua_request *request,
    const struct heartbeat_result *result)
{
	skua_answer_field(request, "IS_SUPPORT_HEART_BEAT_V2",
	    (struct skua_str)SKUA_STR("true"));
	skua_answer_field(request, "IS_SUB_CHANGE",
	    skua_str_z(result->is_v2 && result->subscriptions_known ?
		    "false" :
		    "true"));
	if (result->refused)
		skua_answer(request, SKUA_CODE_SYSTEM_BUSY,
		    "too many clients and subscriptions: maxSessionBytes is "
		    "reached");
	else
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

/* Answer first, notify after: a client that rebalances before it has its answer
 * pulls with a subscription it thinks unknown, and stalls. */
static void
finish_heartbeat(struct broker *b, struct heartbeat_waiter *waiter)
{
	struct heartbeat *h = sk_container(waiter, struct heartbeat, waiter);

	answer_heartbeat(h->request, &h->result);
	for (size_t i = 0; i < h->result.group_count; i++) {
		skua_session_notify(b, skua_str_z(h->result.groups[i]));
		free(h->result.groups[i]);
	}
	free(h->result.groups);
	free(h);
}

static void
when_registered(struct broker *b, void *arg)
{
	struct heartbeat *h = arg;

	skua_session_when_settled(b, &h->waiter);
}

void
handle_heartbeat(struct broker *b, struct skua_request *request)
{
	int64_t max = broker_conf(b)->heartbeat_max;
	struct heartbeat *h;
	json_t *body;

	if ((int64_t)skua_request_body(request).len > max) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "a heartbeat has at most %lld bytes (maxHeartbeatBytes)",
		    (long long)max);
		return;
	}
	body = skua_need_json(request);
	if (body == NULL)
		return;
	h = sk_new(struct heartbeat);
	h->request = request;
	h->waiter.fn = finish_heartbeat;
	(void)skua_session_heartbeat(b, request, body, &h->result);
	json_decref(body);
	/* Clients look a new retry topic up at once: it must be known. */
	if (h->result.made_topic)
		skua_keep_topics(b, when_registered, h);
	else
		skua_session_when_settled(b, &h->waiter);
}

void
handle_unregister(struct broker *b, struct skua_request *request)
{
	skua_session_unregister(b, request->conn,
	    skua_request_field(request, "producerGroup"),
	    skua_request_field(request, "consumerGroup"));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

void
handle_consumer_list(struct broker *b, struct skua_request *request)
{
	struct skua_str group = skua_request_field(request, "consumerGroup");
	const struct consumer_view *view =
	    skua_session_view(&b->sessions, group);
	struct skua_jsonw w;

	if (view == NULL) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "no consumer for this group, " SKUA_STR_FMT,
		    SKUA_STR_ARG(group));
		return;
	}
	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "consumerIdList");
	skua_jsonw_open(&w, '[');
	for (size_t i = 0; i < view->client_count; i++)
		skua_jsonw_str_z(&w, view->clients[i].id);
	skua_jsonw_close(&w, ']');
	skua_jsonw_close(&w, '}');
	skua_answer_json(request, &w);
}

void
handle_check_config(struct broker *b, struct skua_request *request)
{
	struct skua_str body = skua_request_body(request);
	struct skua_subscription asked;
	struct skua_error e;
	json_t *json, *sub;
	int rc;

	if (body.len == 0) {
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
		return;
	}
	json = skua_need_json(request);
	if (json == NULL)
		return;
	sub = json_object_get(json, "subscriptionData");
	asked = (struct skua_subscription){
		.group = skua_str_z(skua_json_text(json, "group")),
		.topic = skua_str_z(skua_json_text(sub, "topic")),
		.expression = skua_str_z(skua_json_text(sub, "subString")),
		.expression_type =
		    skua_str_z(skua_json_text(sub, "expressionType")),
	};
	rc = skua_chain_check(b, &asked, &e);
	json_decref(json);
	if (rc == SKUA_OK)
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	else
		skua_answer(request, rc == SKUA_ENOTSUP ?
			SKUA_CODE_SYSTEM_ERROR :
			SKUA_CODE_SUBSCRIPTION_PARSE_FAILED,
		    "%s", e.text);
}

void
skua_answer_from_client(struct broker *b, struct skua_request *response)
{
	(void)b;
	if (!skua_call_answered(response))
		skua_log(SKUA_LOG_DEBUG, "broker",
		    "an answer that nobody waits for, opaque %d",
		    response->command.opaque);
}
