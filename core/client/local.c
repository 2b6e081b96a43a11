/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broadcasting member's offsets: FOLDER/CLIENT/GROUP/offsets.json, in Java's
 * form, replaced whole.  A file that cannot be read is answered by the one
 * before it, as Java does.
 * Upstream: client.consumer.store.LocalFileOffsetStore.
 */
#include <stdio.h>

#include <skua/host.h>
#include <skua/io.h>

#include "base/number.h"
#include "client/flow.h"

#define FILE_MAX (16 * 1024 * 1024)

struct local_offset {
	UT_hash_handle hh;
	char *topic, *broker;
	int32_t queue_id;
	int64_t offset;
	char key[];
};

struct local_offsets {
	struct local_offset *offsets;
	bool changed;
	char folder[2048], path[2100];
};

static struct local_offset *
need(struct local_offsets *l, const char *topic, const char *broker,
    int32_t queue_id)
{
	char key[1024];
	struct local_offset *o;

	(void)snprintf(key, sizeof(key), "%s %s %d", topic, broker, queue_id);
	HASH_FIND_STR(l->offsets, key, o);
	if (o != NULL)
		return o;
	o = skua_mem_new(1, sizeof(*o) + strlen(key) + 1);
	memcpy(o->key, key, strlen(key) + 1);
	o->topic = skua_mem_dup(skua_str_z(topic));
	o->broker = skua_mem_dup(skua_str_z(broker));
	o->queue_id = queue_id;
	HASH_ADD_STR(l->offsets, key, o);
	return o;
}

/* {"offsetTable":{{"brokerName":"b","queueId":0,"topic":"T"}:12}} */
static int
parse(struct local_offsets *l, struct skua_str text)
{
	json_t *json, *value, *queue;
	const char *key;
	int rc = skua_json_parse(text, &json);

	if (rc != SKUA_OK)
		return rc;
	json_object_foreach (json_object_get(json, "offsetTable"), key, value) {
		const char *topic, *broker;
		int32_t id;

		if (skua_json_parse(skua_str_z(key), &queue) != SKUA_OK)
			continue;
		topic = skua_json_text(queue, "topic");
		broker = skua_json_text(queue, "brokerName");
		if (topic != NULL && broker != NULL && json_is_integer(value) &&
		    skua_narrow_i32(skua_json_int(queue, "queueId", 0), 0,
			INT32_MAX, &id))
			need(l, topic, broker, id)->offset =
			    json_integer_value(value);
		json_decref(queue);
	}
	json_decref(json);
	return SKUA_OK;
}

static int
load(struct local_offsets *l, const char *path)
{
	char *text;
	size_t len;
	int rc = skua_file_read(path, FILE_MAX, &text, &len);

	if (rc != SKUA_OK)
		return rc;
	rc = len == 0 ? SKUA_ENOENT : parse(l, skua_str_n(text, len));
	free(text);
	return rc;
}

struct local_offsets *
skua_local_open(const struct skua_client *client, const char *group)
{
	struct local_offsets *l = sk_new(struct local_offsets);
	char before[2200];

	(void)snprintf(l->folder, sizeof(l->folder), "%s/%s/%s", client->folder,
	    client->offsets_id, group);
	(void)snprintf(l->path, sizeof(l->path), "%s/offsets.json", l->folder);
	(void)snprintf(before, sizeof(before), "%s.bak", l->path);
	if (load(l, l->path) != SKUA_OK)
		(void)load(l, before);
	return l;
}

void
skua_local_close(struct local_offsets *l)
{
	struct local_offset *o, *next;

	if (l == NULL)
		return;
	HASH_ITER(hh, l->offsets, o, next) {
		HASH_DEL(l->offsets, o);
		free(o->topic);
		free(o->broker);
		free(o);
	}
	free(l);
}

int64_t
skua_local_get(const struct local_offsets *l, const char *key)
{
	struct local_offset *o;

	HASH_FIND_STR(l->offsets, key, o);
	return o == NULL ? -1 : o->offset;
}

void
skua_local_set(struct local_offsets *l, const struct flow *flow, int64_t offset)
{
	struct local_offset *o = need(l, flow->topic, flow->queue.broker,
	    flow->queue.queue_id);

	l->changed |= o->offset != offset;
	o->offset = offset;
}

int
skua_local_save(struct local_offsets *l)
{
	struct local_offset *o, *next;
	struct skua_jsonw w;
	struct skua_str text;
	int rc;

	if (!l->changed)
		return SKUA_OK;
	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "offsetTable");
	skua_jsonw_open(&w, '{');
	HASH_ITER(hh, l->offsets, o, next) {
		skua_jsonw_queue_key(&w, skua_str_z(o->broker), o->queue_id,
		    skua_str_z(o->topic));
		skua_jsonw_int(&w, o->offset);
	}
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	rc = skua_jsonw_finish(&w, &text);
	if (rc == SKUA_OK)
		rc = skua_io()->mkdir(l->folder);
	if (rc == SKUA_OK || rc == SKUA_EEXIST)
		rc = skua_file_replace(l->path, text.p, text.len);
	if (rc == SKUA_OK)
		l->changed = false;
	else
		skua_log(SKUA_LOG_WARNING, "client",
		    "could not write \"%s\": %s", l->path, skua_strerror(rc));
	skua_jsonw_free(&w);
	return rc;
}
