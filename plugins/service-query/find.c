/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUERY_MESSAGE (12): by key, by unique key, or by tag (indexType T).  Hits are by
 * hash: a message is given only if it has the key, whatever an index file says.
 * Upstream: broker.processor.QueryMessageProcessor.
 */
#include <stdlib.h>

#include "query.h"

static int
by_pos(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What is looked for. */
struct wanted {
	struct skua_str topic, key;
	bool is_tag;
};

/* Of TOPIC#T#TAG.  Topics are cut that no broker makes. */
int32_t
query_tag_hash(struct skua_str topic, struct skua_str tag)
{
	char text[1024];

	if (topic.len > sizeof(text) - 2)
		topic.len = sizeof(text) - 2;
	skua_str_copy(text, topic);
	memcpy(text + topic.len, "#T", 2);
	return skua_key_hash(skua_str_n(text, topic.len + 2), tag);
}

/* Keys are separated by blanks. */
static bool
has_word(struct skua_str words, struct skua_str word)
{
	while (words.len >= word.len && words.len > 0) {
		const char *blank = memchr(words.p, ' ', words.len);
		size_t n = blank == NULL ? words.len :
					   (size_t)(blank - words.p);

		if (skua_str_eq(skua_str_n(words.p, n), word))
			return true;
		n += blank != NULL;
		words.p += n;
		words.len -= n;
	}
	return false;
}

static bool
is_wanted(const struct skua_record *r, const struct wanted *w)
{
	if (!skua_str_eq(r->topic, w->topic))
		return false;
	if (w->is_tag)
		return skua_str_eq(skua_property(r->properties, "TAGS"),
		    w->key);
	return skua_str_eq(skua_property(r->properties, "UNIQ_KEY"), w->key) ||
	    has_word(skua_property(r->properties, "KEYS"), w->key);
}

/* The messages that are wanted, so far: newest first. */
struct hits {
	const struct wanted *wanted;
	int64_t pos[HITS_MAX];
	size_t count, max, bytes;
};

struct found {
	char *bytes; /* the messages, back to back */
	size_t len;
};

static bool
has_hit(const struct hits *h, int64_t pos)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->pos[i] == pos)
			return true;
	return false;
}

/* A hash is of many keys: the message tells.  False: no more will fit. */
static bool
take_hit(struct skua_host *host, struct hits *h, int64_t pos)
{
	struct skua_log_record r;
	bool fits = true;

	if (has_hit(h, pos) || skua_log_read(host, pos, &r) != SKUA_OK)
		return true;
	if (is_wanted(&r.record, h->wanted) &&
	    skua_log_is_current(host, &r.record)) {
		fits = h->count == 0 ||
		    h->bytes + (size_t)r.record.size <= ANSWER_MAX;
		if (fits) {
			h->pos[h->count++] = pos;
			h->bytes += (size_t)r.record.size;
		}
	}
	skua_log_release(host, &r);
	return fits && h->count < h->max;
}

/* The lock is held for some steps at a time: whoever writes, and other queries,
 * do not wait for a chain that is long. */
static void
find_hits(struct skua_host *host, struct chain_walk *walk, struct hits *h)
{
	struct query *q = skua_host_data(host);
	bool go_on = h->max > 0;

	while (go_on && walk->file != NULL && walk->steps < STEPS_MAX) {
		int64_t pos;
		bool found;

		(void)pthread_mutex_lock(&q->lock);
		found = index_file_walk(q, walk, STEPS_AT_ONCE, &pos);
		(void)pthread_mutex_unlock(&q->lock);
		if (found)
			go_on = take_hit(host, h, pos);
	}
}

static int
add(struct found *found, const struct skua_log_record *r)
{
	size_t size = (size_t)r->record.size;
	char *more = realloc(found->bytes, found->len + size);

	if (more == NULL)
		return SKUA_ENOMEM;
	found->bytes = more;
	memcpy(more + found->len, r->bytes, size);
	found->len += size;
	return SKUA_OK;
}

/* Oldest first. */
static int
collect(struct skua_host *host, struct hits *h, struct found *found)
{
	int rc = SKUA_OK;

	qsort(h->pos, h->count, sizeof(h->pos[0]), by_pos);
	for (size_t i = 0; i < h->count && rc == SKUA_OK; i++) {
		struct skua_log_record r;

		if (skua_log_read(host, h->pos[i], &r) != SKUA_OK)
			continue;
		rc = add(found, &r);
		skua_log_release(host, &r);
	}
	return rc;
}

static void
answer_found(struct skua_request *request, const struct found *found,
    int64_t last_ms, int64_t last_pos)
{
	skua_answer_int(request, "indexLastUpdateTimestamp",
	    found->len > 0 ? last_ms : 0);
	skua_answer_int(request, "indexLastUpdatePhyoffset",
	    found->len > 0 ? last_pos : 0);
	if (found->len == 0) {
		skua_answer(request, SKUA_CODE_QUERY_NOT_FOUND,
		    "can not find message, maybe time range not correct");
		return;
	}
	skua_answer_body(request, found->bytes, found->len);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

/* What the answer says of the index. */
struct newest {
	int64_t ms, pos;
};

static void
begin_walk(struct query *q, struct chain_walk *walk, struct newest *newest)
{
	(void)pthread_mutex_lock(&q->lock);
	walk->file = q->newest;
	if (q->newest != NULL) {
		newest->ms = index_file_last_ms(q->newest);
		newest->pos = index_file_last_pos(q->newest);
	}
	(void)pthread_mutex_unlock(&q->lock);
}

void
query_answer(struct skua_host *host, struct skua_request *request)
{
	struct wanted w = { skua_request_field(request, "topic"),
		skua_request_field(request, "key"),
		skua_str_eq_z(skua_request_field(request, "indexType"), "T") };
	struct chain_walk walk = { .hash = w.is_tag ?
		    query_tag_hash(w.topic, w.key) :
		    skua_key_hash(w.topic, w.key) };
	struct hits hits = { .wanted = &w };
	struct newest newest = { 0, 0 };
	struct found found = { NULL, 0 };
	int64_t max;

	if (!skua_request_int(request, "maxNum", &max) ||
	    !skua_request_int(request, "beginTimestamp", &walk.from_ms) ||
	    !skua_request_int(request, "endTimestamp", &walk.to_ms)) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "maxNum, beginTimestamp and endTimestamp are needed, as "
		    "numbers");
		return;
	}
	if (skua_request_bool(request, "_UNIQUE_KEY_QUERY", false))
		max = 32;
	hits.max = max <= 0 ? 0 : max > HITS_MAX ? HITS_MAX : (size_t)max;
	begin_walk(skua_host_data(host), &walk, &newest);
	find_hits(host, &walk, &hits);
	if (collect(host, &hits, &found) == SKUA_OK)
		answer_found(request, &found, newest.ms, newest.pos);
	else
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "out of memory");
	free(found.bytes);
}

void
handle_query_message(struct skua_host *host, struct skua_request *request)
{
	if (!query_must_wait(skua_host_data(host), request))
		query_answer(host, request);
}
