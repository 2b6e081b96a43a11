/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is connected: producers and consumers by group, as their heartbeats tell.
 * Written by the main thread; loops read a group's immutable view.
 * Upstream: broker.client.ConsumerManager, ProducerManager.
 */
#ifndef BROKER_SESSION_H
#define BROKER_SESSION_H

#include <jansson.h>
#include <stdatomic.h>

#include <skua/json.h>

#include "base/hash.h"
#include "base/map.h"
#include "net/conn.h"

struct broker;

struct members;

/* A connection's place in a group. */
struct session_client {
	UT_hash_handle hh; /* members, by connection; in the order they came */
	struct session_client *next; /* of the same connection */
	struct members *members;
	struct conn *conn; /* referenced by its session */
	char *id;
	uint8_t language;
	int32_t version;
	int64_t seen_ms;
};

/* A connection that has sent a heartbeat. */
struct session {
	UT_hash_handle hh;
	struct conn *conn; /* referenced */
	struct session_client *first;
};

struct members {
	struct session_client *first;
	bool are_consumers;
};

static inline struct session_client *
session_client_next(const struct session_client *c)
{
	return c->hh.next;
}

struct session_subscription {
	struct skua_str topic, expression, type;
	int64_t version;
	json_t *json; /* the whole entry, for administrators */
};

/* Immutable. */
struct consumer_view {
	const char *consume_type, *model, *from_where;
	bool broadcasting;
	size_t client_count;
	struct view_client {
		const char *id;
		struct conn *conn; /* referenced */
		uint8_t language;
		int32_t version;
	} *clients;
	size_t subscription_count;
	struct session_subscription *subscriptions;
};

struct consumer_group {
	struct map_entry entry;
	_Atomic(const struct consumer_view *) view;
	/* main thread */
	struct members members;
	json_t *subscriptions; /* topic -> entry */
	char *consume_type, *model, *from_where;
	int64_t fingerprint;
	/* What settling has to do. */
	struct consumer_group *next_unsettled;
	bool is_unsettled, must_publish, must_notify;
	int64_t notified_ms;
	char name[];
};

struct producer_group {
	struct map_entry entry;
	struct members members;
	char name[];
};

struct heartbeat_waiter {
	struct heartbeat_waiter *next;
	void (*fn)(struct broker *b, struct heartbeat_waiter *waiter);
};

struct sessions {
	struct map consumers;
	/* main thread */
	struct map producers;
	struct session *by_conn;
	_Atomic int64_t bytes; /* that heartbeats brought, about; any reads */
	struct consumer_group *unsettled;
	struct heartbeat_waiter *waiters, **waiters_end;
	uv_timer_t settle_timer;
};

void skua_sessions_init(struct sessions *s);
void skua_sessions_fini(struct sessions *s);

/* Any thread, online: NULL when the group has no client. */
const struct consumer_view *skua_session_view(const struct sessions *s,
    struct skua_str group);
const struct session_subscription *skua_view_subscription(
    const struct consumer_view *view, struct skua_str topic);

#define SKUA_GROUP_NAME_SIZE 320 /* with a prefix */

/* Main thread, with a deferred request: a heartbeat's groups. */
struct heartbeat_result {
	bool is_v2, subscriptions_known;
	bool changed;    /* some member or topic */
	bool made_topic; /* a retry topic, not registered yet */
	bool refused;    /* something, for maxSessionBytes */
	char **groups;   /* whose members shall be told; freed by the caller */
	size_t group_count;
};
int skua_session_heartbeat(struct broker *b, struct skua_request *request,
    const json_t *body, struct heartbeat_result *result);
void skua_heartbeat_note(struct heartbeat_result *result,
    struct skua_str group);
void skua_session_unregister(struct broker *b, struct conn *conn,
    struct skua_str producer_group, struct skua_str consumer_group);
/* A connection is gone.  Main thread. */
void skua_session_lost(struct broker *b, struct conn *conn);
/* Clients without a heartbeat for channelExpiredTimeout. */
void skua_session_expire(struct broker *b);

/*
 * Settling, at the end of a turn of the main loop: however many heartbeats came,
 * a group's view is made once, then they are answered, then its members are told
 * that others came or went (request 40), at most every 100 ms.
 */
void skua_sessions_settle(struct broker *b);
/* Has fn called, once, when the views are those that loops see. */
void skua_session_when_settled(struct broker *b,
    struct heartbeat_waiter *waiter);
void skua_session_notify(struct broker *b, struct skua_str group);
/* With the main loop. */
int skua_sessions_start(struct broker *b) SKUA_MUST_CHECK;

#endif
