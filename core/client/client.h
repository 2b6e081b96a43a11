/* SPDX-License-Identifier: Apache-2.0 */
/* A client's inside.  Everything is its thread's, unless it says otherwise. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <pthread.h>

#include <skua/client.h>

#include "base/hash.h"
#include "client/unique.h"
#include "net/peer.h"

/* Codes of requests and answers that libskua knows. */
enum client_request {
	REQUEST_PULL = 11,
	REQUEST_QUERY_MESSAGE = 12,
	REQUEST_QUERY_OFFSET = 14,
	REQUEST_UPDATE_OFFSET = 15,
	REQUEST_SEARCH_OFFSET = 29,
	REQUEST_MAX_OFFSET = 30,
	REQUEST_MIN_OFFSET = 31,
	REQUEST_VIEW_MESSAGE = 33,
	REQUEST_HEARTBEAT = 34,
	REQUEST_UNREGISTER = 35,
	REQUEST_SEND_BACK = 36,
	REQUEST_CONSUMER_LIST = 38,
	REQUEST_IDS_CHANGED = 40,
	REQUEST_CHECK_CONFIG = 46,
	REQUEST_ROUTE = 105,
	REQUEST_RESET_CLIENT = 220,
	REQUEST_CLIENT_STATUS = 221,
	REQUEST_RUNNING_INFO = 307,
	REQUEST_SEND_V2 = 310,
	REQUEST_SEND_BATCH = 320,
	REQUEST_LITE_PULL = 361,
};
enum client_code {
	CODE_OK = 0,
	CODE_UNSUPPORTED = 3,
	CODE_NO_MESSAGE = 19,
	CODE_RETRY_NOW = 20,
	CODE_OFFSET_MOVED = 21,
	CODE_NOT_FOUND = 22,
	CODE_NO_SUBSCRIPTION = 24,
	CODE_OLD_SUBSCRIPTION = 25,
	CODE_NO_GROUP = 26,
	CODE_BUSY_PULL = 215,
	CODE_NO_TOPIC = 17,
	CODE_AWAY = 1500,
};

/* --- peers (peers.c) --- */

struct client_peer {
	UT_hash_handle hh;
	struct skua_client *client;
	struct peer *peer;
	int64_t used_ms;
	/* of heartbeats */
	int32_t fingerprint; /* the one this broker knows; 0: none */
	bool needs_heartbeat; /* a new connection knows nobody */
	unsigned beats; /* without an answer yet */
	char address[];
};

/* Names of hosts that moved are followed; what was not used for long goes. */
void skua_client_refresh_peers(struct skua_client *client);
/* NULL when the text is no address. */
struct client_peer *skua_client_peer(struct skua_client *client,
    const char *address);
/* One request over one connection; out and body are encoded at once.  fn as
 * skua_peer_call's, exactly once, later, also when there is no such address or
 * the address is left alone for a while after it could not be reached. */
void skua_client_transmit(struct skua_client *client, const char *address,
    struct command_out *out, struct skua_str body, int64_t timeout_ms,
    peer_answer_fn *fn, void *arg);
/* Without an answer; false: it was not sent. */
bool skua_client_oneway(struct skua_client *client, const char *address,
    struct command_out *out, struct skua_str body);

/* --- routes (route.c) --- */

struct route_broker {
	char *name, *address;
	int64_t id;
};

/* A topic's queues; does not change; shared by the cache and those who use
 * it. */
struct client_route {
	unsigned refs;
	struct skua_route_info info;
	size_t writable_count;
	const struct skua_queue **writable;
	size_t broker_count;
	struct route_broker *brokers; /* with slaves */
};

struct route_entry {
	UT_hash_handle hh;
	struct client_route *route; /* NULL: none is known */
	int64_t fetched_ms, used_ms;
	bool fetching;
	struct finding *waiters;
	char topic[];
};

/* The route in the cache if it is fresh, else NULL.  Borrowed for the turn. */
struct client_route *skua_client_peek_route(struct skua_client *client,
    const char *topic);
/* fn gets a reference, or NULL and why; perhaps from inside. */
typedef void client_route_fn(void *arg, int status, struct client_route *route,
    const struct skua_error *e);
void skua_client_find_route(struct skua_client *client, const char *topic,
    client_route_fn *fn, void *arg);
struct client_route *skua_client_route_ref(struct client_route *route);
void skua_client_route_unref(struct client_route *route);
/* The topic's route is doubtful: asks anew, soon. */
void skua_client_doubt_route(struct skua_client *client, const char *topic);
/* Asks anew for all that are used, and tells of those that changed. */
void skua_client_refresh_routes(struct skua_client *client);
void skua_client_free_routes(struct skua_client *client);
/* The address of a broker of the route by id; NULL when it has none. */
const char *skua_client_route_address(const struct client_route *route,
    const char *broker, int64_t id);

/* --- timers (timer.c) --- */

struct client_timer;
/* Calls fn(arg) once, after ms. */
typedef void client_timer_fn(void *arg);
struct client_timer *skua_client_after(struct skua_client *client, int64_t ms,
    client_timer_fn *fn, void *arg);
/* Of one that has not been called yet; sets it to NULL.  *timer may be NULL. */
void skua_client_cancel(struct client_timer **timer);
void skua_client_cancel_all(struct skua_client *client);

/* --- the client (client.c) --- */

struct group_member;
struct skua_producer;
struct guest;

struct skua_client {
	struct loop loop;
	struct guest *guest; /* on the caller's loop; NULL: own thread */
	pthread_t thread;
	unsigned driving; /* depth of uv_run on the caller's thread */
	bool ending;
	struct skua_client_options options; /* its texts are not kept */
	char *id, *folder;
	char *offsets_id; /* of local offsets: the same after a restart */
	char **namesrvs;
	size_t namesrv_count, namesrv_now;
	struct client_peer *peers;
	struct route_entry *routes;
	struct client_timer *timers;
	struct group_member *members;
	struct skua_producer *producers;
	struct unique unique;
	struct client_timer *route_timer, *heartbeat_timer, *soon_timer,
	    *changed_timer;
};

/* Any thread: runs fn(client, arg) on the client's; fn frees arg. */
void skua_client_post(struct skua_client *client,
    void (*fn)(struct skua_client *client, void *arg), void *arg);
bool skua_client_is_here(const struct skua_client *client);

/* call.c; address NULL: a nameserver; another is tried when one does not
 * answer.  Fields and body are copied. */
void skua_client_start_call(struct skua_client *client, const char *address,
    int32_t code, const struct field *fields, size_t field_count,
    struct skua_str body, int64_t timeout_ms, skua_reply_fn *fn, void *arg);

/* How many records lie back to back, and how many bytes are left that are none:
 * those of an answer that was cut, or makes no sense (parcel.c). */
size_t skua_records_count(struct skua_str records, size_t *left_r);

/* --- waiting (wait.c) --- */

/* For a callback, from another thread or outside of callbacks. */
struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done;
};
/* SKUA_EBUSY and a sentence when the caller must not wait. */
int skua_client_may_wait(struct skua_client *client, struct skua_error *e);
void skua_waiting_init(struct waiting *w);
void skua_waiting_done(struct waiting *w);
void skua_waiting_wait(struct skua_client *client, struct waiting *w);
/* Runs fn(client, arg) on the client's thread and waits until it returned. */
void skua_client_run(struct skua_client *client,
    void (*fn)(struct skua_client *client, void *arg), void *arg);

/* skua_client_ask (call.c); *code_r (may be NULL): the answer's, 0 without one. */
int skua_client_ask_code(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    char **body_r, size_t *len_r, int32_t *code_r, struct skua_error *e);
/* Says that none answers, and where they ought to be; rc. */
int skua_client_no_namesrv(const struct skua_client *client, int rc,
    struct skua_error *e);
/* What a code other than 0 is to the caller. */
int skua_client_refusal(const struct skua_reply *reply, struct skua_error *e);

#endif
