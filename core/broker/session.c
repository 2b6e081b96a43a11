/* SPDX-License-Identifier: Apache-2.0 */
/* Producers and consumers by group, and by connection.  What heartbeats bring is
 * in heartbeat.c, what loops see in session_view.c. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rcu.h"
#include "broker/broker.h"
#include "broker/notice.h"
#include "broker/session_priv.h"

/* Beside its id, what a client takes: here, and in the view of its group. */
#define CLIENT_BYTES \
	((int64_t)(sizeof(struct session_client) + sizeof(struct view_client) + \
	    96))
#define GROUP_BYTES ((int64_t)(sizeof(struct consumer_group) + 320))
/* What jansson takes for a value and for a member, about. */
#define VALUE_BYTES 64
#define MEMBER_BYTES 96

void
skua_sessions_init(struct sessions *s)
{
	skua_map_init(&s->consumers);
	skua_map_init(&s->producers);
	s->waiters_end = &s->waiters;
}

static void
free_consumer_group(void *p)
{
	struct consumer_group *g = p;

	session_free_view((void *)(uintptr_t)atomic_load(&g->view));
	json_decref(g->subscriptions);
	free(g->consume_type);
	free(g->model);
	free(g->from_where);
	free(g);
}

int64_t
session_weight(const json_t *json)
{
	int64_t n = VALUE_BYTES;
	const char *name;
	json_t *value;
	size_t i;

	if (json_is_string(json))
		n += (int64_t)json_string_length(json);
	json_array_foreach (json, i, value)
		n += session_weight(value);
	json_object_foreach ((json_t *)(uintptr_t)json, name, value)
		n += MEMBER_BYTES + (int64_t)strlen(name) +
		    session_weight(value);
	return n;
}

bool
session_has_room(const struct broker *b, int64_t bytes)
{
	return b->sessions.bytes + bytes <= broker_conf(b)->sessions_max;
}

/* --- groups --- */

static struct consumer_group *
consumers_of(struct members *members)
{
	return sk_container(members, struct consumer_group, members);
}

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
	g->members.are_consumers = true;
	g->subscriptions = json_object();
	skua_map_put(&s->consumers, &g->entry);
	s->bytes += GROUP_BYTES;
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
	s->bytes += GROUP_BYTES;
	return g;
}

/* Names come from anybody: a group is kept as long as somebody is in it. */
void
session_forget_empty(struct broker *b, struct members *members)
{
	struct sessions *s = &b->sessions;
	struct producer_group *p;
	struct consumer_group *g;

	if (members->first != NULL)
		return;
	s->bytes -= GROUP_BYTES;
	if (members->are_consumers) {
		g = consumers_of(members);
		(void)skua_map_remove(&s->consumers, g->entry.key);
		skua_rcu_defer(free_consumer_group, g);
	} else {
		p = sk_container(members, struct producer_group, members);
		(void)skua_map_remove(&s->producers, p->entry.key);
		free(p);
	}
}

/* --- clients --- */

static struct session *
find_session(const struct sessions *s, const struct conn *conn)
{
	struct session *session;

	HASH_FIND_PTR(s->by_conn, &conn, session);
	return session;
}

static struct session *
need_session(struct sessions *s, struct conn *conn)
{
	struct session *session = find_session(s, conn);

	if (session != NULL)
		return session;
	session = sk_new(struct session);
	session->conn = skua_conn_ref(conn);
	HASH_ADD_PTR(s->by_conn, conn, session);
	return session;
}

static int64_t
client_bytes(const char *id)
{
	return CLIENT_BYTES + 2 * (int64_t)strlen(id);
}

static void
add_client(struct broker *b, struct members *members,
    const struct skua_request *request, const char *id)
{
	struct session *session = need_session(&b->sessions, request->conn);
	struct session_client *c = sk_new(struct session_client);

	c->conn = request->conn;
	c->members = members;
	c->id = skua_mem_dup(skua_str_z(id));
	c->language = request->command.language;
	c->version = request->command.version;
	c->seen_ms = skua_mono_ms();
	c->next = session->first;
	session->first = c;
	HASH_ADD_PTR(members->first, conn, c);
	b->sessions.bytes += client_bytes(id);
}

static bool
rename_client(struct broker *b, struct session_client *c, const char *id)
{
	int64_t more = client_bytes(id) - client_bytes(c->id);

	if (more > 0 && !session_has_room(b, more))
		return false;
	b->sessions.bytes += more;
	free(c->id);
	c->id = skua_mem_dup(skua_str_z(id));
	return true;
}

enum session_touch
session_touch(struct broker *b, struct members *members,
    const struct skua_request *request, const char *id)
{
	struct session_client *c;

	HASH_FIND_PTR(members->first, &request->conn, c);
	if (c == NULL) {
		if (!session_has_room(b, client_bytes(id)))
			return TOUCH_REFUSED;
		add_client(b, members, request, id);
		return TOUCH_NEW;
	}
	c->seen_ms = skua_mono_ms();
	if (strcmp(c->id, id) == 0)
		return TOUCH_KNOWN;
	return rename_client(b, c, id) ? TOUCH_NEW : TOUCH_REFUSED;
}

static void
free_session(struct sessions *s, struct session *session)
{
	HASH_DEL(s->by_conn, session);
	skua_conn_unref(session->conn);
	free(session);
}

/* Takes it out of its group, not out of its session. */
static void
leave_group(struct broker *b, struct session_client *c)
{
	struct members *members = c->members;

	HASH_DEL(members->first, c);
	b->sessions.bytes -= client_bytes(c->id);
	free(c->id);
	free(c);
	if (members->are_consumers)
		session_left(b, consumers_of(members));
	else
		session_forget_empty(b, members);
}

static void
leave_one(struct broker *b, struct members *members, const struct conn *conn)
{
	struct session *session = find_session(&b->sessions, conn);
	struct session_client **at = session == NULL ? NULL : &session->first;
	struct session_client *c;

	while (at != NULL && *at != NULL && (*at)->members != members)
		at = &(*at)->next;
	if (at == NULL || *at == NULL)
		return;
	c = *at;
	*at = c->next;
	leave_group(b, c);
	if (session->first == NULL)
		free_session(&b->sessions, session);
}

void
skua_session_unregister(struct broker *b, struct conn *conn,
    struct skua_str producer_group, struct skua_str consumer_group)
{
	struct map_entry *e;

	if (producer_group.len > 0 &&
	    (e = skua_map_get(&b->sessions.producers, producer_group)) != NULL)
		leave_one(b,
		    &sk_container(e, struct producer_group, entry)->members,
		    conn);
	if (consumer_group.len > 0 &&
	    (e = skua_map_get(&b->sessions.consumers, consumer_group)) != NULL)
		leave_one(b,
		    &sk_container(e, struct consumer_group, entry)->members,
		    conn);
}

void
skua_session_lost(struct broker *b, struct conn *conn)
{
	struct session *session = find_session(&b->sessions, conn);

	if (session == NULL)
		return;
	while (session->first != NULL) {
		struct session_client *c = session->first;

		session->first = c->next;
		leave_group(b, c);
	}
	free_session(&b->sessions, session);
}

static bool
is_expired(const struct session *session, int64_t before_ms)
{
	for (const struct session_client *c = session->first; c != NULL;
	     c = c->next)
		if (c->seen_ms < before_ms)
			return true;
	return false;
}

void
skua_session_expire(struct broker *b)
{
	int64_t before = skua_mono_ms() - broker_conf(b)->channel_expired_ms;
	struct session *session, *next;

	HASH_ITER(hh, b->sessions.by_conn, session, next) {
		struct conn *conn = session->conn;

		if (!is_expired(session, before))
			continue;
		(void)skua_conn_ref(conn);
		skua_session_lost(b, conn);
		skua_notice_close(conn, "no heartbeat");
		skua_conn_unref(conn);
	}
}

/* --- the end --- */

static void
free_all(struct sessions *s)
{
	struct session *session, *next;

	HASH_ITER(hh, s->by_conn, session, next) {
		while (session->first != NULL) {
			struct session_client *c = session->first;

			session->first = c->next;
			HASH_DEL(c->members->first, c);
			free(c->id);
			free(c);
		}
		free_session(s, session);
	}
}

void
skua_sessions_fini(struct sessions *s)
{
	struct map_entry *e;

	free_all(s);
	for (size_t at = 0; (e = skua_map_next(&s->consumers, &at)) != NULL;)
		free_consumer_group(
		    sk_container(e, struct consumer_group, entry));
	for (size_t at = 0; (e = skua_map_next(&s->producers, &at)) != NULL;)
		free(sk_container(e, struct producer_group, entry));
	skua_map_fini(&s->consumers);
	skua_map_fini(&s->producers);
}
