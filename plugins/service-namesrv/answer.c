/* SPDX-License-Identifier: Apache-2.0 */
/* What every handler needs: mandatory fields, JSON answers, later answers. */
#include <stdarg.h>
#include <stdio.h>

#include "namesrv.h"

/* A frame of RocketMQ has 16 MiB with its head. */
#define ANSWER_MAX ((size_t)15 << 20)
/* What may wait for other threads at once. */
#define JOBS_MAX 256
#define JOB_BYTES_MAX ((int64_t)32 << 20)

struct namesrv *
namesrv_of(struct skua_host *host)
{
	return skua_host_data(host);
}

bool
need_name(struct skua_request *request, const char *field,
    struct skua_str *value_r)
{
	struct skua_str value = skua_request_field(request, field);

	if (value.len == 0) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the field %s is missing", field);
		return false;
	}
	if (value.len > NAME_MAX_LEN ||
	    memchr(value.p, '\0', value.len) != NULL) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "the field %s is longer than %d bytes or holds a NUL",
		    field, NAME_MAX_LEN);
		return false;
	}
	*value_r = value;
	return true;
}

bool
need_int(struct skua_request *request, const char *field, int64_t *value_r)
{
	struct skua_str text = skua_request_field(request, field);

	if (skua_request_int(request, field, value_r))
		return true;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "the field %s is %s",
	    field, text.len == 0 ? "missing" : "no number");
	return false;
}

bool
need_kind(struct skua_request *request, const char *field,
    enum skua_name_kind kind, struct skua_str *value_r)
{
	struct skua_error e;

	if (!need_name(request, field, value_r))
		return false;
	if (skua_name_check(kind, *value_r, &e) == SKUA_OK)
		return true;
	skua_answer(request, SKUA_CODE_INVALID_PARAMETER, "the field %s: %s",
	    field, e.text);
	return false;
}

/* A name of a host or an IP address, a colon, a port. */
static bool
is_address(struct skua_str text)
{
	static const char host[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:%-[]";
	size_t colon = text.len;

	while (colon > 0 && text.p[colon - 1] != ':')
		colon--;
	if (colon < 2 || colon == text.len || text.len - colon > 5)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (i < colon ? memchr(host, text.p[i], sizeof(host) - 1) ==
				NULL :
				text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}

bool
need_address(struct skua_request *request, const char *field,
    struct skua_str *value_r)
{
	if (!need_name(request, field, value_r))
		return false;
	if (is_address(*value_r))
		return true;
	skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
	    "the field %s is not an address of the form HOST:PORT", field);
	return false;
}

void
answer_full(struct namesrv *ns, struct skua_request *request, const char *fmt,
    ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	COUNT_ONE(ns, full);
	complain(ns, "%s", text);
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", text);
}

struct skua_str
field_shown(struct skua_request *request, const char *field)
{
	struct skua_str text = skua_request_field(request, field);

	return text.p == NULL ? skua_str_z("null") : text;
}

void
answer_json(struct skua_request *request, struct skua_jsonw *w,
    const char *remark)
{
	struct skua_str text;
	int rc = skua_jsonw_finish(w, &text);

	if (rc == SKUA_OK && text.len > ANSWER_MAX)
		rc = SKUA_ELIMIT;
	if (rc == SKUA_OK) {
		skua_answer_body(request, text.p, text.len);
		if (remark == NULL)
			skua_answer(request, SKUA_CODE_SUCCESS, NULL);
		else
			skua_answer(request, SKUA_CODE_SUCCESS, "%s", remark);
	} else {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the answer is more than a frame may have, or memory is "
		    "short: %s", skua_strerror(rc));
	}
	skua_jsonw_free(w);
}

void
complain(struct namesrv *ns, const char *fmt, ...)
{
	int64_t now_ms = skua_mono_ms();
	int64_t last_ms = __atomic_load_n(&ns->complained_ms, __ATOMIC_RELAXED);
	char text[512];
	va_list ap;

	if (last_ms != 0 && now_ms - last_ms < 1000)
		return;
	if (!__atomic_compare_exchange_n(&ns->complained_ms, &last_ms, now_ms,
	    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	skua_log(SKUA_LOG_WARNING, UNIT, "%s", text);
}

struct job {
	struct namesrv *ns;
	int64_t bytes;
	struct skua_request *request;
	job_fn *fn;
};

bool
jobs_join(struct namesrv *ns, int64_t bytes)
{
	int64_t n = __atomic_add_fetch(&ns->jobs, 1, __ATOMIC_RELAXED);
	int64_t all =
	    __atomic_add_fetch(&ns->job_bytes, bytes, __ATOMIC_RELAXED);

	return n <= JOBS_MAX && all <= JOB_BYTES_MAX;
}

void
jobs_leave(struct namesrv *ns, int64_t bytes)
{
	(void)__atomic_sub_fetch(&ns->jobs, 1, __ATOMIC_RELAXED);
	(void)__atomic_sub_fetch(&ns->job_bytes, bytes, __ATOMIC_RELAXED);
}

static void
run_job(void *arg)
{
	struct job *job = arg;

	job->fn(job->ns, job->request);
	jobs_leave(job->ns, job->bytes);
	free(job);
}

void
run_later(struct namesrv *ns, struct skua_request *request, job_fn *fn)
{
	int64_t bytes = (int64_t)skua_request_body(request).len;
	struct skua_request *deferred;
	struct job *job;
	int rc;

	if (!jobs_join(ns, bytes)) {
		jobs_leave(ns, bytes);
		answer_full(ns, request, "busy: too many changes wait");
		return;
	}
	deferred = skua_request_defer(request);
	if (deferred == NULL) {
		jobs_leave(ns, bytes);
		return; /* it was answered */
	}
	job = must_alloc(1, sizeof(*job));
	job->ns = ns;
	job->bytes = bytes;
	job->request = deferred;
	job->fn = fn;
	rc = skua_host_post(ns->host, run_job, job);
	if (rc == SKUA_OK)
		return;
	jobs_leave(ns, bytes);
	free(job);
	skua_answer(deferred, SKUA_CODE_SYSTEM_ERROR, "%s", skua_strerror(rc));
}
