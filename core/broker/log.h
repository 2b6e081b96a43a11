/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: a store, an index over it, and the one serial section.
 *
 * Opening and closing are in log_open.c, recovery is in recovery.c.
 */
#ifndef BROKER_LOG_H
#define BROKER_LOG_H

#include <pthread.h>
#include <stdatomic.h>

#include <skua/filter.h>
#include <skua/flush.h>
#include <skua/index.h>
#include <skua/replication.h>
#include <skua/store.h>

#include "broker/checkpoint.h"
#include "broker/checks.h"

#define NAMED_DAMAGE_MAX 64

struct broker;
struct queue;
struct topic;

/* One message of a batch: its encoded record and where it belongs. */
struct log_item {
	struct queue *queue;
	int64_t tags_code;
	int64_t queue_offset; /* out */
	bool indexed;         /* prepared messages have no queue entry */
};

/* An entry that the index could not take yet. */
struct unindexed {
	struct queue *queue;
	int64_t queue_offset;
	struct skua_index_entry entry;
};

/* Why messages are refused for now; it passes by itself. */
enum log_trouble {
	TROUBLE_APPEND,
	TROUBLE_INDEX,
	TROUBLE_DISK,
	TROUBLE_LIVES, /* a topic's removal cannot be written down */
	TROUBLE_COUNT
};

struct log {
	const struct skua_store *store;
	void *store_state;
	struct skua_host *store_host, *index_host, *flush_host;
	struct skua_host *replication_host;
	bool store_is_open, index_is_open;
	bool flush_is_started, replication_is_started;
	struct checkpoint checkpoint; /* worker */
	bool index_sync_failed;	      /* worker: for good */
	int64_t index_idle_until_ms;  /* worker */
	bool ends_changed;	      /* worker */
	const struct skua_index *index;
	void *index_state;
	const struct skua_flush *flush;
	void *flush_state;
	const struct skua_replication *replication;
	void *replication_state;

	pthread_mutex_t append_lock;
	int64_t last_store_ms;      /* append lock */
	struct unindexed *unindexed; /* append lock */
	size_t unindexed_count, unindexed_size;
	_Atomic int64_t opened_end_pos; /* written by this process above */
	_Atomic int64_t end_pos;    /* published */
	_Atomic int64_t synced_pos;
	/* Below both, a message is as safe as its producer asked: see
	 * skua_log_safe_pos. */
	_Atomic int64_t flushed_pos, replicated_pos;
	_Atomic int error;          /* why appends are refused, for good */
	_Atomic int trouble[TROUBLE_COUNT];
	_Atomic int pressure_percent; /* of sends that are refused */
	_Atomic bool delete_asked;  /* by an administrator */
	int64_t clock_offset, clock_jumped_ms; /* worker: see retention.c */
	struct checks *checks; /* NULL: nothing on disk */
	_Atomic int64_t damaged_entries;
	/* Damaged records that were named already, as position + 1. */
	pthread_mutex_t damage_lock;
	int64_t named_damage[NAMED_DAMAGE_MAX];
	_Atomic size_t damage_count;
	bool was_clean;
	char *folder; /* NULL: nothing on disk */
	int lock_fd, folder_fd; /* -1: not held */
	bool holds_folder;	/* main thread, then the worker */
	/* Waits for more: the followers. */
	pthread_mutex_t follow_lock;
	pthread_cond_t follow_wake;
	bool ending;
	struct follower *followers;
};

int skua_log_open(struct broker *b, struct skua_error *e) SKUA_MUST_CHECK;
int skua_log_recover(struct broker *b, struct skua_error *e) SKUA_MUST_CHECK;
/* Starts the flush and replication policies. */
int skua_log_start(struct broker *b, struct skua_error *e) SKUA_MUST_CHECK;
/* Last sync, index flushed; `abort` removed when all is well. */
void skua_log_close(struct broker *b);

/* Worker: refuses writes once the lock file is another one. */
void skua_log_check_lock(struct log *log);

/* After the last append: lets the followers read the rest, and ends them. */
void skua_log_end_followers(struct broker *b);

/* Any thread.  What is below may be acknowledged and read; INT64_MAX when neither
 * policy makes a producer wait. */
int64_t skua_log_safe_pos(const struct log *log);

/* Makes all that was appended durable; see the store's sync.  Any thread. */
int skua_log_sync(struct broker *b, int64_t *synced_pos_r) SKUA_MUST_CHECK;

/* Closes the topic's queues: nothing more is appended to them.  The position at
 * which the log ended then. */
int64_t skua_log_close_topic(struct log *log, struct topic *topic);

/* Appends a batch: all or nothing.  bytes are the encoded records. */
int skua_log_append(struct broker *b, struct skua_append *appends,
    struct log_item *items, size_t n, int64_t *end_pos_r,
    int64_t *store_ms_r) SKUA_MUST_CHECK;

/* Append lock held, or an atomic change of state elsewhere. */
void skua_log_note_trouble(struct log *log, enum log_trouble kind, int rc);
/* Why no message is taken now, or NULL; static text. */
const char *skua_log_trouble(const struct log *log);
/* Tries again what the index could not take. */
void skua_log_index_rest(struct log *log);

/* Worker: index out of memory, checkpoint. */
void skua_log_write_back(struct broker *b, bool durable);

int64_t skua_queue_min(const struct broker *b, const struct queue *q);
int64_t skua_queue_max(const struct broker *b, const struct queue *q);
/* The store time at a queue offset, -1 when there is none. */
int64_t skua_queue_time_at(struct broker *b, const struct queue *q,
    int64_t offset);
/* Binary search by store time.  Upstream: ConsumeQueue.getOffsetInQueueByTime
 * with BoundaryType. */
int64_t skua_queue_offset_by_time(struct broker *b, const struct queue *q,
    int64_t ms, bool upper);

/* Gives back what the store's read pinned; of the form that connections take.
 * owner is the broker. */
void skua_log_release_pin(void *owner, void *pin);

#endif
