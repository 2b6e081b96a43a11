/* SPDX-License-Identifier: Apache-2.0 */
/* The table of topics: find, create, change, remove, their queues. */
#include <stdlib.h>

#include <skua/message.h>
#include <skua/route.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/rcu.h"
#include "broker/park.h"
#include "broker/topic_journal.h"

void
skua_topics_init(struct topics *t)
{
	skua_map_init(&t->map);
	(void)pthread_mutex_init(&t->lock, NULL);
	t->version.timestamp = skua_now_ms();
	t->changed_all = true; /* nobody was told of any */
	t->journal.fd = -1;
}

static void
free_conf(void *p)
{
	struct topic_conf *conf = p;

	json_decref(conf->attributes);
	free(conf);
}

static void
free_topic(void *p)
{
	struct topic *topic = p;
	struct queue_table *t = atomic_load(&topic->queues);

	for (int32_t i = 0; i < t->size; i++)
		free(atomic_load(&t->queue[i]));
	free(t);
	free_conf((void *)(uintptr_t)atomic_load(&topic->conf));
	free(topic->routes);
	free(topic);
}

void
skua_topics_fini(struct topics *t)
{
	struct map_entry *e;

	skua_topics_forget_changes(t);
	for (size_t at = 0; (e = skua_map_next(&t->map, &at)) != NULL;)
		free_topic(sk_container(e, struct topic, entry));
	skua_map_fini(&t->map);
	(void)pthread_mutex_destroy(&t->lock);
}

struct topic *
skua_topic_find(const struct topics *t, struct skua_str name)
{
	struct map_entry *e = skua_map_get(&t->map, name);

	return e == NULL ? NULL : sk_container(e, struct topic, entry);
}

const struct topic_conf *
skua_topic_conf(const struct topic *topic)
{
	return atomic_load_explicit(&topic->conf, memory_order_acquire);
}

struct queue *
skua_topic_queue(const struct topic *topic, int32_t id)
{
	const struct queue_table *t =
	    atomic_load_explicit(&topic->queues, memory_order_acquire);

	return id < 0 || id >= t->size ?
	    NULL :
	    atomic_load_explicit(&t->queue[id], memory_order_acquire);
}

static struct queue_table *
table_new(int32_t size, const struct queue_table *old)
{
	struct queue_table *t = skua_mem_new(1,
	    sizeof(*t) + (size_t)size * sizeof(t->queue[0]));

	t->size = size;
	for (int32_t i = 0; old != NULL && i < old->size; i++)
		atomic_init(&t->queue[i], atomic_load(&old->queue[i]));
	return t;
}

struct queue *
skua_topic_need_queue(struct broker *b, struct topic *topic, int32_t id)
{
	struct queue_table *t = atomic_load(&topic->queues);
	struct queue *q;

	if (id < 0 || id >= TOPIC_QUEUES_MAX)
		return NULL;
	if (id >= t->size) {
		struct queue_table *old = t;

		t = table_new(id + 1 > 2 * old->size ? id + 1 : 2 * old->size,
		    old);
		atomic_store_explicit(&topic->queues, t, memory_order_release);
		skua_rcu_defer(free, old);
	}
	q = atomic_load(&t->queue[id]);
	if (q != NULL)
		return q;
	q = sk_new(struct queue);
	q->topic = topic;
	q->id = id;
	if (b->log.index->queue(b->log.index_state, topic->entry.key, id,
		&q->index) != SKUA_OK) {
		free(q);
		return NULL;
	}
	q->next_offset = b->log.index->max(b->log.index_state, q->index);
	atomic_store_explicit(&t->queue[id], q, memory_order_release);
	return q;
}

static void
take_routes(struct broker *b, struct topic *topic)
{
	const struct provider *p;

	for (size_t at = 0; (p = skua_registry_next(&b->plugins.registry,
				 PLUGIN_ROUTE, &at)) != NULL;) {
		const struct skua_route *route = p->ops;

		if (route->wants != NULL &&
		    !route->wants(p->host, topic->entry.key))
			continue;
		topic->routes = skua_mem_grow(topic->routes,
		    topic->route_count + 1, sizeof(topic->routes[0]));
		topic->routes[topic->route_count++] = p;
	}
}

static struct topic *
topic_new(struct broker *b, struct skua_str name, int32_t queues)
{
	struct topic *topic = skua_mem_new(1, sizeof(*topic) + name.len + 1);

	skua_str_copy(topic->name, name);
	topic->entry.key = skua_str_n(topic->name, name.len);
	topic->is_system = skua_topic_is_system(b, name);
	topic->life_pos = skua_life_pos(&b->lives, name);
	atomic_init(&topic->queues, table_new(queues, NULL));
	take_routes(b, topic);
	return topic;
}

static const struct provider *
selector_of(const struct broker *b, const json_t *attributes)
{
	const char *name = skua_json_text(attributes, "queue.selector");

	return name == NULL ? NULL :
			      skua_registry_find(&b->plugins.registry,
				  PLUGIN_SELECTOR, name);
}

struct topic *
skua_topic_put(struct broker *b, struct skua_str name,
    const struct topic_conf *conf)
{
	struct topics *t = &b->topics;
	struct topic_conf *copy = sk_new(struct topic_conf);
	const struct topic_conf *old = NULL;
	struct topic *topic;

	*copy = *conf;
	copy->attributes = json_deep_copy(conf->attributes);
	copy->selector = selector_of(b, copy->attributes);
	(void)pthread_mutex_lock(&t->lock);
	topic = skua_topic_find(t, name);
	if (topic == NULL) {
		int32_t n = conf->read_queues > conf->write_queues ?
		    conf->read_queues :
		    conf->write_queues;

		topic = topic_new(b, name, n < 1 ? 1 : n < 64 ? n : 64);
		/* A commit that crossed the removal of the earlier one. */
		if (topic->life_pos > 0 && atomic_load(&b->serving))
			skua_offset_remove_topic(&b->offsets, name);
		atomic_init(&topic->conf, copy);
		skua_map_put(&t->map, &topic->entry);
	} else {
		old = atomic_exchange(&topic->conf, copy);
	}
	data_version_next(&t->version);
	(void)pthread_mutex_unlock(&t->lock);
	skua_topic_changed(t, name);
	if (old != NULL)
		skua_rcu_defer(free_conf, (void *)(uintptr_t)old);
	return topic;
}

static struct topic *
take_out(struct topics *t, struct skua_str name)
{
	struct map_entry *e;

	(void)pthread_mutex_lock(&t->lock);
	e = skua_map_remove(&t->map, name);
	if (e != NULL)
		data_version_next(&t->version);
	(void)pthread_mutex_unlock(&t->lock);
	return e == NULL ? NULL : sk_container(e, struct topic, entry);
}

static void
remove_queues(struct broker *b, const struct queue_table *queues)
{
	(void)pthread_mutex_lock(&b->log.append_lock);
	for (int32_t i = 0; i < queues->size; i++) {
		struct queue *q = atomic_load(&queues->queue[i]);

		/* What could not be removed is by the next start. */
		if (q != NULL)
			(void)b->log.index->remove(b->log.index_state,
			    q->index);
	}
	(void)pthread_mutex_unlock(&b->log.append_lock);
	/* Pulls that wait on a queue learn that it is gone. */
	for (int32_t i = 0; i < queues->size; i++) {
		struct queue *q = atomic_load(&queues->queue[i]);

		if (q != NULL)
			skua_park_wake(b, q);
	}
}

int
skua_topic_remove(struct broker *b, struct skua_str name)
{
	struct topic *topic = take_out(&b->topics, name);
	int64_t end;
	int rc;

	if (topic == NULL)
		return SKUA_ENOENT;
	skua_topics_changed(&b->topics);
	end = skua_log_close_topic(&b->log, topic);
	rc = skua_life_end(b, topic->entry.key, end);
	remove_queues(b, atomic_load(&topic->queues));
	skua_rcu_defer(free_topic, topic);
	return rc;
}
