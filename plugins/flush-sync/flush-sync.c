/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit: a producer is answered when a sync has covered its message;
 * those who come while one runs share the next.
 * Upstream: store.CommitLog.GroupCommitService.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <skua/flush.h>
#include <skua/host.h>
#include <skua/version.h>

struct group_commit {
	struct skua_host *host;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	_Atomic int64_t wanted_pos;
	_Atomic bool sleeping;
	bool runs, ending;
};

/* Waits until somebody wants more than is synced; false at the end. */
static bool
wait_for_wish(struct group_commit *g, int64_t synced)
{
	bool go_on;

	(void)pthread_mutex_lock(&g->lock);
	atomic_store(&g->sleeping, true);
	while (!g->ending && atomic_load(&g->wanted_pos) <= synced)
		(void)pthread_cond_wait(&g->wake, &g->lock);
	atomic_store(&g->sleeping, false);
	go_on = !g->ending;
	(void)pthread_mutex_unlock(&g->lock);
	return go_on;
}

static void *
work(void *arg)
{
	struct group_commit *g = arg;
	int64_t end, synced;

	skua_flush_progress(g->host, &end, &synced);
	while (wait_for_wish(g, synced)) {
		/* Poisoned: nothing will ever be safe again, and the host
		 * answers those who wait. */
		if (skua_flush_sync(g->host, &synced) != SKUA_OK)
			return NULL;
		skua_flush_done(g->host, synced);
	}
	return NULL;
}

static int
commit_start(void *state, struct skua_host *host, struct skua_error *e)
{
	struct group_commit *g = state;
	int rc;

	g->host = host;
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_cond_init(&g->wake, NULL);
	rc = pthread_create(&g->thread, NULL, work, g);
	if (rc != 0)
		return skua_fail(e, skua_from_errno(rc),
		    "could not start a thread");
	(void)pthread_setname_np(g->thread, "skua-flush");
	g->runs = true;
	return SKUA_OK;
}

static void
commit_appended(void *state, int64_t end_pos)
{
	struct group_commit *g = state;
	int64_t now = atomic_load(&g->wanted_pos);

	while (now < end_pos &&
	    !atomic_compare_exchange_weak(&g->wanted_pos, &now, end_pos))
		continue;
	/* While a sync runs nobody needs waking: the worker looks again. */
	if (!atomic_load(&g->sleeping))
		return;
	(void)pthread_mutex_lock(&g->lock);
	(void)pthread_cond_signal(&g->wake);
	(void)pthread_mutex_unlock(&g->lock);
}

static void
commit_stop(void *state)
{
	struct group_commit *g = state;

	if (!g->runs)
		return;
	(void)pthread_mutex_lock(&g->lock);
	g->ending = true;
	(void)pthread_cond_signal(&g->wake);
	(void)pthread_mutex_unlock(&g->lock);
	(void)pthread_join(g->thread, NULL);
	(void)pthread_mutex_destroy(&g->lock);
	(void)pthread_cond_destroy(&g->wake);
}

static const struct skua_flush commit_flush = {
	.size = sizeof(struct skua_flush),
	.state_size = sizeof(struct group_commit),
	.answers_at_once = false,
	.start = commit_start,
	.appended = commit_appended,
	.stop = commit_stop,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_flush(host, "sync", &commit_flush);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "flush-sync",
	.version = SKUA_VERSION,
	.descr = "answer producers when their message is on disk",
	.license = "Apache-2.0",
	.load = load,
};
