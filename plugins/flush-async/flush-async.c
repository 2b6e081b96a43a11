/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers at once; a worker syncs every flushIntervalCommitLog, and sooner when
 * flushCommitLogLeastPages have come together.
 * Upstream: store.CommitLog.FlushRealTimeService.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include <skua/flush.h>
#include <skua/host.h>
#include <skua/version.h>

#define PAGE 4096

struct async_conf {
	int64_t interval_ms, least_pages, thorough_ms;
};

struct async {
	struct skua_host *host;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct async_conf conf; /* under the lock */
	bool runs, ending;
};

static void
take_conf(struct async *a, struct async_conf *conf)
{
	(void)pthread_mutex_lock(&a->lock);
	*conf = a->conf;
	(void)pthread_mutex_unlock(&a->lock);
}

static bool
wait_interval(struct async *a, int64_t ms)
{
	struct timespec until;
	bool go_on;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	(void)pthread_mutex_lock(&a->lock);
	if (!a->ending)
		(void)pthread_cond_clockwait(&a->wake, &a->lock,
		    CLOCK_MONOTONIC, &until);
	go_on = !a->ending;
	(void)pthread_mutex_unlock(&a->lock);
	return go_on;
}

static void *
work(void *arg)
{
	struct async *a = arg;
	int64_t last_ms = skua_mono_ms();

	for (;;) {
		struct async_conf conf;
		int64_t end, synced, now;

		take_conf(a, &conf);
		if (!wait_interval(a, conf.interval_ms))
			return NULL;
		skua_flush_progress(a->host, &end, &synced);
		now = skua_mono_ms();
		/* A few bytes wait, but not for ever. */
		if (end == synced || (end - synced < conf.least_pages * PAGE &&
					 now - last_ms < conf.thorough_ms))
			continue;
		last_ms = now;
		/* The host has said what there is to say about a failure. */
		if (skua_flush_sync(a->host, &synced) == SKUA_OK)
			skua_flush_done(a->host, synced);
	}
}

static int
async_start(void *state, struct skua_host *host, struct skua_error *e)
{
	struct async *a = state;
	int rc;

	a->host = host;
	a->conf = *(const struct async_conf *)skua_host_conf(host);
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->wake, NULL);
	rc = pthread_create(&a->thread, NULL, work, a);
	if (rc != 0)
		return skua_fail(e, skua_from_errno(rc),
		    "could not start a thread");
	(void)pthread_setname_np(a->thread, "skua-flush");
	a->runs = true;
	skua_host_set_data(host, a);
	return SKUA_OK;
}

static void
async_appended(void *state, int64_t end_pos)
{
	(void)state;
	(void)end_pos;
}

static void
async_stop(void *state)
{
	struct async *a = state;

	if (!a->runs)
		return;
	(void)pthread_mutex_lock(&a->lock);
	a->ending = true;
	(void)pthread_cond_signal(&a->wake);
	(void)pthread_mutex_unlock(&a->lock);
	(void)pthread_join(a->thread, NULL);
	skua_host_set_data(a->host, NULL);
	(void)pthread_mutex_destroy(&a->lock);
	(void)pthread_cond_destroy(&a->wake);
}

static const struct skua_flush async_flush = {
	.size = sizeof(struct skua_flush),
	.state_size = sizeof(struct async),
	.answers_at_once = true,
	.start = async_start,
	.appended = async_appended,
	.stop = async_stop,
};

/* Another policy may be in force. */
static int
reconfigure(struct skua_host *host, const void *conf, struct skua_error *e)
{
	struct async *a = skua_host_data(host);

	(void)e;
	if (a == NULL)
		return SKUA_OK;
	(void)pthread_mutex_lock(&a->lock);
	a->conf = *(const struct async_conf *)conf;
	(void)pthread_mutex_unlock(&a->lock);
	return SKUA_OK;
}

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_flush(host, "async", &async_flush);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_INT("flushIntervalCommitLog", struct async_conf,
	    interval_ms, SKUA_OPT_GLOBAL | SKUA_OPT_LIVE, 1, 3600000, "500",
	    "ms", "How long an appended message may stay unsynced."),
	SKUA_OPT_ROW_INT("flushCommitLogLeastPages", struct async_conf,
	    least_pages, SKUA_OPT_GLOBAL | SKUA_OPT_LIVE, 0, 1048576, "4",
	    "pages of 4 KiB", "Less than this waits for the thorough flush."),
	SKUA_OPT_ROW_INT("flushCommitLogThoroughInterval", struct async_conf,
	    thorough_ms, SKUA_OPT_GLOBAL | SKUA_OPT_LIVE, 1, 86400000, "10000",
	    "ms", "After this long even one byte is synced."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "flush-async",
	.version = SKUA_VERSION,
	.descr = "answer producers at once, sync in the background",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct async_conf),
	.load = load,
	.reconfigure = reconfigure,
};
