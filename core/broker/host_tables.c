/* SPDX-License-Identifier: Apache-2.0 */
/* Topics, groups and offsets, as plug-ins read and make them. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/group.h>
#include <skua/name.h>
#include <skua/offset.h>

#include "broker/host_thread.h"
#include "broker/keeping.h"

/* Fills as much as the plug-in knows of. */
#define FILL(to, from)                                                         \
	do {                                                                   \
		size_t size_ = (to)->size;                                     \
                                                                               \
		memcpy((to), &(from),                                          \
		    size_ < sizeof(from) ? size_ : sizeof(from));              \
		(to)->size = size_;                                            \
	} while (0)

/* --- topics --- */

static struct skua_topic_info
info_of(const struct topic *topic)
{
	const struct topic_conf *c = skua_topic_conf(topic);

	return (struct skua_topic_info){
		.size = sizeof(struct skua_topic_info),
		.read_queues = c->read_queues,
		.write_queues = c->write_queues,
		.perm = c->perm,
		.sys_flag = c->sys_flag,
		.order = c->order,
		.multi_tag = c->multi_tag,
		.is_system = topic->is_system,
	};
}

int
skua_topic_get(struct skua_host *host, struct skua_str name,
    struct skua_topic_info *info_r)
{
	const struct broker *b = host_broker(host);
	const struct topic *topic;
	bool entered;

	if (b == NULL)
		return SKUA_ENOTSUP;
	entered = skua_rcu_enter();
	topic = skua_topic_find(&b->topics, name);
	if (topic != NULL) {
		struct skua_topic_info info = info_of(topic);

		FILL(info_r, info);
	}
	skua_rcu_leave(entered);
	return topic == NULL ? SKUA_ENOENT : SKUA_OK;
}

int
skua_topic_attribute(struct skua_host *host, struct skua_str name,
    const char *attribute, char *text, size_t size)
{
	const struct broker *b = host_broker(host);
	const struct topic *topic;
	const char *value = NULL;
	bool entered;
	int n = SKUA_ENOENT;

	if (b == NULL)
		return SKUA_ENOTSUP;
	entered = skua_rcu_enter();
	topic = skua_topic_find(&b->topics, name);
	if (topic != NULL)
		value = skua_json_text(skua_topic_conf(topic)->attributes,
		    attribute);
	if (value != NULL)
		n = snprintf(text, size, "%s", value);
	skua_rcu_leave(entered);
	return n;
}

int
skua_topics_each(struct skua_host *host, skua_topic_fn *fn, void *arg)
{
	const struct broker *b = host_broker(host);
	struct map_entry *e;
	bool entered, go_on = true;

	if (b == NULL)
		return SKUA_ENOTSUP;
	entered = skua_rcu_enter();
	for (size_t at = 0;
	     go_on && (e = skua_map_next(&b->topics.map, &at)) != NULL;) {
		struct skua_topic_info info =
		    info_of(sk_container(e, struct topic, entry));

		go_on = fn(arg, e->key, &info);
	}
	skua_rcu_leave(entered);
	return SKUA_OK;
}

/* --- groups --- */

static struct skua_group_info
group_info_of(const struct group *group)
{
	const struct group_conf *c = skua_group_conf(group);

	return (struct skua_group_info){
		.size = sizeof(struct skua_group_info),
		.consume_enable = c->consume_enable,
		.broadcast_enable = c->broadcast_enable,
		.notify_ids_changed = c->notify_ids_changed,
		.retry_queues = c->retry_queues,
		.retry_max = c->retry_max,
		.sys_flag = c->sys_flag,
	};
}

int
skua_group_get(struct skua_host *host, struct skua_str name,
    struct skua_group_info *info_r)
{
	const struct broker *b = host_broker(host);
	const struct group *group;
	bool entered;

	if (b == NULL)
		return SKUA_ENOTSUP;
	entered = skua_rcu_enter();
	group = skua_group_find(&b->groups, name);
	if (group != NULL) {
		struct skua_group_info info = group_info_of(group);

		FILL(info_r, info);
	}
	skua_rcu_leave(entered);
	return group == NULL ? SKUA_ENOENT : SKUA_OK;
}

int
skua_groups_each(struct skua_host *host, skua_group_fn *fn, void *arg)
{
	const struct broker *b = host_broker(host);
	struct map_entry *e;
	bool entered, go_on = true;

	if (b == NULL)
		return SKUA_ENOTSUP;
	entered = skua_rcu_enter();
	for (size_t at = 0;
	     go_on && (e = skua_map_next(&b->groups.map, &at)) != NULL;) {
		struct skua_group_info info =
		    group_info_of(sk_container(e, struct group, entry));

		go_on = fn(arg, e->key, &info);
	}
	skua_rcu_leave(entered);
	return SKUA_OK;
}

/* --- making them --- */

struct make {
	struct host_ask ask;
	struct topic_conf conf;
	size_t len;
	char name[];
};

static struct make *
make_new(struct broker *b, struct skua_str name, skua_done_fn *done, void *arg)
{
	struct make *m = skua_mem_new(1, sizeof(*m) + name.len + 1);

	m->ask.broker = b;
	m->ask.done = done;
	m->ask.arg = arg;
	m->len = name.len;
	skua_str_copy(m->name, name);
	return m;
}

static int
ask(struct make *m, void (*begin)(struct host_ask *ask))
{
	int rc;

	m->ask.begin = begin;
	rc = skua_host_ask(&m->ask);
	if (rc != SKUA_OK)
		free(m);
	return rc;
}

static void
kept(struct broker *b, void *arg)
{
	(void)b;
	skua_host_ask_done(arg, SKUA_OK);
}

static void
make_topic(struct host_ask *a)
{
	struct make *m = sk_container(a, struct make, ask);
	struct broker *b = a->broker;
	struct skua_str name = skua_str_n(m->name, m->len);

	if (skua_topic_find(&b->topics, name) != NULL) {
		skua_host_ask_done(a, SKUA_OK);
		return;
	}
	if ((int64_t)skua_map_count(&b->topics.map) >=
	    broker_conf(b)->auto_topics_max) {
		skua_host_ask_done(a, SKUA_ELIMIT);
		return;
	}
	(void)skua_topic_put(b, name, &m->conf);
	skua_keep_topics(b, kept, a);
}

static bool
is_queue_count(int32_t n)
{
	return n >= 1 && n <= TOPIC_QUEUES_MAX;
}

static int
conf_of(const struct skua_topic_info *info, struct topic_conf *conf_r)
{
	struct skua_topic_info own;

	if (info->size < offsetof(struct skua_topic_info, sys_flag))
		return SKUA_EINVAL;
	memset(&own, 0, sizeof(own));
	memcpy(&own, info, info->size < sizeof(own) ? info->size : sizeof(own));
	if (!is_queue_count(own.read_queues) ||
	    !is_queue_count(own.write_queues) || own.perm < 0 || own.perm > 7)
		return SKUA_EINVAL;
	*conf_r = (struct topic_conf){ .read_queues = own.read_queues,
		.write_queues = own.write_queues,
		.perm = own.perm,
		.sys_flag = own.sys_flag,
		.order = own.order,
		.multi_tag = own.multi_tag };
	return SKUA_OK;
}

int
skua_topic_ensure(struct skua_host *host, struct skua_str name,
    const struct skua_topic_info *info, skua_done_fn *done, void *arg)
{
	struct broker *b = host_broker(host);
	struct topic_conf conf;
	struct make *m;

	if (b == NULL)
		return SKUA_ENOTSUP;
	if (!skua_name_is(SKUA_NAME_STORED_TOPIC, name) ||
	    conf_of(info, &conf) != SKUA_OK)
		return SKUA_EINVAL;
	m = make_new(b, name, done, arg);
	m->conf = conf;
	return ask(m, make_topic);
}

static void
make_group(struct host_ask *a)
{
	const struct make *m = sk_container(a, struct make, ask);
	struct broker *b = a->broker;
	struct skua_str name = skua_str_n(m->name, m->len);
	int rc = SKUA_OK;

	if (skua_group_find(&b->groups, name) == NULL) {
		if ((int64_t)skua_map_count(&b->groups.map) >=
		    broker_conf(b)->auto_groups_max) {
			skua_host_ask_done(a, SKUA_ELIMIT);
			return;
		}
		(void)skua_group_put(b, name, NULL);
		rc = skua_keep_groups(b);
	}
	skua_host_ask_done(a, rc);
}

int
skua_group_ensure(struct skua_host *host, struct skua_str name,
    skua_done_fn *done, void *arg)
{
	struct broker *b = host_broker(host);

	if (b == NULL)
		return SKUA_ENOTSUP;
	if (!skua_name_is(SKUA_NAME_GROUP, name))
		return SKUA_EINVAL;
	return ask(make_new(b, name, done, arg), make_group);
}

/* --- offsets --- */

int64_t
skua_consumer_offset(struct skua_host *host, struct skua_str group,
    struct skua_str topic, int32_t queue)
{
	const struct broker *b = host_broker(host);
	int64_t offset;
	bool entered;

	if (b == NULL)
		return OFFSET_NONE;
	entered = skua_rcu_enter();
	offset = skua_offset_get(&b->offsets, group, topic, queue);
	skua_rcu_leave(entered);
	return offset;
}

int
skua_consumer_offset_set(struct skua_host *host, struct skua_str group,
    struct skua_str topic, int32_t queue, int64_t offset)
{
	struct broker *b = host_broker(host);
	bool entered;
	int rc;

	if (b == NULL)
		return SKUA_ENOTSUP;
	if (offset < 0 || group.len == 0)
		return SKUA_EINVAL;
	entered = skua_rcu_enter();
	rc = skua_offset_set(&b->offsets, group, topic, queue, offset);
	skua_rcu_leave(entered);
	return rc;
}

struct offset_walk {
	struct skua_str group, topic;
	skua_consumer_offset_fn *fn;
	void *arg;
};

static bool
visit_block(const struct offset_walk *w, struct skua_str topic,
    struct skua_str group, const struct offset_block *block)
{
	for (int32_t i = 0; i < OFFSET_BLOCK; i++) {
		int64_t offset = atomic_load_explicit(&block->cell[i],
		    memory_order_relaxed);

		if (offset >= 0 &&
		    !w->fn(w->arg, group, topic, block->first + i, offset))
			return false;
	}
	return true;
}

static bool
visit_row(void *arg, struct skua_str topic, struct skua_str group,
    const struct offset_row *row)
{
	const struct offset_walk *w = arg;
	const struct offset_block *block = &row->first;

	if ((w->group.len > 0 && !skua_str_eq(w->group, group)) ||
	    (w->topic.len > 0 && !skua_str_eq(w->topic, topic)))
		return true;
	for (; block != NULL; block = atomic_load_explicit(&block->next,
				  memory_order_acquire))
		if (!visit_block(w, topic, group, block))
			return false;
	return true;
}

void
skua_consumer_offsets_each(struct skua_host *host, struct skua_str group,
    struct skua_str topic, skua_consumer_offset_fn *fn, void *arg)
{
	const struct broker *b = host_broker(host);
	struct offset_walk w = { group, topic, fn, arg };
	bool entered;

	if (b == NULL)
		return;
	entered = skua_rcu_enter();
	skua_offset_visit(&b->offsets, visit_row, &w);
	skua_rcu_leave(entered);
}
