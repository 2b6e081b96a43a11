/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service that calls clients, for the scenarios:
 *
 *	9941 ask, ms, group	calls who asks; the body says how that ended
 *	9942 ask	calls who asks, and answers before the end, which is logged
 *	9943 group	how many producers it has, and how many of them who asks is
 *	9944		calls nobody
 *	9945		disconnects who asks
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/call.h>
#include <skua/service.h>

#define LONG_MS 600000

static void
say(struct skua_request *request, const char *text)
{
	skua_answer_body(request, text, strlen(text));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static int64_t
number(const struct skua_request *request, const char *name, int64_t dflt)
{
	int64_t value = dflt;

	(void)skua_request_int(request, name, &value);
	return value;
}

static void
replied(void *arg, int rc, const struct skua_reply *reply)
{
	char text[256];

	if (rc == SKUA_OK)
		(void)snprintf(text, sizeof(text), "%d " SKUA_STR_FMT,
		    reply->code, SKUA_STR_ARG(reply->remark));
	else
		(void)snprintf(text, sizeof(text), "%s", skua_strerror(rc));
	say(arg, text);
}

static void
handle_call(struct skua_host *host, struct skua_request *request)
{
	const char *fields[] = { "consumerGroup", "nobody", "jstackEnable",
		"false", NULL };
	struct skua_request *copy = skua_request_defer(request);
	int rc;

	if (copy == NULL)
		return;
	rc = skua_client_call(host, skua_request_connection(copy),
	    (int32_t)number(copy, "ask", 307), fields, skua_str_n(NULL, 0),
	    number(copy, "ms", 5000), replied, copy);
	if (rc != SKUA_OK)
		skua_answer(copy, SKUA_CODE_SYSTEM_ERROR, "%s",
		    skua_strerror(rc));
}

static void
log_end(void *arg, int rc, const struct skua_reply *reply)
{
	(void)arg;
	(void)reply;
	skua_log(SKUA_LOG_NOTICE, "call", "the call ended: %s",
	    skua_strerror(rc));
}

static void
handle_open(struct skua_host *host, struct skua_request *request)
{
	int rc = skua_client_call(host, skua_request_connection(request),
	    (int32_t)number(request, "ask", 40), NULL, skua_str_n(NULL, 0),
	    LONG_MS, log_end, NULL);

	say(request, skua_strerror(rc));
}

struct producers {
	struct skua_host *host;
	struct skua_request *request;
};

static void
count_producers(void *arg)
{
	struct producers *p = arg;
	uint64_t connections[4];
	size_t n = skua_producers(p->host,
	    skua_request_field(p->request, "group"), connections, 4);
	size_t own = 0;
	char text[64];

	for (size_t i = 0; i < n && i < 4; i++)
		own += connections[i] == skua_request_connection(p->request);
	(void)snprintf(text, sizeof(text), "%zu %zu", n, own);
	say(p->request, text);
	free(p);
}

static void
handle_producers(struct skua_host *host, struct skua_request *request)
{
	struct producers *p = calloc(1, sizeof(*p));

	p->host = host;
	p->request = skua_request_defer(request);
	if (p->request == NULL)
		free(p);
	else if (skua_host_post(host, count_producers, p) != SKUA_OK)
		abort();
}

static void
handle_nobody(struct skua_host *host, struct skua_request *request)
{
	struct skua_request *copy = skua_request_defer(request);
	uint64_t own = skua_request_connection(request);
	struct skua_str none = skua_str_n(NULL, 0);

	if (copy == NULL)
		return;
	if (skua_client_call(host, UINT64_MAX, 40, NULL, none, 1, replied,
		copy) != SKUA_ENOENT ||
	    skua_client_call(host, own, 40, NULL, none, 0, replied, copy) !=
		SKUA_EINVAL ||
	    skua_client_call(host, own + 1000, 40, NULL, none, 1, replied,
		copy) != SKUA_OK)
		abort();
}

static void
handle_disconnect(struct skua_host *host, struct skua_request *request)
{
	skua_service_disconnect(host, skua_request_connection(request));
	say(request, "");
}

static void
disconnected(struct skua_host *host, uint64_t connection)
{
	(void)host;
	skua_log(SKUA_LOG_NOTICE, "call", "connection %" PRIx64 " is gone",
	    connection);
}

static const struct skua_service_code codes[] = {
	{ .code = 9941, .handle = handle_call, .operation = SKUA_OP_READ },
	{ .code = 9942, .handle = handle_open, .operation = SKUA_OP_READ },
	{ .code = 9943, .handle = handle_producers,
	    .operation = SKUA_OP_READ },
	{ .code = 9944, .handle = handle_nobody, .operation = SKUA_OP_READ },
	{ .code = 9945, .handle = handle_disconnect,
	    .operation = SKUA_OP_READ },
	{ .handle = NULL },
};

static const struct skua_service ops = {
	.size = sizeof(struct skua_service),
	.role = "broker",
	.codes = codes,
	.code_size = sizeof(codes[0]),
	.disconnected = disconnected,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_service(host, "call", &ops);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "service-call",
	.version = "1",
	.descr = "call clients",
	.license = "Apache-2.0",
	.load = load,
};
