/* SPDX-License-Identifier: Apache-2.0 */
/* A service for the scenarios, with codes of its own and, by the setting `mode`,
 * one thing wrong. */
#include <stdio.h>
#include <string.h>

#include <skua/host.h>
#include <skua/service.h>

#define FIELDS 40

struct test_conf {
	const char *mode;
};

static bool
is_mode(const struct skua_host *host, const char *mode)
{
	const struct test_conf *conf = skua_host_conf(host);

	return strcmp(conf->mode, mode) == 0;
}

/* Many fields, whose names are gone when the answer leaves. */
static void
add_fields(struct skua_request *request)
{
	char name[32];

	for (int i = 0; i < FIELDS; i++) {
		(void)snprintf(name, sizeof(name), "field%d", i);
		skua_answer_int(request, name, i);
	}
	memset(name, 'x', sizeof(name) - 1);
}

static void
answer_at_once(struct skua_host *host, struct skua_request *request)
{
	(void)host;
	add_fields(request);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static void
answer_deferred(void *arg)
{
	struct skua_request *request = arg;

	add_fields(request);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static void
answer_later(struct skua_host *host, struct skua_request *request)
{
	struct skua_request *copy;

	add_fields(request);
	copy = skua_request_defer(request);
	if (copy != NULL &&
	    skua_host_post(host, answer_deferred, copy) != SKUA_OK)
		skua_answer(copy, SKUA_CODE_SYSTEM_ERROR, NULL);
}

static void
answer_never(struct skua_host *host, struct skua_request *request)
{
	(void)host;
	(void)request;
}

static void
answer_twice(struct skua_host *host, struct skua_request *request)
{
	(void)host;
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "twice");
}

static void
answer_in_place(struct skua_host *host, struct skua_request *request)
{
	(void)host;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "in place of another");
}

static const struct skua_service_code codes[] = {
	{ .code = 9901, .handle = answer_at_once, .operation = SKUA_OP_READ },
	{ .code = 9902, .handle = answer_later, .operation = SKUA_OP_READ },
	{ .code = 9903, .handle = answer_never, .operation = SKUA_OP_READ },
	{ .code = 9904, .handle = answer_twice, .operation = SKUA_OP_READ },
	{ .code = 9905, .handle = answer_at_once },
	{ .handle = NULL },
};

static const struct skua_service_code stolen[] = {
	{ .code = 310, .handle = answer_in_place },
	{ .handle = NULL },
};

static const struct skua_service_code replaced[] = {
	{ .code = 28, .handle = answer_in_place,
	    .flags = SKUA_SERVICE_REPLACES },
	{ .handle = NULL },
};

static void
follow(void *arg, const struct skua_record *records, size_t n)
{
	(void)arg;
	(void)records;
	(void)n;
}

/* Without the role broker there is none. */
static int
ask_log(struct skua_host *host, struct skua_error *e)
{
	struct skua_log_record record;
	int64_t min = 1, max = 1;

	skua_log_range(host, &min, &max);
	skua_log_follow_again(host, host, 0);
	if (min != 0 || max != 0 || skua_log_is_durable(host) ||
	    skua_log_was_clean(host) ||
	    skua_log_read(host, 0, &record) != SKUA_ENOTSUP)
		return skua_fail(e, SKUA_EINVAL, "there is a log");
	return skua_log_follow(host, 0, follow, host, e);
}

static int
start(struct skua_host *host, struct skua_error *e)
{
	if (is_mode(host, "silent"))
		return SKUA_EIO;
	return is_mode(host, "log") ? ask_log(host, e) : SKUA_OK;
}

static const struct skua_service own = {
	.size = sizeof(struct skua_service),
	.codes = codes,
	.code_size = sizeof(codes[0]),
	.start = start,
};
static const struct skua_service steals = {
	.size = sizeof(struct skua_service),
	.codes = stolen,
	.code_size = sizeof(stolen[0]),
};
static const struct skua_service replaces = {
	.size = sizeof(struct skua_service),
	.codes = replaced,
	.code_size = sizeof(replaced[0]),
};
static const struct skua_service none = { .size = sizeof(struct skua_service) };

static int
load(struct skua_host *host, struct skua_error *e)
{
	const char *name = skua_host_name(host);

	(void)e;
	if (is_mode(host, "steal"))
		return skua_provide_service(host, name, &steals);
	if (is_mode(host, "replace"))
		return skua_provide_service(host, name, &replaces);
	return skua_provide_service(host, name,
	    strchr(name, '@') == NULL ? &own : &none);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_STRING("mode", struct test_conf, mode, 0, "",
	    "What is wrong with it."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "service-test",
	.version = "1",
	.descr = "answer, answer badly, fail to start",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct test_conf),
	.load = load,
};
