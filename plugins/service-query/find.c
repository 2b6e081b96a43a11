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

/* Positions of hits, oldest first, without doubles. */
static size_t
find_hits(struct query *q, const struct wanted *w, int64_t from_ms,
    int64_t to_ms, size_t max, int64_t hits[HITS_MAX])
{
	int32_t hash = w->is_tag ? query_tag_hash(w->topic, w->key) :
				   skua_key_hash(w->topic, w->key);
	size_t n = 0, kept = 0;

	for (const struct index_file *f = q->newest; f != NULL && n < max;
	     f = f->older)
		index_file_find(q, f, hash, from_ms, to_ms, hits, &n, max);
	qsort(hits, n, sizeof(hits[0]), by_pos);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || hits[kept - 1] != hits[i])
			hits[kept++] = hits[i];
	return kept;
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

struct found {
	char *bytes; /* the messages, back to back */
	size_t len;
};

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

static int
collect(struct skua_host *host, const struct wanted *w, const int64_t *hits,
    size_t n, struct found *found)
{
	int rc = SKUA_OK;

	for (size_t i = 0; i < n && rc == SKUA_OK; i++) {
		struct skua_log_record r;

		if (skua_log_read(host, hits[i], &r) != SKUA_OK)
			continue;
		if (is_wanted(&r.record, w) &&
		    skua_log_is_current(host, &r.record))
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

void
query_answer(struct skua_host *host, struct skua_request *request)
{
	struct query *q = skua_host_data(host);
	struct wanted w = { skua_request_field(request, "topic"),
		skua_request_field(request, "key"),
		skua_str_eq_z(skua_request_field(request, "indexType"), "T") };
	bool unique =
	    skua_request_bool(request, "_UNIQUE_KEY_QUERY", false);
	int64_t max = 0, from = 0, to = INT64_MAX, last_ms = 0, last_pos = 0;
	int64_t hits[HITS_MAX];
	struct found found = { NULL, 0 };
	size_t n;

	if (!skua_request_int(request, "maxNum", &max) ||
	    !skua_request_int(request, "beginTimestamp", &from) ||
	    !skua_request_int(request, "endTimestamp", &to)) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "maxNum, beginTimestamp and endTimestamp are needed, as "
		    "numbers");
		return;
	}
	if (unique)
		max = 32;
	if (max > HITS_MAX)
		max = HITS_MAX;
	(void)pthread_mutex_lock(&q->lock);
	n = max <= 0 ? 0 :
		       find_hits(q, &w, from, to, (size_t)max, hits);
	if (q->newest != NULL) {
		last_ms = index_file_last_ms(q->newest);
		last_pos = index_file_last_pos(q->newest);
	}
	(void)pthread_mutex_unlock(&q->lock);
	if (collect(host, &w, hits, n, &found) == SKUA_OK)
		answer_found(request, &found, last_ms, last_pos);
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
