/* SPDX-License-Identifier: Apache-2.0 */
/* The worker that makes the next file before the appender needs it. */
#include "commitlog.h"

static bool
wait_for_wish(struct commitlog *log)
{
	bool go_on;

	(void)pthread_mutex_lock(&log->worker_lock);
	while (!log->ending && !atomic_load(&log->next_wanted))
		(void)pthread_cond_wait(&log->worker_wake, &log->worker_lock);
	go_on = !log->ending;
	(void)pthread_mutex_unlock(&log->worker_lock);
	return go_on;
}

static void *
work(void *arg)
{
	struct commitlog *log = arg;

	while (wait_for_wish(log)) {
		int64_t pos = atomic_load(&log->max_pos);
		int64_t next = pos - pos % log->file_size + log->file_size;
		int rc = segment_add(log, next, NULL);

		/* A failure shows again, to the appender, when it gets there. */
		if (rc != SKUA_OK)
			skua_log(SKUA_LOG_WARNING, "store-commitlog",
			    "could not prepare the file at %lld: %s",
			    (long long)next, skua_strerror(rc));
		atomic_store(&log->next_wanted, false);
	}
	return NULL;
}

void
ahead_wake(struct commitlog *log)
{
	(void)pthread_mutex_lock(&log->worker_lock);
	(void)pthread_cond_signal(&log->worker_wake);
	(void)pthread_mutex_unlock(&log->worker_lock);
}

int
ahead_start(struct commitlog *log)
{
	int rc = pthread_create(&log->worker, NULL, work, log);

	if (rc != 0)
		return skua_from_errno(rc);
	(void)pthread_setname_np(log->worker, "skua-allocate");
	log->worker_runs = true;
	return SKUA_OK;
}

void
ahead_stop(struct commitlog *log)
{
	if (!log->worker_runs)
		return;
	(void)pthread_mutex_lock(&log->worker_lock);
	log->ending = true;
	(void)pthread_cond_signal(&log->worker_wake);
	(void)pthread_mutex_unlock(&log->worker_lock);
	(void)pthread_join(log->worker, NULL);
	log->worker_runs = false;
}
