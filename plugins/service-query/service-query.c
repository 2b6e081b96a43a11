/* SPDX-License-Identifier: Apache-2.0 */
/* Finds messages by key: follows the log, keeps index files, answers queries. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/files.h>
#include <skua/io.h>
#include <skua/version.h>

#include "query.h"

/* --- opening --- */

struct listing {
	char **names;
	size_t count;
};

static bool
is_ours(const char *name)
{
	return strlen(name) == SKUA_KEYS_NAME_LEN &&
	    strspn(name, "0123456789") == SKUA_KEYS_NAME_LEN;
}

static int
take_name(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct listing *l = arg;
	char **names;

	if (is_folder || size < 0 || !is_ours(name)) {
		skua_log(SKUA_LOG_WARNING, "service-query",
		    "index/%s is not an index file, left alone", name);
		return SKUA_OK;
	}
	names = realloc(l->names, (l->count + 1) * sizeof(char *));
	if (names == NULL)
		return SKUA_ENOMEM;
	l->names = names;
	l->names[l->count] = strdup(name);
	return l->names[l->count++] == NULL ? SKUA_ENOMEM : SKUA_OK;
}

static void
free_names(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->names[i]);
	free(l->names);
}

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* A file that cannot be trusted goes, and is built again from the log. */
static bool
open_one(struct query *q, const char *name, bool keep)
{
	struct index_file *f = NULL;
	char path[4096];
	int rc = SKUA_ECORRUPT;

	(void)snprintf(path, sizeof(path), "%s/%s", q->folder, name);
	if (keep)
		rc = index_file_open(q, path, &f);
	if (rc != SKUA_OK) {
		index_file_drop(q, path);
		return false;
	}
	f->older = q->newest;
	q->newest = f;
	return true;
}

/* After an abrupt stop the newest file is in doubt. */
static int
open_files(struct query *q, bool clean, struct skua_error *e)
{
	struct listing l = { NULL, 0 };
	int rc = skua_io()->mkdir(q->folder);
	bool keep = true;

	if (rc == SKUA_OK)
		rc = skua_io()->list(q->folder, take_name, &l);
	if (rc != SKUA_OK) {
		free_names(&l);
		return skua_fail(e, rc, "could not read %s: %s", q->folder,
		    skua_strerror(rc));
	}
	if (l.count > 0)
		qsort(l.names, l.count, sizeof(l.names[0]), by_name);
	for (size_t i = 0; i < l.count; i++)
		keep = open_one(q, l.names[i],
		    keep && (clean || i + 1 < l.count));
	free_names(&l);
	return SKUA_OK;
}

static uint32_t
count_tail(const struct query *q, int64_t pos)
{
	uint32_t all = 0, n = 0;

	/* Its keys may be in two files, or more. */
	for (const struct index_file *f = q->newest; f != NULL; f = f->older) {
		n = index_file_tail(q, f, pos);
		all += n;
		if (n + 1 < index_file_count(f))
			break;
	}
	return all;
}

int64_t
query_start_pos(struct query *q)
{
	const struct index_file *f = q->newest;
	int64_t min, max, pos;

	skua_log_range(q->host, &min, &max);
	q->resumed_pos = -1;
	while (f != NULL && index_file_count(f) <= 1)
		f = f->older;
	pos = f == NULL ? -1 : index_file_last_pos(f);
	if (pos < min || pos >= max)
		return min;
	q->resumed_pos = pos;
	q->resumed_keys = count_tail(q, pos);
	return pos;
}

static void
query_stop(struct skua_host *host)
{
	struct query *q = skua_host_data(host);

	while (q->newest != NULL) {
		struct index_file *f = q->newest;

		q->newest = f->older;
		if (!f->sealed && atomic_load(&q->is_checked))
			index_file_seal(q, f);
		index_file_close(f);
	}
	free(q->folder);
	free(q->seals);
	q->folder = q->seals = NULL;
}

static int
query_start(struct skua_host *host, struct skua_error *e)
{
	const struct query_conf *conf = skua_host_conf(host);
	const char *store = skua_host_setting(host, "storePathRootDir");
	struct query *q = skua_host_data(host);
	char path[4096];
	int64_t min;
	int rc;

	/* A broker that keeps nothing has no folder to index in. */
	atomic_store(&q->is_checked,
	    !conf->enabled || !skua_log_is_durable(host));
	if (atomic_load(&q->is_checked))
		return SKUA_OK;
	q->slots = conf->slots;
	q->entries = conf->entries;
	(void)snprintf(path, sizeof(path), "%s/index", store);
	q->folder = strdup(path);
	(void)snprintf(path, sizeof(path), "%s/" SKUA_SEALS_FOLDER, store);
	q->seals = strdup(path);
	skua_log_range(host, &min, &q->opened_max);
	rc = q->folder == NULL || q->seals == NULL ?
	    skua_fail(e, SKUA_ENOMEM, "out of memory") :
	    open_files(q, skua_log_was_clean(host), e);
	if (rc == SKUA_OK)
		rc = skua_log_follow(host, min, build_index, q, e);
	if (rc != SKUA_OK)
		query_stop(host);
	return rc;
}

static const struct skua_service_code codes[] = {
	{ .code = 12, .handle = handle_query_message },
	{ .handle = NULL },
};

static const struct skua_service query_service = {
	.size = sizeof(struct skua_service),
	.role = "broker",
	.codes = codes,
	.code_size = sizeof(codes[0]),
	.start = query_start,
	.stop = query_stop,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	struct query *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	q->host = host;
	(void)pthread_mutex_init(&q->lock, NULL);
	skua_host_set_data(host, q);
	return skua_provide_service(host, "query", &query_service);
}

static void
unload(struct skua_host *host)
{
	struct query *q = skua_host_data(host);

	(void)pthread_mutex_destroy(&q->lock);
	free(q);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_BOOL("messageIndexEnable", struct query_conf, enabled,
	    SKUA_OPT_GLOBAL, "true", "Whether messages are found by key."),
	SKUA_OPT_ROW_INT("maxHashSlotNum", struct query_conf, slots,
	    SKUA_OPT_GLOBAL, 1, INT32_MAX, "5000000", "slots",
	    "Hash slots of one index file."),
	SKUA_OPT_ROW_INT("maxIndexNum", struct query_conf, entries,
	    SKUA_OPT_GLOBAL, 2, INT32_MAX, "20000000", "entries",
	    "Entries of one index file."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "service-query",
	.version = SKUA_VERSION,
	.descr = "find messages by key and unique key",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct query_conf),
	.load = load,
	.unload = unload,
};
