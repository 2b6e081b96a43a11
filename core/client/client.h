/* SPDX-License-Identifier: Apache-2.0 */
/* A client's inside.  Everything is the loop thread's. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <jansson.h>
#include <pthread.h>

#include <skua/client.h>
#include <uthash.h>

#include "net/peer.h"

#define NAMESRVS_MAX 16
#define CALL_TIMEOUT_MS 5000
#define ROUTE_FRESH_MS 30000

enum client_request {
	REQUEST_PULL = 11,
	REQUEST_QUERY_OFFSET = 14,
	REQUEST_UPDATE_OFFSET = 15,
	REQUEST_SEARCH_OFFSET = 29,
	REQUEST_MAX_OFFSET = 30,
	REQUEST_MIN_OFFSET = 31,
	REQUEST_ROUTE = 105,
	REQUEST_SEND_V2 = 310,
};

struct client_peer {
	UT_hash_handle hh;
	struct peer *peer;
	char address[];
};

/* A topic's queues, shared by the cache and those who use them. */
struct client_route {
	UT_hash_handle hh;
	unsigned refs;
	int64_t fetched_ms;
	uint32_t next; /* whose turn it is */
	struct skua_route_info info;
	char topic[];
};

struct skua_client {
	struct loop loop;
	bool ending;
	char *namesrvs[NAMESRVS_MAX];
	size_t namesrv_count, namesrv_now;
	struct client_peer *peers;
	struct client_route *routes;
	uint32_t unique_salt;
	uint16_t unique_counter;
};

/* Runs fn(client, arg) on the loop; fn frees arg. */
void skua_client_post(struct skua_client *client,
    void (*fn)(struct skua_client *client, void *arg), void *arg);

/* call.c; on the loop.  address NULL: a nameserver; another is tried when one
 * does not answer. */
void skua_client_start_call(struct skua_client *client, const char *address,
    int32_t code, const struct field *fields, size_t field_count,
    struct skua_str body, int64_t timeout_ms, skua_reply_fn *fn, void *arg);

/* route.c; on the loop.  fn gets a reference, or NULL and why. */
typedef void client_route_fn(void *arg, int status, struct client_route *route,
    const struct skua_error *e);
void skua_client_find_route(struct skua_client *client, const char *topic,
    client_route_fn *fn, void *arg);
void skua_client_route_unref(struct client_route *route);
void skua_client_forget_route(struct skua_client *client, const char *topic);

/* Waiting for a callback from another thread. */
struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done;
};
void skua_waiting_init(struct waiting *w);
void skua_waiting_done(struct waiting *w);
void skua_waiting_wait(struct waiting *w);

/* What a code other than 0 is to the caller. */
int skua_client_refusal(const struct skua_reply *reply, struct skua_error *e);

#endif
