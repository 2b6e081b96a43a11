/* SPDX-License-Identifier: Apache-2.0 */
/* RocketMQ's commit log as a store.  Upstream: store.CommitLog. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "commitlog.h"

/* --- opening --- */

struct listing {
	struct commitlog *log;
	int64_t *bases;
	size_t count;
	struct skua_error *error;
};

static bool
parse_base(const char *name, int64_t *base_r)
{
	int64_t base = 0;

	if (strlen(name) != 20)
		return false;
	for (; *name != '\0'; name++) {
		if (*name < '0' || *name > '9')
			return false;
		base = base * 10 + (*name - '0');
	}
	*base_r = base;
	return base >= 0;
}

static int
take_file(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct listing *l = arg;
	int64_t base, *bases;

	if (is_folder || !parse_base(name, &base))
		return skua_fail(l->error, SKUA_ECORRUPT,
		    "%s/%s does not belong there", l->log->folder, name);
	if (size == 0) { /* a file that was being made */
		char path[4096];

		segment_path(l->log, base, path, sizeof(path));
		return skua_io()->unlink(path);
	}
	if (size != l->log->file_size || base % l->log->file_size != 0)
		return skua_fail(l->error, SKUA_ECORRUPT,
		    "%s/%s has %lld bytes where mappedFileSizeCommitLog says "
		    "%lld",
		    l->log->folder, name, (long long)size,
		    (long long)l->log->file_size);
	bases = realloc(l->bases, (l->count + 1) * sizeof(*bases));
	if (bases == NULL)
		return SKUA_ENOMEM;
	l->bases = bases;
	l->bases[l->count++] = base;
	return SKUA_OK;
}

static int
by_base(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int
open_files(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++) {
		int rc;

		if (i > 0 && l->bases[i] != l->bases[i - 1] + l->log->file_size)
			return skua_fail(l->error, SKUA_ECORRUPT,
			    "%s: the file at %lld is missing", l->log->folder,
			    (long long)(l->bases[i - 1] + l->log->file_size));
		rc = segment_add(l->log, l->bases[i]);
		if (rc != SKUA_OK)
			return skua_fail(l->error, rc,
			    "could not open %s/%020lld: %s", l->log->folder,
			    (long long)l->bases[i], skua_strerror(rc));
	}
	return SKUA_OK;
}

static char *
folder_of(const struct commitlog_conf *conf, const char *folder)
{
	char path[4096];

	if (conf->folder[0] != '\0')
		(void)snprintf(path, sizeof(path), "%s", conf->folder);
	else
		(void)snprintf(path, sizeof(path), "%s/commitlog", folder);
	return strdup(path);
}

static int
commitlog_open(void *state, struct skua_host *host, const char *folder,
    struct skua_error *e)
{
	const struct commitlog_conf *conf = skua_host_conf(host);
	struct commitlog *log = state;
	struct listing l = { .log = log, .error = e };
	int rc;

	log->host = host;
	log->file_size = conf->file_size;
	(void)pthread_mutex_init(&log->lock, NULL);
	(void)pthread_mutex_init(&log->worker_lock, NULL);
	(void)pthread_cond_init(&log->worker_wake, NULL);
	log->folder = folder_of(conf, folder);
	if (log->folder == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	rc = skua_io()->mkdir(log->folder);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not make %s: %s", log->folder,
		    skua_strerror(rc));
	e->text[0] = '\0';
	rc = skua_io()->list(log->folder, take_file, &l);
	if (rc == SKUA_OK) {
		if (l.count > 0)
			qsort(l.bases, l.count, sizeof(l.bases[0]), by_base);
		rc = open_files(&l);
	} else if (e->text[0] == '\0') {
		(void)skua_fail(e, rc, "could not read %s: %s", log->folder,
		    skua_strerror(rc));
	}
	free(l.bases);
	if (rc != SKUA_OK)
		return rc;
	rc = l.count == 0 ? segment_add(log, 0) : SKUA_OK;
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not make the first file in %s: "
					"%s", log->folder, skua_strerror(rc));
	rc = ahead_start(log);
	return rc == SKUA_OK ? rc :
			       skua_fail(e, rc, "could not start a thread");
}

/* --- the rest of the contract --- */

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
		if (rc == SKUA_OK && s->is_new) {
			rc = skua_io()->sync_folder(log->folder);
			s->is_new = rc != SKUA_OK;
		}
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
	(void)skua_io()->disk(log->folder, &r->disk_total, &r->disk_free);
}

static int
commitlog_trim(void *state, int64_t pos, int64_t *min_pos_r)
{
	struct commitlog *log = state;
	const struct segment_table *t = atomic_load(&log->table);
	int64_t max = atomic_load(&log->max_pos);
	size_t n = 0;

	while (n < t->count && t->segments[n]->base + log->file_size <= pos &&
	    t->segments[n]->base + log->file_size <= max)
		n++;
	if (n > 0)
		segment_remove_first(log, n);
	*min_pos_r = ((struct segment_table *)atomic_load(&log->table))
			 ->first_base;
	return SKUA_OK;
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
	free(log->folder);
	(void)pthread_mutex_destroy(&log->lock);
	(void)pthread_mutex_destroy(&log->worker_lock);
	(void)pthread_cond_destroy(&log->worker_wake);
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
	SKUA_OPT_ROW_STRING("storePathCommitLog", struct commitlog_conf, folder,
	    SKUA_OPT_GLOBAL, "",
	    "The folder of the commit log; empty: commitlog below "
	    "storePathRootDir."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "store-commitlog",
	.version = PACKAGE_VERSION,
	.descr = "keep messages in RocketMQ's commit log files",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct commitlog_conf),
	.load = load,
};
