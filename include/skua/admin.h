/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libskua: what administrators ask and change.  Every function waits (see
 * client.h); address is a broker's "IP:PORT".
 *
 * A result is one piece, with everything it points to: skua_admin_free gives it
 * back.
 */
#ifndef SKUA_ADMIN_H
#define SKUA_ADMIN_H

#include <skua/client.h>
#include <skua/consumer.h>

SKUA_BEGIN_DECLS

/* Any result of this header; NULL is none. */
SKUA_API void skua_admin_free(const void *result);

struct skua_names {
	size_t count; /* sorted */
	const char **names;
};

/* name, value: sorted by name. */
struct skua_setting {
	const char *name, *value;
};
struct skua_settings {
	size_t count;
	struct skua_setting *settings;
};
/* NULL when there is no such name. */
SKUA_API const char *skua_setting(const struct skua_settings *settings,
    const char *name);

/* --- brokers --- */

struct skua_broker {
	const char *cluster, *name, *address;
	int64_t id; /* 0: master */
};
struct skua_cluster {
	size_t count; /* sorted by cluster, name, id */
	struct skua_broker *brokers;
};
SKUA_API int skua_admin_cluster(struct skua_client *client,
    struct skua_cluster **cluster_r, struct skua_error *e) SKUA_MUST_CHECK;

/* What the broker counts: msgPutTotalTodayNow, putTps, … */
SKUA_API int skua_admin_broker_stats(struct skua_client *client,
    const char *address, struct skua_settings **stats_r, struct skua_error *e)
    SKUA_MUST_CHECK;
/* address NULL: a nameserver's. */
SKUA_API int skua_admin_settings(struct skua_client *client,
    const char *address, struct skua_settings **settings_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* pairs: name, value, …, NULL.  All or none. */
SKUA_API int skua_admin_set(struct skua_client *client, const char *address,
    const char *const *pairs, struct skua_error *e) SKUA_MUST_CHECK;

/* --- topics --- */

SKUA_API int skua_admin_topics(struct skua_client *client,
    struct skua_names **topics_r, struct skua_error *e) SKUA_MUST_CHECK;

struct skua_topic {
	const char *name;
	int32_t read_queues, write_queues, perm;
	bool order;
	/* "+key=value,-key" to put; "key=value,…" as got; may be NULL */
	const char *attributes;
};
/* SKUA_ENOENT: the broker does not have it. */
SKUA_API int skua_admin_topic(struct skua_client *client, const char *address,
    const char *topic, struct skua_topic **topic_r, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Makes or changes it; address NULL: on every master. */
SKUA_API int skua_admin_topic_put(struct skua_client *client,
    const char *address, const struct skua_topic *topic, struct skua_error *e)
    SKUA_MUST_CHECK;
/* On every broker and nameserver. */
SKUA_API int skua_admin_topic_delete(struct skua_client *client,
    const char *topic, struct skua_error *e) SKUA_MUST_CHECK;

struct skua_queue_stats {
	const char *broker;
	int32_t queue_id;
	int64_t min_offset, max_offset, last_ms; /* 0: none yet */
};
struct skua_topic_stats {
	double put_rate; /* messages per second; 0 where it is not measured */
	size_t count;    /* sorted by broker and queue */
	struct skua_queue_stats *queues;
};
/* SKUA_ENOENT: the topic has no route. */
SKUA_API int skua_admin_topic_stats(struct skua_client *client,
    const char *topic, struct skua_topic_stats **stats_r, struct skua_error *e)
    SKUA_MUST_CHECK;

/* --- groups --- */

/* Those that brokers have settings of. */
SKUA_API int skua_admin_groups(struct skua_client *client,
    struct skua_names **groups_r, struct skua_error *e) SKUA_MUST_CHECK;

struct skua_group {
	const char *name;
	bool consume, broadcast; /* allowed */
	int32_t retry_queues, max_tries;
};
/* SKUA_ENOENT: the broker does not have it. */
SKUA_API int skua_admin_group(struct skua_client *client, const char *address,
    const char *group, struct skua_group **group_r, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Makes or changes it; address NULL: on every master. */
SKUA_API int skua_admin_group_put(struct skua_client *client,
    const char *address, const struct skua_group *group, struct skua_error *e)
    SKUA_MUST_CHECK;
/* On every broker, with its offsets if so wanted. */
SKUA_API int skua_admin_group_delete(struct skua_client *client,
    const char *group, bool with_offsets, struct skua_error *e) SKUA_MUST_CHECK;

struct skua_member {
	const char *client_id, *address, *language;
	int32_t version;
};
struct skua_subscription {
	const char *topic, *expression, *type;
};
struct skua_members {
	const char *consume_type, *model, *from; /* of RocketMQ */
	size_t count;                            /* sorted by client id */
	struct skua_member *members;
	size_t subscription_count;
	struct skua_subscription *subscriptions;
};
/* SKUA_ENOENT: nobody is connected. */
SKUA_API int skua_admin_members(struct skua_client *client, const char *group,
    struct skua_members **members_r, struct skua_error *e) SKUA_MUST_CHECK;

struct skua_queue_progress {
	const char *topic, *broker;
	int32_t queue_id;
	int64_t broker_offset, consumer_offset; /* the difference is the lag */
	int64_t last_ms; /* store time of the last message consumed */
};
struct skua_progress {
	double consume_rate; /* messages per second; 0 where not measured */
	int64_t lag; /* of all queues */
	size_t count; /* sorted by topic, broker, queue */
	struct skua_queue_progress *queues;
};
/* topic NULL: all that the group consumes.  SKUA_ENOENT: it has consumed
 * nothing. */
SKUA_API int skua_admin_progress(struct skua_client *client, const char *group,
    const char *topic, struct skua_progress **progress_r, struct skua_error *e)
    SKUA_MUST_CHECK;

/* The group goes on with the first messages stored at or after ms (-1: with
 * those that are still to come).  force: also forward.  Consumers that are
 * connected follow; what was set is in *progress_r (may be NULL), as
 * consumer_offset.  SKUA_ENOENT: the topic has no route. */
SKUA_API int skua_admin_reset(struct skua_client *client, const char *group,
    const char *topic, int64_t ms, bool force,
    struct skua_progress **progress_r, struct skua_error *e) SKUA_MUST_CHECK;

/* --- messages --- */

struct skua_messages {
	size_t count;
	const struct skua_received *messages;
};
/* By where it is stored: the offset id.  SKUA_ENOENT: it is not there. */
SKUA_API int skua_admin_message(struct skua_client *client,
    const char *offset_id, struct skua_messages **messages_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* By one of its keys, or by its unique key; stored from begin_ms to end_ms.
 * SKUA_ENOENT: none was found. */
SKUA_API int skua_admin_messages_by_key(struct skua_client *client,
    const char *topic, const char *key, bool is_unique_key, int64_t begin_ms,
    int64_t end_ms, int32_t max, struct skua_messages **messages_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* Of one queue from an offset on; fewer than max at the queue's end. */
SKUA_API int skua_admin_messages_at(struct skua_client *client,
    const char *topic, const struct skua_queue *queue, int64_t offset,
    int32_t max, struct skua_messages **messages_r, struct skua_error *e)
    SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
