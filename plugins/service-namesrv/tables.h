/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a nameserver: topics, groups (brokers of one name), clusters,
 * live brokers with their filter servers.  They point at each other and know
 * nothing of requests.  Who calls holds `lock`: for reading with the
 * functions that take const tables, for writing with the others.
 *
 * Always true while nobody holds the lock for writing:
 *  - a queue is in exactly one topic and one group, and both are in a table;
 *  - a topic has a queue, a group has a member, a cluster has a group;
 *  - members are sorted by id, with distinct ids and distinct addresses;
 *  - queues of a topic and groups of a cluster are sorted by the group's name;
 *  - a group's epoch differs from every epoch under which its members, queues
 *    or attributes were different.
 * Upstream: namesrv.routeinfo.RouteInfoManager.
 */
#ifndef NAMESRV_TABLES_H
#define NAMESRV_TABLES_H

#include <pthread.h>
#include <stdlib.h>

#include <skua/types.h>

/* A broken table helps nobody: stop instead of running on. */
_Noreturn void tables_stop(const char *why);
#define uthash_fatal(msg) tables_stop("no memory")
#include <uthash.h>

#define MASTER_ID 0

enum { PERM_WRITE = 2, PERM_READ = 4 };

struct data_version {
	int64_t state, timestamp_ms, counter;
};

struct queue_conf {
	int32_t read_queues, write_queues, perm, sys_flag;
};

/* A topic on the brokers of one name. */
struct queue {
	struct topic *topic;
	struct group *group;
	struct queue *prev, *next; /* in the group */
	uint64_t seen;             /* by the registration of that epoch */
	struct queue_conf conf;
};

/* What a static topic's queues are on one broker, in both JSON dialects. */
struct mapping {
	char *broker;
	char *legacy, *standard;
};

struct topic {
	UT_hash_handle hh;
	struct queue **queues;
	size_t n_queues, queues_size;
	struct mapping *mappings; /* sorted by broker */
	size_t n_mappings;
	size_t name_len;
	char name[];
};

struct member {
	int64_t id;
	char *addr;
};

struct group {
	UT_hash_handle hh;
	char *name, *cluster;
	char *zone; /* or NULL */
	bool acting_master;
	struct member *members;
	size_t n_members;
	struct queue *queues;
	size_t n_queues;
	uint64_t epoch;
};

struct cluster {
	UT_hash_handle hh;
	struct group **groups;
	size_t n_groups;
	char *name;
};

struct live {
	UT_hash_handle hh;
	char *broker, *ha_addr;
	int64_t last_ms; /* atomic: heartbeats hold the lock for reading */
	int64_t timeout_ms;
	struct data_version version;
	uint64_t connection;
	char **filters;
	size_t n_filters;
	/* The last registration's body, and the group's epoch behind it: the
	 * same body under the same epoch changes nothing. */
	uint64_t body_sum;
	size_t body_len;
	uint64_t body_epoch;
	char *cluster, *addr; /* into key */
	size_t key_len;
	char key[]; /* cluster NUL address */
};

/* What the tables may hold at most; 0: no limit. */
struct tables_limits {
	int64_t brokers, topics, queues;
};

struct tables {
	pthread_rwlock_t lock;
	size_t n_queues;
	struct topic_walk *walks;
	struct topic *topics;
	struct group *groups;
	struct cluster *clusters;
	struct live *lives;
	uint64_t last_epoch;
};

/* A walk over all topics that lets go of the lock now and then. */
struct topic_walk {
	struct topic_walk *prev, *next;
	struct topic *at; /* the next topic; NULL: the end */
};

/* Never NULL; zeroed. */
void *must_alloc(size_t count, size_t size);
void *must_grow(void *old, size_t count, size_t size);
char *must_dup(struct skua_str s);
/* Replaces *text_r by a copy when it differs; an empty view means NULL. */
bool text_set(char **text_r, struct skua_str s);

void tables_init(struct tables *t);
void tables_fini(struct tables *t);
void tables_read(const struct tables *t);
void tables_write(struct tables *t);
void tables_unlock(const struct tables *t);
/* The group is no longer what it was. */
void tables_touch(struct tables *t, struct group *group);

unsigned topic_hash(struct skua_str name);
struct topic *tables_topic(const struct tables *t, struct skua_str name,
    unsigned hash);
struct group *tables_group(const struct tables *t, struct skua_str name);
struct cluster *tables_cluster(const struct tables *t, struct skua_str name);
struct live *tables_live(const struct tables *t, struct skua_str cluster,
    struct skua_str addr);

/* Where the group's queue is in the topic, or belongs; the same for a group in
 * a cluster. */
size_t queue_at(const struct topic *topic, const char *group, bool *found_r);
size_t group_at(const struct cluster *cluster, const char *name);
struct queue *topic_queue(const struct topic *topic, const char *group);
bool cluster_has(const struct cluster *cluster, const struct group *group);
struct member *member_by_id(const struct group *group, int64_t id);
struct member *member_by_addr(const struct group *group, struct skua_str addr);

/* Adds or changes the topic's queues on the group; true if that changed
 * anything.  Leaves the epoch alone. */
bool tables_put_queue(struct tables *t, struct skua_str name, unsigned hash,
    struct group *group, const struct queue_conf *conf);
/* Whether n more queues of the topic fit. */
bool tables_have_room(const struct tables *t, struct skua_str name, size_t n,
    const struct tables_limits *limits);
/* The topic goes with its last queue. */
void tables_drop_queue(struct tables *t, struct queue *queue);
void tables_drop_topic(struct tables *t, struct topic *topic);
/* Between these the lock is taken for slices of the walk, as one likes; topics
 * that go meanwhile are passed over. */
void tables_walk_begin(struct tables *t, struct topic_walk *walk);
void tables_walk_end(struct tables *t, struct topic_walk *walk);
void topic_put_mapping(struct topic *topic, const struct mapping *mapping);

/* Finds or creates; the caller gives a new group its first member. */
struct group *tables_put_group(struct tables *t, struct skua_str name,
    struct skua_str cluster);
void group_put_member(struct group *group, int64_t id, struct skua_str addr);
/* The group goes with its last member, and its queues with it: false then. */
bool tables_drop_member(struct tables *t, struct group *group,
    struct member *member);

struct live *tables_put_live(struct tables *t, struct skua_str cluster,
    struct skua_str addr);
void tables_drop_live(struct tables *t, struct live *live);

#endif
