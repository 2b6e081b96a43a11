/* SPDX-License-Identifier: Apache-2.0 */
/* Pulling, and offsets.  Upstream: client.impl.consumer.PullAPIWrapper. */
#include <stdlib.h>

#include <skua/host.h>
#include <skua/pull.h>

#include "base/text.h"
#include "client/client.h"

#define ANSWER_SLACK_MS 10000 /* beyond the hold */

enum { SYS_SUSPEND = 2, SYS_SUBSCRIPTION = 4 };

struct pulling {
	skua_pulled_fn *fn;
	void *arg;
};

static int64_t
number(const struct skua_reply *reply, const char *name)
{
	int64_t n = 0;

	(void)skua_text_int(skua_reply_field(reply, name), &n);
	return n;
}

static bool
take_outcome(int32_t code, enum skua_pull_outcome *outcome_r)
{
	switch (code) {
	case 0:
		*outcome_r = SKUA_PULL_FOUND;
		return true;
	case 19:
	case 20:
		*outcome_r = SKUA_PULL_NONE;
		return true;
	case 21:
		*outcome_r = SKUA_PULL_MOVED;
		return true;
	default:
		return false;
	}
}

/* Records back to back, to the last byte; messages that can not be read must
 * not be passed over. */
static int
check_records(struct skua_str records, struct skua_error *e)
{
	size_t left, n = skua_records_count(records, &left);

	return left == 0 ?
	    SKUA_OK :
	    skua_fail(e, SKUA_EPROTO,
		"of the answer's %zu bytes, the last %zu, after %zu messages, "
		"are not a message", records.len, left, n);
}

/* SKUA_EPROTO: a number is missing, or makes no sense. */
static int
take_found(const struct skua_reply *reply, struct skua_pulled *pulled,
    struct skua_error *e)
{
	pulled->next_offset = number(reply, "nextBeginOffset");
	pulled->min_offset = number(reply, "minOffset");
	pulled->max_offset = number(reply, "maxOffset");
	pulled->records = reply->code == 0 ? reply->body : skua_str_n(NULL, 0);
	if (pulled->next_offset < 0)
		return skua_fail(e, SKUA_EPROTO,
		    "the answer goes on at offset %lld",
		    (long long)pulled->next_offset);
	return check_records(pulled->records, e);
}

static void
on_answer(void *arg, int status, const struct skua_reply *reply)
{
	struct pulling *p = arg;
	struct skua_pulled pulled = { .outcome = SKUA_PULL_NONE };
	struct skua_error e = { 0 };

	if (status != SKUA_OK)
		(void)skua_fail(&e, status, "%s", skua_strerror(status));
	else if (!take_outcome(reply->code, &pulled.outcome))
		status = skua_client_refusal(reply, &e);
	if (status == SKUA_OK)
		status = take_found(reply, &pulled, &e);
	p->fn(p->arg, status, status == SKUA_OK ? &pulled : NULL, &e);
	free(p);
}

int
skua_pull_async(struct skua_client *client, const struct skua_pull *pull,
    skua_pulled_fn *fn, void *arg)
{
	char queue[32], offset[32], max[32], flags[16], hold[32], version[32];
	const char *const fields[] = { "consumerGroup", pull->group, "topic",
		pull->topic, "queueId", queue, "queueOffset", offset,
		"maxMsgNums", max, "sysFlag", flags, "commitOffset", "0",
		"suspendTimeoutMillis", hold, "subscription",
		pull->expression == NULL ? "*" : pull->expression, "subVersion",
		version, "expressionType",
		pull->expression_type == NULL ? "TAG" : pull->expression_type,
		NULL };
	struct pulling *p;
	int rc;

	if (pull->group == NULL || pull->topic == NULL || pull->queue == NULL)
		return SKUA_EINVAL;
	(void)snprintf(queue, sizeof(queue), "%d", pull->queue->queue_id);
	(void)snprintf(offset, sizeof(offset), "%lld",
	    (long long)pull->offset);
	(void)snprintf(max, sizeof(max), "%d", pull->max_messages);
	(void)snprintf(flags, sizeof(flags), "%d",
	    SYS_SUBSCRIPTION | (pull->hold_ms > 0 ? SYS_SUSPEND : 0));
	(void)snprintf(hold, sizeof(hold), "%lld", (long long)pull->hold_ms);
	(void)snprintf(version, sizeof(version), "%lld",
	    (long long)skua_now_ms());
	p = sk_new(struct pulling);
	p->fn = fn;
	p->arg = arg;
	rc = skua_client_call(client, pull->queue->address, REQUEST_PULL, fields,
	    skua_str_n(NULL, 0), pull->hold_ms + ANSWER_SLACK_MS, on_answer, p);
	if (rc != SKUA_OK)
		free(p);
	return rc;
}

/* --- waiting --- */

struct pull_wait {
	struct waiting waiting;
	int status;
	struct skua_pulled *pulled;
	struct skua_error error;
};

static void
pulled_one(void *arg, int status, const struct skua_pulled *pulled,
    const struct skua_error *e)
{
	struct pull_wait *w = arg;

	w->status = status;
	if (status == SKUA_OK) {
		*w->pulled = *pulled;
		w->pulled->records.p = malloc(pulled->records.len + 1);
		if (w->pulled->records.p == NULL)
			w->status = skua_fail(&w->error, SKUA_ENOMEM, "%s",
			    skua_strerror(SKUA_ENOMEM));
		else
			skua_str_copy((char *)(uintptr_t)w->pulled->records.p,
			    pulled->records);
	} else {
		w->error = *e;
	}
	skua_waiting_done(&w->waiting);
}

int
skua_pull(struct skua_client *client, const struct skua_pull *pull,
    struct skua_pulled *pulled_r, struct skua_error *e)
{
	struct pull_wait w = { .pulled = pulled_r };
	int rc = skua_client_may_wait(client, e);

	if (rc != SKUA_OK)
		return rc;
	skua_waiting_init(&w.waiting);
	rc = skua_pull_async(client, pull, pulled_one, &w);
	if (rc != SKUA_OK)
		return skua_fail(e, rc,
		    "a pull needs a group, a topic and a queue");
	skua_waiting_wait(client, &w.waiting);
	if (w.status != SKUA_OK && e != NULL)
		*e = w.error;
	return w.status;
}

void
skua_pulled_free(struct skua_pulled *pulled)
{
	free((char *)(uintptr_t)pulled->records.p);
	pulled->records = skua_str_n(NULL, 0);
}

/* --- offsets --- */

struct offset_wait {
	struct waiting waiting;
	int status;
	int32_t code;
	int64_t offset;
	struct skua_error error;
};

static void
got_offset(void *arg, int status, const struct skua_reply *reply)
{
	struct offset_wait *w = arg;

	w->status = status;
	if (status != SKUA_OK) {
		(void)skua_fail(&w->error, status, "%s", skua_strerror(status));
	} else {
		w->code = reply->code;
		w->offset = number(reply, "offset");
		if (reply->code != 0)
			w->status = skua_client_refusal(reply, &w->error);
	}
	skua_waiting_done(&w->waiting);
}

static int
ask_offset(struct skua_client *client, const struct skua_queue *queue,
    int32_t code, const char *const *fields, struct offset_wait *w)
{
	int rc;

	memset(w, 0, sizeof(*w));
	rc = skua_client_may_wait(client, &w->error);
	if (rc != SKUA_OK)
		return rc;
	skua_waiting_init(&w->waiting);
	rc = skua_client_call(client, queue->address, code, fields,
	    skua_str_n(NULL, 0), 0, got_offset, w);
	if (rc != SKUA_OK)
		return skua_fail(&w->error, rc, "%s", skua_strerror(rc));
	skua_waiting_wait(client, &w->waiting);
	return w->status;
}

int
skua_offset_query(struct skua_client *client, const char *group,
    const char *topic, const struct skua_queue *queue, int64_t *offset_r,
    struct skua_error *e)
{
	char id[16];
	const char *const fields[] = { "consumerGroup", group, "topic", topic,
		"queueId", id, "setZeroIfNotFound", "false", NULL };
	struct offset_wait w;
	int rc;

	(void)snprintf(id, sizeof(id), "%d", queue->queue_id);
	rc = ask_offset(client, queue, REQUEST_QUERY_OFFSET, fields, &w);
	*offset_r = rc == SKUA_OK ? w.offset : -1;
	if (rc == SKUA_EREFUSED && w.code == 22)
		return SKUA_OK;
	if (rc != SKUA_OK && e != NULL)
		*e = w.error;
	return rc;
}

int
skua_offset_commit(struct skua_client *client, const char *group,
    const char *topic, const struct skua_queue *queue, int64_t offset,
    struct skua_error *e)
{
	char id[16], text[32];
	const char *const fields[] = { "consumerGroup", group, "topic", topic,
		"queueId", id, "commitOffset", text, NULL };

	(void)snprintf(id, sizeof(id), "%d", queue->queue_id);
	(void)snprintf(text, sizeof(text), "%lld", (long long)offset);
	return skua_client_ask(client, queue->address, REQUEST_UPDATE_OFFSET,
	    fields, skua_str_n(NULL, 0), NULL, NULL, e);
}

int
skua_offset_at(struct skua_client *client, const char *topic,
    const struct skua_queue *queue, int64_t ms, int64_t *offset_r,
    struct skua_error *e)
{
	int32_t code = ms == INT64_MAX ? REQUEST_MAX_OFFSET :
	    ms == 0 ? REQUEST_MIN_OFFSET :
			REQUEST_SEARCH_OFFSET;
	char id[16], text[32];
	const char *const fields[] = { "topic", topic, "queueId", id,
		"timestamp", text, NULL };
	struct offset_wait w;
	int rc;

	(void)snprintf(id, sizeof(id), "%d", queue->queue_id);
	(void)snprintf(text, sizeof(text), "%lld", (long long)ms);
	rc = ask_offset(client, queue, code, fields, &w);
	*offset_r = w.offset;
	if (rc != SKUA_OK && e != NULL)
		*e = w.error;
	return rc;
}
