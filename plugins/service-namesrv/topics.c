/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator changes: topics here and gone, write permission.
 * None of it survives the broker's next change of configuration. */
#include "namesrv.h"
#include "topics.h"

void
topic_delete(struct tables *t, struct skua_str name, struct skua_str cluster)
{
	struct topic *topic;
	const struct cluster *where;

	tables_write(t);
	topic = tables_topic(t, name, topic_hash(name));
	where = cluster.len == 0 ? NULL : tables_cluster(t, cluster);
	if (topic != NULL && cluster.len == 0)
		tables_drop_topic(t, topic);
	/* Back to front: the topic is gone with its last queue. */
	else if (topic != NULL && where != NULL) {
		for (size_t i = topic->n_queues; i > 0; i--) {
			struct queue *queue = topic->queues[i - 1];
			bool last = topic->n_queues == 1;

			if (!cluster_has(where, queue->group))
				continue;
			tables_drop_queue(t, queue);
			if (last)
				break;
		}
	}
	tables_unlock(t);
}

static bool
speaks_for(const struct tables *t, const struct group *group,
    uint64_t connection)
{
	for (size_t i = 0; group != NULL && i < group->n_members; i++) {
		const struct live *live = tables_live(t,
		    skua_str_z(group->cluster),
		    skua_str_z(group->members[i].addr));

		if (live != NULL && live->connection == connection)
			return true;
	}
	return false;
}

const char *
topic_register(struct tables *t, struct skua_str topic,
    const struct topic_queue_data *queues, size_t n, uint64_t connection,
    const struct tables_limits *limits, bool *full_r)
{
	const char *unknown = NULL;

	tables_write(t);
	for (size_t i = 0; i < n && unknown == NULL; i++) {
		if (!speaks_for(t,
			tables_group(t, skua_str_z(queues[i].broker)),
			connection))
			unknown = queues[i].broker;
	}
	*full_r = unknown == NULL &&
	    !tables_have_room(t, topic, n, limits);
	for (size_t i = 0; i < n && unknown == NULL && !*full_r; i++) {
		struct group *group = tables_group(t,
		    skua_str_z(queues[i].broker));

		if (tables_put_queue(t, topic, topic_hash(topic), group,
		    &queues[i].conf))
			tables_touch(t, group);
	}
	tables_unlock(t);
	return unknown;
}

#define SLICE 4096

static size_t
permit_slice(struct tables *t, struct topic_walk *walk, struct skua_str broker,
    bool permit)
{
	struct group *group = tables_group(t, broker);
	size_t n = 0;

	if (group == NULL)
		walk->at = NULL;
	for (size_t i = 0; i < SLICE && walk->at != NULL; i++) {
		struct queue *q = topic_queue(walk->at, group->name);

		walk->at = walk->at->hh.next;
		if (q == NULL)
			continue;
		q->conf.perm = permit ? PERM_READ | PERM_WRITE :
					q->conf.perm & ~PERM_WRITE;
		n++;
	}
	if (group != NULL)
		tables_touch(t, group);
	return n;
}

size_t
broker_permit_write(struct tables *t, struct skua_str broker, bool permit)
{
	struct topic_walk walk;
	size_t n = 0;
	bool more = true;

	tables_walk_begin(t, &walk);
	while (more) {
		tables_write(t);
		n += permit_slice(t, &walk, broker, permit);
		more = walk.at != NULL;
		tables_unlock(t);
	}
	tables_walk_end(t, &walk);
	return n;
}

/* --- requests --- */

static bool
need_topic(struct skua_request *request, struct skua_str *topic_r)
{
	*topic_r = skua_request_field(request, "topic");
	if (topic_r->len > 0 && topic_r->len <= 1024 &&
	    memchr(topic_r->p, '\0', topic_r->len) == NULL)
		return true;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
	    "the field topic is missing, too long, or holds a NUL");
	return false;
}

void
handle_delete_topic(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str topic,
	    cluster = skua_request_field(request, "clusterName");
	struct outcome none;

	if (!need_topic(request, &topic))
		return;
	topic_delete(&ns->tables, topic, cluster);
	skua_log(SKUA_LOG_NOTICE, UNIT, "topic \"" SKUA_STR_FMT
	    "\" was removed from the routes of \"" SKUA_STR_FMT "\"",
	    SKUA_STR_ARG(topic), SKUA_STR_ARG(cluster));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	memset(&none, 0, sizeof(none));
	settle(ns, &none);
}

static void
register_queues(struct namesrv *ns, struct skua_request *request,
    struct skua_str topic, const json_t *list)
{
	size_t n = json_array_size(list), used = 0;
	struct topic_queue_data *queues = must_alloc(n, sizeof(*queues));
	const struct tables_limits limits = { 0, CONF_OF(ns, max_topics),
		CONF_OF(ns, max_queues) };
	const char *unknown;
	bool full;

	for (size_t i = 0; i < n; i++) {
		const json_t *data = json_array_get(list, i);

		queues[used].broker = skua_json_text(data, "brokerName");
		queues[used].conf = queue_conf_from(data, 0);
		used += queues[used].broker != NULL;
	}
	unknown = topic_register(&ns->tables, topic, queues, used,
	    skua_request_connection(request), &limits, &full);
	if (unknown != NULL)
		complain(ns, "topic \"" SKUA_STR_FMT "\" was not registered: "
		    "broker \"%.64s\" is not on this connection",
		    SKUA_STR_ARG(topic), unknown);
	free(queues);
	if (full) {
		answer_full(ns, request, "the nameserver is full: "
		    "namesrvMaxTopics or namesrvMaxQueues is reached");
		return;
	}
	/* Also for an unknown broker, as upstream. */
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

void
handle_register_topic(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str topic, bytes = skua_request_body(request);
	struct outcome none;
	json_t *json = NULL;

	if (!need_kind(request, "topic", SKUA_NAME_STORED_TOPIC, &topic))
		return;
	if (bytes.len > 0 && (skua_json_parse(bytes, &json) != SKUA_OK ||
	    !json_is_object(json)))
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the body is not a TopicRouteData");
	else
		register_queues(ns, request, topic,
		    json_object_get(json, "queueDatas"));
	json_decref(json);
	memset(&none, 0, sizeof(none));
	settle(ns, &none);
}

static void
change_write(struct skua_host *host, struct skua_request *request, bool permit)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str broker;
	size_t n;

	if (!need_name(request, "brokerName", &broker))
		return;
	n = broker_permit_write(&ns->tables, broker, permit);
	skua_log(SKUA_LOG_NOTICE, UNIT, "write permission of broker \""
	    SKUA_STR_FMT "\" was %s for %zu topics", SKUA_STR_ARG(broker),
	    permit ? "given" : "taken", n);
	skua_answer_int(request, permit ? "addTopicCount" : "wipeTopicCount",
	    (int64_t)n);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

void
handle_wipe_write(struct skua_host *host, struct skua_request *request)
{
	change_write(host, request, false);
}

void
handle_add_write(struct skua_host *host, struct skua_request *request)
{
	change_write(host, request, true);
}
