/* SPDX-License-Identifier: Apache-2.0 */
/* RocketMQ's commit log as a store.  Upstream: store.CommitLog. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>
#include <skua/version.h>

#include "commitlog.h"

static int
commitlog_sync(void *state, int64_t *synced_pos_r)
{
	struct commitlog *log = state;
	int64_t from = atomic_load(&log->synced_pos);
	int64_t end = atomic_load_explicit(&log->max_pos,
	    memory_order_acquire);
	int rc = atomic_load(&log->error);

	for (int64_t pos = from; pos < end && rc == SKUA_OK;
	     pos = pos - pos % log->file_size + log->file_size) {
		struct segment *s = segment_at(log, pos);

		if (s == NULL)
			continue; /* trimmed */
		rc = skua_io()->sync(s->fd);
		segment_unref(log, s);
	}
	if (rc != SKUA_OK) {
		/* The kernel has forgotten what it could not write: to try
		 * again would succeed, and lie. */
		atomic_store(&log->error, SKUA_EPOISONED);
		return SKUA_EPOISONED;
	}
	if (end > from)
		atomic_store(&log->synced_pos, end);
	*synced_pos_r = end;
	return SKUA_OK;
}

static void
commitlog_get_state(void *state, struct skua_store_state *r)
{
	struct commitlog *log = state;
	const struct segment_table *t = atomic_load(&log->table);

	memset(r, 0, sizeof(*r));
	r->min_pos = t == NULL ? 0 : t->first_base;
	r->max_pos = atomic_load(&log->max_pos);
	r->synced_pos = atomic_load(&log->synced_pos);
	r->file_size = log->file_size;
	r->error = atomic_load(&log->error);
	folders_disk(log, &r->disk_total, &r->disk_free);
}

static int
commitlog_trim(void *state, int64_t pos, int64_t *min_pos_r)
{
	struct commitlog *log = state;
	const struct segment_table *t = atomic_load(&log->table);
	int64_t max = atomic_load(&log->max_pos);
	int rc = SKUA_OK;
	size_t n = 0;

	while (n < t->count && t->segments[n]->base + log->file_size <= pos &&
	    t->segments[n]->base + log->file_size <= max)
		n++;
	if (n > 0)
		rc = segment_remove_first(log, n);
	*min_pos_r = ((struct segment_table *)atomic_load(&log->table))
			 ->first_base;
	return rc;
}

static void
commitlog_close(void *state)
{
	struct commitlog *log = state;
	struct segment_table *t;

	ahead_stop(log);
	t = atomic_load(&log->table);
	for (size_t i = 0; t != NULL && i < t->count; i++)
		segment_unref(log, t->segments[i]);
	while (t != NULL) {
		struct segment_table *older = t->older;

		free(t);
		t = older;
	}
	for (size_t i = 0; i < log->all_count; i++)
		free(log->all[i]);
	free(log->all);
	folders_free(log);
	(void)pthread_mutex_destroy(&log->lock);
	(void)pthread_mutex_destroy(&log->worker_lock);
	(void)pthread_cond_destroy(&log->worker_wake);
}

static int
open_all(struct commitlog *log, const char *folder,
    const struct commitlog_conf *conf, struct skua_error *e)
{
	int rc = folders_open(log, folder, conf, e);

	if (rc == SKUA_OK)
		rc = files_open(log, e);
	if (rc != SKUA_OK)
		return rc;
	rc = ahead_start(log);
	return rc == SKUA_OK ? rc :
			       skua_fail(e, rc, "could not start a thread");
}

static int
commitlog_open(void *state, struct skua_host *host, const char *folder,
    struct skua_error *e)
{
	const struct commitlog_conf *conf = skua_host_conf(host);
	struct commitlog *log = state;
	int rc;

	log->host = host;
	log->file_size = conf->file_size;
	(void)pthread_mutex_init(&log->lock, NULL);
	(void)pthread_mutex_init(&log->worker_lock, NULL);
	(void)pthread_cond_init(&log->worker_wake, NULL);
	rc = open_all(log, folder, conf, e);
	if (rc != SKUA_OK)
		commitlog_close(log);
	return rc;
}

static const struct skua_store commitlog_store = {
	.size = sizeof(struct skua_store),
	.state_size = sizeof(struct commitlog),
	.durable = true,
	.open = commitlog_open,
	.recover = commitlog_recover,
	.append = commitlog_append,
	.read = commitlog_read,
	.release = commitlog_release,
	.sync = commitlog_sync,
	.get_state = commitlog_get_state,
	.trim = commitlog_trim,
	.close = commitlog_close,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_store(host, "commitlog", &commitlog_store);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_INT("mappedFileSizeCommitLog", struct commitlog_conf,
	    file_size, SKUA_OPT_GLOBAL, 4096, (int64_t)1 << 40, "1073741824",
	    "bytes", "The size of one commit log file."),
	SKUA_OPT_ROW_STRING("storePathCommitLog", struct commitlog_conf,
	    folders, SKUA_OPT_GLOBAL, "",
	    "The folders of the commit log, separated by commas; empty: "
	    "commitlog below storePathRootDir."),
	SKUA_OPT_ROW_STRING("readOnlyCommitLogStorePaths",
	    struct commitlog_conf, read_only, SKUA_OPT_GLOBAL, "",
	    "Folders whose files are read, and never written, separated by "
	    "commas."),
	SKUA_OPT_ROW_INT("diskSpaceCleanForciblyRatio", struct commitlog_conf,
	    full_percent, SKUA_OPT_GLOBAL, 1, 100, "85", "percent",
	    "With several folders, one on a disk fuller than this takes no "
	    "new file."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "store-commitlog",
	.version = SKUA_VERSION,
	.descr = "keep messages in RocketMQ's commit log files",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct commitlog_conf),
	.load = load,
};
