/* SPDX-License-Identifier: Apache-2.0 */
/* Where a topic's queues are: built from the tables into the answer's text
 * while the lock is held for reading.
 * Upstream: RouteInfoManager.pickupTopicRouteData, ClientRequestProcessor,
 * ZoneRouteRPCHook. */
#include <strings.h>

#include "dialect.h"
#include "namesrv.h"
#include "route.h"

#define MEMBER_SYNC_PREFIX "rmq_sys_SYNC_BROKER_MEMBER_"

/* Without its master, and with write permission already taken, a group may
 * show its smallest slave as the master. */
static bool
has_acting_master(const struct route_query *query, const struct queue *queue)
{
	const struct group *group = queue->group;

	return query->acting_master && group->acting_master &&
	    member_by_id(group, MASTER_ID) == NULL &&
	    (queue->conf.perm & PERM_WRITE) == 0 &&
	    !skua_str_starts(query->topic, MEMBER_SYNC_PREFIX);
}

/* A group without a master is shown to every zone: its slaves still serve. */
static bool
is_shown(const struct route_query *query, const struct queue *queue)
{
	const struct group *group = queue->group;

	if (query->zone.p == NULL ||
	    (member_by_id(group, MASTER_ID) == NULL &&
	    !has_acting_master(query, queue)))
		return true;
	return group->zone != NULL &&
	    strlen(group->zone) == query->zone.len &&
	    strncasecmp(group->zone, query->zone.p, query->zone.len) == 0;
}

static void
put_brokers(struct skua_jsonw *w, const struct route_query *query,
    const struct topic *topic)
{
	skua_jsonw_key_z(w, "brokerDatas");
	skua_jsonw_open(w, '[');
	for (size_t i = 0; i < topic->n_queues; i++) {
		const struct queue *queue = topic->queues[i];

		if (is_shown(query, queue))
			put_group(w, query->standard, queue->group,
			    has_acting_master(query, queue));
	}
	skua_jsonw_close(w, ']');
}

static void
put_filters_of(struct skua_jsonw *w, const struct tables *t,
    const struct route_query *query, const struct group *group)
{
	for (size_t i = 0; i < group->n_members; i++) {
		const char *addr = group->members[i].addr;
		const struct live *live = tables_live(t,
		    skua_str_z(group->cluster), skua_str_z(addr));

		if (live == NULL || live->n_filters == 0)
			continue;
		put_key(w, query->standard, addr);
		skua_jsonw_open(w, '[');
		for (size_t k = 0; k < live->n_filters; k++)
			put_text_z(w, query->standard, live->filters[k]);
		skua_jsonw_close(w, ']');
	}
}

static void
put_filters(struct skua_jsonw *w, const struct tables *t,
    const struct route_query *query, const struct topic *topic)
{
	skua_jsonw_key_z(w, "filterServerTable");
	skua_jsonw_open(w, '{');
	for (size_t i = 0; i < topic->n_queues; i++) {
		if (is_shown(query, topic->queues[i]))
			put_filters_of(w, t, query, topic->queues[i]->group);
	}
	skua_jsonw_close(w, '}');
}

static void
put_queues(struct skua_jsonw *w, const struct route_query *query,
    const struct topic *topic)
{
	skua_jsonw_key_z(w, "queueDatas");
	skua_jsonw_open(w, '[');
	for (size_t i = 0; i < topic->n_queues; i++) {
		const struct queue *queue = topic->queues[i];

		if (!is_shown(query, queue))
			continue;
		skua_jsonw_open(w, '{');
		skua_jsonw_key_z(w, "brokerName");
		put_text_z(w, query->standard, queue->group->name);
		skua_jsonw_key_z(w, "perm");
		skua_jsonw_int(w, queue->conf.perm);
		skua_jsonw_key_z(w, "readQueueNums");
		skua_jsonw_int(w, queue->conf.read_queues);
		skua_jsonw_key_z(w, "topicSysFlag");
		skua_jsonw_int(w, queue->conf.sys_flag);
		skua_jsonw_key_z(w, "writeQueueNums");
		skua_jsonw_int(w, queue->conf.write_queues);
		skua_jsonw_close(w, '}');
	}
	skua_jsonw_close(w, ']');
}

static void
put_mappings(struct skua_jsonw *w, const struct route_query *query,
    const struct topic *topic)
{
	if (topic->n_mappings == 0)
		return;
	skua_jsonw_key_z(w, "topicQueueMappingByBroker");
	skua_jsonw_open(w, '{');
	for (size_t i = 0; i < topic->n_mappings; i++) {
		const struct mapping *m = &topic->mappings[i];

		put_key(w, query->standard, m->broker);
		skua_jsonw_raw(w, skua_str_z(query->standard ? m->standard :
							       m->legacy));
	}
	skua_jsonw_close(w, '}');
}

bool
route_write(const struct tables *t, const struct route_query *query,
    struct skua_jsonw *w)
{
	const struct topic *topic;

	tables_read(t);
	topic = query->topic.len == 0 ? NULL : tables_topic(t, query->topic,
	    topic_hash(query->topic));
	if (topic != NULL) {
		skua_jsonw_open(w, '{');
		put_brokers(w, query, topic);
		put_filters(w, t, query, topic);
		if (query->order_conf != NULL) {
			skua_jsonw_key_z(w, "orderTopicConf");
			put_text_z(w, query->standard, query->order_conf);
		}
		put_queues(w, query, topic);
		put_mappings(w, query, topic);
		skua_jsonw_close(w, '}');
	}
	tables_unlock(t);
	return topic != NULL;
}

static bool
is_blank(struct skua_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (strchr(" \t\r\n\f\v", s.p[i]) == NULL)
			return false;
	}
	return true;
}

static void
read_query(struct namesrv *ns, struct skua_request *request,
    struct route_query *query)
{
	query->standard = skua_request_version(request) >= VERSION_V4_9_4 ||
	    skua_request_bool(request, "acceptStandardJsonOnly", false);
	query->acting_master = CONF_OF(ns, support_acting_master);
	query->order_conf = NULL;
	query->zone = skua_str_n(NULL, 0);
	if (!skua_request_bool(request, "__ZONE_MODE", false))
		return;
	query->zone = skua_request_field(request, "__ZONE_NAME");
	if (is_blank(query->zone))
		query->zone = skua_str_n(NULL, 0);
}

/* A young nameserver knows too few brokers to send clients anywhere. */
static bool
is_ready(struct namesrv *ns)
{
	return !CONF_OF(ns, need_wait) || skua_mono_ms() - ns->started_ms >=
	    CONF_OF(ns, wait_seconds) * 1000;
}

void
handle_route(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct route_query query;
	struct skua_jsonw w;
	char *order_conf = NULL;

	if (!is_ready(ns)) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "name server not ready");
		return;
	}
	query.topic = skua_request_field(request, "topic");
	read_query(ns, request, &query);
	if (query.topic.len > 0 && CONF_OF(ns, order_message))
		order_conf = kv_get(&ns->kv, KV_ORDER_CONF, query.topic);
	query.order_conf = order_conf;
	skua_jsonw_init(&w);
	if (route_write(&ns->tables, &query, &w)) {
		answer_json(request, &w, NULL);
	} else {
		query.topic = field_shown(request, "topic");
		skua_answer(request, SKUA_CODE_TOPIC_NOT_EXIST,
		    "No topic route info in name server for the topic: "
		    SKUA_STR_FMT "\nSee https://rocketmq.apache.org/docs/"
		    "bestPractice/06FAQ for further details.",
		    SKUA_STR_ARG(query.topic));
	}
	free(order_conf);
}
