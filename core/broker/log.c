/* SPDX-License-Identifier: Apache-2.0 */
/* The log: the serial section, and the life of store and index. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <skua/io.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "broker/broker.h"
#include "broker/checkpoint.h"
#include "wire/record.h"

/* --- append --- */

static void
undo_offsets(struct log_item *items, size_t n)
{
	for (size_t i = n; i > 0; i--)
		if (items[i - 1].indexed)
			items[i - 1].queue->next_offset--;
}

static int
give_offsets(struct log *log, struct skua_append *appends,
    struct log_item *items, size_t n)
{
	int64_t now = skua_now_ms();

	if (now > log->last_store_ms)
		log->last_store_ms = now;
	for (size_t i = 0; i < n; i++) {
		struct queue *q = items[i].queue;

		if (q->next_offset < 0) { /* the topic was deleted meanwhile */
			undo_offsets(items, i);
			return SKUA_ENOENT;
		}
		items[i].queue_offset = items[i].indexed ? q->next_offset++ : 0;
		skua_record_set_queue_offset(appends[i].bytes,
		    items[i].queue_offset);
		skua_record_set_store_timestamp(appends[i].bytes,
		    log->last_store_ms);
	}
	return SKUA_OK;
}

/* What is in the log must be found: an index that cannot take an entry stops
 * the log, and the next start rebuilds it. */
static int
index_items(struct log *log, const struct skua_append *appends,
    const struct log_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc;
		struct skua_index_entry entry = { appends[i].pos,
			(int32_t)appends[i].len, items[i].tags_code };

		if (!items[i].indexed)
			continue;
		rc = log->index->append(log->index_state,
		    items[i].queue->index, items[i].queue_offset, &entry, 1);
		if (rc != SKUA_OK) {
			atomic_store(&log->error, rc);
			skua_log(SKUA_LOG_ERROR, "log",
			    "the index took no entry (%s): no message is taken "
			    "any more", skua_strerror(rc));
			return rc;
		}
		atomic_store_explicit(&items[i].queue->put_ms,
		    log->last_store_ms, memory_order_relaxed);
	}
	return SKUA_OK;
}

int
skua_log_append(struct broker *b, struct skua_append *appends,
    struct log_item *items, size_t n, int64_t *end_pos_r, int64_t *store_ms_r)
{
	struct log *log = &b->log;
	int64_t end = 0;
	int rc;

	(void)pthread_mutex_lock(&log->append_lock);
	rc = atomic_load_explicit(&log->error, memory_order_relaxed);
	if (rc == SKUA_OK)
		rc = give_offsets(log, appends, items, n);
	if (rc == SKUA_OK) {
		rc = log->store->append(log->store_state, appends, n);
		if (rc == SKUA_OK) {
			rc = index_items(log, appends, items, n);
			end = appends[n - 1].pos + appends[n - 1].len;
			atomic_store_explicit(&log->end_pos, end,
			    memory_order_release);
		} else {
			undo_offsets(items, n);
		}
	}
	*store_ms_r = log->last_store_ms;
	(void)pthread_mutex_unlock(&log->append_lock);
	if (rc != SKUA_OK)
		return rc;
	log->flush->appended(log->flush_state, end);
	log->replication->appended(log->replication_state, end);
	*end_pos_r = end;
	return SKUA_OK;
}

/* --- queues --- */

int64_t
skua_queue_min(const struct broker *b, const struct queue *q)
{
	return q == NULL ? 0 : b->log.index->min(b->log.index_state, q->index);
}

int64_t
skua_queue_max(const struct broker *b, const struct queue *q)
{
	return q == NULL ? 0 : b->log.index->max(b->log.index_state, q->index);
}

int64_t
skua_queue_time_at(struct broker *b, const struct queue *q, int64_t offset)
{
	struct log *log = &b->log;
	struct skua_index_entry entry;
	struct skua_record record;
	struct skua_slice slice;
	int64_t ms = -1;
	size_t n = 0;

	if (q == NULL ||
	    log->index->read(log->index_state, q->index, offset, 1, &entry,
		&n) != SKUA_OK ||
	    n == 0)
		return -1;
	if (log->store->read(log->store_state, entry.pos, (uint32_t)entry.len,
		&slice) != SKUA_OK)
		return -1;
	if (skua_record_decode(slice.bytes, slice.len, &record) == SKUA_OK)
		ms = record.store_timestamp_ms;
	log->store->release(log->store_state, &slice);
	return ms;
}

/* The first offset in [low, high) whose time is at or above ms. */
static int64_t
first_at_or_after(struct broker *b, const struct queue *q, int64_t low,
    int64_t high, int64_t ms)
{
	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		if (skua_queue_time_at(b, q, middle) < ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t
skua_queue_offset_by_time(struct broker *b, const struct queue *q, int64_t ms,
    bool upper)
{
	int64_t min = skua_queue_min(b, q), max = skua_queue_max(b, q), found;

	if (max <= min)
		return min < 0 ? 0 : min;
	if (!upper)
		return first_at_or_after(b, q, min, max, ms);
	/* The last message at or before ms. */
	found = ms == INT64_MAX ? max :
				  first_at_or_after(b, q, min, max, ms + 1);
	return found > min ? found - 1 : min;
}

/* --- opening --- */

struct opening {
	struct broker *b;
	int64_t indexed_pos; /* the index reaches up to here */
	int64_t found, added;
	struct topic *last_topic;
	struct skua_error *error;
};

/* A queue on disk: it belongs to its topic if that still exists. */
static int
queue_found(void *arg, struct skua_str name, int32_t id, void *index)
{
	struct opening *o = arg;
	struct topic *topic = skua_topic_find(&o->b->topics, name);
	struct log *log = &o->b->log;
	struct queue *q;

	if (topic == NULL)
		return SKUA_OK;
	q = skua_topic_need_queue(o->b, topic, id);
	if (q == NULL)
		return SKUA_ENOMEM;
	sk_assert(q->index == index);
	if (log->index->max(log->index_state, index) > 0) {
		struct skua_index_entry last;
		size_t n = 0;
		int64_t max = log->index->max(log->index_state, index);

		if (log->index->read(log->index_state, index, max - 1, 1,
			&last, &n) == SKUA_OK &&
		    n == 1 && last.pos + last.len > o->indexed_pos)
			o->indexed_pos = last.pos + last.len;
	}
	return SKUA_OK;
}

static int64_t
tags_code_of(const struct topic *topic, const struct skua_record *r)
{
	struct skua_str tags = skua_property(r->properties, "TAGS");

	(void)topic;
	return tags.len == 0 ? 0 : skua_java_hash(tags);
}

static int
record_found(void *arg, const struct skua_record *r)
{
	struct opening *o = arg;
	struct log *log = &o->b->log;
	struct topic *topic = o->last_topic;
	struct skua_index_entry entry = { r->pos, r->size, 0 };
	int type = r->sys_flag & SKUA_SYS_TRANSACTION;
	struct queue *q;
	int64_t max;

	o->found++;
	if (r->store_timestamp_ms > log->last_store_ms)
		log->last_store_ms = r->store_timestamp_ms;
	if (type == SKUA_SYS_PREPARED || type == SKUA_SYS_ROLLBACK)
		return SKUA_OK;
	if (topic == NULL || !skua_str_eq(topic->entry.key, r->topic))
		topic = skua_topic_find(&o->b->topics, r->topic);
	if (topic == NULL)
		return SKUA_OK; /* of a deleted topic */
	o->last_topic = topic;
	q = skua_topic_need_queue(o->b, topic, r->queue_id);
	if (q == NULL)
		return SKUA_OK;
	max = log->index->max(log->index_state, q->index);
	if (r->queue_offset < max)
		return SKUA_OK;
	entry.tags_code = tags_code_of(topic, r);
	o->added++;
	q->next_offset = r->queue_offset + 1;
	return log->index->append(log->index_state, q->index, r->queue_offset,
	    &entry, 1);
}

/* `lock`, and `abort`: present until an orderly stop. */
static int
take_folder(struct log *log, struct skua_error *e)
{
	const struct skua_io *io = skua_io();
	char path[4096], pid[32];
	int fd, rc = io->mkdir(log->folder), n;

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not make %s: %s", log->folder,
		    skua_strerror(rc));
	(void)snprintf(path, sizeof(path), "%s/lock", log->folder);
	fd = io->open(path, O_RDWR | O_CREAT, 0644);
	rc = fd < 0 ? fd : io->lock(fd);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s: %s", path,
		    rc == SKUA_EBUSY ? "another broker uses this folder" :
				       skua_strerror(rc));
	(void)io->pwrite(fd, "lock", 4, 0);
	log->lock_fd = fd;
	(void)snprintf(path, sizeof(path), "%s/abort", log->folder);
	fd = io->open(path, O_RDWR, 0);
	log->was_clean = fd == SKUA_ENOENT;
	if (fd < 0)
		fd = io->open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		return skua_fail(e, fd, "%s: %s", path, skua_strerror(fd));
	n = snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	rc = io->pwrite(fd, pid, (size_t)n, 0);
	(void)io->close(fd);
	return rc == SKUA_OK ? SKUA_OK :
			       skua_fail(e, rc, "%s: %s", path,
				   skua_strerror(rc));
}

/* The policy's name: the setting, or what RocketMQ's own setting says. */
static const char *
flush_name(const struct broker *b, char *to, size_t size)
{
	const char *name = skua_settings_get(b->settings, "flush");
	const char *type = skua_settings_get(b->settings, "flushDiskType");
	size_t n = strcspn(type, "_");

	if (*name != '\0')
		return name;
	if (n >= size)
		n = size - 1;
	for (size_t i = 0; i < n; i++)
		to[i] = (char)(type[i] | 0x20);
	to[n] = '\0';
	return to;
}

static void *
new_state(size_t size)
{
	return skua_mem_new(1, size == 0 ? 1 : size);
}

int
skua_log_open(struct broker *b, struct skua_error *e)
{
	const struct registry *r = &b->plugins.registry;
	struct log *log = &b->log;
	char text[64];
	const struct provider *store = skua_registry_need(r, PLUGIN_STORE,
	    skua_settings_get(b->settings, "store"), e);
	const struct provider *index = store == NULL ?
	    NULL :
	    skua_registry_need(r, PLUGIN_INDEX,
		skua_settings_get(b->settings, "index"), e);
	const struct provider *flush = index == NULL ?
	    NULL :
	    skua_registry_need(r, PLUGIN_FLUSH,
		flush_name(b, text, sizeof(text)), e);
	const struct provider *replication = flush == NULL ?
	    NULL :
	    skua_registry_need(r, PLUGIN_REPLICATION,
		skua_settings_get(b->settings, "replication"), e);

	if (replication == NULL)
		return SKUA_ENOENT;
	log->store = store->ops;
	log->store_host = store->host;
	log->index = index->ops;
	log->flush = flush->ops;
	log->replication = replication->ops;
	log->store_state = new_state(log->store->state_size);
	log->index_state = new_state(log->index->state_size);
	log->flush_state = new_state(log->flush->state_size);
	log->replication_state = new_state(log->replication->state_size);
	log->index_host = index->host;
	log->flush_host = flush->host;
	log->replication_host = replication->host;
	log->was_clean = true;
	if (!log->store->durable)
		return SKUA_OK;
	log->folder = skua_mem_dup(skua_str_z(broker_conf(b)->store_folder));
	return take_folder(log, e);
}

int
skua_log_recover(struct broker *b, struct skua_error *e)
{
	struct log *log = &b->log;
	struct opening o = { .b = b, .error = e };
	struct checkpoint cp;
	int64_t from;
	struct skua_store_state state;
	int rc;

	rc = log->index->open(log->index_state, log->index_host, log->folder,
	    queue_found, &o, e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "index: ");
	log->index_is_open = true;
	rc = log->store->open(log->store_state, log->store_host, log->folder,
	    e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "store: ");
	log->store_is_open = true;
	skua_checkpoint_read(log->folder, &cp);
	/* After an orderly stop the index is complete up to its last entry.
	 * Otherwise its files may be ahead of, or behind, one another: start
	 * where the checkpoint says that all of them were written. */
	from = log->was_clean ? o.indexed_pos : cp.written_pos;
	log->last_store_ms = cp.log_ms;
	rc = log->store->recover(log->store_state, from, log->was_clean,
	    record_found, &o, e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "recovery: ");
	log->store->get_state(log->store_state, &state);
	skua_log_truncate_index(b, state.max_pos);
	atomic_store(&log->end_pos, state.max_pos);
	atomic_store(&log->synced_pos, state.synced_pos);
	atomic_store(&log->flushed_pos, state.max_pos);
	atomic_store(&log->replicated_pos, state.max_pos);
	if (state.max_pos > 0)
		skua_log(SKUA_LOG_INFO, "log",
		    "recovered: %s stop, log %lld to %lld, %lld records read, "
		    "%lld added to the index",
		    log->was_clean ? "orderly" : "abrupt",
		    (long long)state.min_pos, (long long)state.max_pos,
		    (long long)o.found, (long long)o.added);
	return SKUA_OK;
}

/* Entries that point behind the log's end are gone. */
void
skua_log_truncate_index(struct broker *b, int64_t end_pos)
{
	struct log *log = &b->log;
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&b->topics.map, &at)) != NULL;) {
		struct topic *topic = sk_container(e, struct topic, entry);
		struct queue_table *t = atomic_load(&topic->queues);

		for (int32_t i = 0; i < t->size; i++) {
			struct queue *q = atomic_load(&t->queue[i]);

			if (q == NULL)
				continue;
			(void)log->index->truncate(log->index_state, q->index,
			    end_pos);
			q->next_offset =
			    log->index->max(log->index_state, q->index);
		}
	}
}

int
skua_log_start(struct broker *b, struct skua_error *e)
{
	struct log *log = &b->log;
	int rc = log->flush->start(log->flush_state, log->flush_host, e);

	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "flush: ");
	log->flush_is_started = true;
	rc = log->replication->start(log->replication_state,
	    log->replication_host, e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "replication: ");
	log->replication_is_started = true;
	return SKUA_OK;
}

void
skua_log_write_back(struct broker *b, bool durable)
{
	struct log *log = &b->log;
	struct checkpoint cp;
	struct skua_store_state state;
	/* Read before the flush: what comes meanwhile is not promised. */
	int64_t written = atomic_load(&log->end_pos);
	int rc;

	(void)pthread_mutex_lock(&log->append_lock);
	cp.log_ms = log->last_store_ms;
	(void)pthread_mutex_unlock(&log->append_lock);
	rc = log->index->flush(log->index_state, durable);
	if (rc != SKUA_OK || log->folder == NULL)
		return;
	log->store->get_state(log->store_state, &state);
	/* The checkpoint must not run ahead of what survives a power cut. */
	cp.written_pos = durable && written <= state.synced_pos ?
	    written :
	    log->checkpoint_pos;
	log->checkpoint_pos = cp.written_pos;
	skua_checkpoint_write(log->folder, &cp);
}

void
skua_log_close(struct broker *b)
{
	struct log *log = &b->log;
	char path[4096];
	bool clean = true;
	int64_t synced;

	if (log->replication_is_started)
		log->replication->stop(log->replication_state);
	if (log->flush_is_started)
		log->flush->stop(log->flush_state);
	if (log->store_is_open)
		clean = log->store->sync(log->store_state, &synced) == SKUA_OK;
	if (log->index_is_open) {
		skua_log_write_back(b, true);
		clean &= log->index->flush(log->index_state, true) == SKUA_OK;
		log->index->close(log->index_state);
	}
	if (log->store_is_open)
		log->store->close(log->store_state);
	if (clean && log->flush_is_started && log->folder != NULL) {
		(void)snprintf(path, sizeof(path), "%s/abort", log->folder);
		(void)skua_io()->unlink(path);
		(void)skua_io()->sync_folder(log->folder);
	}
	if (log->folder != NULL && log->lock_fd >= 0)
		(void)skua_io()->close(log->lock_fd);
	free(log->store_state);
	free(log->index_state);
	free(log->flush_state);
	free(log->replication_state);
	free(log->folder);
}
