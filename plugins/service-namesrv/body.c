/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON form of a registration; the compressed form is in inflate.c. */
#include <skua/name.h>

#include "body.h"
#include "body_priv.h"
#include "dialect.h"

#define DEFAULT_QUEUES 16 /* common.TopicConfig */

static int32_t
int32_of(const json_t *json, const char *name, int32_t dflt)
{
	const json_t *member = json_object_get(json, name);
	int64_t value;

	if (json_is_real(member)) /* no cast of what may not fit */
		return dflt;
	value = skua_json_int(json, name, dflt);
	return value > INT32_MAX || value < INT32_MIN ? dflt : (int32_t)value;
}

struct queue_conf
queue_conf_from(const json_t *json, int32_t dflt_queues)
{
	struct queue_conf conf;

	conf.read_queues = int32_of(json, "readQueueNums", dflt_queues);
	conf.write_queues = int32_of(json, "writeQueueNums", dflt_queues);
	conf.perm = int32_of(json, "perm",
	    dflt_queues == 0 ? 0 : PERM_READ | PERM_WRITE);
	conf.sys_flag = int32_of(json, "topicSysFlag", 0);
	return conf;
}

struct data_version
data_version_from(const json_t *json, int64_t now_ms)
{
	struct data_version version;

	version.state = skua_json_int(json, "stateVersion", 0);
	version.timestamp_ms = skua_json_int(json, "timestamp", now_ms);
	version.counter = skua_json_int(json, "counter", 0);
	return version;
}

bool
data_version_eq(const struct data_version *a, const struct data_version *b)
{
	return a->state == b->state && a->timestamp_ms == b->timestamp_ms &&
	    a->counter == b->counter;
}

int
body_add_topic(struct body *body, struct skua_str name,
    const struct queue_conf *conf)
{
	struct body_topic *topic;

	if (!skua_name_is(SKUA_NAME_STORED_TOPIC, name)) {
		body->n_odd++;
		return SKUA_OK;
	}
	if (body->n_topics == TOPICS_MAX)
		return SKUA_ELIMIT;
	if (body->n_topics == body->topics_size) {
		size_t size = body->topics_size * 2 + 16;

		topic = realloc(body->topics, size * sizeof(*topic));
		if (topic == NULL)
			return SKUA_ENOMEM;
		body->topics = topic;
		body->topics_size = size;
	}
	topic = &body->topics[body->n_topics++];
	topic->name = name;
	topic->hash = topic_hash(name);
	topic->conf = *conf;
	return SKUA_OK;
}

int
body_set_filters(struct body *body, const json_t *list)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list))
		return SKUA_EPROTO;
	if (n > FILTERS_MAX)
		return SKUA_ELIMIT;
	body->has_filters = true;
	if (n == 0)
		return SKUA_OK;
	body->filters = calloc(n, sizeof(*body->filters));
	if (body->filters == NULL)
		return SKUA_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text != NULL && strlen(text) <= FILTER_MAX)
			body->filters[body->n_filters++] =
			    must_dup(skua_str_z(text));
	}
	return SKUA_OK;
}

/* TopicQueueMappingInfo in one dialect; NULL when it is none. */
static char *
mapping_text(const json_t *info, const char *topic, const char *broker,
    bool standard)
{
	const char *scope = skua_json_text(info, "scope"), *key;
	struct skua_jsonw w;
	struct skua_str text;
	json_t *ids = json_object_get(info, "currIdMap"), *id;
	char *copy = NULL;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "bname");
	put_text_z(&w, standard, broker);
	skua_jsonw_key_z(&w, "currIdMap");
	skua_jsonw_open(&w, '{');
	json_object_foreach(ids, key, id) {
		char *end;
		int64_t logic_id = strtoll(key, &end, 10);

		if (end == key || *end != '\0' || !json_is_integer(id))
			w.error = SKUA_EPROTO;
		put_id_key(&w, standard, logic_id);
		skua_jsonw_int(&w, json_integer_value(id));
	}
	skua_jsonw_close(&w, '}');
	skua_jsonw_key_z(&w, "dirty");
	skua_jsonw_bool(&w, skua_json_bool(info, "dirty", false));
	skua_jsonw_key_z(&w, "epoch");
	skua_jsonw_int(&w, skua_json_int(info, "epoch", 0));
	skua_jsonw_key_z(&w, "scope");
	put_text_z(&w, standard, scope == NULL ? "__global__" : scope);
	skua_jsonw_key_z(&w, "topic");
	put_text_z(&w, standard, topic);
	skua_jsonw_key_z(&w, "totalQueues");
	skua_jsonw_int(&w, skua_json_int(info, "totalQueues", 0));
	skua_jsonw_close(&w, '}');
	if (skua_jsonw_finish(&w, &text) == SKUA_OK)
		copy = must_dup(text);
	skua_jsonw_free(&w);
	return copy;
}

int
body_add_mapping(struct body *body, const char *topic, const json_t *info)
{
	const char *broker = skua_json_text(info, "bname");
	struct body_mapping *m;

	if (topic == NULL)
		topic = skua_json_text(info, "topic");
	if (topic == NULL || broker == NULL)
		return SKUA_EPROTO;
	m = realloc(body->mappings, (body->n_mappings + 1) * sizeof(*m));
	if (m == NULL)
		return SKUA_ENOMEM;
	body->mappings = m;
	m += body->n_mappings++;
	m->topic = must_dup(skua_str_z(topic));
	m->mapping.broker = must_dup(skua_str_z(broker));
	m->mapping.legacy = mapping_text(info, topic, broker, false);
	m->mapping.standard = mapping_text(info, topic, broker, true);
	return m->mapping.legacy != NULL && m->mapping.standard != NULL ?
	    SKUA_OK :
	    SKUA_EPROTO;
}

static int
take_topics(struct body *body, const json_t *table, struct skua_error *e)
{
	json_t *config;
	const char *key;

	if (table != NULL && !json_is_object(table) && !json_is_null(table))
		return skua_fail(e, SKUA_EPROTO,
		    "topicConfigTable is not an object");
	json_object_foreach((json_t *)(uintptr_t)table, key, config) {
		const char *name = skua_json_text(config, "topicName");
		struct queue_conf conf = queue_conf_from(config,
		    DEFAULT_QUEUES);
		int rc;

		if (name == NULL)
			name = key;
		rc = json_is_object(config) ?
		    body_add_topic(body, skua_str_z(name), &conf) :
		    SKUA_EPROTO;
		if (rc != SKUA_OK)
			return skua_fail(e, rc, "topic \"%.64s\": %s", name,
			    skua_strerror(rc));
	}
	return SKUA_OK;
}

static int
take_mappings(struct body *body, const json_t *table, struct skua_error *e)
{
	json_t *info;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)table, key, info) {
		int rc = body_add_mapping(body, key, info);

		if (rc != SKUA_OK)
			return skua_fail(e, rc, "mapping of \"%.64s\": %s",
			    key, skua_strerror(rc));
	}
	return SKUA_OK;
}

static int
take_wrapper(struct body *body, const json_t *wrapper, int64_t now_ms,
    struct skua_error *e)
{
	int rc;

	if (wrapper != NULL && !json_is_object(wrapper))
		return skua_fail(e, SKUA_EPROTO,
		    "topicConfigSerializeWrapper is not an object");
	body->version = data_version_from(
	    json_object_get(wrapper, "dataVersion"), now_ms);
	rc = take_topics(body, json_object_get(wrapper, "topicConfigTable"),
	    e);
	return rc != SKUA_OK ? rc :
			       take_mappings(body,
				   json_object_get(wrapper,
				       "topicQueueMappingInfoMap"),
				   e);
}

static int
decode_json(struct skua_str bytes, int32_t version, int64_t now_ms,
    struct body *body, struct skua_error *e)
{
	const json_t *filters;
	int rc = skua_json_parse(bytes, &body->json);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "the body is not valid JSON");
	if (!json_is_object(body->json))
		return skua_fail(e, SKUA_EPROTO, "the body is not a JSON object");
	if (version < VERSION_V3_0_11)
		return take_wrapper(body, body->json, now_ms, e);
	rc = take_wrapper(body,
	    json_object_get(body->json, "topicConfigSerializeWrapper"), now_ms,
	    e);
	if (rc != SKUA_OK)
		return rc;
	/* Absent means none; null means: as before. */
	filters = json_object_get(body->json, "filterServerList");
	body->has_filters = filters == NULL;
	if (filters == NULL || json_is_null(filters))
		return SKUA_OK;
	rc = body_set_filters(body, filters);
	return rc == SKUA_OK ?
	    rc :
	    skua_fail(e, rc, "filterServerList: %s", skua_strerror(rc));
}

int
body_decode(struct skua_str bytes, bool compressed, int32_t version,
    int64_t now_ms, struct body *body_r, struct skua_error *e)
{
	memset(body_r, 0, sizeof(*body_r));
	if (bytes.len == 0) {
		body_r->has_filters = version >= VERSION_V3_0_11;
		return SKUA_OK;
	}
	if (compressed && version >= VERSION_V3_0_11)
		return body_decode_compressed(bytes, version, now_ms, body_r,
		    e);
	return decode_json(bytes, version, now_ms, body_r, e);
}

void
body_free(struct body *body)
{
	for (size_t i = 0; i < body->n_mappings; i++) {
		free(body->mappings[i].topic);
		free(body->mappings[i].mapping.broker);
		free(body->mappings[i].mapping.legacy);
		free(body->mappings[i].mapping.standard);
	}
	for (size_t i = 0; i < body->n_filters; i++)
		free(body->filters[i]);
	free(body->mappings);
	free(body->filters);
	free(body->topics);
	free(body->inflated);
	json_decref(body->json);
	memset(body, 0, sizeof(*body));
}
