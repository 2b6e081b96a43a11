/* SPDX-License-Identifier: Apache-2.0 */
/* Topics as JSON: one TopicConfig, and topics.json. */
#include <stdlib.h>

#include <skua/io.h>
#include <skua/name.h>

#include "broker/broker.h"
#include "broker/state_file.h"

void
skua_topic_write_masked(struct skua_jsonw *w, const struct topic *topic,
    int32_t perm)
{
	const struct topic_conf *c = skua_topic_conf(topic);

	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "attributes");
	if (c->attributes != NULL) {
		skua_jsonw_tree(w, c->attributes);
	} else {
		skua_jsonw_open(w, '{');
		skua_jsonw_close(w, '}');
	}
	skua_jsonw_key_z(w, "order");
	skua_jsonw_bool(w, c->order);
	skua_jsonw_key_z(w, "perm");
	skua_jsonw_int(w, c->perm & perm);
	skua_jsonw_key_z(w, "readQueueNums");
	skua_jsonw_int(w, c->read_queues);
	skua_jsonw_key_z(w, "topicFilterType");
	skua_jsonw_str_z(w, c->multi_tag ? "MULTI_TAG" : "SINGLE_TAG");
	skua_jsonw_key_z(w, "topicName");
	skua_jsonw_str(w, topic->entry.key);
	skua_jsonw_key_z(w, "topicSysFlag");
	skua_jsonw_int(w, c->sys_flag);
	skua_jsonw_key_z(w, "writeQueueNums");
	skua_jsonw_int(w, c->write_queues);
	skua_jsonw_close(w, '}');
}

void
skua_topic_write(struct skua_jsonw *w, const struct topic *topic)
{
	skua_topic_write_masked(w, topic, -1);
}

int
skua_topic_read(struct broker *b, const json_t *json, struct topic_conf *c,
    struct skua_error *e)
{
	const char *type = skua_json_text(json, "topicFilterType");
	json_t *attributes = json_object_get(json, "attributes");

	(void)b;
	if (!json_is_object(json))
		return skua_fail(e, SKUA_EINVAL, "a topic is no object");
	memset(c, 0, sizeof(*c));
	c->order = skua_json_bool(json, "order", false);
	c->perm = skua_json_int32(json, "perm", INT32_MIN, INT32_MAX,
	    PERM_READ | PERM_WRITE);
	c->read_queues = skua_json_int32(json, "readQueueNums", INT32_MIN,
	    TOPIC_QUEUES_MAX, 16);
	c->write_queues = skua_json_int32(json, "writeQueueNums", INT32_MIN,
	    TOPIC_QUEUES_MAX, 16);
	c->sys_flag = skua_json_int32(json, "topicSysFlag", INT32_MIN,
	    INT32_MAX, 0);
	c->multi_tag = type != NULL && strcmp(type, "MULTI_TAG") == 0;
	c->attributes = json_is_object(attributes) ? attributes : NULL;
	return SKUA_OK;
}

/* counter: of the table's version. */
static int
take_topic(struct broker *b, const char *name, const json_t *json,
    int64_t counter, struct skua_error *e)
{
	struct skua_error why;
	struct topic_conf c;
	int rc;

	if (skua_name_check(SKUA_NAME_STORED_TOPIC, skua_str_z(name), &why) !=
	    SKUA_OK) {
		skua_log(SKUA_LOG_WARNING, "broker",
		    "topics.json: a topic is left out: %s", why.text);
		return SKUA_OK;
	}
	if (skua_life_is_over(&b->lives, skua_str_z(name), counter)) {
		b->topics.unsaved = true;
		return SKUA_OK;
	}
	rc = skua_topic_read(b, json, &c, e);
	if (rc == SKUA_OK)
		(void)skua_topic_put(b, skua_str_z(name), &c);
	return rc;
}

/* Which removals the table knows of: all, if another broker wrote it. */
static int64_t
counter_of(const json_t *root)
{
	struct data_version version;

	if (json_object_get(root, "crc32") == NULL)
		return INT64_MAX;
	data_version_read(json_object_get(root, "dataVersion"), &version);
	return version.counter;
}

int
skua_topics_load(struct broker *b, const char *path, struct skua_error *e)
{
	json_t *root, *table, *value;
	const char *name;
	int rc = skua_state_file_read(path, &root, &b->topics.is_old, e);

	b->topics.saved_counter = INT64_MAX;
	if (rc != SKUA_OK || root == NULL)
		return rc;
	b->topics.unsaved = b->topics.is_old;
	b->topics.saved_counter = counter_of(root);
	table = json_object_get(root, "topicConfigTable");
	if (!json_is_object(table))
		rc = skua_fail(e, SKUA_ECORRUPT, "%s: no topicConfigTable",
		    path);
	json_object_foreach (table, name, value) {
		if (rc == SKUA_OK)
			rc = take_topic(b, name, value,
			    b->topics.saved_counter, e);
	}
	data_version_read(json_object_get(root, "dataVersion"),
	    &b->topics.version);
	json_decref(root);
	return rc;
}

int
skua_topics_persist(struct broker *b, const char *path)
{
	struct skua_jsonw w;
	struct map_entry *e;
	int rc;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "dataVersion");
	data_version_write(&w, &b->topics.version);
	skua_jsonw_key_z(&w, "topicConfigTable");
	skua_jsonw_open(&w, '{');
	for (size_t at = 0; (e = skua_map_next(&b->topics.map, &at)) != NULL;) {
		skua_jsonw_key(&w, e->key);
		skua_topic_write(&w, sk_container(e, struct topic, entry));
	}
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	rc = skua_state_file_write(path, &w);
	skua_jsonw_free(&w);
	return rc;
}

struct topic *
skua_topic_restore(struct broker *b, struct skua_str name, int32_t queue_id)
{
	struct topic *topic = skua_topic_find(&b->topics, name);
	struct topic_conf c = { .perm = PERM_READ | PERM_WRITE };

	if (topic != NULL)
		c = *skua_topic_conf(topic);
	else
		skua_log(SKUA_LOG_WARNING, "broker",
		    "topic " SKUA_STR_FMT ": found in the store, missing in "
		    "topics.json; recreated with defaults",
		    SKUA_STR_ARG(name));
	if (queue_id >= c.read_queues)
		c.read_queues = queue_id + 1;
	if (queue_id >= c.write_queues)
		c.write_queues = queue_id + 1;
	return skua_topic_put(b, name, &c);
}
