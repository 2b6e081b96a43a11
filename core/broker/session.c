/* SPDX-License-Identifier: Apache-2.0 */
/* Producers and consumers by group.  The main thread keeps the lists and, when
 * something changed, publishes a new view for the loops.  What heartbeats bring
 * is in heartbeat.c. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rcu.h"
#include "base/text.h"
#include "broker/broker.h"
#include "broker/notice.h"
#include "broker/session_priv.h"

void
skua_sessions_init(struct sessions *s)
{
	skua_map_init(&s->consumers);
	skua_map_init(&s->producers);
}

static void
free_client(struct session_client *c)
{
	skua_conn_unref(c->conn);
	free(c->id);
	free(c);
}

static void
free_clients(struct session_client *list)
{
	while (list != NULL) {
		struct session_client *c = list;

		list = c->next;
		free_client(c);
	}
}

static void
free_view(void *p)
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

static void
free_consumer_group(void *p)
{
	struct consumer_group *g = p;

	free_view((void *)(uintptr_t)atomic_load(&g->view));
	free_clients(g->clients);
	json_decref(g->subscriptions);
	free(g->consume_type);
	free(g->model);
	free(g->from_where);
	free(g);
}

static void
free_producer_group(void *p)
{
	struct producer_group *g = p;

	free_clients(g->clients);
	free(g);
}

void
skua_sessions_fini(struct sessions *s)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&s->consumers, &at)) != NULL;)
		free_consumer_group(
		    sk_container(e, struct consumer_group, entry));
	for (size_t at = 0; (e = skua_map_next(&s->producers, &at)) != NULL;)
		free_producer_group(
		    sk_container(e, struct producer_group, entry));
	skua_map_fini(&s->consumers);
	skua_map_fini(&s->producers);
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

const struct session_subscription *
skua_view_subscription(const struct consumer_view *view, struct skua_str topic)
{
	for (size_t i = 0; i < view->subscription_count; i++)
		if (skua_str_eq(view->subscriptions[i].topic, topic))
			return &view->subscriptions[i];
	return NULL;
}

/* --- views --- */

static char *
dup_text(const char *text)
{
	return text == NULL ? NULL : skua_mem_dup(skua_str_z(text));
}

static void
view_clients(struct consumer_view *v, const struct consumer_group *g)
{
	for (struct session_client *c = g->clients; c != NULL; c = c->next)
		v->client_count++;
	v->clients = sk_new_array(v->client_count + 1, struct view_client);
	v->client_count = 0;
	for (struct session_client *c = g->clients; c != NULL; c = c->next) {
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

void
session_publish(struct consumer_group *g)
{
	struct consumer_view *v = NULL;
	const struct consumer_view *old;
	const char *topic;
	json_t *json;

	if (g->clients != NULL) {
		v = sk_new(struct consumer_view);
		v->consume_type = dup_text(g->consume_type);
		v->model = dup_text(g->model);
		v->from_where = dup_text(g->from_where);
		v->broadcasting = g->model != NULL &&
		    strcmp(g->model, "BROADCASTING") == 0;
		view_clients(v, g);
		v->subscriptions = sk_new_array(
		    json_object_size(g->subscriptions) + 1,
		    struct session_subscription);
		json_object_foreach (g->subscriptions, topic, json)
			view_subscription(
			    &v->subscriptions[v->subscription_count++],
			    skua_json_text(json, "topic"), json);
	}
	old = atomic_exchange(&g->view, v);
	if (old != NULL)
		skua_rcu_defer(free_view, (void *)(uintptr_t)old);
}

/* --- groups and clients --- */

struct consumer_group *
session_need_consumers(struct sessions *s, struct skua_str name)
{
	struct map_entry *e = skua_map_get(&s->consumers, name);
	struct consumer_group *g;

	if (e != NULL)
		return sk_container(e, struct consumer_group, entry);
	g = skua_mem_new(1, sizeof(*g) + name.len + 1);
	skua_str_copy(g->name, name);
	g->entry.key = skua_str_n(g->name, name.len);
	g->subscriptions = json_object();
	skua_map_put(&s->consumers, &g->entry);
	return g;
}

struct producer_group *
session_need_producers(struct sessions *s, struct skua_str name)
{
	struct map_entry *e = skua_map_get(&s->producers, name);
	struct producer_group *g;

	if (e != NULL)
		return sk_container(e, struct producer_group, entry);
	g = skua_mem_new(1, sizeof(*g) + name.len + 1);
	skua_str_copy(g->name, name);
	g->entry.key = skua_str_n(g->name, name.len);
	skua_map_put(&s->producers, &g->entry);
	return g;
}

bool
session_touch(struct session_client **list, const struct skua_request *request,
    const char *id)
{
	struct session_client *c, **end = list;

	for (c = *list; c != NULL; c = c->next) {
		if (c->conn == request->conn)
			break;
		end = &c->next;
	}
	if (c != NULL) {
		bool renamed = strcmp(c->id, id) != 0;

		if (renamed) {
			free(c->id);
			c->id = dup_text(id);
		}
		c->seen_ms = skua_mono_ms();
		return renamed;
	}
	c = sk_new(struct session_client);
	c->conn = skua_conn_ref(request->conn);
	c->id = dup_text(id);
	c->language = request->command.language;
	c->version = request->command.version;
	c->seen_ms = skua_mono_ms();
	*end = c;
	return true;
}

static bool
drop_conn(struct session_client **list, const struct conn *conn)
{
	for (; *list != NULL; list = &(*list)->next) {
		struct session_client *c = *list;

		if (c->conn != conn)
			continue;
		*list = c->next;
		free_client(c);
		return true;
	}
	return false;
}

static bool
is_member(const struct session_client *list, const struct conn *conn)
{
	for (; list != NULL; list = list->next)
		if (list->conn == conn)
			return true;
	return false;
}

/* --- leaving --- */

static void
leave_consumers(struct broker *b, struct consumer_group *g,
    const struct conn *conn)
{
	struct group *group;

	if (!drop_conn(&g->clients, conn))
		return;
	if (g->clients == NULL)
		json_object_clear(g->subscriptions);
	g->fingerprint = 0;
	session_publish(g);
	group = skua_group_find(&b->groups, g->entry.key);
	if (group != NULL && skua_group_conf(group)->notify_ids_changed)
		skua_session_notify(b, g->entry.key);
}

void
skua_session_unregister(struct broker *b, struct conn *conn,
    struct skua_str producer_group, struct skua_str consumer_group)
{
	struct map_entry *e;

	if (producer_group.len > 0 &&
	    (e = skua_map_get(&b->sessions.producers, producer_group)) != NULL)
		(void)drop_conn(
		    &sk_container(e, struct producer_group, entry)->clients,
		    conn);
	if (consumer_group.len > 0 &&
	    (e = skua_map_get(&b->sessions.consumers, consumer_group)) != NULL)
		leave_consumers(b,
		    sk_container(e, struct consumer_group, entry), conn);
}

void
skua_session_lost(struct broker *b, struct conn *conn)
{
	struct map_entry *e;

	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.producers, &at)) != NULL;)
		(void)drop_conn(
		    &sk_container(e, struct producer_group, entry)->clients,
		    conn);
	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.consumers, &at)) != NULL;) {
		struct consumer_group *g =
		    sk_container(e, struct consumer_group, entry);

		if (is_member(g->clients, conn))
			leave_consumers(b, g, conn);
	}
}

static struct conn *
find_expired(struct broker *b, int64_t before_ms)
{
	struct map_entry *e;
	struct session_client *c;

	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.consumers, &at)) != NULL;)
		for (c = sk_container(e, struct consumer_group, entry)->clients;
		     c != NULL; c = c->next)
			if (c->seen_ms < before_ms)
				return c->conn;
	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.producers, &at)) != NULL;)
		for (c = sk_container(e, struct producer_group, entry)->clients;
		     c != NULL; c = c->next)
			if (c->seen_ms < before_ms)
				return c->conn;
	return NULL;
}

void
skua_session_expire(struct broker *b)
{
	int64_t before = skua_mono_ms() - broker_conf(b)->channel_expired_ms;
	struct conn *conn;

	while ((conn = find_expired(b, before)) != NULL) {
		(void)skua_conn_ref(conn);
		skua_session_lost(b, conn);
		skua_notice_close(conn, "no heartbeat");
		skua_conn_unref(conn);
	}
}

void
skua_session_notify(struct broker *b, struct skua_str group)
{
	struct map_entry *e = skua_map_get(&b->sessions.consumers, group);
	const char *fields[] = { "consumerGroup", NULL, NULL };
	struct consumer_group *g;

	if (e == NULL || b->stopping || !broker_conf(b)->notify_ids_changed)
		return;
	g = sk_container(e, struct consumer_group, entry);
	/* A broadcasting client takes every queue whoever else is there. */
	if (g->model != NULL && strcmp(g->model, "BROADCASTING") == 0)
		return;
	fields[1] = g->name;
	for (struct session_client *c = g->clients; c != NULL; c = c->next)
		skua_notice_send(c->conn, REQUEST_NOTIFY_CONSUMER_IDS_CHANGED,
		    fields, skua_str_n(NULL, 0));
}
