/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of the nameserver's tables, and finding entries in them. */
#include <skua/host.h>

#include "tables.h"

void
tables_stop(const char *why)
{
	skua_log(SKUA_LOG_ERROR, "namesrv", "%s: the process ends", why);
	abort();
}

void *
must_alloc(size_t count, size_t size)
{
	void *p = calloc(count == 0 ? 1 : count, size);

	if (p == NULL)
		tables_stop("no memory");
	return p;
}

void *
must_grow(void *old, size_t count, size_t size)
{
	void *p = count > SIZE_MAX / size ? NULL : realloc(old, count * size);

	if (p == NULL)
		tables_stop("no memory");
	return p;
}

char *
must_dup(struct skua_str s)
{
	char *p = must_alloc(s.len + 1, 1);

	skua_str_copy(p, s);
	return p;
}

bool
text_set(char **text_r, struct skua_str s)
{
	if (skua_str_eq(skua_str_z(*text_r), s))
		return false;
	free(*text_r);
	*text_r = s.len == 0 ? NULL : must_dup(s);
	return true;
}

void
tables_init(struct tables *t)
{
	pthread_rwlockattr_t attr;

	memset(t, 0, sizeof(*t));
	(void)pthread_rwlockattr_init(&attr);
#ifdef __GLIBC__
	/* Else a stream of route queries keeps registrations waiting. */
	(void)pthread_rwlockattr_setkind_np(&attr,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
	if (pthread_rwlock_init(&t->lock, &attr) != 0)
		tables_stop("a lock is broken");
	(void)pthread_rwlockattr_destroy(&attr);
}

void
tables_fini(struct tables *t)
{
	struct group *group, *next_group;
	struct live *live, *next_live;

	HASH_ITER(hh, t->groups, group, next_group) {
		while (tables_drop_member(t, group, &group->members[0]))
			continue;
	}
	HASH_ITER(hh, t->lives, live, next_live)
		tables_drop_live(t, live);
	(void)pthread_rwlock_destroy(&t->lock);
}

/* The lock is no part of what const promises. */
static pthread_rwlock_t *
lock_of(const struct tables *t)
{
	union {
		const struct tables *in;
		struct tables *out;
	} u = { t };

	return &u.out->lock;
}

void
tables_read(const struct tables *t)
{
	if (pthread_rwlock_rdlock(lock_of(t)) != 0)
		tables_stop("a lock is broken");
}

void
tables_write(struct tables *t)
{
	if (pthread_rwlock_wrlock(&t->lock) != 0)
		tables_stop("a lock is broken");
}

void
tables_unlock(const struct tables *t)
{
	if (pthread_rwlock_unlock(lock_of(t)) != 0)
		tables_stop("a lock is broken");
}

void
tables_touch(struct tables *t, struct group *group)
{
	group->epoch = ++t->last_epoch;
}

unsigned
topic_hash(struct skua_str name)
{
	unsigned hash;

	HASH_VALUE(name.p, name.len, hash);
	return hash;
}

struct topic *
tables_topic(const struct tables *t, struct skua_str name, unsigned hash)
{
	struct topic *topic;

	HASH_FIND_BYHASHVALUE(hh, t->topics, name.p, name.len, hash, topic);
	return topic;
}

struct group *
tables_group(const struct tables *t, struct skua_str name)
{
	struct group *group;

	HASH_FIND(hh, t->groups, name.p, name.len, group);
	return group;
}

struct cluster *
tables_cluster(const struct tables *t, struct skua_str name)
{
	struct cluster *cluster;

	HASH_FIND(hh, t->clusters, name.p, name.len, cluster);
	return cluster;
}

/* What two names and a NUL between them look up. */
struct live *
tables_live(const struct tables *t, struct skua_str cluster,
    struct skua_str addr)
{
	struct live *live;
	char key[1024];
	size_t len = cluster.len + 1 + addr.len;

	if (cluster.len == 0 || addr.len == 0 || len > sizeof(key))
		return NULL;
	skua_str_copy(key, cluster);
	key[cluster.len] = '\0';
	skua_str_copy(key + cluster.len + 1, addr);
	HASH_FIND(hh, t->lives, key, len, live);
	return live;
}

bool
tables_have_room(const struct tables *t, struct skua_str name, size_t n,
    const struct tables_limits *limits)
{
	return (limits->queues == 0 ||
		   (int64_t)(t->n_queues + n) <= limits->queues) &&
	    (limits->topics == 0 ||
		(int64_t)HASH_COUNT(t->topics) < limits->topics ||
		tables_topic(t, name, topic_hash(name)) != NULL);
}

size_t
queue_at(const struct topic *topic, const char *group, bool *found_r)
{
	size_t low = 0, high = topic->n_queues;

	*found_r = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(topic->queues[mid]->group->name, group);

		if (order == 0) {
			*found_r = true;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct queue *
topic_queue(const struct topic *topic, const char *group)
{
	bool found;
	size_t at = queue_at(topic, group, &found);

	return found ? topic->queues[at] : NULL;
}

size_t
group_at(const struct cluster *cluster, const char *name)
{
	size_t low = 0, high = cluster->n_groups;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(cluster->groups[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
cluster_has(const struct cluster *cluster, const struct group *group)
{
	size_t at = group_at(cluster, group->name);

	return at < cluster->n_groups && cluster->groups[at] == group;
}

struct member *
member_by_id(const struct group *group, int64_t id)
{
	for (size_t i = 0; i < group->n_members; i++) {
		if (group->members[i].id == id)
			return &group->members[i];
	}
	return NULL;
}

struct member *
member_by_addr(const struct group *group, struct skua_str addr)
{
	for (size_t i = 0; i < group->n_members; i++) {
		if (skua_str_eq_z(addr, group->members[i].addr))
			return &group->members[i];
	}
	return NULL;
}
