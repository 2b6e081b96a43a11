/* SPDX-License-Identifier: Apache-2.0 */
/* What loops see of a consumer group: an immutable view, made once for all the
 * heartbeats of a turn. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/rcu.h"
#include "broker/broker.h"
#include "broker/notice.h"
#include "broker/session_priv.h"

#define NOTIFY_MS 100 /* between two requests 40 to a group */

void
session_free_view(void *p)
{
	struct consumer_view *v = p;

	if (v == NULL)
		return;
	for (size_t i = 0; i < v->client_count; i++) {
		free((char *)(uintptr_t)v->clients[i].id);
		skua_conn_unref(v->clients[i].conn);
	}
	for (size_t i = 0; i < v->subscription_count; i++)
		json_decref(v->subscriptions[i].json);
	free(v->clients);
	free(v->subscriptions);
	free((char *)(uintptr_t)v->consume_type);
	free((char *)(uintptr_t)v->model);
	free((char *)(uintptr_t)v->from_where);
	free(v);
}

const struct consumer_view *
skua_session_view(const struct sessions *s, struct skua_str group)
{
	struct map_entry *e = skua_map_get(&s->consumers, group);

	return e == NULL ?
	    NULL :
	    atomic_load_explicit(
		&sk_container(e, struct consumer_group, entry)->view,
		memory_order_acquire);
}

static int
compare_topics(struct skua_str a, struct skua_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

static int
by_topic(const void *a, const void *b)
{
	const struct session_subscription *x = a, *y = b;

	return compare_topics(x->topic, y->topic);
}

const struct session_subscription *
skua_view_subscription(const struct consumer_view *view, struct skua_str topic)
{
	struct session_subscription wanted = { .topic = topic };

	return bsearch(&wanted, view->subscriptions, view->subscription_count,
	    sizeof(wanted), by_topic);
}

static char *
dup_text(const char *text)
{
	return text == NULL ? NULL : skua_mem_dup(skua_str_z(text));
}

static void
view_clients(struct consumer_view *v, const struct consumer_group *g)
{
	v->clients = sk_new_array(HASH_COUNT(g->members.first) + 1,
	    struct view_client);
	for (struct session_client *c = g->members.first; c != NULL;
	     c = session_client_next(c)) {
		struct view_client *to = &v->clients[v->client_count++];

		to->id = dup_text(c->id);
		to->conn = skua_conn_ref(c->conn);
		to->language = c->language;
		to->version = c->version;
	}
}

static void
view_subscription(struct session_subscription *to, const char *topic,
    json_t *json)
{
	const char *expression = skua_json_text(json, "subString");
	const char *type = skua_json_text(json, "expressionType");

	to->json = json_incref(json);
	to->topic = skua_str_z(topic);
	to->expression = skua_str_z(expression);
	to->type = skua_str_z(type);
	to->version = skua_json_int(json, "subVersion", 0);
}

static struct consumer_view *
new_view(const struct consumer_group *g)
{
	struct consumer_view *v = sk_new(struct consumer_view);
	const char *topic;
	json_t *json;

	v->consume_type = dup_text(g->consume_type);
	v->model = dup_text(g->model);
	v->from_where = dup_text(g->from_where);
	v->broadcasting = g->model != NULL &&
	    strcmp(g->model, "BROADCASTING") == 0;
	view_clients(v, g);
	v->subscriptions = sk_new_array(json_object_size(g->subscriptions) + 1,
	    struct session_subscription);
	json_object_foreach (g->subscriptions, topic, json)
		view_subscription(&v->subscriptions[v->subscription_count++],
		    skua_json_text(json, "topic"), json);
	qsort(v->subscriptions, v->subscription_count,
	    sizeof(v->subscriptions[0]), by_topic);
	return v;
}

static void
publish(struct consumer_group *g)
{
	const struct consumer_view *old = atomic_exchange(&g->view,
	    g->members.first == NULL ? NULL : new_view(g));

	g->must_publish = false;
	if (old != NULL)
		skua_rcu_defer(session_free_view, (void *)(uintptr_t)old);
}

static void
unsettle(struct broker *b, struct consumer_group *g)
{
	if (g->is_unsettled)
		return;
	g->is_unsettled = true;
	g->next_unsettled = b->sessions.unsettled;
	b->sessions.unsettled = g;
}

void
session_changed(struct broker *b, struct consumer_group *g)
{
	g->must_publish = true;
	unsettle(b, g);
}

static void
drop_subscriptions(struct broker *b, struct consumer_group *g)
{
	const char *topic;
	json_t *json;

	json_object_foreach (g->subscriptions, topic, json)
		b->sessions.bytes -= session_weight(json);
	json_object_clear(g->subscriptions);
}

void
session_left(struct broker *b, struct consumer_group *g)
{
	const struct group *group = skua_group_find(&b->groups, g->entry.key);

	g->fingerprint = 0;
	if (g->members.first == NULL)
		drop_subscriptions(b, g);
	if (group != NULL && skua_group_conf(group)->notify_ids_changed)
		g->must_notify = true;
	session_changed(b, g);
}

/* --- settling --- */

static void
notify(struct broker *b, struct consumer_group *g)
{
	const char *fields[] = { "consumerGroup", g->name, NULL };

	g->must_notify = false;
	g->notified_ms = skua_mono_ms();
	if (b->stopping || !broker_conf(b)->notify_ids_changed)
		return;
	/* A broadcasting client takes every queue whoever else is there. */
	if (g->model != NULL && strcmp(g->model, "BROADCASTING") == 0)
		return;
	for (struct session_client *c = g->members.first; c != NULL;
	     c = session_client_next(c))
		skua_notice_send(c->conn, REQUEST_NOTIFY_CONSUMER_IDS_CHANGED,
		    fields, skua_str_n(NULL, 0));
}

void
skua_session_notify(struct broker *b, struct skua_str group)
{
	struct map_entry *e = skua_map_get(&b->sessions.consumers, group);
	struct consumer_group *g;

	if (e == NULL)
		return;
	g = sk_container(e, struct consumer_group, entry);
	g->must_notify = true;
	unsettle(b, g);
}

void
skua_session_when_settled(struct broker *b, struct heartbeat_waiter *waiter)
{
	waiter->next = NULL;
	*b->sessions.waiters_end = waiter;
	b->sessions.waiters_end = &waiter->next;
}

static void
tell_waiters(struct broker *b)
{
	struct heartbeat_waiter *list = b->sessions.waiters, *w;

	b->sessions.waiters = NULL;
	b->sessions.waiters_end = &b->sessions.waiters;
	while ((w = list) != NULL) {
		list = w->next;
		w->fn(b, w);
	}
}

static void
on_settle_timer(uv_timer_t *timer)
{
	/* The turn that it begins settles at its end. */
	skua_loop_enter(timer->data);
}

/* Those whose members were told a moment ago wait. */
static void
settle_group(struct broker *b, struct consumer_group *g, bool *waits)
{
	bool early = g->must_notify && g->notified_ms != 0 &&
	    skua_mono_ms() - g->notified_ms < NOTIFY_MS;

	if (g->must_notify && !early)
		notify(b, g);
	g->is_unsettled = false;
	if (g->members.first == NULL) {
		session_forget_empty(b, &g->members);
	} else if (early) {
		unsettle(b, g);
		*waits = true;
	}
}

void
skua_sessions_settle(struct broker *b)
{
	struct sessions *s = &b->sessions;
	struct consumer_group *list, *g;
	bool waits = false;

	if (s->unsettled == NULL && s->waiters == NULL)
		return;
	for (g = s->unsettled; g != NULL; g = g->next_unsettled)
		if (g->must_publish)
			publish(g);
	tell_waiters(b);
	list = s->unsettled;
	s->unsettled = NULL;
	while ((g = list) != NULL) {
		list = g->next_unsettled;
		settle_group(b, g, &waits);
	}
	if (waits && uv_timer_start(&s->settle_timer, on_settle_timer,
		NOTIFY_MS, 0) != 0)
		skua_log(SKUA_LOG_ERROR, "broker",
		    "members of groups are told late: no timer");
}

int
skua_sessions_start(struct broker *b)
{
	b->sessions.settle_timer.data = &b->main;
	return uv_timer_init(&b->main.uv, &b->sessions.settle_timer) == 0 ?
	    SKUA_OK :
	    SKUA_EIO;
}
