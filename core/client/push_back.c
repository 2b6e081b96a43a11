/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to be consumed later.  The broker takes them back and delivers them
 * again after a delay, to whoever then has the retry queue; where it does not,
 * they stay here and are delivered again after 5 s.  Either way the message's
 * offset is done only when it is safe.
 * Upstream: DefaultMQPushConsumerImpl.sendMessageBack.
 */
#include <utlist.h>

#include <skua/host.h>

#include "base/text.h"
#include "client/push.h"

#define LOCAL_RETRY_MS 5000
#define MAX_TRIES 16

/* One message on its way back, or waiting here. */
struct retry {
	struct retry *prev, *next;
	struct skua_push *push;
	struct parcel *parcel; /* a reference */
	size_t i;
	struct client_timer *timer;
};

static void
free_retry(struct retry *r)
{
	skua_parcel_unref(r->parcel);
	free(r);
}

/* --- here --- */

/* A job of its own; it lives as long as the parcel does. */
static void
deliver_again(void *arg)
{
	struct retry *r = arg;
	struct skua_push *push = r->push;
	struct parcel *p = r->parcel;
	struct job *job = sk_new(struct job);

	DL_DELETE(push->retries, r);
	skua_parcel_own(p, job);
	p->messages[r->i].record.reconsume_times++;
	skua_push_enqueue(push, p, r->i, 1, job);
	free_retry(r);
}

static bool
is_given_up(const struct skua_push *push, const struct parcel *p, size_t i)
{
	return push->options.max_tries > 0 &&
	    p->messages[i].record.reconsume_times >= push->options.max_tries;
}

static void
keep_here(struct retry *r)
{
	struct skua_push *push = r->push;
	struct parcel *p = r->parcel;

	if (push->member.stopping || p->detached) {
		free_retry(r); /* its offset stays: the successor gets it */
	} else if (is_given_up(push, p, r->i)) {
		skua_log(SKUA_LOG_WARNING, "client",
		    "group %s: gave up message " SKUA_STR_FMT
		    " after %d tries", push->member.group,
		    SKUA_STR_ARG(p->messages[r->i].msg_id),
		    p->messages[r->i].record.reconsume_times + 1);
		skua_flow_done(p, r->i);
		free_retry(r);
	} else {
		DL_APPEND(push->retries, r);
		r->timer = skua_client_after(push->member.client,
		    LOCAL_RETRY_MS, deliver_again, r);
	}
}

void
skua_push_forget_retries(struct skua_push *push, const struct flow *flow)
{
	struct retry *r, *next;

	DL_FOREACH_SAFE (push->retries, r, next) {
		if (flow != NULL && r->parcel->flow != flow)
			continue;
		DL_DELETE(push->retries, r);
		skua_client_cancel(&r->timer);
		free_retry(r);
	}
}

/* --- to the broker --- */

static void
on_answer(void *arg, int status, const struct command *answer)
{
	struct retry *r = arg;
	struct skua_push *push = r->push;

	if (status == SKUA_OK && answer->code == CODE_OK) {
		skua_flow_done(r->parcel, r->i);
		free_retry(r);
	} else {
		keep_here(r);
	}
	skua_push_less(push);
}

#define VIEW(text, value) skua_str_n(text, skua_text_put_int(text, value))

static void
send_back(struct retry *r, const char *address)
{
	struct skua_push *push = r->push;
	const struct skua_received *m = &r->parcel->messages[r->i];
	char pos[TEXT_INT_MAX], level[TEXT_INT_MAX], max[TEXT_INT_MAX];
	int32_t tries = push->options.max_tries > 0 ? push->options.max_tries :
						      MAX_TRIES;
	struct field fields[] = {
		{ SKUA_STR("offset"), VIEW(pos, m->record.pos) },
		{ SKUA_STR("group"), skua_str_z(push->member.group) },
		{ SKUA_STR("delayLevel"),
		    VIEW(level, push->options.delay_level) },
		{ SKUA_STR("originMsgId"), m->msg_id },
		{ SKUA_STR("originTopic"), m->topic },
		{ SKUA_STR("unitMode"), SKUA_STR("false") },
		{ SKUA_STR("maxReconsumeTimes"), VIEW(max, tries) },
	};
	struct command_out out = { .code = REQUEST_SEND_BACK, .fields = fields,
		.field_count = sizeof(fields) / sizeof(fields[0]) };

	push->under_way++;
	skua_client_transmit(push->member.client, address, &out,
	    skua_str_n(NULL, 0), push->member.client->options.timeout_ms,
	    on_answer, r);
}

void
skua_push_back(struct skua_push *push, struct parcel *parcel, size_t i)
{
	struct retry *r = sk_new(struct retry);
	const char *address = skua_flow_address(parcel->flow, 0);

	r->push = push;
	r->parcel = parcel;
	r->i = i;
	if (address == NULL)
		keep_here(r);
	else
		send_back(r, address);
}
