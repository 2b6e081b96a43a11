/* SPDX-License-Identifier: Apache-2.0 */
/* RocketMQ's consume queues as an index.  Upstream: store.ConsumeQueue. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>
#include <skua/name.h>
#include <skua/version.h>

#include "cq.h"

static void
free_queue(struct cq *q)
{
	if (q == NULL)
		return;
	free(q->key);
	free(q);
}

struct cq *
cq_new(struct cq_state *s, struct skua_str topic, int32_t id)
{
	struct cq *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	if (asprintf(&q->key, SKUA_STR_FMT "/%d", SKUA_STR_ARG(topic), id) < 0) {
		free(q);
		return NULL;
	}
	q->topic_len = (uint16_t)topic.len;
	q->id = id;
	q->fd = -1;
	(void)pthread_mutex_lock(&s->table);
	HASH_ADD_KEYPTR(hh, s->by_key, q->key, strlen(q->key), q);
	if (q->hh.tbl == NULL) {
		(void)pthread_mutex_unlock(&s->table);
		free(q->key);
		free(q);
		return NULL;
	}
	q->next = s->queues;
	if (q->next != NULL)
		q->next->prev = q;
	s->queues = q;
	(void)pthread_mutex_unlock(&s->table);
	return q;
}

static int
cq_queue(void *state, struct skua_str topic, int32_t id, void **queue_r)
{
	struct cq_state *s = state;
	char key[512];
	struct cq *q;

	/* It becomes a folder. */
	if (!skua_name_is(SKUA_NAME_STORED_TOPIC, topic) || id < 0)
		return SKUA_EINVAL;
	(void)snprintf(key, sizeof(key), SKUA_STR_FMT "/%d",
	    SKUA_STR_ARG(topic), id);
	(void)pthread_mutex_lock(&s->table);
	HASH_FIND_STR(s->by_key, key, q);
	(void)pthread_mutex_unlock(&s->table);
	if (q == NULL)
		q = cq_new(s, topic, id);
	*queue_r = q;
	return q == NULL ? SKUA_ENOMEM : SKUA_OK;
}

static int64_t
cq_min(void *state, void *queue)
{
	const struct cq *q = queue;

	(void)state;
	return atomic_load_explicit(&q->min, memory_order_acquire);
}

static int64_t
cq_max(void *state, void *queue)
{
	const struct cq *q = queue;

	(void)state;
	return atomic_load_explicit(&q->max, memory_order_acquire);
}

static int
put_one(struct cq_state *s, struct cq *q, int64_t offset,
    const struct skua_index_entry *entry)
{
	int rc;

	if (s->folder == NULL) {
		rc = cq_memory_put(q, offset, entry);
	} else {
		rc = cq_ring_room(s, q, offset);
		if (rc == SKUA_OK)
			cq_ring_put(q, offset, entry);
	}
	if (rc == SKUA_OK)
		atomic_store_explicit(&q->max, offset + 1,
		    memory_order_release);
	return rc;
}

static int
cq_append(void *state, void *queue, int64_t offset,
    const struct skua_index_entry *entries, size_t n)
{
	static const struct skua_index_entry hole = { 0, SKUA_CQ_BLANK_LEN, 0 };
	struct cq_state *s = state;
	struct cq *q = queue;
	int64_t max = atomic_load(&q->max);
	int rc = SKUA_OK;

	if (max == atomic_load(&q->min) && offset > max) {
		/* The queue begins here: what was before is gone. */
		cq_lock(s, q);
		atomic_store(&q->written, offset);
		atomic_store(&q->min, offset);
		atomic_store(&q->max, offset);
		cq_unlock(s, q);
	}
	/* A hole in the middle keeps the offsets behind it where they belong. */
	for (max = atomic_load(&q->max); max < offset && rc == SKUA_OK; max++)
		rc = put_one(s, q, max, &hole);
	for (size_t i = 0; i < n && rc == SKUA_OK; i++)
		rc = put_one(s, q, offset + (int64_t)i, &entries[i]);
	cq_mark_busy(s, q);
	return rc;
}

static int
read_memory(const struct cq *q, int64_t offset, size_t n,
    struct skua_index_entry *entries, size_t *n_r)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (cq_memory_get(q, offset + (int64_t)i, &entries[i]) !=
		    SKUA_OK)
			break;
	*n_r = i;
	return SKUA_OK;
}

static int
cq_read(void *state, void *queue, int64_t offset, size_t n,
    struct skua_index_entry *entries, size_t *n_r)
{
	struct cq_state *s = state;
	struct cq *q = queue;
	int64_t max = atomic_load_explicit(&q->max, memory_order_acquire);
	int64_t min = atomic_load_explicit(&q->min, memory_order_acquire);
	int64_t written;

	*n_r = 0;
	if (offset < min || offset >= max)
		return SKUA_OK;
	if ((int64_t)n > max - offset)
		n = (size_t)(max - offset);
	if (s->folder == NULL)
		return read_memory(q, offset, n, entries, n_r);
	if (cq_ring_read(q, offset, n, entries)) {
		*n_r = n;
		return SKUA_OK;
	}
	/* What has left the ring is in the file. */
	written = atomic_load_explicit(&q->written, memory_order_acquire);
	if (offset >= written)
		return SKUA_OK;
	if (offset + (int64_t)n > written)
		n = (size_t)(written - offset);
	return cq_read_file(s, q, offset, n, entries, n_r);
}

static int
cq_cut(void *state, void *queue, int64_t keep)
{
	struct cq_state *s = state;
	struct cq *q = queue;
	int64_t max = atomic_load(&q->max);
	int rc = SKUA_OK;

	if (keep >= max)
		return SKUA_OK;
	if (keep < atomic_load(&q->min))
		keep = atomic_load(&q->min);
	if (s->folder != NULL) {
		cq_lock(s, q);
		rc = cq_cut_files(s, q, keep, max - max % s->file_units);
		if (atomic_load(&q->written) > keep)
			atomic_store(&q->written, keep);
		cq_unlock(s, q);
	}
	cq_ring_cut(q, keep);
	atomic_store(&q->max, keep);
	cq_mark_busy(s, q);
	return rc;
}

/* Only what is in a file can be damaged. */
static int
cq_repair(void *state, void *queue, int64_t offset,
    const struct skua_index_entry *entry)
{
	struct cq_state *s = state;
	struct cq *q = queue;
	int rc = SKUA_ENOENT;

	if (s->folder == NULL)
		return SKUA_OK;
	cq_lock(s, q);
	if (offset < atomic_load(&q->written))
		rc = cq_write_unit(s, q, offset, entry);
	cq_unlock(s, q);
	cq_mark_busy(s, q);
	return rc;
}

/* Whether the entry is of a record below pos; one that is damaged is not. */
static int
is_below(struct cq_state *s, struct cq *q, int64_t offset, int64_t pos,
    bool *below_r)
{
	struct skua_index_entry e;
	size_t n = 0;
	int rc = cq_read(s, q, offset, 1, &e, &n);

	if (rc == SKUA_OK && n == 0)
		rc = SKUA_ENOENT;
	*below_r = rc == SKUA_OK && e.pos >= 0 && e.pos < pos;
	return rc;
}

static int
search_below(struct cq_state *s, struct cq *q, int64_t pos, int64_t *end_r)
{
	int64_t low = atomic_load(&q->min), high = atomic_load(&q->max);
	int rc = SKUA_OK;

	while (low < high && rc == SKUA_OK) {
		int64_t middle = low + (high - low) / 2;
		bool below;

		rc = is_below(s, q, middle, pos, &below);
		if (below)
			low = middle + 1;
		else
			high = middle;
	}
	*end_r = low;
	return rc;
}

/* Behind the last entry below pos.  When the search was led astray by a damaged
 * one, the entry before that tells: then all are looked at. */
static int
end_below(struct cq_state *s, struct cq *q, int64_t pos, int64_t *end_r)
{
	int64_t min = atomic_load(&q->min), at;
	int rc = search_below(s, q, pos, end_r);
	bool below = true;

	if (rc == SKUA_OK && *end_r - 2 >= min)
		rc = is_below(s, q, *end_r - 2, pos, &below);
	if (rc != SKUA_OK || below)
		return rc;
	for (at = min, below = true; below && at < *end_r && rc == SKUA_OK;
	     at += below)
		rc = is_below(s, q, at, pos, &below);
	*end_r = at;
	return rc;
}

static int
cq_trim(void *state, void *queue, int64_t pos)
{
	struct cq_state *s = state;
	struct cq *q = queue;
	int64_t min = atomic_load(&q->min), low;
	int rc = end_below(s, q, pos, &low);

	if (rc != SKUA_OK)
		return rc == SKUA_ENOENT ? SKUA_OK : rc;
	if (low == min)
		return SKUA_OK;
	if (s->folder != NULL) {
		cq_lock(s, q);
		cq_remove_files(s, q, low);
		cq_unlock(s, q);
	}
	atomic_store_explicit(&q->min, low, memory_order_release);
	return SKUA_OK;
}

static int
cq_remove(void *state, void *queue)
{
	struct cq_state *s = state;
	struct cq *q = queue;
	int rc = SKUA_OK;

	(void)pthread_mutex_lock(&s->table);
	HASH_DEL(s->by_key, q);
	if (q->prev != NULL)
		q->prev->next = q->next;
	else
		s->queues = q->next;
	if (q->next != NULL)
		q->next->prev = q->prev;
	q->next = s->removed;
	q->prev = NULL;
	s->removed = q;
	(void)pthread_mutex_unlock(&s->table);
	cq_lock(s, q);
	q->is_removed = true;
	if (s->folder != NULL)
		rc = cq_remove_folder(s, q);
	cq_unlock(s, q);
	return rc;
}

static void
free_list(struct cq_state *s, struct cq *list)
{
	while (list != NULL) {
		struct cq *q = list;

		list = q->next;
		cq_close_file(s, q);
		cq_memory_free(q);
		cq_ring_free(q);
		free_queue(q);
	}
}

static void
cq_close(void *state)
{
	struct cq_state *s = state;

	HASH_CLEAR(hh, s->by_key);
	free_list(s, s->queues);
	free_list(s, s->removed);
	free(s->folder);
	(void)pthread_mutex_destroy(&s->table);
	for (size_t i = 0; i < LOCKS; i++)
		(void)pthread_mutex_destroy(&s->locks[i]);
}

static int
open_folder(struct cq_state *s, const char *folder, int64_t complete_pos,
    skua_index_found_fn *found, void *arg, struct skua_error *e)
{
	char path[4096];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/consumequeue", folder);
	s->folder = strdup(path);
	if (s->folder == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	rc = skua_io()->mkdir(path);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not make %s: %s", path,
		    skua_strerror(rc));
	return cq_load(s, complete_pos, found, arg, e);
}

static int
cq_open(void *state, struct skua_host *host, const char *folder,
    int64_t complete_pos, skua_index_found_fn *found, void *arg,
    struct skua_error *e)
{
	const struct cq_conf *conf = skua_host_conf(host);
	struct cq_state *s = state;
	int rc = SKUA_OK;

	s->host = host;
	s->file_units = conf->file_size / UNIT;
	(void)pthread_mutex_init(&s->table, NULL);
	for (size_t i = 0; i < LOCKS; i++)
		(void)pthread_mutex_init(&s->locks[i], NULL);
	if (folder != NULL)
		rc = open_folder(s, folder, complete_pos, found, arg, e);
	if (rc != SKUA_OK)
		cq_close(s);
	return rc;
}

static const struct skua_index cq_index = {
	.size = sizeof(struct skua_index),
	.state_size = sizeof(struct cq_state),
	.open = cq_open,
	.queue = cq_queue,
	.min = cq_min,
	.max = cq_max,
	.append = cq_append,
	.read = cq_read,
	.cut = cq_cut,
	.repair = cq_repair,
	.trim = cq_trim,
	.flush = cq_flush,
	.remove = cq_remove,
	.close = cq_close,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_index(host, "cq", &cq_index);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_INT("mappedFileSizeConsumeQueue", struct cq_conf,
	    file_size, SKUA_OPT_GLOBAL, UNIT, (int64_t)1 << 40, "6000000",
	    "bytes", "The size of one consume queue file; 20 bytes a message."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "index-cq",
	.version = SKUA_VERSION,
	.descr = "find messages by RocketMQ's consume queue files",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct cq_conf),
	.load = load,
};
