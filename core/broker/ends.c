/* SPDX-License-Identifier: Apache-2.0 */
/* See ends.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "broker/broker.h"
#include "broker/ends.h"
#include "broker/state_file.h"
#include "broker/verify.h"

typedef void queue_fn(struct broker *b, struct queue *q, void *arg);

static void
each_queue(struct broker *b, queue_fn *fn, void *arg)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&b->topics.map, &at)) != NULL;) {
		struct topic *topic = sk_container(e, struct topic, entry);
		struct queue_table *t = atomic_load(&topic->queues);

		for (int32_t i = 0; i < t->size; i++) {
			struct queue *q = atomic_load(&t->queue[i]);

			if (q != NULL)
				fn(b, q, arg);
		}
	}
}

static char *
path_of(const struct log *log)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/skua/queues.json", log->folder);
	return skua_mem_dup(skua_str_z(path));
}

/* --- writing --- */

static void
note_queue(struct broker *b, struct queue *q, void *arg)
{
	struct log *log = &b->log;
	int64_t max = log->index->max(log->index_state, q->index);
	struct skua_index_entry entry;
	size_t n = 0;

	(void)arg;
	if (max == q->end_max || max == 0 ||
	    log->index->read(log->index_state, q->index, max - 1, 1, &entry,
		&n) != SKUA_OK ||
	    n == 0)
		return;
	q->end_max = max;
	q->end_pos = entry.pos;
	log->ends_changed = true;
}

void
skua_ends_note(struct broker *b)
{
	each_queue(b, note_queue, NULL);
}

struct writing {
	struct skua_jsonw w;
	const struct topic *topic; /* whose object is open */
};

static void
write_queue(struct broker *b, struct queue *q, void *arg)
{
	struct writing *wr = arg;
	char id[16];

	(void)b;
	if (q->end_max == 0)
		return;
	if (wr->topic != q->topic) {
		if (wr->topic != NULL)
			skua_jsonw_close(&wr->w, '}');
		wr->topic = q->topic;
		skua_jsonw_key(&wr->w, q->topic->entry.key);
		skua_jsonw_open(&wr->w, '{');
	}
	(void)snprintf(id, sizeof(id), "%d", q->id);
	skua_jsonw_key_z(&wr->w, id);
	skua_jsonw_open(&wr->w, '[');
	skua_jsonw_int(&wr->w, q->end_max);
	skua_jsonw_int(&wr->w, q->end_pos);
	skua_jsonw_close(&wr->w, ']');
}

void
skua_ends_write(struct broker *b)
{
	struct log *log = &b->log;
	struct writing wr = { .topic = NULL };
	char *path;

	if (!log->ends_changed || log->folder == NULL)
		return;
	skua_jsonw_init(&wr.w);
	skua_jsonw_open(&wr.w, '{');
	skua_jsonw_key_z(&wr.w, "queues");
	skua_jsonw_open(&wr.w, '{');
	each_queue(b, write_queue, &wr);
	if (wr.topic != NULL)
		skua_jsonw_close(&wr.w, '}');
	skua_jsonw_close(&wr.w, '}');
	skua_jsonw_close(&wr.w, '}');
	path = path_of(log);
	log->ends_changed = skua_state_file_write(path, &wr.w) != SKUA_OK;
	free(path);
	skua_jsonw_free(&wr.w);
}

/* --- after opening --- */

struct missing {
	struct broker *b;
	int64_t min_pos, complete, from;
};

/* Where the record behind the queue's last entry may be. */
static int64_t
behind_last(const struct missing *m, const struct queue *q)
{
	const struct log *log = &m->b->log;
	struct skua_index_entry entry;
	size_t n = 0;

	if (q == NULL || q->next_offset == 0 ||
	    log->index->read(log->index_state, q->index, q->next_offset - 1, 1,
		&entry, &n) != SKUA_OK ||
	    n == 0)
		return m->min_pos;
	return entry.pos + entry.len;
}

/* The log has the record that the queue does not reach. */
static bool
log_has(struct log *log, struct skua_str topic, int64_t id, int64_t offset,
    int64_t pos)
{
	struct skua_record r;
	struct skua_slice slice;
	bool has;

	if (!skua_record_read(log, pos, 0, &slice, &r))
		return false;
	has = r.queue_id == id && r.queue_offset == offset &&
	    skua_str_eq(r.topic, topic);
	log->store->release(log->store_state, &slice);
	return has;
}

static void
check_queue(struct missing *m, struct skua_str name, const char *key,
    const json_t *end)
{
	const struct topic *topic = skua_topic_find(&m->b->topics, name);
	int64_t max = json_integer_value(json_array_get(end, 0));
	int64_t pos = json_integer_value(json_array_get(end, 1));
	const struct queue *q;
	int64_t id, from;

	if (topic == NULL || !skua_text_int(skua_str_z(key), &id) || id < 0 ||
	    id >= TOPIC_QUEUES_MAX)
		return;
	q = skua_topic_queue(topic, (int32_t)id);
	if ((q != NULL && q->next_offset >= max) || pos < m->min_pos ||
	    pos < topic->life_pos ||
	    pos >= m->complete || !log_has(&m->b->log, name, id, max - 1, pos))
		return;
	skua_log(SKUA_LOG_WARNING, "log",
	    "queue " SKUA_STR_FMT "/%lld: index ends at %lld, expected %lld; "
	    "rebuilding from the commit log",
	    SKUA_STR_ARG(name), (long long)id,
	    (long long)(q == NULL ? 0 : q->next_offset), (long long)max);
	from = behind_last(m, q);
	if (from < m->from)
		m->from = from;
}

int64_t
skua_ends_missing_from(struct broker *b, int64_t min_pos, int64_t complete)
{
	struct missing m = { b, min_pos, complete, INT64_MAX };
	struct skua_error e = { 0, "" };
	const char *name, *id;
	json_t *root, *queues, *end;
	char *path;

	if (b->log.folder == NULL)
		return INT64_MAX;
	path = path_of(&b->log);
	if (skua_state_file_read(path, &root, NULL, &e) != SKUA_OK)
		skua_log(SKUA_LOG_WARNING, "log",
		    "the ends of the queues are not known: %s", e.text);
	free(path);
	json_object_foreach (json_object_get(root, "queues"), name, queues) {
		json_object_foreach (queues, id, end)
			check_queue(&m, skua_str_z(name), id, end);
	}
	json_decref(root);
	return m.from;
}
