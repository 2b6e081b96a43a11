/* SPDX-License-Identifier: Apache-2.0 */
/* What must stay although it is old, and what may go although it is young. */
#include <stdlib.h>

#include "base/number.h"
#include "broker/retention.h"
#include "broker/verify.h"

struct keeping {
	struct broker *broker;
	const char *groups; /* "a;b", or "*" */
	int64_t pos;
	struct check_cursor cursor;
};

/* An entry that deleting may go by. */
static bool
read_entry(struct broker *b, struct check_cursor *cursor, const struct queue *q,
    int64_t offset, struct skua_index_entry *entry)
{
	struct check check;
	size_t n = 0;
	bool known;

	if (b->log.index->read(b->log.index_state, q->index, offset, 1, entry,
		&n) != SKUA_OK ||
	    n == 0)
		return false;
	return offset >= q->opened_max ||
	    skua_entry_verify(b, cursor, q, offset, entry, &check, &known) ==
		SKUA_OK;
}

static bool
is_listed(const char *list, struct skua_str word)
{
	while (*list != '\0') {
		size_t n;

		list += strspn(list, "; ,");
		n = strcspn(list, "; ,");
		if ((n == 1 && *list == '*') ||
		    skua_str_eq(skua_str_n(list, n), word))
			return true;
		list += n;
	}
	return false;
}

/* Behind the nearest message before it that is there; the log's beginning
 * without one. */
static int64_t
doubt(struct broker *b, struct queue *q, int64_t offset)
{
	struct skua_index_entry e;

	if (q->doubted_end == offset + 1)
		return q->doubted_pos;
	q->doubted_end = offset + 1;
	q->doubted_pos = skua_entry_near(&b->log, q, offset, -1, &e) ?
	    e.pos + e.len :
	    0;
	skua_log(SKUA_LOG_WARNING, "log",
	    "queue %s/%d: cannot locate offset %lld needed by "
	    "retainUnconsumedOf; keeping the log from position %lld",
	    q->topic->entry.key.p, q->id, (long long)offset,
	    (long long)q->doubted_pos);
	return q->doubted_pos;
}

/* Where the message at the group's offset begins, or before. */
static int64_t
needed_pos(struct keeping *k, struct queue *q, int64_t offset)
{
	struct skua_index_entry entry;
	int64_t min = skua_queue_min(k->broker, q);

	if (offset < min)
		offset = min;
	if (offset >= skua_queue_max(k->broker, q))
		return INT64_MAX;
	return read_entry(k->broker, &k->cursor, q, offset, &entry) ?
	    entry.pos :
	    doubt(k->broker, q, offset);
}

static bool
visit(void *arg, struct skua_str topic_name, struct skua_str group,
    const struct offset_row *row)
{
	struct keeping *k = arg;
	struct topic *topic = skua_topic_find(&k->broker->topics, topic_name);
	struct queue_table *t;

	if (topic == NULL || !is_listed(k->groups, group))
		return true;
	t = atomic_load(&topic->queues);
	for (int32_t i = 0; i < t->size; i++) {
		struct queue *q = atomic_load(&t->queue[i]);
		int64_t offset = skua_offset_cell(row, i), pos;

		if (q == NULL || offset == OFFSET_UNSET)
			continue;
		pos = needed_pos(k, q, offset < 0 ? 0 : offset);
		if (pos < k->pos)
			k->pos = pos;
	}
	return true;
}

int64_t
skua_retention_keep_pos(struct broker *b)
{
	struct keeping k = { .broker = b, .pos = INT64_MAX,
		.groups = broker_conf(b)->retain_unconsumed_of };

	if (*k.groups != '\0')
		skua_offset_visit(&b->offsets, visit, &k);
	skua_check_cursor_close(&k.cursor);
	return k.pos;
}

/* --- topics with a time of their own --- */

static int64_t
reserve_ms(const struct topic *topic)
{
	const struct topic_conf *c = skua_topic_conf(topic);
	const char *text = c->attributes == NULL ?
	    NULL :
	    skua_json_text(c->attributes, "reserve.time");

	return text == NULL ? -1 : skua_clamp_span(strtoll(text, NULL, 10));
}

static bool
is_young(struct broker *b, const struct queue *q, int64_t offset,
    int64_t limit_ms)
{
	return skua_queue_time_at(b, q, offset) >= limit_ms;
}

static void
trim_queue(struct broker *b, struct queue *q, int64_t limit_ms)
{
	int64_t min = skua_queue_min(b, q), max = skua_queue_max(b, q), first;
	struct check_cursor cursor = { .is_open = false };
	struct skua_index_entry entry;

	/* A search can be led astray by what a wrong clock wrote: not as far as
	 * to take a queue that begins with a young message. */
	if (max <= min || is_young(b, q, min, limit_ms))
		return;
	first = skua_queue_offset_by_time(b, q, limit_ms, false);
	/* The newest stays: it tells where the queue is. */
	if (first >= max)
		first = max - 1;
	if (first > min && read_entry(b, &cursor, q, first, &entry))
		(void)b->log.index->trim(b->log.index_state, q->index,
		    entry.pos);
	skua_check_cursor_close(&cursor);
}

void
skua_retention_trim_topics(struct broker *b, int64_t now)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&b->topics.map, &at)) != NULL;) {
		struct topic *topic = sk_container(e, struct topic, entry);
		struct queue_table *t = atomic_load(&topic->queues);
		int64_t ms = reserve_ms(topic);

		for (int32_t i = 0; ms > 0 && i < t->size; i++) {
			struct queue *q = atomic_load(&t->queue[i]);

			if (q != NULL)
				trim_queue(b, q, now - ms);
		}
	}
}
