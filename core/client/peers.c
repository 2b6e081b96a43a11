/* SPDX-License-Identifier: Apache-2.0 */
/* Connections by address. */
#include <stdlib.h>

#include "client/client.h"
#include "client/heartbeat.h"
#include "client/incoming.h"

#define UNUSED_MS 600000

static void
on_request(void *arg, struct conn *conn, const struct command *command)
{
	struct client_peer *p = arg;

	skua_client_incoming(p->client, conn, command);
}

/* The broker forgot us with the connection. */
static void
on_lost(void *arg)
{
	struct client_peer *p = arg;

	p->fingerprint = 0;
	skua_client_heartbeat_lost(p->client, p);
}

struct client_peer *
skua_client_peer(struct skua_client *client, const char *address)
{
	struct client_peer *p;

	HASH_FIND_STR(client->peers, address, p);
	if (p != NULL) {
		p->used_ms = (int64_t)uv_now(&client->loop.uv);
		return p;
	}
	p = skua_mem_new(1, sizeof(*p) + strlen(address) + 1);
	memcpy(p->address, address, strlen(address) + 1);
	p->client = client;
	p->used_ms = (int64_t)uv_now(&client->loop.uv);
	if (skua_peer_new(&client->loop, skua_str_z(address), on_request, p,
		&p->peer) != SKUA_OK) {
		free(p);
		return NULL;
	}
	skua_peer_on_lost(p->peer, on_lost);
	HASH_ADD_STR(client->peers, address, p);
	return p;
}

/* Routes may name ever new addresses. */
static bool
is_forgotten(const struct client_peer *p)
{
	return skua_peer_is_idle(p->peer) && p->beats == 0 &&
	    (int64_t)uv_now(&p->client->loop.uv) - p->used_ms > UNUSED_MS;
}

void
skua_client_refresh_peers(struct skua_client *client)
{
	struct client_peer *p, *next;

	HASH_ITER(hh, client->peers, p, next) {
		if (is_forgotten(p)) {
			HASH_DEL(client->peers, p);
			skua_peer_free(p->peer);
			free(p);
		} else {
			skua_peer_refresh(p->peer);
		}
	}
}

/* --- failing, but later --- */

struct failing {
	struct loop_msg msg;
	int status;
	peer_answer_fn *fn;
	void *arg;
};

static void
fail_now(struct loop *loop, struct loop_msg *msg)
{
	struct failing *f = sk_container(msg, struct failing, msg);

	(void)loop;
	f->fn(f->arg, f->status, NULL);
	free(f);
}

static void
fail_later(struct skua_client *client, int status, peer_answer_fn *fn,
    void *arg)
{
	struct failing *f = sk_new(struct failing);

	f->msg.fn = fail_now;
	f->status = status;
	f->fn = fn;
	f->arg = arg;
	skua_loop_post(&client->loop, &f->msg);
}

static struct client_peer *
reachable(struct skua_client *client, const char *address, int *status_r)
{
	struct client_peer *p = NULL;

	*status_r = SKUA_ECANCELED;
	if (client->ending)
		return NULL;
	*status_r = SKUA_EINVAL;
	p = skua_client_peer(client, address);
	if (p == NULL)
		return NULL;
	*status_r = SKUA_ECLOSED;
	return skua_peer_backoff_ms(p->peer) > 0 ? NULL : p;
}

void
skua_client_transmit(struct skua_client *client, const char *address,
    struct command_out *out, struct skua_str body, int64_t timeout_ms,
    peer_answer_fn *fn, void *arg)
{
	int status;
	struct client_peer *p = reachable(client, address, &status);

	if (p == NULL) {
		fail_later(client, status, fn, arg);
		return;
	}
	if (client->options.binary_headers && out->code <= INT16_MAX)
		out->codec = CODEC_BINARY;
	skua_peer_call(p->peer, out, body, timeout_ms, fn, arg);
}

bool
skua_client_oneway(struct skua_client *client, const char *address,
    struct command_out *out, struct skua_str body)
{
	int status;
	struct client_peer *p = reachable(client, address, &status);

	if (p == NULL)
		return false;
	if (client->options.binary_headers && out->code <= INT16_MAX)
		out->codec = CODEC_BINARY;
	skua_peer_oneway(p->peer, out, body);
	return true;
}
