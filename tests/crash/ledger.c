/* SPDX-License-Identifier: Apache-2.0 */
/* See ledger.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger.h"
#include "own.h"
#include "random.h"
#include "sim.h"

#define ANSWER_MS 20000

void
ledger_init(struct ledger *l, bool sync_flush)
{
	memset(l, 0, sizeof(*l));
	l->next_number = 1;
	l->sync_flush = sync_flush;
}

void
ledger_fini(struct ledger *l)
{
	free(l->entries);
	l->entries = NULL;
}

void
ledger_copy(const struct ledger *l, struct ledger *to)
{
	*to = *l;
	memset(&to->verdict, 0, sizeof(to->verdict));
	to->entries = own_grow(NULL, l->size * sizeof(*l->entries));
	memcpy(to->entries, l->entries, l->count * sizeof(*l->entries));
	for (size_t i = 0; i < l->count; i++)
		to->entries[i].seen = 0;
}

static void
forget_offsets(struct ledger_topic *t)
{
	for (int i = 0; i < LEDGER_QUEUES; i++)
		t->committed[i] = t->committed_safe[i] = -1;
}

struct ledger_topic *
ledger_add_topic(struct ledger *l, int32_t queues)
{
	struct ledger_topic *t = &l->topics[l->topic_count];

	if (l->topic_count == LEDGER_TOPICS)
		return NULL;
	(void)snprintf(t->name, sizeof(t->name), "T%zu", l->topic_count);
	t->queues = queues;
	forget_offsets(t);
	l->topic_count++;
	return t;
}

struct ledger_topic *
ledger_add_life(struct ledger *l, int32_t queues)
{
	for (size_t i = 0; i < l->topic_count; i++) {
		struct ledger_topic *old = &l->topics[i], *t;

		if (!old->removed || old->has_next)
			continue;
		t = ledger_add_topic(l, queues);
		if (t == NULL)
			return NULL;
		memcpy(t->name, old->name, sizeof(t->name));
		old->has_next = true;
		return t;
	}
	return NULL;
}

void
ledger_doubt_topic(struct ledger *l, int32_t topic)
{
	struct ledger_topic *t = &l->topics[topic];

	t->doubtful = true;
	for (int i = 0; i < LEDGER_QUEUES; i++)
		t->committed_safe[i] = -1;
}

static void
forget_messages(struct ledger *l, int32_t topic)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->entries[i].topic == topic) {
			l->entries[i].state = ENTRY_GONE;
			l->entries[i].settled = false;
		}
}

void
ledger_remove_topic(struct ledger *l, int32_t topic)
{
	struct ledger_topic *t = &l->topics[topic];

	t->removed = true;
	t->acked = t->doubtful = false;
	forget_offsets(t);
	forget_messages(l, topic);
}

void
ledger_doubt_offsets(struct ledger *l)
{
	for (size_t i = 0; i < l->topic_count; i++)
		for (int q = 0; q < LEDGER_QUEUES; q++)
			l->topics[i].committed_safe[q] = -1;
}

void
ledger_remove_offsets(struct ledger *l)
{
	for (size_t i = 0; i < l->topic_count; i++)
		forget_offsets(&l->topics[i]);
}

struct ledger_entry *
ledger_send(struct ledger *l, int32_t topic, int32_t queue)
{
	struct ledger_entry *e;

	if (l->count == l->size) {
		l->size = l->size == 0 ? 1024 : 2 * l->size;
		l->entries = own_grow(l->entries, l->size * sizeof(*e));
	}
	e = &l->entries[l->count++];
	*e = (struct ledger_entry){ .number = l->next_number++,
		.topic = topic, .queue = queue, .offset = -1 };
	return e;
}

size_t
ledger_body(uint64_t number, size_t max, char *to)
{
	uint64_t state = number, shape = random_next(&state);
	size_t size = 24 + (size_t)(shape >> 8) %
		((shape & 7) == 0 ? max - 24 : (max - 24) / 8);

	(void)snprintf(to, 24, "%016llx:%05u ", (unsigned long long)number,
	    (unsigned)size % 100000);
	for (size_t i = 23; i < size; i += 8) {
		uint64_t word = random_next(&state);

		memcpy(to + i, &word, size - i < 8 ? size - i : 8);
	}
	return size;
}

static char
tag_of(uint64_t number)
{
	return (char)('A' + number % 3);
}

void
ledger_properties(const struct ledger *l, uint64_t number,
    char to[LEDGER_PROPERTIES_MAX])
{
	if (!l->keyed)
		(void)snprintf(to, LEDGER_PROPERTIES_MAX, "TAGS\1A\2");
	else
		(void)snprintf(to, LEDGER_PROPERTIES_MAX,
		    "TAGS\1%c\2KEYS\1k%llu\2", tag_of(number),
		    (unsigned long long)number);
}

/* --- what is wrong --- */

static void fault(struct ledger *l, uint64_t *count, const char *fmt, ...)
    SKUA_PRINTF(3, 4);

static void
fault(struct ledger *l, uint64_t *count, const char *fmt, ...)
{
	va_list ap;

	(*count)++;
	if (l->first_fault[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(l->first_fault, sizeof(l->first_fault), fmt, ap);
	va_end(ap);
}

uint64_t
verdict_faults(const struct ledger *l)
{
	const struct verdict *v = &l->verdict;

	return v->lost + v->doubled + v->reordered + v->phantom + v->moved +
	    v->revived + v->unreadable + v->offsets + v->tables + v->gaps +
	    v->unfound;
}

void
verdict_add(struct verdict *to, const struct verdict *from)
{
	uint64_t *a = (uint64_t *)to;
	const uint64_t *b = (const uint64_t *)from;

	for (size_t i = 0; i < sizeof(*to) / sizeof(*a); i++)
		a[i] += b[i];
}

void
verdict_print(const struct ledger *l, char *to, size_t size)
{
	const struct verdict *v = &l->verdict;

	(void)snprintf(to, size,
	    "judged %llu, acknowledged %llu, lost %llu, doubled %llu, "
	    "reordered %llu, phantom %llu, gaps %llu, moved %llu, revived "
	    "%llu, unreadable %llu, offsets %llu, tables %llu, unfound %llu, "
	    "unsynced and gone %llu",
	    (unsigned long long)v->judgements,
	    (unsigned long long)v->acknowledged, (unsigned long long)v->lost,
	    (unsigned long long)v->doubled, (unsigned long long)v->reordered,
	    (unsigned long long)v->phantom, (unsigned long long)v->gaps,
	    (unsigned long long)v->moved, (unsigned long long)v->revived,
	    (unsigned long long)v->unreadable, (unsigned long long)v->offsets,
	    (unsigned long long)v->tables, (unsigned long long)v->unfound,
	    (unsigned long long)v->allowed_losses);
}

/* --- reading --- */

struct reading {
	struct ledger *l;
	int32_t topic, queue;
	int64_t next;         /* the offset to come */
	uint64_t last_number; /* found in this queue */
};

static struct ledger_entry *
entry_of(struct ledger *l, uint64_t number)
{
	/* Numbers are dense, in order, and begin with the first entry's. */
	uint64_t first = l->count == 0 ? 0 : l->entries[0].number;

	return number < first || number - first >= l->count ?
	    NULL :
	    &l->entries[number - first];
}

struct ledger_entry *
ledger_find(struct ledger *l, struct skua_str bytes)
{
	char body[LEDGER_BODY_MAX], *end;
	struct ledger_entry *e;

	if (bytes.len < 24 || bytes.len > sizeof(body))
		return NULL;
	memcpy(body, bytes.p, 16);
	body[16] = '\0';
	e = entry_of(l, strtoull(body, &end, 16));
	return e != NULL &&
		ledger_body(e->number, LEDGER_BODY_MAX, body) == bytes.len &&
		memcmp(body, bytes.p, bytes.len) == 0 ?
	    e :
	    NULL;
}

/* The broker may add to what was sent. */
static bool
has_properties(const struct ledger *l, const struct ledger_entry *e,
    struct skua_str properties)
{
	char sent[LEDGER_PROPERTIES_MAX];
	size_t n;

	ledger_properties(l, e->number, sent);
	n = strlen(sent);
	return properties.len >= n && memcmp(properties.p, sent, n) == 0;
}

static struct ledger_entry *
recognise(struct reading *r, const struct skua_record *record)
{
	struct ledger *l = r->l;
	const char *topic = l->topics[r->topic].name;
	struct ledger_entry *e = ledger_find(l, record->body);

	if (e == NULL || !skua_str_eq_z(record->topic, topic) ||
	    e->topic != r->topic || e->queue != r->queue ||
	    record->queue_id != r->queue ||
	    !has_properties(l, e, record->properties)) {
		fault(l, &l->verdict.phantom,
		    "%s/%d at %lld: a message that nobody sent there", topic,
		    r->queue, (long long)record->queue_offset);
		return NULL;
	}
	return e;
}

static void
check_entry(struct reading *r, struct ledger_entry *e, int64_t offset)
{
	struct ledger *l = r->l;
	struct verdict *v = &l->verdict;
	const char *topic = l->topics[r->topic].name;
	unsigned long long number = e->number;

	if (e->seen == v->judgements)
		fault(l, &v->doubled, "%s/%d at %lld: message %llu is there "
				      "twice",
		    topic, r->queue, (long long)offset, number);
	else if (e->number < r->last_number)
		fault(l, &v->reordered, "%s/%d at %lld: message %llu comes "
					"behind a later one",
		    topic, r->queue, (long long)offset, number);
	if (e->offset >= 0 && e->offset != offset)
		fault(l, &v->moved, "%s/%d: message %llu is at %lld, was at "
				    "%lld",
		    topic, r->queue, number, (long long)offset,
		    (long long)e->offset);
	if (e->state == ENTRY_GONE)
		fault(l, &v->revived, "%s/%d at %lld: message %llu was not "
				      "there before",
		    topic, r->queue, (long long)offset, number);
	e->seen = v->judgements;
	e->offset = offset;
	r->last_number = e->number;
}

/* All that is missing there was spoilt. */
static bool
was_spoilt(const struct reading *r, int64_t from, int64_t to)
{
	const struct ledger *l = r->l;

	for (size_t i = 0; i < l->count && from < to; i++) {
		const struct ledger_entry *e = &l->entries[i];

		if (e->topic == r->topic && e->queue == r->queue &&
		    e->offset == from && e->spoilt)
			from++;
	}
	return from == to;
}

static void
note_gap(struct reading *r, int64_t from, int64_t to)
{
	struct ledger *l = r->l;

	if (!was_spoilt(r, from, to))
		fault(l, &l->verdict.gaps, "%s/%d: nothing from %lld to %lld",
		    l->topics[r->topic].name, r->queue, (long long)from,
		    (long long)to);
}

static void
take_records(struct reading *r, struct skua_str bytes)
{
	struct ledger *l = r->l;
	struct skua_record record;

	while (bytes.len > 0) {
		struct ledger_entry *e;

		if (skua_record_decode(bytes.p, bytes.len, &record) !=
		    SKUA_OK) {
			fault(l, &l->verdict.unreadable,
			    "%s/%d at %lld: bytes that are no message",
			    l->topics[r->topic].name, r->queue,
			    (long long)r->next);
			return;
		}
		if (record.queue_offset > r->next)
			note_gap(r, r->next, record.queue_offset);
		if (record.queue_offset < r->next)
			fault(l, &l->verdict.reordered,
			    "%s/%d: %lld comes behind %lld",
			    l->topics[r->topic].name, r->queue,
			    (long long)record.queue_offset,
			    (long long)r->next - 1);
		r->next = record.queue_offset + 1;
		e = recognise(r, &record);
		if (e != NULL)
			check_entry(r, e, record.queue_offset);
		bytes.p += record.size;
		bytes.len -= (size_t)record.size;
	}
}

static bool
read_queue(struct ledger *l, struct wire *w, int32_t topic, int32_t queue)
{
	struct ledger_topic *t = &l->topics[topic];
	struct reading r = { .l = l, .topic = topic, .queue = queue };
	int64_t min = wire_offset(w, WIRE_MIN_OFFSET, t->name, queue,
	    ANSWER_MS);
	int64_t max = wire_offset(w, WIRE_MAX_OFFSET, t->name, queue,
	    ANSWER_MS);

	if (min < 0 || max < min) {
		if (t->acked)
			fault(l, &l->verdict.tables,
			    "%s/%d: from %lld to %lld", t->name, queue,
			    (long long)min, (long long)max);
		return !wire_is_gone(w);
	}
	if (min > t->min[queue] && !l->expired &&
	    !was_spoilt(&r, t->min[queue], min))
		fault(l, &l->verdict.lost, "%s/%d begins at %lld, not %lld",
		    t->name, queue, (long long)min, (long long)t->min[queue]);
	t->min[queue] = min;
	for (r.next = min; r.next < max;) {
		int64_t from = r.next;
		const struct command *c = wire_pull(w, t->name, queue, from,
		    32, ANSWER_MS);

		if (c == NULL) {
			fault(l, &l->verdict.unreadable,
			    "%s/%d at %lld: no answer", t->name, queue,
			    (long long)from);
			return false;
		}
		if (c->code == 0)
			take_records(&r, c->body);
		else if (wire_int_of(c, "nextBeginOffset") > from) {
			r.next = wire_int_of(c, "nextBeginOffset");
			note_gap(&r, from, r.next);
		}
		if (r.next <= from) {
			fault(l, &l->verdict.unreadable,
			    "%s/%d at %lld: answer %d, " SKUA_STR_FMT, t->name,
			    queue, (long long)from, c->code,
			    SKUA_STR_ARG(c->remark));
			return true;
		}
	}
	return true;
}

/* --- what should have been there --- */

/* The newest message that is there: with async flush, what was appended before
 * it must be there as well. */
static uint64_t
newest_found(const struct ledger *l)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < l->count; i++)
		if (l->entries[i].seen == l->verdict.judgements)
			newest = l->entries[i].number;
	return newest;
}

static void
check_absent(struct ledger *l, struct ledger_entry *e, uint64_t newest)
{
	const struct ledger_topic *t = &l->topics[e->topic];
	bool promised = e->settled ||
	    (e->state == ENTRY_ACKED &&
		(l->sync_flush || !l->power_failed || e->number < newest));

	if (e->state == ENTRY_GONE)
		return;
	if (e->spoilt) {
		l->verdict.spoilt++;
		return;
	}
	if (l->expired && e->offset >= 0 && e->offset < t->min[e->queue]) {
		e->state = ENTRY_GONE;
		e->settled = false;
		return;
	}
	if (promised)
		fault(l, &l->verdict.lost,
		    "%s/%d: message %llu, %s at %lld, is lost", t->name,
		    e->queue, (unsigned long long)e->number,
		    e->state == ENTRY_ACKED ? "acknowledged" : "seen",
		    (long long)e->offset);
	else if (e->state == ENTRY_ACKED)
		l->verdict.allowed_losses++;
	e->state = ENTRY_GONE;
	e->settled = false;
}

static void
check_offsets(struct ledger *l, struct wire *w, int32_t topic)
{
	struct ledger_topic *t = &l->topics[topic];

	for (int32_t q = 0; q < t->queues; q++) {
		int64_t found = wire_committed(w, WIRE_GROUP, t->name, q,
		    ANSWER_MS);

		if (found == -2 || found > t->committed[q] ||
		    found < t->committed_safe[q])
			fault(l, &l->verdict.offsets,
			    "%s/%d: the group is at %lld; %lld was safe, "
			    "%lld tried",
			    t->name, q, (long long)found,
			    (long long)t->committed_safe[q],
			    (long long)t->committed[q]);
		/* What a kill has left may only be in memory. */
		if (l->power_failed || found < t->committed_safe[q])
			t->committed_safe[q] = found;
		t->committed[q] = found;
	}
}

/* --- by key and by tag --- */

struct found {
	size_t count, wrong;
};

/* Messages of an answer: the one of that number, and others. */
static struct found
count_answer(struct ledger *l, const struct command *c, uint64_t number,
    char tag)
{
	struct found found = { 0, 0 };
	struct skua_str bytes = c->body;
	struct skua_record record;

	while (bytes.len > 0 &&
	    skua_record_decode(bytes.p, bytes.len, &record) == SKUA_OK) {
		const struct ledger_entry *e = ledger_find(l, record.body);

		if (e == NULL || !has_properties(l, e, record.properties) ||
		    (number != 0 ? e->number != number :
				   tag_of(e->number) != tag))
			found.wrong++;
		else
			found.count++;
		bytes.p += record.size;
		bytes.len -= (size_t)record.size;
	}
	return found;
}

/* The index follows the log; at a start it may take a moment. */
static void
check_key(struct ledger *l, struct wire *w, const struct ledger_entry *e)
{
	struct found found = { 0, 0 };
	char key[24];

	(void)snprintf(key, sizeof(key), "k%llu",
	    (unsigned long long)e->number);
	for (int tries = 0; tries < 20 && found.count + found.wrong == 0;
	     tries++) {
		const struct command *c;

		if (tries > 0)
			sim_sleep_ms(100);
		c = wire_query_key(w, l->topics[e->topic].name, key,
		    ANSWER_MS);
		if (c != NULL && c->code == 0)
			found = count_answer(l, c, e->number, 0);
		if (e->spoilt)
			break;
	}
	if (found.wrong > 0 || found.count > 1)
		fault(l, &l->verdict.phantom, "key %s gives other messages",
		    key);
	else if (found.count == 0 && !e->spoilt)
		fault(l, &l->verdict.unfound, "key %s gives nothing", key);
}

/* Of a topic that was removed. */
static void
check_key_gone(struct ledger *l, struct wire *w, const struct ledger_entry *e)
{
	const struct command *c;
	char key[24];

	(void)snprintf(key, sizeof(key), "k%llu",
	    (unsigned long long)e->number);
	c = wire_query_key(w, l->topics[e->topic].name, key, ANSWER_MS);
	if (c != NULL && c->code == 0)
		fault(l, &l->verdict.revived,
		    "key %s gives a message of a topic that was removed", key);
}

static size_t
count_tagged(const struct ledger *l, int32_t topic, int32_t queue, char tag)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++) {
		const struct ledger_entry *e = &l->entries[i];

		n += e->topic == topic && e->queue == queue &&
		    tag_of(e->number) == tag &&
		    e->seen == l->verdict.judgements;
	}
	return n;
}

static void
check_tag(struct ledger *l, struct wire *w, int32_t topic, int32_t queue,
    char tag)
{
	const struct ledger_topic *t = &l->topics[topic];
	size_t want = count_tagged(l, topic, queue, tag), got = 0;
	int64_t at = t->min[queue], next;

	for (;; at = next) {
		const struct command *c = wire_pull_tag(w, t->name, queue, at,
		    32, (char[]){ tag, '\0' }, ANSWER_MS);
		struct found found;

		if (c == NULL)
			break;
		next = wire_int_of(c, "nextBeginOffset");
		if (c->code == 0) {
			found = count_answer(l, c, 0, tag);
			got += found.count;
			if (found.wrong > 0)
				fault(l, &l->verdict.phantom,
				    "%s/%d at %lld: not of tag %c", t->name,
				    queue, (long long)at, tag);
		}
		if (next <= at)
			break;
	}
	if (got != want)
		fault(l, &l->verdict.unfound, "%s/%d: tag %c gives %zu of %zu",
		    t->name, queue, tag, got, want);
}

static void
check_found(struct ledger *l, struct wire *w)
{
	size_t step = l->key_step == 0 ? 1 : l->key_step;

	for (size_t i = 0; i < l->count && !wire_is_gone(w); i += step) {
		if (l->entries[i].seen == l->verdict.judgements)
			check_key(l, w, &l->entries[i]);
		else if (l->topics[l->entries[i].topic].removed)
			check_key_gone(l, w, &l->entries[i]);
	}
	for (size_t i = 0; i < l->topic_count; i++)
		for (int32_t q = 0; q < l->topics[i].queues &&
		     !l->topics[i].removed; q++)
			for (char tag = 'A'; tag <= 'C'; tag++)
				check_tag(l, w, (int32_t)i, q, tag);
}

/* A removal without an answer has happened as a whole, or has not. */
static void
settle_doubt(struct ledger *l, int32_t topic)
{
	size_t found = 0, promised = 0;

	for (size_t i = 0; i < l->count; i++) {
		const struct ledger_entry *e = &l->entries[i];

		if (e->topic != topic)
			continue;
		found += e->seen == l->verdict.judgements;
		promised += e->settled || (e->state == ENTRY_ACKED &&
			(l->sync_flush || !l->power_failed));
	}
	l->topics[topic].doubtful = false;
	if (found > 0)
		return;
	if (promised > 0) {
		ledger_remove_topic(l, topic);
		return;
	}
	/* Without messages both look the same: it is not used again. */
	l->topics[topic].acked = false;
	forget_messages(l, topic);
}

static bool
judge_topic(struct ledger *l, struct wire *w, int32_t topic)
{
	struct ledger_topic *t = &l->topics[topic];

	if (t->has_next)
		return true;
	for (int32_t q = 0; q < t->queues; q++)
		if (!read_queue(l, w, topic, q))
			return false;
	if (t->doubtful)
		settle_doubt(l, topic);
	check_offsets(l, w, topic);
	return true;
}

bool
ledger_judge(struct ledger *l, struct wire *w)
{
	uint64_t before = verdict_faults(l), newest;

	l->verdict.judgements++;
	for (size_t i = 0; i < l->topic_count; i++)
		if (!judge_topic(l, w, (int32_t)i))
			return false;
	newest = newest_found(l);
	for (size_t i = 0; i < l->count; i++) {
		struct ledger_entry *e = &l->entries[i];

		if (e->seen != l->verdict.judgements)
			check_absent(l, e, newest);
		else if (l->power_failed)
			e->settled = true;
	}
	if (l->keyed)
		check_found(l, w);
	l->power_failed = l->expired = false;
	return verdict_faults(l) == before;
}
