/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: loaded at start, written when they change, registered. */
#include <stdlib.h>

#include <skua/io.h>

#include "base/assert.h"
#include "base/rcu.h"
#include "broker/keeping.h"
#include "broker/rates.h"
#include "broker/topic_journal.h"

#define REGISTER_LIMIT_MS 1000
#define SESSION_SCAN_MS 10000
#define SECOND_MS 1000
#define GROUPS_REST 9

/* Tells the waiters of a change that came while another was under way. */
struct waiter {
	struct waiter *next;
	void (*fn)(struct broker *b, void *arg);
	void *arg;
};

struct keeper {
	struct broker *broker;
	uv_timer_t offsets, registration, second, sessions, soon, groups;
	int64_t groups_rest_ms; /* groups that came by themselves wait so long */
	bool registering;
	struct waiter *waiting; /* for the round that has not begun */
	struct waiter *told;    /* by the round under way */
};

static int
persist(struct broker *b, const char *name,
    int (*fn)(struct broker *b, const char *path))
{
	char *path = skua_broker_path(b, name);
	int rc = path == NULL ? SKUA_OK : fn(b, path);

	free(path);
	return rc;
}

static int
keep_removals(struct broker *b)
{
	int rc = SKUA_OK;

	skua_lives_save(b);
	if (b->offsets.has_removed)
		rc = persist(b, "config/consumerOffset.json",
		    skua_offsets_persist);
	b->offsets.has_removed = rc != SKUA_OK;
	return rc == SKUA_OK && b->lives.is_behind ? SKUA_EIO : rc;
}

int
skua_keep_removals(struct broker *b)
{
	return keep_removals(b);
}

static void begin_round(struct keeper *k);

static void
round_done(struct broker *b, void *arg)
{
	struct keeper *k = arg;
	struct waiter *told = k->told;

	k->told = NULL;
	k->registering = false;
	while (told != NULL) {
		struct waiter *w = told;

		told = w->next;
		w->fn(b, w->arg);
		free(w);
	}
	if (k->waiting != NULL && !k->registering)
		begin_round(k);
}

/* All changes up to now go into one write and one registration. */
static void
begin_round(struct keeper *k)
{
	struct topics *t = &k->broker->topics;

	k->registering = true;
	k->told = k->waiting;
	k->waiting = NULL;
	skua_topics_save(k->broker);
	/* Without a change it is the regular sign of life. */
	skua_registrar_register(k->broker->registrar,
	    t->changed_all || t->changed_count == 0, REGISTER_LIMIT_MS,
	    round_done, k);
	skua_topics_forget_changes(t);
}

void
skua_keeping_announce(struct broker *b, int64_t limit_ms, registered_fn *fn,
    void *arg)
{
	skua_topics_save(b);
	skua_registrar_register(b->registrar, true, limit_ms, fn, arg);
	skua_topics_forget_changes(&b->topics);
}

static void
on_soon(uv_timer_t *timer)
{
	struct keeper *k = timer->data;

	skua_loop_enter(&k->broker->main);
	if (!k->registering)
		begin_round(k);
}

static void
ignore(struct broker *b, void *arg)
{
	(void)b;
	(void)arg;
}

void
skua_keep_topics(struct broker *b, void (*fn)(struct broker *b, void *arg),
    void *arg)
{
	struct keeper *k = b->keeper;
	struct waiter *w = sk_new(struct waiter), **end = &k->waiting;

	w->fn = fn == NULL ? ignore : fn;
	w->arg = arg;
	while (*end != NULL)
		end = &(*end)->next;
	*end = w;
	/* At the end of this turn, so that many changes share it. */
	if (!k->registering)
		sk_must(uv_timer_start(&k->soon, on_soon, 0, 0));
}

int
skua_keep_groups(struct broker *b)
{
	return persist(b, "config/subscriptionGroup.json",
	    skua_groups_persist);
}

static void
on_groups(uv_timer_t *timer)
{
	struct keeper *k = timer->data;
	int64_t began;

	skua_loop_enter(&k->broker->main);
	began = skua_mono_ms();
	(void)skua_keep_groups(k->broker);
	k->groups_rest_ms = skua_mono_ms() +
	    GROUPS_REST * (skua_mono_ms() - began);
}

/* Writing a long table takes no more than a tenth of the time. */
void
skua_keep_groups_soon(struct broker *b)
{
	struct keeper *k = b->keeper;
	int64_t wait = k->groups_rest_ms - skua_mono_ms();

	if (!uv_is_active((uv_handle_t *)&k->groups) &&
	    uv_timer_start(&k->groups, on_groups,
		wait > 0 ? (uint64_t)wait : 0, 0) != 0)
		skua_keep_groups(b);
}

static void
on_offsets(uv_timer_t *timer)
{
	struct keeper *k = timer->data;

	skua_loop_enter(&k->broker->main);
	(void)persist(k->broker, "config/consumerOffset.json",
	    skua_offsets_persist);
}

static void
on_registration(uv_timer_t *timer)
{
	struct keeper *k = timer->data;

	skua_loop_enter(&k->broker->main);
	skua_registrar_refresh(k->broker->registrar);
	if (!k->registering)
		begin_round(k);
}

static void
on_second(uv_timer_t *timer)
{
	struct keeper *k = timer->data;

	skua_loop_enter(&k->broker->main);
	skua_rcu_poll();
	skua_rates_tick(k->broker);
	(void)keep_removals(k->broker); /* if not, in a second */
}

static void
on_sessions(uv_timer_t *timer)
{
	struct keeper *k = timer->data;

	skua_loop_enter(&k->broker->main);
	skua_session_expire(k->broker);
}

static int
load_one(struct broker *b, const char *name,
    int (*fn)(struct broker *b, const char *path, struct skua_error *e),
    struct skua_error *e)
{
	char *path = skua_broker_path(b, name);
	int rc = path == NULL ? SKUA_OK : fn(b, path, e);

	free(path);
	return rc;
}

int
skua_keeping_load(struct broker *b, struct skua_error *e)
{
	char *folder = skua_broker_path(b, "config");
	int rc = folder == NULL ? SKUA_OK : skua_io()->mkdir(folder);

	if (rc != SKUA_OK)
		rc = skua_fail(e, rc, "could not make %s: %s", folder,
		    skua_strerror(rc));
	free(folder);
	if (rc == SKUA_OK)
		rc = load_one(b, "skua/lives.journal", skua_lives_load, e);
	if (rc == SKUA_OK)
		rc = load_one(b, "config/topics.json", skua_topics_load, e);
	if (rc == SKUA_OK)
		rc = load_one(b, "skua/topics.journal",
		    skua_topic_journal_load, e);
	skua_lives_raise_version(b);
	if (rc == SKUA_OK)
		rc = load_one(b, "config/subscriptionGroup.json",
		    skua_groups_load, e);
	if (rc == SKUA_OK)
		rc = load_one(b, "config/consumerOffset.json",
		    skua_offsets_load, e);
	if (rc != SKUA_OK)
		return rc;
	skua_topics_add_system(b);
	skua_groups_add_system(b);
	return SKUA_OK;
}

static void
start_timer(struct keeper *k, uv_timer_t *timer, uv_timer_cb fn, int64_t ms)
{
	sk_must(uv_timer_init(&k->broker->main.uv, timer));
	timer->data = k;
	if (ms > 0)
		sk_must(uv_timer_start(timer, fn, (uint64_t)ms, (uint64_t)ms));
}

/* Upstream keeps the period between 10 and 60 seconds. */
static int64_t
registration_period(const struct conf *conf)
{
	return conf->register_ms < 10000 ? 10000 :
	    conf->register_ms > 60000 ? 60000 :
					  conf->register_ms;
}

void
skua_keeping_start(struct broker *b)
{
	const struct conf *conf = broker_conf(b);
	struct keeper *k = sk_new(struct keeper);

	k->broker = b;
	b->keeper = k;
	/* Offsets of topics that went with a crash. */
	(void)keep_removals(b);
	start_timer(k, &k->soon, NULL, 0);
	start_timer(k, &k->groups, NULL, 0);
	start_timer(k, &k->second, on_second, SECOND_MS);
	if (!b->has_broker_role)
		return;
	start_timer(k, &k->offsets, on_offsets,
	    conf->offset_flush_ms > 0 ? conf->offset_flush_ms : 5000);
	start_timer(k, &k->registration, on_registration,
	    registration_period(conf));
	start_timer(k, &k->sessions, on_sessions, SESSION_SCAN_MS);
}

void
skua_keeping_stop(struct broker *b)
{
	struct keeper *k = b->keeper;

	if (b->has_broker_role) {
		(void)persist(b, "config/consumerOffset.json",
		    skua_offsets_persist);
		skua_topics_save_all(b);
		(void)persist(b, "config/subscriptionGroup.json",
		    skua_groups_persist);
	}
	while (k->waiting != NULL) {
		struct waiter *w = k->waiting;

		k->waiting = w->next;
		free(w);
	}
}

void
skua_keeping_free(struct broker *b)
{
	skua_topic_journal_close(b);
	free(b->keeper);
	b->keeper = NULL;
}
