/* SPDX-License-Identifier: Apache-2.0 */
/* Building: every record's unique key and keys, as the log grows. */
#include <skua/io.h>

#include "query.h"

/* The file that takes the next entry. */
static struct index_file *
writable_file(struct query *q, int64_t store_ms)
{
	struct index_file *f = q->newest;
	int rc;

	if (f != NULL && !index_file_is_full(q, f))
		return f;
	if (f != NULL && !f->sealed)
		index_file_seal(q, f);
	rc = index_file_create(q, store_ms, &f);
	if (rc != SKUA_OK) {
		if (!q->failed)
			skua_log(SKUA_LOG_ERROR, "service-query",
			    "could not make an index file in %s: %s; messages "
			    "are kept, but not found by key",
			    q->folder, skua_strerror(rc));
		q->failed = true;
		return NULL;
	}
	q->failed = false;
	f->older = q->newest;
	q->newest = f;
	return f;
}

/* Writes the collected entries; their slots have come from memory by now. */
static void
put_pending(struct query *q)
{
	for (size_t i = 0; i < q->pending_count; i++) {
		const struct pending_key *k = &q->pending[i];
		struct index_file *f = writable_file(q, k->store_ms);

		if (f != NULL)
			(void)index_file_put(q, f, k->hash, k->pos,
			    k->store_ms);
	}
	q->pending_count = 0;
}

/* Once for a record: a key may be named many thousand times. */
static bool
is_new(struct query *q, int32_t hash)
{
	for (size_t i = 0; i < q->hash_count; i++)
		if (q->hashes[i] == hash)
			return false;
	if (q->hash_count == SKUA_KEYS_PER_RECORD)
		return false;
	q->hashes[q->hash_count++] = hash;
	return true;
}

static void
put_hash(struct query *q, const struct skua_record *r, int32_t hash)
{
	if (r->pos == q->resumed_pos && q->resumed_keys > 0) {
		q->resumed_keys--;
		return;
	}
	if (q->pending_count == PENDING_MAX)
		put_pending(q);
	q->pending[q->pending_count++] = (struct pending_key){ .pos = r->pos,
		.store_ms = r->store_timestamp_ms, .hash = hash };
	if (q->newest != NULL)
		index_file_fetch_slot(q, q->newest, hash);
}

static void
put_key(struct query *q, const struct skua_record *r, struct skua_str key)
{
	int32_t hash = skua_key_hash(r->topic, key);

	if (key.len > 0 && is_new(q, hash))
		put_hash(q, r, hash);
}

/* Keys are separated by blanks. */
static void
put_keys(struct query *q, const struct skua_record *r, struct skua_str keys)
{
	while (keys.len > 0 && q->hash_count < SKUA_KEYS_PER_RECORD) {
		const char *blank = memchr(keys.p, ' ', keys.len);
		size_t n = blank == NULL ? keys.len : (size_t)(blank - keys.p);

		put_key(q, r, skua_str_n(keys.p, n));
		n += blank != NULL;
		keys.p += n;
		keys.len -= n;
	}
}

/* Upstream: index.IndexService.buildIndex: unique key, keys, tag. */
static void
index_record(struct query *q, const struct skua_record *r)
{
	struct skua_str name, value, keys = { NULL, 0 }, tag = { NULL, 0 };

	if ((r->sys_flag & SKUA_SYS_TRANSACTION) == SKUA_SYS_ROLLBACK)
		return;
	q->hash_count = 0;
	for (size_t at = 0;
	     skua_property_next(r->properties, &at, &name, &value);) {
		if (skua_str_eq_z(name, "UNIQ_KEY"))
			put_key(q, r, value);
		else if (skua_str_eq_z(name, "KEYS"))
			keys = value;
		else if (skua_str_eq_z(name, "TAGS"))
			tag = value;
	}
	put_keys(q, r, keys);
	if (tag.len > 0)
		put_hash(q, r, query_tag_hash(r->topic, tag));
}

void
build_index(void *arg, const struct skua_record *records, size_t n)
{
	struct query *q = arg;

	if (n == 0) {
		query_check_files(q);
		skua_log_follow_again(q->host, q, query_start_pos(q));
		return;
	}
	(void)pthread_mutex_lock(&q->lock);
	for (size_t i = 0; i < n; i++)
		index_record(q, &records[i]);
	put_pending(q);
	q->indexed_pos = records[n - 1].pos + records[n - 1].size;
	(void)pthread_mutex_unlock(&q->lock);
}
