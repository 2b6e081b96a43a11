/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of REGISTER_BROKER, decoded before any lock is taken.
 * Upstream: remoting.protocol.body.RegisterBrokerBody.
 */
#ifndef NAMESRV_BODY_H
#define NAMESRV_BODY_H

#include <skua/error.h>
#include <skua/json.h>

#include "tables.h"

#define INFLATED_MAX ((size_t)64 << 20)
#define VERSION_V3_0_11 37 /* from here on: topics and filter servers */
#define VERSION_V5_0_0 413 /* from here on: mappings in compressed bodies */

struct body_topic {
	struct skua_str name;
	unsigned hash;
	struct queue_conf conf;
};

struct body_mapping {
	char *topic;
	struct mapping mapping;
};

struct body {
	struct data_version version;
	struct body_topic *topics;
	size_t n_topics, topics_size;
	size_t n_odd; /* topics whose names no broker takes; left out */
	struct body_mapping *mappings;
	size_t n_mappings;
	bool has_filters; /* else what was said before stays */
	char **filters;
	size_t n_filters;
	/* What the topics' names point into. */
	json_t *json;
	char *inflated;
};

/* version is the broker's; an empty body means no topics.  body_free in any
 * case. */
int body_decode(struct skua_str bytes, bool compressed, int32_t version,
    int64_t now_ms, struct body *body_r, struct skua_error *e);
void body_free(struct body *body);

/* Also the body of QUERY_DATA_VERSION, both ways. */
struct data_version data_version_from(const json_t *json, int64_t now_ms);
bool data_version_eq(const struct data_version *a,
    const struct data_version *b);

/* One entry of a TopicRouteData's queueDatas or of a topicConfigTable. */
struct queue_conf queue_conf_from(const json_t *json, int32_t dflt_queues);

#endif
