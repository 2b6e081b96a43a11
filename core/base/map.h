/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from text to intrusive entries: any number of readers without a
 * lock (online in the sense of base/rcu.h), one writer at a time (the caller
 * serialises writers).
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdatomic.h>

#include <skua/types.h>

/* Embedded in the object; key stays valid and unchanged while it is in. */
struct map_entry {
	uint64_t hash;
	struct skua_str key;
};

struct map_slots;
struct map {
	_Atomic(struct map_slots *) slots;
	size_t count, used; /* writer's: live, and live + tombstones */
};

uint64_t skua_map_hash(struct skua_str key);

void skua_map_init(struct map *m);
/* No reader is left. */
void skua_map_fini(struct map *m);
struct map_entry *skua_map_get(const struct map *m, struct skua_str key);
/* The key is not in the map yet. */
void skua_map_put(struct map *m, struct map_entry *entry);
/* Returns the entry taken out, or NULL; free it with skua_rcu_defer. */
struct map_entry *skua_map_remove(struct map *m, struct skua_str key);
size_t skua_map_count(const struct map *m);

/* Walks a snapshot of the slots: *at starts at 0; NULL at the end.  Entries put
 * or removed meanwhile may or may not be seen. */
struct map_entry *skua_map_next(const struct map *m, size_t *at);

#endif
