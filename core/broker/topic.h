/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics and their queues.
 *
 * The table is read by every loop without a lock and written by the main
 * thread.  A topic's configuration is immutable and replaced whole.  Queues are
 * made when first needed, under the append lock, and live as long as the topic.
 * Upstream: broker.topic.TopicConfigManager, common.TopicConfig.
 */
#ifndef BROKER_TOPIC_H
#define BROKER_TOPIC_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include <skua/json.h>

#include "base/map.h"
#include "broker/data_version.h"
#include "broker/line_file.h"

struct broker;
struct provider;
struct topic;

enum { PERM_INHERIT = 1, PERM_WRITE = 2, PERM_READ = 4 };
enum { TOPIC_UNIT = 1, TOPIC_UNIT_SUB = 2 };

/* Created lazily; grows only. */
#define TOPIC_QUEUES_MAX 65536

struct queue {
	struct topic *topic;
	int32_t id;
	void *index;         /* the index plug-in's handle */
	int64_t next_offset; /* append lock */
	int64_t opened_max;  /* below: of an earlier process, to be checked */
	int64_t end_max, end_pos; /* worker: see ends.h */
	/* Worker: the last offset whose entry retention could not believe, + 1,
	 * and where its message is at the earliest. */
	int64_t doubted_end, doubted_pos;
	/* Loops with pulls parked on it, one bit each. */
	_Atomic uint64_t parked;
	_Atomic int64_t put_ms; /* of the newest message */
};

struct topic_conf {
	int32_t read_queues, write_queues;
	int32_t perm;
	int32_t sys_flag;
	bool multi_tag, order;
	json_t *attributes; /* object, or NULL */
	const struct provider *selector; /* of the attribute, or NULL */
};

struct queue_table {
	int32_t size;
	_Atomic(struct queue *) queue[];
};

struct topic {
	struct map_entry entry; /* key: the name */
	_Atomic(const struct topic_conf *) conf;
	_Atomic(struct queue_table *) queues;
	/* Routes that want this topic, in order; fixed at creation. */
	const struct provider **routes;
	size_t route_count;
	_Atomic int64_t put_messages, put_bytes;
	int64_t life_pos; /* records below are of earlier topics of its name */
	bool is_system;
	bool is_changed; /* it is in topics.changed; main thread */
	char name[];
};

struct topics {
	struct map map;
	pthread_mutex_t lock; /* writers */
	struct data_version version;
	bool is_old; /* topics.json was lost, and its backup may lack some */
	int64_t saved_counter; /* of the version that topics.json has */
	/* What was not told to the nameservers yet: topics by name, or more
	 * than those; and whether any change was not written yet.  Main
	 * thread. */
	char **changed;
	size_t changed_count;
	bool changed_all, unsaved;
	/* Lines would not do: topics.json lacks more than they would tell. */
	bool file_is_behind;
	struct line_file journal; /* skua/topics.journal */
};

void skua_topics_init(struct topics *t);
void skua_topics_fini(struct topics *t);

/* Any thread, online. */
struct topic *skua_topic_find(const struct topics *t, struct skua_str name);
const struct topic_conf *skua_topic_conf(const struct topic *topic);
struct queue *skua_topic_queue(const struct topic *topic, int32_t id);

/* A topic that only its queue tells of, after topics.json was lost. */
struct topic *skua_topic_restore(struct broker *b, struct skua_str name,
    int32_t queue_id);
/* Creates or changes; conf is copied.  Main thread or before the loops run. */
struct topic *skua_topic_put(struct broker *b, struct skua_str name,
    const struct topic_conf *conf);
/* Main thread: out of the table, durably, and its queues out of the index.
 * SKUA_ENOENT: it is not there.  After another error it is gone, but may be there
 * again after a crash. */
int skua_topic_remove(struct broker *b, struct skua_str name) SKUA_MUST_CHECK;
/* The queue, made when it is missing.  Append lock held. */
struct queue *skua_topic_need_queue(struct broker *b, struct topic *topic,
    int32_t id);

/* A topic that a producer sends to before it exists: made after the default
 * topic's pattern, or a retry topic; NULL when neither applies.  Main thread.
 * Upstream: TopicConfigManager.createTopicInSendMessageMethod. */
struct topic *skua_topic_auto_create(struct broker *b, struct skua_str name,
    struct skua_str default_topic, int64_t queues, bool unit);

/* The topics every broker has.  Upstream: TopicConfigManager.init. */
void skua_topics_add_system(struct broker *b);
bool skua_topic_is_system(const struct broker *b, struct skua_str name);
bool skua_topic_is_sendable(const struct broker *b, struct skua_str name);
/* SKUA_OK, or what is wrong with a new name.  Upstream: TopicValidator. */
int skua_topic_check_name(struct skua_str name, struct skua_error *e);

/* TopicConfig as JSON, both ways. */
void skua_topic_write(struct skua_jsonw *w, const struct topic *topic);
/* With its permission and-ed with perm. */
void skua_topic_write_masked(struct skua_jsonw *w, const struct topic *topic,
    int32_t perm);
int skua_topic_read(struct broker *b, const json_t *json,
    struct topic_conf *conf_r, struct skua_error *e);
/* "attributes" as a request changes them: +key=value,-key. */
int skua_topic_change_attributes(const struct broker *b, bool is_new,
    json_t *attributes, struct skua_str changes, struct skua_error *e);

/* topics.json */
int skua_topics_load(struct broker *b, const char *path, struct skua_error *e);
int skua_topics_persist(struct broker *b, const char *path);

#endif
