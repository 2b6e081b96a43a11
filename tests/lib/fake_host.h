/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for one plug-in, in memory and on one thread: settings are texts, the
 * clock stands still until moved, requests are made up and answers kept.  It
 * implements host.h, request.h and service.h; the rest is the real core/base.
 */
#ifndef TESTS_FAKE_HOST_H
#define TESTS_FAKE_HOST_H

#include <skua/plugin.h>
#include <skua/request.h>
#include <skua/service.h>

#define FAKE_FIELDS_MAX 24

struct fake_answer {
	bool answered;
	int32_t code;
	char *remark; /* or NULL */
	char *body;   /* NUL-terminated; NULL when none was set */
	size_t body_len;
	struct {
		char *name, *value;
	} fields[FAKE_FIELDS_MAX];
	size_t n_fields;
};

/* A one-way request or a closed connection, as the plug-in asked for them. */
struct fake_event {
	uint64_t connection;
	int32_t code; /* 0: closed */
	char text[512]; /* name=value,name=value */
};

/* Options get their defaults, then the given name, value, …, NULL. */
struct skua_host *fake_host_new(const struct skua_plugin *plugin,
    const char *const *settings);
/* load, and start of the service; the first error is in *e. */
int fake_host_start(struct skua_host *host, struct skua_error *e);
/* stop and unload; frees the host. */
void fake_host_free(struct skua_host *host);

/* A request's way to its handler, and jobs that it posted.  fields: name,
 * value, …, NULL; the answer stays the host's until the next call. */
const struct fake_answer *fake_call(struct skua_host *host, int32_t code,
    int32_t version, uint64_t connection, const char *const *fields,
    struct skua_str body);
const char *fake_answer_field(const struct fake_answer *answer,
    const char *name);
void fake_disconnect(struct skua_host *host, uint64_t connection);

/* What the plug-in did since the last look; *n_r of them. */
const struct fake_event *fake_events(struct skua_host *host, size_t *n_r);
void fake_events_clear(struct skua_host *host);
/* A metric's value, -1 when there is none of that name. */
int64_t fake_metric(struct skua_host *host, const char *name);

/* Puts a standing clock into skua_io; timers run as it is moved. */
void fake_clock_install(int64_t wall_ms, int64_t mono_ms);
void fake_clock_advance(struct skua_host *host, int64_t ms);

#endif
