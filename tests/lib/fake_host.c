/* SPDX-License-Identifier: Apache-2.0 */
/* See fake_host.h. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <skua/io.h>

#include "fake_host.h"

#define TIMERS_MAX 16
#define JOBS_MAX 64
#define EVENTS_MAX 64
#define METRICS_MAX 64
#define SETTINGS_MAX 64

struct fake_timer {
	int64_t next_ms, period_ms;
	skua_timer_fn *fn;
	void *arg;
};

struct skua_host {
	const struct skua_plugin *plugin;
	const struct skua_service *service;
	void *conf, *data;
	const char *settings[SETTINGS_MAX];
	struct fake_timer timers[TIMERS_MAX];
	size_t n_timers;
	struct {
		skua_timer_fn *fn;
		void *arg;
	} jobs[JOBS_MAX];
	size_t n_jobs;
	struct fake_event events[EVENTS_MAX];
	size_t n_events;
	struct skua_metric metrics[METRICS_MAX];
	size_t n_metrics;
	struct fake_answer answer;
	bool started;
};

struct skua_request {
	struct skua_host *host;
	int32_t code, version;
	uint64_t connection;
	const char *const *fields;
	struct skua_str body;
	bool deferred;
	struct skua_addr peer;
};

/* --- clock --- */

static int64_t clock_wall_ms, clock_mono_ms;

static int64_t
fake_wall_ms(void)
{
	return clock_wall_ms;
}

static int64_t
fake_mono_ms(void)
{
	return clock_mono_ms;
}

void
fake_clock_install(int64_t wall_ms, int64_t mono_ms)
{
	static struct skua_io io;

	io = *skua_io();
	io.wall_ms = fake_wall_ms;
	io.mono_ms = fake_mono_ms;
	clock_wall_ms = wall_ms;
	clock_mono_ms = mono_ms;
	skua_io_replace(&io);
}

static void
run_jobs(struct skua_host *host)
{
	for (size_t i = 0; i < host->n_jobs; i++)
		host->jobs[i].fn(host->jobs[i].arg);
	host->n_jobs = 0;
}

static struct fake_timer *
next_timer(struct skua_host *host, int64_t until_ms)
{
	struct fake_timer *first = NULL;

	for (size_t i = 0; i < host->n_timers; i++) {
		struct fake_timer *t = &host->timers[i];

		if (t->fn != NULL && t->next_ms <= until_ms &&
		    (first == NULL || t->next_ms < first->next_ms))
			first = t;
	}
	return first;
}

void
fake_clock_advance(struct skua_host *host, int64_t ms)
{
	int64_t until_ms = clock_mono_ms + ms;
	struct fake_timer *t;

	while ((t = next_timer(host, until_ms)) != NULL) {
		skua_timer_fn *fn = t->fn;

		clock_wall_ms += t->next_ms - clock_mono_ms;
		clock_mono_ms = t->next_ms;
		if (t->period_ms == 0)
			t->fn = NULL;
		t->next_ms += t->period_ms;
		fn(t->arg);
		run_jobs(host);
	}
	clock_wall_ms += until_ms - clock_mono_ms;
	clock_mono_ms = until_ms;
}

/* --- life --- */

static const char *
setting_of(const struct skua_host *host, const char *name, const char *dflt)
{
	for (size_t i = 0; host->settings[i] != NULL; i += 2) {
		if (strcmp(host->settings[i], name) == 0)
			return host->settings[i + 1];
	}
	return dflt;
}

static void
fill_conf(struct skua_host *host)
{
	const struct skua_option *row = host->plugin->options;

	for (; row != NULL && row->name != NULL; row++) {
		char *field = (char *)host->conf + row->offset;
		const char *text = setting_of(host, row->name,
		    row->default_value);
		bool truth = strcasecmp(text, "true") == 0;
		int64_t number = strtoll(text, NULL, 10);

		if (row->type == SKUA_OPT_BOOL)
			memcpy(field, &truth, sizeof(truth));
		else if (row->type == SKUA_OPT_INT)
			memcpy(field, &number, sizeof(number));
		else
			memcpy(field, &text, sizeof(text));
	}
}

struct skua_host *
fake_host_new(const struct skua_plugin *plugin, const char *const *settings)
{
	struct skua_host *host = calloc(1, sizeof(*host));

	assert(host != NULL);
	host->plugin = plugin;
	host->conf = calloc(1, plugin->conf_size + 1);
	for (size_t i = 0; settings != NULL && settings[i] != NULL; i++) {
		assert(i + 1 < SETTINGS_MAX);
		host->settings[i] = settings[i];
	}
	fill_conf(host);
	return host;
}

int
fake_host_start(struct skua_host *host, struct skua_error *e)
{
	int rc = host->plugin->load(host, e);

	if (rc != SKUA_OK)
		return rc;
	host->started = true;
	return host->service != NULL && host->service->start != NULL ?
	    host->service->start(host, e) :
	    SKUA_OK;
}

static void
clear_answer(struct skua_host *host)
{
	struct fake_answer *a = &host->answer;

	free(a->remark);
	free(a->body);
	for (size_t i = 0; i < a->n_fields; i++) {
		free(a->fields[i].name);
		free(a->fields[i].value);
	}
	memset(a, 0, sizeof(*a));
}

void
fake_host_free(struct skua_host *host)
{
	if (host->started && host->service != NULL &&
	    host->service->stop != NULL)
		host->service->stop(host);
	if (host->started && host->plugin->unload != NULL)
		host->plugin->unload(host);
	clear_answer(host);
	free(host->conf);
	free(host);
}

/* --- what tests do and see --- */

const struct fake_answer *
fake_call(struct skua_host *host, int32_t code, int32_t version,
    uint64_t connection, const char *const *fields, struct skua_str body)
{
	static const char *const none[] = { NULL };
	const struct skua_service_code *row = host->service->codes;
	struct skua_request request;

	clear_answer(host);
	memset(&request, 0, sizeof(request));
	request.host = host;
	request.code = code;
	request.version = version;
	request.connection = connection;
	request.fields = fields == NULL ? none : fields;
	request.body = body;
	while (row->handle != NULL && row->code != code)
		row++;
	if (row->handle != NULL)
		row->handle(host, &request);
	run_jobs(host);
	return &host->answer;
}

const char *
fake_answer_field(const struct fake_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->n_fields; i++) {
		if (strcmp(answer->fields[i].name, name) == 0)
			return answer->fields[i].value;
	}
	return NULL;
}

void
fake_disconnect(struct skua_host *host, uint64_t connection)
{
	if (host->service->disconnected != NULL)
		host->service->disconnected(host, connection);
	run_jobs(host);
}

const struct fake_event *
fake_events(struct skua_host *host, size_t *n_r)
{
	*n_r = host->n_events;
	return host->events;
}

void
fake_events_clear(struct skua_host *host)
{
	host->n_events = 0;
}

int64_t
fake_metric(struct skua_host *host, const char *name)
{
	for (size_t i = 0; i < host->n_metrics; i++) {
		if (strcmp(host->metrics[i].name, name) == 0)
			return __atomic_load_n(host->metrics[i].cell,
			    __ATOMIC_RELAXED);
	}
	return -1;
}

/* --- skua/host.h --- */

const char *
skua_host_name(const struct skua_host *host)
{
	return host->plugin->name;
}

const void *
skua_host_conf(const struct skua_host *host)
{
	return host->plugin->conf_size == 0 ? NULL : host->conf;
}

const char *
skua_host_setting(const struct skua_host *host, const char *key)
{
	return setting_of(host, key, NULL);
}

bool
skua_host_has_role(const struct skua_host *host, const char *role)
{
	return host->service != NULL && strcmp(host->service->role, role) == 0;
}

void
skua_host_set_data(struct skua_host *host, void *data)
{
	host->data = data;
}

void *
skua_host_data(const struct skua_host *host)
{
	return host->data;
}

int
skua_host_timer(struct skua_host *host, int64_t first_ms, int64_t period_ms,
    skua_timer_fn *fn, void *arg)
{
	struct fake_timer *t = &host->timers[host->n_timers++];

	assert(host->n_timers <= TIMERS_MAX);
	t->next_ms = clock_mono_ms + first_ms;
	t->period_ms = period_ms;
	t->fn = fn;
	t->arg = arg;
	return SKUA_OK;
}

int
skua_host_post(struct skua_host *host, skua_timer_fn *fn, void *arg)
{
	assert(host->n_jobs < JOBS_MAX);
	host->jobs[host->n_jobs].fn = fn;
	host->jobs[host->n_jobs++].arg = arg;
	return SKUA_OK;
}

int
skua_host_metric(struct skua_host *host, const struct skua_metric *metric)
{
	assert(host->n_metrics < METRICS_MAX);
	host->metrics[host->n_metrics++] = *metric;
	return SKUA_OK;
}

/* --- skua/request.h --- */

int32_t
skua_request_code(const struct skua_request *request)
{
	return request->code;
}

int32_t
skua_request_version(const struct skua_request *request)
{
	return request->version;
}

bool
skua_request_is_oneway(const struct skua_request *request)
{
	(void)request;
	return false;
}

uint64_t
skua_request_connection(const struct skua_request *request)
{
	return request->connection;
}

const struct skua_addr *
skua_request_peer(const struct skua_request *request)
{
	return &request->peer;
}

struct skua_str
skua_request_field(const struct skua_request *request, const char *name)
{
	for (size_t i = 0; request->fields[i] != NULL; i += 2) {
		if (strcmp(request->fields[i], name) == 0)
			return skua_str_z(request->fields[i + 1]);
	}
	return skua_str_n(NULL, 0);
}

bool
skua_request_int(const struct skua_request *request, const char *name,
    int64_t *value_r)
{
	struct skua_str text = skua_request_field(request, name);
	char *end;
	long long value;

	if (text.len == 0)
		return false;
	value = strtoll(text.p, &end, 10);
	if (*end != '\0')
		return false;
	*value_r = value;
	return true;
}

bool
skua_request_bool(const struct skua_request *request, const char *name,
    bool dflt)
{
	struct skua_str text = skua_request_field(request, name);

	return text.p == NULL ? dflt : strcasecmp(text.p, "true") == 0;
}

bool
skua_request_field_at(const struct skua_request *request, size_t index,
    struct skua_str *name_r, struct skua_str *value_r)
{
	for (size_t i = 0; request->fields[i] != NULL; i += 2) {
		if (i != index * 2)
			continue;
		*name_r = skua_str_z(request->fields[i]);
		*value_r = skua_str_z(request->fields[i + 1]);
		return true;
	}
	return false;
}

struct skua_str
skua_request_body(const struct skua_request *request)
{
	return request->body;
}

static char *
copy_of(struct skua_str s)
{
	char *p = calloc(1, s.len + 1);

	assert(p != NULL);
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return p;
}

void
skua_answer_field(struct skua_request *request, const char *name,
    struct skua_str value)
{
	struct fake_answer *a = &request->host->answer;

	assert(a->n_fields < FAKE_FIELDS_MAX);
	a->fields[a->n_fields].name = copy_of(skua_str_z(name));
	a->fields[a->n_fields++].value = copy_of(value);
}

void
skua_answer_int(struct skua_request *request, const char *name, int64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)value);
	skua_answer_field(request, name, skua_str_z(text));
}

void
skua_answer_body(struct skua_request *request, const void *bytes, size_t len)
{
	struct fake_answer *a = &request->host->answer;

	free(a->body);
	a->body = copy_of(skua_str_n(bytes, len));
	a->body_len = len;
}

/* A second answer, or one of a request that was deferred, is a plug-in's
 * mistake. */
void
skua_answer(struct skua_request *request, int32_t code, const char *remark, ...)
{
	struct fake_answer *a = &request->host->answer;
	char text[2048];
	va_list ap;

	assert(!a->answered);
	a->answered = true;
	a->code = code;
	if (remark != NULL) {
		va_start(ap, remark);
		(void)vsnprintf(text, sizeof(text), remark, ap);
		va_end(ap);
		a->remark = copy_of(skua_str_z(text));
	}
	if (request->deferred)
		free(request);
}

/* The fields and body are the test's and live until the jobs have run. */
void
skua_thread_in_background(void)
{
}

struct skua_request *
skua_request_defer(struct skua_request *request)
{
	struct skua_request *copy = malloc(sizeof(*copy));

	assert(copy != NULL);
	*copy = *request;
	copy->deferred = true;
	return copy;
}

/* --- skua/service.h --- */

int
skua_provide_service(struct skua_host *host, const char *name,
    const struct skua_service *ops)
{
	(void)name;
	assert(ops->size == sizeof(*ops));
	host->service = ops;
	return SKUA_OK;
}

void
skua_service_disconnect(struct skua_host *host, uint64_t connection)
{
	struct fake_event *event = &host->events[host->n_events++];

	assert(host->n_events <= EVENTS_MAX);
	memset(event, 0, sizeof(*event));
	event->connection = connection;
}

int
skua_service_notify(struct skua_host *host, uint64_t connection, int32_t code,
    const char *const *fields, struct skua_str body)
{
	struct fake_event *event = &host->events[host->n_events++];
	size_t n = 0;

	(void)body;
	assert(host->n_events <= EVENTS_MAX);
	memset(event, 0, sizeof(*event));
	event->connection = connection;
	event->code = code;
	for (size_t i = 0; fields[i] != NULL; i += 2)
		n += (size_t)snprintf(event->text + n, sizeof(event->text) - n,
		    "%s%s=%s", i == 0 ? "" : ",", fields[i], fields[i + 1]);
	return SKUA_OK;
}
