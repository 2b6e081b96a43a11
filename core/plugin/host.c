/* SPDX-License-Identifier: Apache-2.0 */
/* What every plug-in may ask of the host: name, settings, timers. */
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "plugin/host.h"

struct plugin_timer {
	struct plugin_timer *next;
	_Atomic bool over; /* ran once, closed */
	struct loop_msg msg;
	uv_timer_t uv;
	struct skua_host *host;
	int64_t first_ms, period_ms;
	skua_timer_fn *fn;
	void *arg;
};

int64_t
skua_mono_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

const char *
skua_host_name(const struct skua_host *host)
{
	return host->name;
}

const void *
skua_host_conf(const struct skua_host *host)
{
	return host->conf;
}

const char *
skua_host_setting(const struct skua_host *host, const char *key)
{
	return skua_settings_get(host->plugins->settings, key);
}

bool
skua_host_has_role(const struct skua_host *host, const char *role)
{
	return skua_conf_list_has(skua_host_setting(host, "roles"), role);
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

/* Timers come from any thread. */
static pthread_mutex_t timers_lock = PTHREAD_MUTEX_INITIALIZER;

static void
on_timer_closed(uv_handle_t *handle)
{
	struct plugin_timer *t = handle->data;

	atomic_store(&t->over, true);
}

static void
on_timer(uv_timer_t *uv)
{
	struct plugin_timer *t = uv->data;

	skua_loop_enter(t->host->plugins->main_loop);
	t->fn(t->arg);
	if (t->period_ms == 0)
		uv_close((uv_handle_t *)uv, on_timer_closed);
}

static void
start_timer(struct loop *loop, struct loop_msg *msg)
{
	struct plugin_timer *t = sk_container(msg, struct plugin_timer, msg);

	if (loop->stopping)
		return;
	sk_must(uv_timer_init(&loop->uv, &t->uv));
	t->uv.data = t;
	sk_must(uv_timer_start(&t->uv, on_timer, (uint64_t)t->first_ms,
	    (uint64_t)t->period_ms));
}

/* Those that have run their one time. */
static void
free_over(struct plugin_timer **at)
{
	while (*at != NULL) {
		struct plugin_timer *t = *at;

		if (atomic_load(&t->over)) {
			*at = t->next;
			free(t);
		} else {
			at = &t->next;
		}
	}
}

void
skua_host_free_timers(struct skua_host *host)
{
	while (host->timers != NULL) {
		struct plugin_timer *t = host->timers;

		host->timers = t->next;
		free(t);
	}
}

int
skua_host_timer(struct skua_host *host, int64_t first_ms, int64_t period_ms,
    skua_timer_fn *fn, void *arg)
{
	struct plugin_timer *t;

	if (first_ms < 0 || period_ms < 0)
		return SKUA_EINVAL;
	if (host->plugins->main_loop == NULL)
		return SKUA_ENOTSUP;
	t = sk_new(struct plugin_timer);
	t->host = host;
	t->first_ms = first_ms;
	t->period_ms = period_ms;
	t->fn = fn;
	t->arg = arg;
	t->msg.fn = start_timer;
	(void)pthread_mutex_lock(&timers_lock);
	free_over(&host->timers);
	t->next = host->timers;
	host->timers = t;
	(void)pthread_mutex_unlock(&timers_lock);
	skua_loop_post(host->plugins->main_loop, &t->msg);
	return SKUA_OK;
}

int
skua_host_post(struct skua_host *host, skua_timer_fn *fn, void *arg)
{
	return skua_host_timer(host, 0, 0, fn, arg);
}
