/* SPDX-License-Identifier: Apache-2.0 */
/* Index entries against the keys of the record they point to, and the other
 * way round. */
#include <stdlib.h>

#include "offline/check.h"

void
check_keys_begin(struct check *c)
{
	keys_walk_init(&c->keys, c->store);
	c->has_entry = keys_walk_next(&c->keys);
}

/* The entry's place among the record's keys; count when it is of none. */
static size_t
find_hash(const struct check *c, int32_t hash)
{
	const struct offline_hashes *h = &c->hashes;

	for (size_t i = 0; i < h->count; i++)
		if (h->all[i] == hash && !c->seen[i])
			return i;
	/* Indexed twice, by a broker that recovered: no harm. */
	for (size_t i = 0; i < h->count; i++)
		if (h->all[i] == hash)
			return i;
	return h->count;
}

static void
check_entry(struct check *c, const struct skua_record *r)
{
	const struct keys_walk *k = &c->keys;
	size_t i = find_hash(c, k->entry.hash);
	uint32_t seconds = skua_keys_seconds(k->header.first_ms,
	    r->store_timestamp_ms);
	struct offline_finding f;
	char name[OFFLINE_PATH];

	if (i < c->hashes.count) {
		c->seen[i] = true;
		c->store->has_tag_keys |= i >= c->hashes.keys &&
		    i < c->hashes.tagged;
		c->sum->entries++;
	} else {
		f = keys_walk_finding(k, "entry", name);
		offline_tell(c->store, &f, "entry %u has the hash %d, which no "
		    "key of its record has", k->n, k->entry.hash);
	}
	/* Upstream counts the first entry from the end of the file before. */
	if (k->n > 1 && k->entry.seconds != seconds) {
		f = keys_walk_finding(k, "entry", name);
		offline_tell(c->store, &f, "entry %u is of second %u, its "
		    "record of %u", k->n, k->entry.seconds, seconds);
	}
}

/* Entries of positions at which there is no record. */
static void
pass_to(struct check *c, int64_t pos)
{
	int64_t min = skua_offline_min_pos(c->store);

	while (c->has_entry && c->keys.entry.pos < pos) {
		char name[OFFLINE_PATH];
		struct offline_finding f =
		    keys_walk_finding(&c->keys, "dangling-entry", name);

		/* What a crash kept from the log; what damage took from it. */
		if (pos == INT64_MAX && (c->store->has_abort ||
			c->store->is_open))
			f.severity = OFFLINE_NOTE;
		if (check_is_in_hole(c, c->keys.entry.pos))
			f.severity = OFFLINE_NOTE;
		if (c->keys.entry.pos >= min)
			offline_tell(c->store, &f,
			    "entry %u points to %lld, where no record is",
			    c->keys.n, (long long)c->keys.entry.pos);
		c->has_entry = keys_walk_next(&c->keys);
	}
}

/* Keys in a row that no entry is for: told once. */
static void
tell_unindexed(struct check *c, bool at_end)
{
	struct offline_finding f = offline_finding(OFFLINE_DAMAGE,
	    OFFLINE_KEYS, "missing-entry");

	if (c->unindexed == 0)
		return;
	f.pos = c->unindexed_from;
	if (at_end && (c->store->has_abort || c->store->is_open))
		f.severity = OFFLINE_NOTE;
	offline_tell(c->store, &f, "%lld key%s not found by the index, from "
	    "the record at %lld on", (long long)c->unindexed,
	    c->unindexed == 1 ? " is" : "s are",
	    (long long)c->unindexed_from);
	c->unindexed = 0;
}

static int
take_hashes(struct check *c, const struct skua_record *r)
{
	int rc = offline_key_hashes(r, &c->hashes);

	if (rc == SKUA_OK && c->seen_size < c->hashes.size) {
		free(c->seen);
		c->seen_size = c->hashes.size;
		c->seen = malloc(c->seen_size);
		if (c->seen == NULL) {
			c->seen_size = 0;
			rc = SKUA_ENOMEM;
		}
	}
	if (rc == SKUA_OK && c->hashes.count > 0)
		memset(c->seen, 0, c->hashes.count);
	return rc;
}

int
check_keys_record(struct check *c, const struct skua_record *r)
{
	size_t missing = 0;
	int rc = take_hashes(c, r);

	if (rc != SKUA_OK)
		return rc;
	c->sum->keys += (int64_t)c->hashes.keys;
	/* Without files, messageIndexEnable was off. */
	if (c->store->keys.count == 0)
		return SKUA_OK;
	pass_to(c, r->pos);
	while (c->has_entry && c->keys.entry.pos == r->pos) {
		check_entry(c, r);
		c->has_entry = keys_walk_next(&c->keys);
	}
	for (size_t i = 0; i < c->hashes.keys; i++)
		missing += !c->seen[i];
	if (missing == 0) {
		if (c->hashes.keys > 0)
			tell_unindexed(c, false);
		return SKUA_OK;
	}
	if (c->unindexed == 0)
		c->unindexed_from = r->pos;
	c->unindexed += (int64_t)missing;
	return SKUA_OK;
}

void
check_keys_end(struct check *c)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_NOTE, OFFLINE_KEYS, "no-index");

	pass_to(c, INT64_MAX);
	c->store->key_slots = c->keys.known_slots;
	c->store->key_room = c->keys.known_room;
	tell_unindexed(c, true);
	f.file = "index";
	if (c->store->keys.count == 0 && c->sum->keys > 0)
		offline_tell(c->store, &f, "there are no index files: %lld "
		    "keys are not found", (long long)c->sum->keys);
}
