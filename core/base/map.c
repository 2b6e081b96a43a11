/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear probing over atomic pointers.  A removal leaves a
 * tombstone; growth copies the live entries into a new array, publishes it, and
 * leaves the old one to the readers that still hold it.
 */
#include <pthread.h>
#include <sys/random.h>
#include <unistd.h>

#include <skua/host.h>

#include "base/assert.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rcu.h"

struct map_slots {
	size_t mask;
	_Atomic(struct map_entry *) slot[];
};

#define FIRST_SLOTS 64

static struct map_entry tombstone;

/* Names come from peers, who must not know which ones share a place. */
static uint64_t seed[2];

static void
choose_seed(void)
{
	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed)) {
		seed[0] = (uint64_t)skua_now_ms();
		seed[1] = (uint64_t)(uintptr_t)&seed ^ (uint64_t)getpid();
	}
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
word_at(const char *p, size_t n)
{
	uint64_t w = 0;

	memcpy(&w, p, n);
	return w;
}

uint64_t
skua_map_hash(struct skua_str key)
{
	uint64_t h = seed[1] ^ key.len;
	const char *p = key.p;
	size_t n = key.len;

	/* Each word is folded into what came before by a whole product. */
	for (; n >= 8; n -= 8, p += 8)
		h = mix(h ^ seed[0], word_at(p, 8) ^ 0x9fb21c651e98df25u);
	if (n > 0)
		h = mix(h ^ seed[0], word_at(p, n) ^ 0xbf58476d1ce4e5b9u);
	return mix(h ^ seed[0], 0x94d049bb133111ebu);
}

static struct map_slots *
slots_new(size_t n)
{
	struct map_slots *s =
	    skua_mem_new(1, sizeof(*s) + n * sizeof(s->slot[0]));

	s->mask = n - 1;
	return s;
}

void
skua_map_init(struct map *m)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, choose_seed);
	atomic_init(&m->slots, slots_new(FIRST_SLOTS));
	m->count = m->used = 0;
}

void
skua_map_fini(struct map *m)
{
	free(atomic_load(&m->slots));
	atomic_store(&m->slots, NULL);
}

struct map_entry *
skua_map_get(const struct map *m, struct skua_str key)
{
	const struct map_slots *s =
	    atomic_load_explicit(&m->slots, memory_order_acquire);
	uint64_t hash = skua_map_hash(key);

	for (size_t i = hash & s->mask;; i = (i + 1) & s->mask) {
		struct map_entry *e =
		    atomic_load_explicit(&s->slot[i], memory_order_acquire);

		if (e == NULL)
			return NULL;
		if (e != &tombstone && e->hash == hash &&
		    skua_str_eq(e->key, key))
			return e;
	}
}

static void
slots_put(struct map_slots *s, struct map_entry *entry)
{
	size_t i = entry->hash & s->mask;

	while (atomic_load_explicit(&s->slot[i], memory_order_relaxed) != NULL)
		i = (i + 1) & s->mask;
	atomic_store_explicit(&s->slot[i], entry, memory_order_release);
}

static void
grow(struct map *m)
{
	struct map_slots *old = atomic_load(&m->slots), *wider;
	size_t n = FIRST_SLOTS;

	while (n < m->count * 4)
		n *= 2;
	wider = slots_new(n);
	for (size_t i = 0; i <= old->mask; i++) {
		struct map_entry *e = atomic_load(&old->slot[i]);

		if (e != NULL && e != &tombstone)
			slots_put(wider, e);
	}
	m->used = m->count;
	atomic_store_explicit(&m->slots, wider, memory_order_release);
	skua_rcu_defer(free, old);
}

void
skua_map_put(struct map *m, struct map_entry *entry)
{
	entry->hash = skua_map_hash(entry->key);
	if ((m->used + 1) * 2 > atomic_load(&m->slots)->mask + 1)
		grow(m);
	slots_put(atomic_load(&m->slots), entry);
	m->count++;
	m->used++;
}

struct map_entry *
skua_map_remove(struct map *m, struct skua_str key)
{
	struct map_slots *s = atomic_load(&m->slots);
	uint64_t hash = skua_map_hash(key);

	for (size_t i = hash & s->mask;; i = (i + 1) & s->mask) {
		struct map_entry *e = atomic_load(&s->slot[i]);

		if (e == NULL)
			return NULL;
		if (e != &tombstone && e->hash == hash &&
		    skua_str_eq(e->key, key)) {
			atomic_store(&s->slot[i], &tombstone);
			m->count--;
			return e;
		}
	}
}

size_t
skua_map_count(const struct map *m)
{
	return m->count;
}

struct map_entry *
skua_map_next(const struct map *m, size_t *at)
{
	const struct map_slots *s =
	    atomic_load_explicit(&m->slots, memory_order_acquire);

	while (*at <= s->mask) {
		struct map_entry *e = atomic_load_explicit(&s->slot[(*at)++],
		    memory_order_acquire);

		if (e != NULL && e != &tombstone)
			return e;
	}
	return NULL;
}
