/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host offers every plug-in: its configuration, log, timers, counters
 * and paths.  Any thread, unless said otherwise.
 */
#ifndef SKUA_HOST_H
#define SKUA_HOST_H

#include <skua/error.h>
#include <skua/plugin.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

enum skua_log_level {
	SKUA_LOG_ERROR = 0,   /* somebody must act */
	SKUA_LOG_WARNING = 1, /* works, but not as asked */
	SKUA_LOG_NOTICE = 2,  /* the state changed */
	SKUA_LOG_INFO = 3,    /* life cycle */
	SKUA_LOG_DEBUG = 4,   /* per request */
};

/* Writes "time level unit: text" as one line.  unit is a short static name,
 * usually the plug-in's. */
SKUA_API void skua_log(enum skua_log_level level, const char *unit,
    const char *fmt, ...) SKUA_PRINTF(3, 4);

/* The instance's name ("filter-lua" or "filter-lua@gray"). */
SKUA_API const char *skua_host_name(const struct skua_host *host);

/* The filled configuration struct (conf_size bytes); NULL when conf_size is 0.
 * Borrowed: on the main thread until the next reconfigure returns, on a loop
 * until the call that asked returns.  A thread of the plug-in's own copies what
 * it needs when reconfigure tells it. */
SKUA_API const void *skua_host_conf(const struct skua_host *host);

/* Main thread: the effective text of any setting, or NULL when there is no such
 * key.  Borrowed until the setting changes: copy what you keep. */
SKUA_API const char *skua_host_setting(const struct skua_host *host,
    const char *key);

/* Whether `roles` contains role. */
SKUA_API bool skua_host_has_role(const struct skua_host *host,
    const char *role);

/* A pointer of the plug-in's own, for its load, unload and callbacks. */
SKUA_API void skua_host_set_data(struct skua_host *host, void *data);
SKUA_API void *skua_host_data(const struct skua_host *host);

/* Milliseconds since 1970, and monotonic milliseconds. */
SKUA_API int64_t skua_now_ms(void);
SKUA_API int64_t skua_mono_ms(void);
/* Monotonic nanoseconds, for short times. */
SKUA_API int64_t skua_mono_ns(void);

typedef void skua_timer_fn(void *arg);

/* Calls fn(arg) on the main thread, first after first_ms, then every
 * period_ms (0: once).  May be called from any thread; the timer ends with
 * the host.  Must not block for long: the main thread also persists tables and
 * talks to nameservers.  SKUA_ENOTSUP in a program that has no main thread of
 * ours, such as a producer that uses a selector: nothing is ever run there. */
SKUA_API int skua_host_timer(struct skua_host *host, int64_t first_ms,
    int64_t period_ms, skua_timer_fn *fn, void *arg) SKUA_MUST_CHECK;

/* Runs fn(arg) once on the main thread, soon. */
SKUA_API int skua_host_post(struct skua_host *host, skua_timer_fn *fn,
    void *arg) SKUA_MUST_CHECK;

enum skua_metric_type { SKUA_COUNTER = 1, SKUA_GAUGE = 2 };

/* A figure the plug-in keeps.  The row is copied; the atomic cell is the
 * plug-in's and lives until unload; it is read from any thread. */
struct skua_metric {
	const char *name; /* skua_<subsystem>_<what>_<unit> */
	enum skua_metric_type type;
	const char *help;
	const int64_t *cell; /* read with an atomic load */
	void *reserved[2];
};

/* SKUA_EINVAL for a row without name, type or cell. */
SKUA_API int skua_host_metric(struct skua_host *host,
    const struct skua_metric *metric) SKUA_MUST_CHECK;

/* The rows of all plug-ins and of the core, each with its value now.  instance: of
 * the plug-in that keeps it, or "core".  fn must neither add rows nor block. */
typedef void skua_metric_fn(void *arg, const char *instance,
    const struct skua_metric *metric, int64_t value);
SKUA_API void skua_metric_visit(struct skua_host *host, skua_metric_fn *fn,
    void *arg);

/* The calling thread's work may wait for that of network loops: what answers many
 * is not held up by what one asked for. */
SKUA_API void skua_thread_in_background(void);

SKUA_END_DECLS

#endif
