/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service that reads queues and waits for messages, for the scenarios:
 *
 *	9931 topic, queue, offset, count, tag	the bodies, in the text answer
 *	9932 the same	the messages, as the store has them
 *	9933 topic, ms, offset	waits on all queues of the topic; says the end
 *	9934 topic, ms	by time: the queue's range, the first offset since ms
 *	9935 topic, offset	as 9931, on a thread of its own
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/queue.h>
#include <skua/service.h>
#include <skua/topic.h>

#define QUEUES 4

static void
say(struct skua_request *request, const char *text)
{
	skua_answer_body(request, text, strlen(text));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static void
fails(struct skua_request *request, int rc)
{
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", skua_strerror(rc));
}

static int64_t
number(const struct skua_request *request, const char *name, int64_t dflt)
{
	int64_t value = dflt;

	(void)skua_request_int(request, name, &value);
	return value;
}

static int
read_queue(struct skua_host *host, struct skua_request *request,
    struct skua_records **records_r, struct skua_error *e)
{
	struct skua_subscription sub = { .group = SKUA_STR("g"),
		.expression_type = SKUA_STR("TAG") };
	struct skua_read read = { .size = sizeof(read) };

	read.topic = sub.topic = skua_request_field(request, "topic");
	read.queue = (int32_t)number(request, "queue", 0);
	read.offset = number(request, "offset", 0);
	read.max_messages = number(request, "count", 32);
	sub.expression = skua_request_field(request, "tag");
	if (sub.expression.len > 0)
		read.filter = &sub;
	return skua_queue_read(host, &read, records_r, e);
}

static void
say_bodies(struct skua_request *request, struct skua_records *records)
{
	const struct skua_read_info *info = skua_records_info(records);
	struct skua_record record;
	char text[1024];
	size_t seen = 0;
	int n = snprintf(text, sizeof(text), "%d %" PRId64 " %" PRId64
	    "-%" PRId64 ":", (int)info->status, info->next, info->min,
	    info->max);

	for (; skua_records_next(records, &record); seen++)
		if (n < (int)sizeof(text) - 64)
			n += snprintf(text + n, sizeof(text) - (size_t)n,
			    " " SKUA_STR_FMT, SKUA_STR_ARG(record.body));
	if (seen != info->count)
		n = snprintf(text, sizeof(text), "%zu of %zu", seen,
		    info->count);
	skua_records_free(records);
	say(request, text);
}

static void
handle_read(struct skua_host *host, struct skua_request *request)
{
	struct skua_records *records;
	struct skua_error e = { 0, "" };

	if (read_queue(host, request, &records, &e) == SKUA_OK)
		say_bodies(request, records);
	else
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", e.text);
}

static void
handle_raw(struct skua_host *host, struct skua_request *request)
{
	struct skua_records *records;
	struct skua_error e = { 0, "" };

	if (read_queue(host, request, &records, &e) == SKUA_OK)
		skua_answer_records(request, "found", records);
	else
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", e.text);
}

static void
waited(void *arg, struct skua_request *request, enum skua_wait_end end)
{
	(void)arg;
	say(request, end == SKUA_WAIT_MESSAGE ? "message" :
		end == SKUA_WAIT_OVER	      ? "over" :
						"closed");
}

static void
handle_wait(struct skua_host *host, struct skua_request *request)
{
	struct skua_request *copy = skua_request_defer(request);
	struct skua_topic_info info = { .size = sizeof(info) };
	struct skua_queue_at at[QUEUES];
	size_t n;
	int rc;

	if (copy == NULL)
		return;
	memset(at, 0, sizeof(at));
	for (size_t i = 0; i < QUEUES; i++) {
		at[i].topic = skua_request_field(copy, "topic");
		at[i].queue = (int32_t)i;
		at[i].offset = number(copy, "offset", 0);
	}
	rc = skua_topic_get(host, at[0].topic, &info);
	n = rc == SKUA_OK ? (size_t)info.read_queues : 0;
	rc = skua_queue_wait(host, copy, at, n < QUEUES ? n : QUEUES,
	    number(copy, "ms", 1000), waited, NULL);
	if (rc != SKUA_OK && rc != SKUA_EBUSY)
		fails(copy, rc);
}

static void
handle_time(struct skua_host *host, struct skua_request *request)
{
	struct skua_str topic = skua_request_field(request, "topic");
	int64_t min, max, first = -1, last = -1;
	int64_t ms = number(request, "ms", 0);
	char text[128];
	int rc = skua_queue_range(host, topic, 0, &min, &max);

	if (rc == SKUA_OK)
		rc = skua_queue_by_time(host, topic, 0, ms, false, &first);
	if (rc == SKUA_OK)
		rc = skua_queue_by_time(host, topic, 0, ms, true, &last);
	if (rc != SKUA_OK) {
		fails(request, rc);
		return;
	}
	(void)snprintf(text, sizeof(text),
	    "%" PRId64 "-%" PRId64 " %" PRId64 " %" PRId64, min, max, first,
	    last);
	say(request, text);
}

struct on_thread {
	struct skua_host *host;
	struct skua_request *request;
};

static void *
read_on_thread(void *arg)
{
	struct on_thread *t = arg;

	handle_read(t->host, t->request);
	return NULL;
}

static void
handle_thread(struct skua_host *host, struct skua_request *request)
{
	struct on_thread t = { host, skua_request_defer(request) };
	pthread_t thread;

	if (t.request == NULL)
		return;
	if (pthread_create(&thread, NULL, read_on_thread, &t) != 0)
		fails(t.request, SKUA_EIO);
	else
		(void)pthread_join(thread, NULL);
}

static const struct skua_service_code codes[] = {
	{ .code = 9931, .handle = handle_read, .operation = SKUA_OP_CONSUME },
	{ .code = 9932, .handle = handle_raw, .operation = SKUA_OP_CONSUME },
	{ .code = 9933, .handle = handle_wait, .operation = SKUA_OP_CONSUME },
	{ .code = 9934, .handle = handle_time, .operation = SKUA_OP_CONSUME },
	{ .code = 9935, .handle = handle_thread,
	    .operation = SKUA_OP_CONSUME },
	{ .handle = NULL },
};

static const struct skua_service ops = {
	.size = sizeof(struct skua_service),
	.role = "broker",
	.codes = codes,
	.code_size = sizeof(codes[0]),
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_service(host, "queue", &ops);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "service-queue",
	.version = "1",
	.descr = "read queues, wait for messages",
	.license = "Apache-2.0",
	.load = load,
};
