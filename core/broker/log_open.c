/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the log: its plug-ins opened, started and closed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <skua/io.h>

#include "broker/broker.h"
#include "broker/ends.h"

/* The folder itself, of which nobody can remove the lock; and `lock`, which
 * keeps Apache RocketMQ out. */
static int
lock_folder(struct log *log, struct skua_error *e)
{
	const struct skua_io *io = skua_io();
	char path[4096];
	int rc;

	rc = log->folder_fd = io->lock_folder(log->folder);
	if (rc >= 0) {
		(void)snprintf(path, sizeof(path), "%s/lock", log->folder);
		rc = log->lock_fd = io->open(path, O_RDWR | O_CREAT, 0640);
	}
	if (rc >= 0)
		rc = io->lock(log->lock_fd);
	/* Somebody who has just removed it, or put another one there. */
	if (rc == SKUA_OK && io->is_at(log->lock_fd, path) != SKUA_OK)
		rc = SKUA_EBUSY;
	if (rc == SKUA_OK)
		rc = io->pwrite(log->lock_fd, "lock", 4, 0);
	return rc == SKUA_OK ? rc :
			       skua_fail(e, rc, "%s: %s", log->folder,
				   rc == SKUA_EBUSY ?
				       "another broker uses this folder" :
				       skua_strerror(rc));
}

/* Present until an orderly stop. */
static int
put_abort(struct log *log, struct skua_error *e)
{
	const struct skua_io *io = skua_io();
	char path[4096], pid[32];
	int fd, rc, n;

	(void)snprintf(path, sizeof(path), "%s/abort", log->folder);
	fd = io->open(path, O_RDWR, 0);
	log->was_clean = fd == SKUA_ENOENT;
	if (log->was_clean)
		fd = io->open(path, O_RDWR | O_CREAT, 0640);
	if (fd < 0)
		return skua_fail(e, fd, "%s: %s", path, skua_strerror(fd));
	n = snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	rc = io->pwrite(fd, pid, (size_t)n, 0);
	(void)io->close(fd);
	/* After a power cut it must be there, too. */
	if (rc == SKUA_OK)
		rc = io->sync_folder(log->folder);
	return rc == SKUA_OK ? SKUA_OK :
			       skua_fail(e, rc, "%s: %s", path,
				   skua_strerror(rc));
}

static int
take_folder(struct log *log, struct skua_error *e)
{
	int rc = skua_io()->mkdir(log->folder);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not make %s: %s", log->folder,
		    skua_strerror(rc));
	rc = lock_folder(log, e);
	log->holds_folder = rc == SKUA_OK;
	return rc == SKUA_OK ? put_abort(log, e) : rc;
}

void
skua_log_check_lock(struct log *log)
{
	char path[4096];

	if (!log->holds_folder)
		return;
	(void)snprintf(path, sizeof(path), "%s/lock", log->folder);
	if (skua_io()->is_at(log->lock_fd, path) != SKUA_ENOENT)
		return;
	log->holds_folder = false;
	atomic_store(&log->error, SKUA_EBUSY);
	skua_log(SKUA_LOG_ERROR, "log",
	    "%s was removed or replaced: another broker may use the folder; "
	    "refusing writes until restart",
	    path);
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
skua_log_start(struct broker *b, struct skua_error *e)
{
	struct log *log = &b->log;
	int rc;

	skua_plugin_will_say(e);
	rc = skua_plugin_said(log->flush->start(log->flush_state,
				  log->flush_host, e), e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "flush: ");
	log->flush_is_started = true;
	skua_plugin_will_say(e);
	rc = skua_plugin_said(log->replication->start(log->replication_state,
				  log->replication_host, e), e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "replication: ");
	log->replication_is_started = true;
	return SKUA_OK;
}

#define INDEX_IDLE 4 /* times as long as a write-out took */

/* With hundreds of thousands of queues writing them out takes seconds, and is
 * needed less than what the processor could do else: recovery begins at the last
 * durable one. */
static int
flush_index(struct log *log, bool durable)
{
	int64_t began = skua_mono_ms(), now;
	int rc;

	if (!durable && began < log->index_idle_until_ms)
		return SKUA_OK;
	rc = log->index->flush(log->index_state, durable);
	now = skua_mono_ms();
	log->index_idle_until_ms = now + INDEX_IDLE * (now - began);
	return rc;
}

/* Worker and close: what is only in memory goes to the files, and the
 * checkpoint says so. */
void
skua_log_write_back(struct broker *b, bool durable)
{
	struct log *log = &b->log;
	struct checkpoint *cp = &log->checkpoint;
	/* Read before the flush: what comes meanwhile is not promised. */
	int64_t synced = atomic_load(&log->synced_pos);
	int rc;

	if (log->folder != NULL && !log->holds_folder)
		return;
	skua_log_index_rest(log);
	if (durable)
		skua_ends_note(b);
	rc = flush_index(log, durable);
	if (log->folder == NULL)
		return;
	/* The kernel forgets what it could not write: no later sync of the
	 * queues' files can be believed. */
	if (rc != SKUA_OK && durable)
		log->index_sync_failed = true;
	(void)pthread_mutex_lock(&log->append_lock);
	cp->log_ms = log->last_store_ms;
	if (log->checks != NULL)
		skua_checks_write(log->checks);
	(void)pthread_mutex_unlock(&log->append_lock);
	if (durable && log->checks != NULL &&
	    skua_checks_sync(log->checks) != SKUA_OK)
		log->index_sync_failed = true;
	if (!durable && synced == cp->synced_pos)
		return;
	cp->synced_pos = synced;
	if (durable && !log->index_sync_failed) {
		cp->written_pos = synced;
		skua_ends_write(b);
	}
	(void)skua_checkpoint_write(log->folder, cp);
}

/* Nothing was written, if the store was refused as it is: it is as it was
 * found.  Without the lock the file is another broker's. */
static bool
leaves_as_found(const struct log *log)
{
	return log->holds_folder && log->was_clean && !log->store_is_open;
}

void
skua_log_close(struct broker *b)
{
	struct log *log = &b->log;
	bool clean = true, as_found = leaves_as_found(log);
	char path[4096];
	int64_t synced;

	if (log->replication_is_started)
		log->replication->stop(log->replication_state);
	if (log->flush_is_started)
		log->flush->stop(log->flush_state);
	if (log->store_is_open)
		clean = log->store->sync(log->store_state, &synced) == SKUA_OK;
	if (log->index_is_open) {
		skua_log_write_back(b, true);
		clean &= !log->index_sync_failed && log->unindexed_count == 0;
		log->index->close(log->index_state);
	}
	if (log->store_is_open)
		log->store->close(log->store_state);
	if (log->folder != NULL &&
	    ((clean && log->flush_is_started && log->holds_folder) ||
		as_found)) {
		(void)snprintf(path, sizeof(path), "%s/abort", log->folder);
		(void)skua_io()->unlink(path);
		(void)skua_io()->sync_folder(log->folder);
	}
	if (log->lock_fd >= 0)
		(void)skua_io()->close(log->lock_fd);
	if (log->folder_fd >= 0)
		(void)skua_io()->close(log->folder_fd);
	skua_checks_close(&log->checks);
	free(log->unindexed);
	free(log->store_state);
	free(log->index_state);
	free(log->flush_state);
	free(log->replication_state);
	free(log->folder);
}
