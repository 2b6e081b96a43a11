/* SPDX-License-Identifier: Apache-2.0 */
/* Once a second: index entries to their files.  In the first one, once a minute,
 * and when much has come since: durably, with a checkpoint, so that a start after
 * an abrupt stop does not read the log for long, even if the broker never lives
 * for a minute.  Old files go.
 * Upstream: FlushConsumeQueueService. */
#include <stdlib.h>

#include "base/rcu.h"
#include "broker/retention.h"
#include "broker/worker.h"

#define DURABLE_EVERY 60
#define DURABLE_BYTES ((int64_t)4 << 30)
#define RETENTION_EVERY 10
#define LOCK_EVERY 5

struct worker {
	struct broker *broker;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ending;
};

static bool
sleep_a_second(struct worker *w)
{
	struct timespec until;
	bool go_on;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	(void)pthread_mutex_lock(&w->lock);
	if (!w->ending)
		(void)pthread_cond_clockwait(&w->wake, &w->lock,
		    CLOCK_MONOTONIC, &until);
	go_on = !w->ending;
	(void)pthread_mutex_unlock(&w->lock);
	return go_on;
}

/* What is not on disk yet would not be in the checkpoint. */
static bool
has_come_much(const struct log *log)
{
	return log->folder != NULL && !log->index_sync_failed &&
	    atomic_load(&log->synced_pos) - log->checkpoint.written_pos >
		DURABLE_BYTES;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct log *log = &w->broker->log;

	skua_rcu_register();
	skua_rcu_offline();
	for (unsigned n = 1; sleep_a_second(w); n++) {
		skua_rcu_online();
		skua_log_write_back(w->broker, n % DURABLE_EVERY == 1 ||
		    has_come_much(log));
		if (n % LOCK_EVERY == 0)
			skua_log_check_lock(log);
		if (log->folder == NULL || log->holds_folder)
			skua_retention_run(w->broker, n % RETENTION_EVERY != 0);
		skua_rcu_offline();
	}
	skua_rcu_unregister();
	return NULL;
}

int
skua_worker_start(struct broker *b, struct skua_error *e)
{
	struct worker *w = sk_new(struct worker);
	int rc;

	w->broker = b;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->wake, NULL);
	rc = pthread_create(&w->thread, NULL, work, w);
	if (rc != 0) {
		free(w);
		return skua_fail(e, skua_from_errno(rc),
		    "could not start a thread");
	}
	(void)pthread_setname_np(w->thread, "skua-worker");
	b->worker = w;
	return SKUA_OK;
}

void
skua_worker_stop(struct broker *b)
{
	struct worker *w = b->worker;

	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_mutex_destroy(&w->lock);
	(void)pthread_cond_destroy(&w->wake);
	free(w);
	b->worker = NULL;
}
