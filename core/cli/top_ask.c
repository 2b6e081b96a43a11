/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See top.h: many topics or groups, each asked for with requests of its own, as
 * neither Skua nor Apache RocketMQ tells of all in one answer.
 *
 * A window of them is under way at once, each at one of its steps: a request to
 * a master.  When the time is over those that wait their turn keep what they
 * had.  So the order decides: in turns the busiest, and those that were looked
 * at longest ago.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <skua/host.h>
#include <skua/json.h>

#include "base/mem.h"
#include "cli/top.h"

enum {
	WINDOW = 64,
	TIMEOUT_MS = 1000, /* of one request */
};

struct asking {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct skua_client *client;
	const struct top_kind *kind;
	const struct skua_cluster *masters;
	size_t steps; /* requests for each entry */
	struct top_entry **order;
	size_t count, next;
	unsigned under_way; /* entries */
	int64_t end_ms;
};

/* One of the window. */
struct look {
	struct asking *a;
	struct top_entry *entry;
	struct top_figures figures;
	size_t step;
	bool failed;
};

static void take_step(struct look *l);

/* Rates are between the last two looks, however long ago the first was. */
static void
store_figures(struct top_entry *e, const struct top_figures *f)
{
	int64_t now = skua_mono_ms();

	if (e->looks > 0)
		e->rate = top_rate(f->count, e->figures.count,
		    (double)(now - e->seen_ms) / 1000.0);
	e->figures = *f;
	e->seen_ms = now;
	e->looks++;
}

/* The next entry, while there is one and time. */
static bool
next_entry(struct look *l)
{
	struct asking *a = l->a;

	(void)pthread_mutex_lock(&a->lock);
	l->entry = a->next < a->count && skua_mono_ms() < a->end_ms ?
	    a->order[a->next++] :
	    NULL;
	if (l->entry == NULL && --a->under_way == 0)
		(void)pthread_cond_signal(&a->wake);
	(void)pthread_mutex_unlock(&a->lock);
	memset(&l->figures, 0, sizeof(l->figures));
	l->step = 0;
	l->failed = false;
	return l->entry != NULL;
}

/* A refusal is an answer: that broker has nothing of it. */
static void
absorb(struct look *l, int status, const struct skua_reply *reply)
{
	const struct top_kind *kind = l->a->kind;
	json_t *json;

	l->failed |= status != SKUA_OK;
	if (status != SKUA_OK || reply->code != 0 ||
	    skua_json_parse(reply->body, &json) != SKUA_OK)
		return;
	kind->requests[l->step % kind->count].read(json, &l->figures);
	json_decref(json);
}

static void
on_reply(void *arg, int status, const struct skua_reply *reply)
{
	struct look *l = arg;

	absorb(l, status, reply);
	if (++l->step < l->a->steps && !l->failed) {
		take_step(l);
		return;
	}
	if (!l->failed)
		store_figures(l->entry, &l->figures);
	if (next_entry(l))
		take_step(l);
	else
		free(l);
}

static void
take_step(struct look *l)
{
	const struct asking *a = l->a;
	const struct top_request *r =
	    &a->kind->requests[l->step % a->kind->count];
	const struct skua_broker *to =
	    &a->masters->brokers[l->step / a->kind->count];
	const char *const fields[] = { r->field, l->entry->name, NULL };
	int rc = skua_client_call(a->client, to->address, r->code, fields,
	    skua_str_n(NULL, 0), TIMEOUT_MS, on_reply, l);

	if (rc != SKUA_OK)
		on_reply(l, rc, NULL);
}

/* --- the order --- */

static int
by_rate(const void *a, const void *b)
{
	const struct top_entry *x = *(struct top_entry *const *)a;
	const struct top_entry *y = *(struct top_entry *const *)b;

	if (x->rate != y->rate)
		return x->rate < y->rate ? 1 : -1;
	return (x->figures.count < y->figures.count) -
	    (x->figures.count > y->figures.count);
}

/* Those first that lack only a second look. */
static int
by_age(const void *a, const void *b)
{
	const struct top_entry *x = *(struct top_entry *const *)a;
	const struct top_entry *y = *(struct top_entry *const *)b;

	if ((x->looks == 1) != (y->looks == 1))
		return x->looks == 1 ? -1 : 1;
	return (x->seen_ms > y->seen_ms) - (x->seen_ms < y->seen_ms);
}

static struct top_entry **
sorted(const struct top_list *list, int (*order)(const void *, const void *))
{
	struct top_entry **all = sk_new_array(list->count + 1,
	    struct top_entry *);

	for (size_t i = 0; i < list->count; i++)
		all[i] = &list->entries[i];
	qsort((void *)all, list->count, sizeof(*all), order);
	return all;
}

static struct top_entry **
order_of(const struct top_list *list)
{
	struct top_entry **busy = sorted(list, by_rate);
	struct top_entry **old = sorted(list, by_age);
	struct top_entry **order = sk_new_array(list->count + 1,
	    struct top_entry *);
	bool *taken = sk_new_array(list->count + 1, bool);
	size_t n = 0;

	for (size_t i = 0; i < 2 * list->count; i++) {
		struct top_entry *e = i % 2 == 0 ? busy[i / 2] : old[i / 2];

		if (taken[e - list->entries])
			continue;
		taken[e - list->entries] = true;
		order[n++] = e;
	}
	free((void *)busy);
	free((void *)old);
	free(taken);
	return order;
}

static void
start(struct asking *a)
{
	size_t n = a->count < WINDOW ? a->count : WINDOW;

	a->under_way = (unsigned)n;
	for (size_t i = 0; i < n; i++) {
		struct look *l = sk_new(struct look);

		l->a = a;
		if (next_entry(l))
			take_step(l);
		else
			free(l);
	}
}

void
top_ask(struct skua_client *client, const struct top_kind *kind,
    const struct skua_cluster *masters, struct top_list *list,
    int64_t budget_ms)
{
	struct asking a = { .client = client, .kind = kind,
		.masters = masters, .steps = masters->count * kind->count,
		.count = list->count, .end_ms = skua_mono_ms() + budget_ms };

	if (a.count == 0 || a.steps == 0)
		return;
	a.order = order_of(list);
	(void)pthread_mutex_init(&a.lock, NULL);
	(void)pthread_cond_init(&a.wake, NULL);
	start(&a);
	(void)pthread_mutex_lock(&a.lock);
	while (a.under_way > 0)
		(void)pthread_cond_wait(&a.wake, &a.lock);
	(void)pthread_mutex_unlock(&a.lock);
	(void)pthread_cond_destroy(&a.wake);
	(void)pthread_mutex_destroy(&a.lock);
	free((void *)a.order);
}
