/* SPDX-License-Identifier: Apache-2.0 */
/* What every handler needs: mandatory fields, JSON answers, later answers. */
#include <stdarg.h>
#include <stdio.h>

#include "namesrv.h"

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

	if (rc == SKUA_OK) {
		skua_answer_body(request, text.p, text.len);
		if (remark == NULL)
			skua_answer(request, SKUA_CODE_SUCCESS, NULL);
		else
			skua_answer(request, SKUA_CODE_SUCCESS, "%s", remark);
	} else {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s",
		    skua_strerror(rc));
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
	struct skua_request *request;
	job_fn *fn;
};

static void
run_job(void *arg)
{
	struct job *job = arg;

	job->fn(job->ns, job->request);
	free(job);
}

void
run_later(struct namesrv *ns, struct skua_request *request, job_fn *fn)
{
	struct skua_request *deferred = skua_request_defer(request);
	struct job *job;
	int rc;

	if (deferred == NULL)
		return;
	job = must_alloc(1, sizeof(*job));
	job->ns = ns;
	job->request = deferred;
	job->fn = fn;
	rc = skua_host_post(ns->host, run_job, job);
	if (rc == SKUA_OK)
		return;
	free(job);
	skua_answer(deferred, SKUA_CODE_SYSTEM_ERROR, "%s", skua_strerror(rc));
}
