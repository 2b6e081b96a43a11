/* SPDX-License-Identifier: Apache-2.0 */
/* Adding and removing entries of the nameserver's tables, so that the
 * invariants in tables.h hold. */
#include <utlist.h>

#include "tables.h"

/* --- topics --- */

static struct topic *
put_topic(struct tables *t, struct skua_str name, unsigned hash)
{
	struct topic *topic = tables_topic(t, name, hash);

	if (topic != NULL)
		return topic;
	topic = must_alloc(1, sizeof(*topic) + name.len + 1);
	skua_str_copy(topic->name, name);
	topic->name_len = name.len;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, t->topics, topic->name, name.len, hash,
	    topic);
	return topic;
}

static void
insert_queue(struct topic *topic, size_t at, struct queue *queue)
{
	if (topic->n_queues == topic->queues_size) {
		topic->queues_size = topic->queues_size * 2 + 1;
		topic->queues = must_grow(topic->queues, topic->queues_size,
		    sizeof(topic->queues[0]));
	}
	memmove(topic->queues + at + 1, topic->queues + at,
	    (topic->n_queues - at) * sizeof(topic->queues[0]));
	topic->queues[at] = queue;
	topic->n_queues++;
}

bool
tables_put_queue(struct tables *t, struct skua_str name, unsigned hash,
    struct group *group, const struct queue_conf *conf)
{
	struct topic *topic = put_topic(t, name, hash);
	struct queue *queue;
	bool found;
	size_t at = queue_at(topic, group->name, &found);

	if (found) {
		queue = topic->queues[at];
		if (memcmp(&queue->conf, conf, sizeof(*conf)) == 0)
			return false;
		queue->conf = *conf;
		return true;
	}
	queue = must_alloc(1, sizeof(*queue));
	queue->topic = topic;
	queue->group = group;
	queue->conf = *conf;
	insert_queue(topic, at, queue);
	DL_APPEND(group->queues, queue);
	group->n_queues++;
	t->n_queues++;
	return true;
}

void
tables_walk_begin(struct tables *t, struct topic_walk *walk)
{
	tables_write(t);
	walk->at = t->topics;
	DL_APPEND(t->walks, walk);
	tables_unlock(t);
}

void
tables_walk_end(struct tables *t, struct topic_walk *walk)
{
	tables_write(t);
	DL_DELETE(t->walks, walk);
	tables_unlock(t);
}

static void
free_topic(struct tables *t, struct topic *topic)
{
	struct topic_walk *walk;

	DL_FOREACH (t->walks, walk)
		if (walk->at == topic)
			walk->at = topic->hh.next;
	HASH_DEL(t->topics, topic);
	for (size_t i = 0; i < topic->n_mappings; i++) {
		free(topic->mappings[i].broker);
		free(topic->mappings[i].legacy);
		free(topic->mappings[i].standard);
	}
	free(topic->mappings);
	free(topic->queues);
	free(topic);
}

void
tables_drop_queue(struct tables *t, struct queue *queue)
{
	struct topic *topic = queue->topic;
	struct group *group = queue->group;
	bool found;
	size_t at = queue_at(topic, group->name, &found);

	memmove(topic->queues + at, topic->queues + at + 1,
	    (topic->n_queues - at - 1) * sizeof(topic->queues[0]));
	topic->n_queues--;
	DL_DELETE(group->queues, queue);
	group->n_queues--;
	t->n_queues--;
	tables_touch(t, group);
	free(queue);
	if (topic->n_queues == 0)
		free_topic(t, topic);
}

void
tables_drop_topic(struct tables *t, struct topic *topic)
{
	/* The last one takes the topic along. */
	for (size_t n = topic->n_queues; n > 0; n--)
		tables_drop_queue(t, topic->queues[n - 1]);
}

void
topic_put_mapping(struct topic *topic, const struct mapping *mapping)
{
	struct mapping copy;
	size_t at = 0;
	int order = 1;

	copy.broker = must_dup(skua_str_z(mapping->broker));
	copy.legacy = must_dup(skua_str_z(mapping->legacy));
	copy.standard = must_dup(skua_str_z(mapping->standard));
	while (at < topic->n_mappings && (order = strcmp(mapping->broker,
	    topic->mappings[at].broker)) > 0)
		at++;
	if (at < topic->n_mappings && order == 0) {
		free(topic->mappings[at].broker);
		free(topic->mappings[at].legacy);
		free(topic->mappings[at].standard);
	} else {
		topic->mappings = must_grow(topic->mappings,
		    topic->n_mappings + 1, sizeof(copy));
		memmove(topic->mappings + at + 1, topic->mappings + at,
		    (topic->n_mappings - at) * sizeof(copy));
		topic->n_mappings++;
	}
	topic->mappings[at] = copy;
}

/* --- groups and clusters --- */

static void
join_cluster(struct tables *t, struct skua_str name, struct group *group)
{
	struct cluster *cluster = tables_cluster(t, name);
	size_t at;

	if (cluster == NULL) {
		cluster = must_alloc(1, sizeof(*cluster));
		cluster->name = must_dup(name);
		HASH_ADD_KEYPTR(hh, t->clusters, cluster->name, name.len,
		    cluster);
	}
	if (cluster_has(cluster, group))
		return;
	at = group_at(cluster, group->name);
	cluster->groups = must_grow(cluster->groups, cluster->n_groups + 1,
	    sizeof(cluster->groups[0]));
	memmove(cluster->groups + at + 1, cluster->groups + at,
	    (cluster->n_groups - at) * sizeof(cluster->groups[0]));
	cluster->groups[at] = group;
	cluster->n_groups++;
}

static void
leave_clusters(struct tables *t, const struct group *group)
{
	struct cluster *cluster, *next;

	HASH_ITER(hh, t->clusters, cluster, next) {
		size_t at = group_at(cluster, group->name);

		if (!cluster_has(cluster, group))
			continue;
		memmove(cluster->groups + at, cluster->groups + at + 1,
		    (cluster->n_groups - at - 1) * sizeof(cluster->groups[0]));
		if (--cluster->n_groups > 0)
			continue;
		HASH_DEL(t->clusters, cluster);
		free(cluster->groups);
		free(cluster->name);
		free(cluster);
	}
}

struct group *
tables_put_group(struct tables *t, struct skua_str name,
    struct skua_str cluster)
{
	struct group *group = tables_group(t, name);

	if (group == NULL) {
		group = must_alloc(1, sizeof(*group));
		group->name = must_dup(name);
		group->cluster = must_dup(cluster);
		HASH_ADD_KEYPTR(hh, t->groups, group->name, name.len, group);
		tables_touch(t, group);
	}
	/* Brokers of one name may say different clusters: in each of them, as
	 * upstream has it. */
	join_cluster(t, cluster, group);
	return group;
}

void
group_put_member(struct group *group, int64_t id, struct skua_str addr)
{
	struct member *member = member_by_id(group, id);
	size_t at = 0;

	if (member != NULL) {
		(void)text_set(&member->addr, addr);
		return;
	}
	while (at < group->n_members && group->members[at].id < id)
		at++;
	group->members = must_grow(group->members, group->n_members + 1,
	    sizeof(*member));
	memmove(group->members + at + 1, group->members + at,
	    (group->n_members - at) * sizeof(*member));
	group->members[at].id = id;
	group->members[at].addr = must_dup(addr);
	group->n_members++;
}

static void
free_group(struct tables *t, struct group *group)
{
	while (group->queues != NULL)
		tables_drop_queue(t, group->queues);
	leave_clusters(t, group);
	HASH_DEL(t->groups, group);
	free(group->members);
	free(group->name);
	free(group->cluster);
	free(group->zone);
	free(group);
}

bool
tables_drop_member(struct tables *t, struct group *group,
    struct member *member)
{
	size_t at = (size_t)(member - group->members);

	free(member->addr);
	memmove(member, member + 1,
	    (group->n_members - at - 1) * sizeof(*member));
	group->n_members--;
	tables_touch(t, group);
	if (group->n_members > 0)
		return true;
	free_group(t, group);
	return false;
}

/* --- live brokers --- */

struct live *
tables_put_live(struct tables *t, struct skua_str cluster,
    struct skua_str addr)
{
	struct live *live = tables_live(t, cluster, addr);

	if (live != NULL)
		return live;
	live = must_alloc(1, sizeof(*live) + cluster.len + addr.len + 2);
	live->cluster = live->key;
	live->addr = live->key + cluster.len + 1;
	skua_str_copy(live->cluster, cluster);
	skua_str_copy(live->addr, addr);
	live->key_len = cluster.len + 1 + addr.len;
	HASH_ADD_KEYPTR(hh, t->lives, live->key, live->key_len, live);
	return live;
}

void
tables_drop_live(struct tables *t, struct live *live)
{
	HASH_DEL(t->lives, live);
	for (size_t i = 0; i < live->n_filters; i++)
		free(live->filters[i]);
	free(live->filters);
	free(live->broker);
	free(live->ha_addr);
	free(live);
}
