/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of topic names.  Upstream: RouteInfoManager.getAllTopicList and its
 * neighbours. */
#include "namesrv.h"

enum { FLAG_UNIT = 1, FLAG_UNIT_SUB = 2 }; /* common.sysflag.TopicSysFlag */

#define SLICE 4096 /* topics while the lock is held */

typedef bool topic_wanted_fn(const struct topic *topic, const void *arg);

/* false: it was the last. */
static bool
put_slice(const struct tables *t, struct topic_walk *walk,
    struct skua_jsonw *w, topic_wanted_fn *wanted, const void *arg)
{
	bool more;

	tables_read(t);
	for (size_t n = 0; n < SLICE && walk->at != NULL; n++) {
		if (wanted(walk->at, arg))
			skua_jsonw_str(w,
			    skua_str_n(walk->at->name, walk->at->name_len));
		walk->at = walk->at->hh.next;
	}
	more = walk->at != NULL;
	tables_unlock(t);
	return more;
}

static void
answer_topics(struct namesrv *ns, struct skua_request *request,
    topic_wanted_fn *wanted, const void *arg)
{
	struct tables *t = &ns->tables;
	struct topic_walk walk;
	struct skua_jsonw w;
	bool more = true;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "topicList");
	skua_jsonw_open(&w, '[');
	tables_walk_begin(t, &walk);
	while (more)
		more = put_slice(t, &walk, &w, wanted, arg);
	tables_walk_end(t, &walk);
	skua_jsonw_close(&w, ']');
	skua_jsonw_close(&w, '}');
	answer_json(request, &w, NULL);
}

static bool
is_any(const struct topic *topic, const void *arg)
{
	(void)topic;
	(void)arg;
	return true;
}

/* arg: two masks, of flags that must be set and that must not. */
static bool
has_flags(const struct topic *topic, const void *arg)
{
	const int32_t *masks = arg;
	int32_t flags = topic->queues[0]->conf.sys_flag;

	return (flags & masks[0]) == masks[0] && (flags & masks[1]) == 0;
}

static bool
is_enabled(struct skua_request *request, bool enabled)
{
	if (!enabled)
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "disable");
	return enabled;
}

static void
answer_flagged(struct skua_host *host, struct skua_request *request,
    int32_t set, int32_t clear)
{
	struct namesrv *ns = namesrv_of(host);
	int32_t masks[2] = { set, clear };

	if (is_enabled(request, CONF_OF(ns, topic_list)))
		answer_topics(ns, request, has_flags, masks);
}

void
handle_all_topics(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);

	if (is_enabled(request, CONF_OF(ns, all_topic_list)))
		answer_topics(ns, request, is_any, NULL);
}

void
handle_unit_topics(struct skua_host *host, struct skua_request *request)
{
	answer_flagged(host, request, FLAG_UNIT, 0);
}

void
handle_unit_sub_topics(struct skua_host *host, struct skua_request *request)
{
	answer_flagged(host, request, FLAG_UNIT_SUB, 0);
}

void
handle_unit_sub_only_topics(struct skua_host *host,
    struct skua_request *request)
{
	answer_flagged(host, request, FLAG_UNIT_SUB, FLAG_UNIT);
}

struct cluster_query {
	const struct tables *tables;
	struct skua_str name;
};

static bool
is_in_cluster(const struct topic *topic, const void *arg)
{
	const struct cluster_query *query = arg;
	const struct cluster *cluster = query->name.len == 0 ?
	    NULL :
	    tables_cluster(query->tables, query->name);

	for (size_t i = 0; cluster != NULL && i < topic->n_queues; i++) {
		if (cluster_has(cluster, topic->queues[i]->group))
			return true;
	}
	return false;
}

void
handle_cluster_topics(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct cluster_query query;

	query.tables = &ns->tables;
	query.name = skua_request_field(request, "cluster");
	if (is_enabled(request, CONF_OF(ns, topic_list)))
		answer_topics(ns, request, is_in_cluster, &query);
}

/* Clusters and brokers are topics too; brokerAddr is any broker to ask. */
void
handle_system_topics(struct skua_host *host, struct skua_request *request)
{
	const struct tables *t = &namesrv_of(host)->tables;
	const struct cluster *cluster;
	struct skua_jsonw w;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	tables_read(t);
	if (t->groups != NULL) {
		skua_jsonw_key_z(&w, "brokerAddr");
		skua_jsonw_str_z(&w, t->groups->members[0].addr);
	}
	skua_jsonw_key_z(&w, "topicList");
	skua_jsonw_open(&w, '[');
	for (cluster = t->clusters; cluster != NULL;
	    cluster = cluster->hh.next) {
		skua_jsonw_str_z(&w, cluster->name);
		for (size_t i = 0; i < cluster->n_groups; i++) {
			const char *name = cluster->groups[i]->name;

			/* The list is a set upstream. */
			if (tables_cluster(t, skua_str_z(name)) == NULL)
				skua_jsonw_str_z(&w, name);
		}
	}
	tables_unlock(t);
	skua_jsonw_close(&w, ']');
	skua_jsonw_close(&w, '}');
	answer_json(request, &w, NULL);
}
