/* SPDX-License-Identifier: Apache-2.0 */
/* See keys.h. */
#include <stdlib.h>

#include "offline/keys.h"

#define WINDOW ((size_t)1 << 18)
/* How many entries upstream gives a slot: 20,000,000 to 5,000,000. */
#define USUAL_RATIO 4

void
keys_walk_init(struct keys_walk *k, struct offline *store)
{
	memset(k, 0, sizeof(*k));
	k->store = store;
	k->last_pos = INT64_MIN;
	window_init(&k->window, WINDOW);
}

void
keys_walk_close(struct keys_walk *k)
{
	window_close(&k->window);
	free(k->heads);
	k->heads = NULL;
}

static struct offline_finding
file_finding(const struct keys_walk *k, const char *kind,
    char name[OFFLINE_PATH])
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_KEYS, kind);

	offline_file_name(&k->store->keys, k->file, name);
	f.file = name;
	return f;
}

struct offline_finding
keys_walk_finding(const struct keys_walk *k, const char *kind,
    char name[OFFLINE_PATH])
{
	struct offline_finding f = file_finding(k, kind, name);

	f.offset = skua_keys_entry_at(k->slots, k->n);
	f.pos = k->entry.pos;
	return f;
}

/* --- where the slots end and the entries begin --- */

static bool
read_entry(struct keys_walk *k, int64_t slots, uint32_t n,
    struct skua_keys_entry *e)
{
	const uint8_t *p;
	size_t got;

	p = window_view(&k->window, skua_keys_entry_at(slots, n),
	    SKUA_KEYS_ENTRY_SIZE, &got);
	if (p == NULL || got < SKUA_KEYS_ENTRY_SIZE)
		return false;
	skua_keys_entry_get(p, e);
	return true;
}

static uint32_t
read_slot(struct keys_walk *k, int64_t at)
{
	const uint8_t *p;
	size_t got;

	p = window_view(&k->window, at, SKUA_KEYS_SLOT_SIZE, &got);
	return p == NULL || got < SKUA_KEYS_SLOT_SIZE ? 0 : skua_get_be32(p);
}

/* The first entry begins a chain at the header's first position; the last one
 * is the head of its slot. */
static bool
fits(struct keys_walk *k, int64_t slots)
{
	struct skua_keys_entry e;

	if (!read_entry(k, slots, 1, &e) || e.previous != 0 || e.hash < 0 ||
	    e.pos != k->header.first_pos)
		return false;
	if (!read_entry(k, slots, k->header.count - 1, &e) || e.hash < 0 ||
	    e.previous >= k->header.count - 1 ||
	    e.pos != k->header.last_pos)
		return false;
	return read_slot(k, skua_keys_slot_at(slots, e.hash)) ==
	    k->header.count - 1;
}

static bool
take_layout(struct keys_walk *k, int64_t slots)
{
	k->slots = slots;
	k->room = (k->window.size - SKUA_KEYS_HEADER_SIZE -
		      slots * SKUA_KEYS_SLOT_SIZE) / SKUA_KEYS_ENTRY_SIZE;
	return slots >= 1 && k->room >= 2 && (int64_t)k->header.count <= k->room;
}

static bool
find_layout(struct keys_walk *k)
{
	int64_t body = k->window.size - SKUA_KEYS_HEADER_SIZE;
	int64_t usual = body / (SKUA_KEYS_SLOT_SIZE +
		USUAL_RATIO * SKUA_KEYS_ENTRY_SIZE);
	int64_t slots;

	if (body < SKUA_KEYS_SLOT_SIZE + 2 * SKUA_KEYS_ENTRY_SIZE)
		return false;
	if (k->header.count <= 1)
		return take_layout(k, k->known_slots > 0 ? k->known_slots :
							   usual);
	if (k->known_slots > 0 && fits(k, k->known_slots))
		return take_layout(k, k->known_slots);
	if (usual > 0 && fits(k, usual))
		return take_layout(k, usual);
	/* Entries end where the file does. */
	slots = body / SKUA_KEYS_SLOT_SIZE % 5;
	slots = body % SKUA_KEYS_SLOT_SIZE != 0 ? 0 : slots;
	for (slots = slots == 0 ? 5 : slots;
	     slots * SKUA_KEYS_SLOT_SIZE +
		 (int64_t)k->header.count * SKUA_KEYS_ENTRY_SIZE <= body;
	     slots += 5)
		if (fits(k, slots))
			return take_layout(k, slots);
	/* The header or an end of the entries is wrong: the rest may tell. */
	return take_layout(k, k->known_slots > 0 ? k->known_slots : usual);
}

/* --- a file --- */

static bool
begin_file(struct keys_walk *k)
{
	char path[OFFLINE_PATH];
	struct offline_finding f;
	const uint8_t *p;
	size_t n;
	int rc;

	offline_file_path(k->store, &k->store->keys, k->file, path);
	rc = window_open(&k->window, path);
	f = file_finding(k, "index-file", path);
	if (rc != SKUA_OK) {
		offline_tell(k->store, &f, "could not be opened: %s",
		    skua_strerror(rc));
		return false;
	}
	p = window_view(&k->window, 0, SKUA_KEYS_HEADER_SIZE, &n);
	if (p == NULL || n < SKUA_KEYS_HEADER_SIZE) {
		offline_tell(k->store, &f, "is too short: %lld bytes",
		    (long long)k->window.size);
		return false;
	}
	skua_keys_header_get(p, &k->header);
	if (k->header.count == 0 || !find_layout(k)) {
		f.offset = SKUA_KEYS_AT_COUNT;
		offline_tell(k->store, &f,
		    "its header says %u entries, which a file of %lld bytes "
		    "cannot have", k->header.count, (long long)k->window.size);
		return false;
	}
	free(k->heads);
	k->heads = calloc((size_t)k->slots, sizeof(k->heads[0]));
	k->used_slots = 0;
	k->n = 0;
	return k->heads != NULL;
}

/* Every slot must hold what its entries make of it. */
static void
judge_slots(struct keys_walk *k)
{
	char name[OFFLINE_PATH];
	int64_t wrong = 0, first = 0;
	uint32_t is = 0;

	for (int64_t i = 0; i < k->slots; i++) {
		int64_t at = SKUA_KEYS_HEADER_SIZE + i * SKUA_KEYS_SLOT_SIZE;
		uint32_t slot = read_slot(k, at);

		/* Behind the count: an entry that was not finished. */
		if (slot == k->heads[i])
			continue;
		if (wrong++ == 0) {
			first = i;
			is = slot;
		}
	}
	if (wrong > 0) {
		struct offline_finding f = file_finding(k, "slot", name);

		f.offset = SKUA_KEYS_HEADER_SIZE + first * SKUA_KEYS_SLOT_SIZE;
		offline_tell(k->store, &f,
		    "%lld slots do not lead to their newest entry; the first, "
		    "%lld, holds %u where %u is right", (long long)wrong,
		    (long long)first, is, k->heads[first]);
	}
}

static void
judge_header(struct keys_walk *k)
{
	struct offline_finding f;
	char name[OFFLINE_PATH];

	f = file_finding(k, "index-header", name);
	f.offset = SKUA_KEYS_AT_USED_SLOTS;
	if (k->header.used_slots != k->used_slots)
		offline_tell(k->store, &f,
		    "its header says %u slots are used, it is %u",
		    k->header.used_slots, k->used_slots);
	f.offset = SKUA_KEYS_AT_LAST_MS;
	if (k->header.count > 1 && k->header.last_ms < k->header.first_ms)
		offline_tell(k->store, &f,
		    "its header ends at %lld ms, before it begins at %lld",
		    (long long)k->header.last_ms,
		    (long long)k->header.first_ms);
}

static void
end_file(struct keys_walk *k)
{
	judge_slots(k);
	judge_header(k);
	keys_judge_seal(k);
	if (k->header.count > 1) {
		k->known_slots = k->slots;
		k->known_room = k->room;
	}
	offline_progress(k->store, k->window.size);
}

/* --- an entry --- */

/* An entry's place in the chain of its slot. */
static void
judge_chain(struct keys_walk *k)
{
	struct skua_keys_entry *e = &k->entry;
	struct offline_finding f;
	char name[OFFLINE_PATH];
	uint32_t *head;

	if (e->hash < 0) {
		f = keys_walk_finding(k, "entry", name);
		offline_tell(k->store, &f, "its hash %d is negative", e->hash);
		return;
	}
	head = &k->heads[e->hash % k->slots];
	if (e->previous != *head) {
		f = keys_walk_finding(k, "chain", name);
		offline_tell(k->store, &f,
		    "entry %u goes on to %u where %u is the one before it in "
		    "its slot", k->n, e->previous, *head);
	}
	k->used_slots += *head == 0;
	*head = k->n;
}

/* Whether it is this entry, and not the next, that is out of order. */
static bool
is_astray(struct keys_walk *k)
{
	int64_t pos = k->entry.pos, next_pos;
	struct skua_keys_entry next;

	if (pos < k->last_pos)
		return true;
	if (k->n + 1 >= k->header.count)
		return pos != k->header.last_pos;
	if (!read_entry(k, k->slots, k->n + 1, &next))
		return false;
	next_pos = next.pos;
	return pos > next_pos && next_pos >= k->last_pos;
}

static bool
next_in_file(struct keys_walk *k)
{
	struct offline_finding f;
	char name[OFFLINE_PATH];

	while (++k->n < k->header.count) {
		if (!read_entry(k, k->slots, k->n, &k->entry))
			return false;
		k->entries++;
		judge_chain(k);
		if (!is_astray(k)) {
			if (k->n == 1 && k->entry.pos != k->header.first_pos) {
				f = keys_walk_finding(k, "index-header", name);
				offline_tell(k->store, &f,
				    "the file begins at %lld, its header says "
				    "%lld", (long long)k->entry.pos,
				    (long long)k->header.first_pos);
			}
			k->last_pos = k->entry.pos;
			return true;
		}
		f = keys_walk_finding(k, "entry", name);
		offline_tell(k->store, &f,
		    "entry %u points to %lld, out of the log's order", k->n,
		    (long long)k->entry.pos);
	}
	return false;
}

bool
keys_walk_next(struct keys_walk *k)
{
	const struct offline_files *files = &k->store->keys;

	while (k->file < files->count) {
		if (!k->is_open) {
			k->is_open = begin_file(k);
			if (!k->is_open) {
				k->file++;
				continue;
			}
		}
		if (next_in_file(k))
			return true;
		end_file(k);
		k->is_open = false;
		k->file++;
	}
	return false;
}
