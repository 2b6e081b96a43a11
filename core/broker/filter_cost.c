/* SPDX-License-Identifier: Apache-2.0 */
/* See filter_cost.h. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "broker/broker.h"
#include "broker/filter_cost.h"

#define COSTS_MAX 4096
#define SHOWN 20

struct filter_cost_entry {
	UT_hash_handle hh;
	struct filter_cost cost;
	char key[]; /* group@topic: neither may have an @ */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct filter_cost *
skua_filter_cost(struct broker *b, struct skua_str group, struct skua_str topic)
{
	size_t len = group.len + 1 + topic.len;
	struct filter_cost_entry *entry = NULL, *fresh = skua_mem_new(1,
				    sizeof(*fresh) + len + 1);

	skua_str_copy(fresh->key, group);
	fresh->key[group.len] = '@';
	skua_str_copy(fresh->key + group.len + 1, topic);
	(void)pthread_mutex_lock(&lock);
	HASH_FIND(hh, b->filter_costs, fresh->key, len, entry);
	if (entry == NULL && HASH_COUNT(b->filter_costs) < COSTS_MAX) {
		entry = fresh;
		fresh = NULL;
		HASH_ADD_KEYPTR(hh, b->filter_costs, entry->key, len, entry);
	}
	(void)pthread_mutex_unlock(&lock);
	free(fresh);
	return entry == NULL ? NULL : &entry->cost;
}

void
skua_filter_costs_free(struct broker *b)
{
	struct filter_cost_entry *entry, *next;

	HASH_ITER(hh, b->filter_costs, entry, next) {
		HASH_DEL(b->filter_costs, entry);
		free(entry);
	}
}

static int64_t
ns_of(const struct filter_cost_entry *entry)
{
	return atomic_load_explicit(&entry->cost.ns, memory_order_relaxed);
}

/* In the order of what they took, while they go on counting. */
static size_t
slowest(struct broker *b, const struct filter_cost_entry *top[SHOWN])
{
	int64_t taken[SHOWN];
	size_t n = 0;

	for (const struct filter_cost_entry *e = b->filter_costs; e != NULL;
	     e = e->hh.next) {
		int64_t ns = ns_of(e);
		size_t at = n < SHOWN ? n++ : SHOWN;

		for (; at > 0 && taken[at - 1] < ns; at--)
			if (at < SHOWN) {
				taken[at] = taken[at - 1];
				top[at] = top[at - 1];
			}
		if (at < SHOWN) {
			taken[at] = ns;
			top[at] = e;
		}
	}
	return n;
}

void
skua_filter_costs_put(struct broker *b, struct skua_jsonw *w)
{
	const struct filter_cost_entry *top[SHOWN];
	size_t n;

	(void)pthread_mutex_lock(&lock);
	n = slowest(b, top);
	(void)pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < n; i++) {
		const struct filter_cost *c = &top[i]->cost;
		char name[512], text[96];

		(void)snprintf(name, sizeof(name), "filter_%s", top[i]->key);
		(void)snprintf(text, sizeof(text), "%lld %lld %lld",
		    (long long)atomic_load_explicit(&c->judged,
			memory_order_relaxed),
		    (long long)atomic_load_explicit(&c->passed,
			memory_order_relaxed),
		    (long long)ns_of(top[i]));
		skua_jsonw_key_z(w, name);
		skua_jsonw_str_z(w, text);
	}
}
