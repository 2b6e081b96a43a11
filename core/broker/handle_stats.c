/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET_TOPIC_STATS_INFO (202), GET_CONSUME_STATS (208): how far queues reach and
 * how far groups have come.
 * Upstream: broker.processor.AdminBrokerProcessor.
 */
#include <stdlib.h>

#include "broker/handlers.h"

static int32_t
at_most_all(int32_t queues)
{
	return queues < TOPIC_QUEUES_MAX ? queues : TOPIC_QUEUES_MAX;
}

static void
write_int(struct skua_jsonw *w, const char *name, int64_t value)
{
	skua_jsonw_key_z(w, name);
	skua_jsonw_int(w, value);
}

/* The store time of the message before an offset, 0 when there is none. */
static int64_t
time_before(struct broker *b, const struct queue *q, int64_t offset)
{
	int64_t ms = offset > 0 ? skua_queue_time_at(b, q, offset - 1) : 0;

	return ms < 0 ? 0 : ms;
}

static void
write_queue(struct skua_jsonw *w, struct broker *b, const struct topic *topic,
    int32_t id)
{
	const struct queue *q = skua_topic_queue(topic, id);
	int64_t max = skua_queue_max(b, q), min = skua_queue_min(b, q);

	skua_jsonw_queue_key(w, skua_str_z(broker_conf(b)->broker), id,
	    topic->entry.key);
	skua_jsonw_open(w, '{');
	write_int(w, "lastUpdateTimestamp", time_before(b, q, max));
	write_int(w, "maxOffset", max);
	write_int(w, "minOffset", min < 0 ? 0 : min);
	skua_jsonw_close(w, '}');
}

void
handle_topic_stats(struct broker *b, struct skua_request *request)
{
	const struct topic_conf *conf;
	const struct topic *topic;
	struct skua_str name;
	struct skua_jsonw w;
	int32_t queues;

	if (!skua_need_field(request, "topic", &name))
		return;
	topic = skua_topic_find(&b->topics, name);
	if (topic == NULL) {
		skua_answer(request, SKUA_CODE_TOPIC_NOT_EXIST,
		    "topic[" SKUA_STR_FMT "] not exist", SKUA_STR_ARG(name));
		return;
	}
	conf = skua_topic_conf(topic);
	queues = at_most_all(conf->read_queues > conf->write_queues ?
		conf->read_queues :
		conf->write_queues);
	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "offsetTable");
	skua_jsonw_open(&w, '{');
	for (int32_t i = 0; i < queues && w.error == SKUA_OK; i++)
		write_queue(&w, b, topic, i);
	skua_jsonw_close(&w, '}');
	skua_jsonw_key_z(&w, "topicPutTps");
	skua_jsonw_real(&w, 0.0); /* not measured for each topic */
	skua_jsonw_close(&w, '}');
	skua_answer_json(request, &w);
}

/* --- what a group has consumed --- */

struct collecting {
	struct broker *b;
	struct skua_str group;
	const struct consumer_view *view; /* NULL: any topic */
	struct topic **topics;
	size_t count, size;
};

/* Topics that the group's clients no longer subscribe to do not count. */
static void
collect(struct collecting *c, struct skua_str name)
{
	struct topic *topic = skua_topic_find(&c->b->topics, name);

	if (topic == NULL ||
	    (c->view != NULL && c->view->subscription_count > 0 &&
		skua_view_subscription(c->view, name) == NULL))
		return;
	if (c->count == c->size) {
		c->size = c->size == 0 ? 16 : 2 * c->size;
		c->topics = skua_mem_grow(c->topics, c->size,
		    sizeof(c->topics[0]));
	}
	c->topics[c->count++] = topic;
}

static bool
collect_row(void *arg, struct skua_str topic, struct skua_str group,
    const struct offset_row *row)
{
	struct collecting *c = arg;

	(void)row;
	if (skua_str_eq(group, c->group))
		collect(c, topic);
	return true;
}

static void
collect_list(struct collecting *c, struct skua_str list)
{
	while (list.len > 0) {
		const char *end = memchr(list.p, ';', list.len);
		size_t n = end == NULL ? list.len : (size_t)(end - list.p);

		if (n > 0)
			collect(c, skua_str_n(list.p, n));
		n += end != NULL;
		list = skua_str_n(list.p + n, list.len - n);
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct topic *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
write_progress(struct skua_jsonw *w, const struct collecting *c,
    const struct topic *topic, int32_t id)
{
	const struct queue *q = skua_topic_queue(topic, id);
	int64_t offset =
	    skua_offset_get(&c->b->offsets, c->group, topic->entry.key, id);

	if (offset < 0)
		offset = 0;
	skua_jsonw_queue_key(w, skua_str_z(broker_conf(c->b)->broker), id,
	    topic->entry.key);
	skua_jsonw_open(w, '{');
	write_int(w, "brokerOffset", skua_queue_max(c->b, q));
	write_int(w, "consumerOffset", offset);
	write_int(w, "lastTimestamp", time_before(c->b, q, offset));
	write_int(w, "pullOffset", offset);
	skua_jsonw_close(w, '}');
}

static void
write_topics(struct skua_jsonw *w, const struct collecting *c)
{
	for (size_t i = 0; i < c->count && w->error == SKUA_OK; i++) {
		const struct topic *topic = c->topics[i];
		int32_t queues =
		    at_most_all(skua_topic_conf(topic)->read_queues);

		if (i > 0 && topic == c->topics[i - 1])
			continue;
		for (int32_t id = 0; id < queues && w->error == SKUA_OK; id++)
			write_progress(w, c, topic, id);
	}
}

void
handle_consume_stats(struct broker *b, struct skua_request *request)
{
	struct skua_str topic = skua_request_field(request, "topic");
	struct skua_str list = skua_request_field(request, "topicList");
	struct collecting c = { .b = b };
	struct skua_jsonw w;

	if (!skua_need_field(request, "consumerGroup", &c.group))
		return;
	if (list.len == 0)
		c.view = skua_session_view(&b->sessions, c.group);
	if (list.len > 0)
		collect_list(&c, list);
	else if (topic.len > 0)
		collect(&c, topic);
	else
		skua_offset_visit(&b->offsets, collect_row, &c);
	if (c.count > 0)
		qsort(c.topics, c.count, sizeof(c.topics[0]), by_name);
	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "consumeTps");
	skua_jsonw_real(&w, 0.0); /* not measured for each group */
	skua_jsonw_key_z(&w, "offsetTable");
	skua_jsonw_open(&w, '{');
	write_topics(&w, &c);
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	free(c.topics);
	skua_answer_json(request, &w);
}
