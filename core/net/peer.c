/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outgoing calls.  While the connection is being made, frames wait in a
 * buffer; when it breaks, every call in flight fails and the next call makes a
 * new connection.  A connection whose other side says that it is leaving
 * (GO_AWAY) still brings the answers it owes, while new calls take a new one.
 */
#include <unistd.h>

#include "base/assert.h"
#include "base/buf.h"
#include "net/connector.h"
#include "net/peer.h"
#include "net/request.h"

#define PENDING_MAX (64 * 1024 * 1024)
#define LEAVING_MAX 4
#define SPARE_MAX 1024
#define CODE_GO_AWAY 1500
/* Connections that say nothing for so long while answers are due are dead. */
#define SILENT_MS 10000
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 2000

struct call {
	UT_hash_handle hh;
	int32_t opaque;
	int64_t deadline_ms;
	const struct conn *conn; /* NULL: waits for one */
	peer_answer_fn *fn;
	void *arg;
	struct call *next_spare;
};

struct peer {
	struct loop *loop;
	char *address;
	peer_request_fn *on_request;
	void (*lost)(void *arg);
	void *arg;
	struct conn *conn;
	struct conn *leaving[LEAVING_MAX];
	int64_t heard_ms; /* of conn */
	unsigned failures; /* to connect, in a row */
	int64_t failed_ms;
	struct connector *connector;
	struct buf pending; /* frames that wait for the connection */
	struct call *calls;
	struct call *spare; /* by `next_spare`: calls come and go quickly */
	unsigned spare_count;
	int32_t next_opaque;
	uv_timer_t timer;
};

/* Fails those of a connection (NULL: those that wait for one), or all. */
static void
fail_calls(struct peer *peer, const struct conn *conn, bool all, int status)
{
	struct call *call, *next, *failed = NULL;

	/* Callbacks may call again: take them out first. */
	HASH_ITER(hh, peer->calls, call, next) {
		if (!all && call->conn != conn)
			continue;
		HASH_DEL(peer->calls, call);
		HASH_ADD_INT(failed, opaque, call);
	}
	HASH_ITER(hh, failed, call, next) {
		HASH_DEL(failed, call);
		call->fn(call->arg, status, NULL);
		free(call);
	}
}

static void
on_timer_closed(uv_handle_t *handle)
{
	struct peer *peer = handle->data;

	while (peer->spare != NULL) {
		struct call *call = peer->spare;

		peer->spare = call->next_spare;
		free(call);
	}
	free(peer->address);
	free(peer);
}

static void
connect_failed(struct peer *peer)
{
	peer->failures++;
	peer->failed_ms = (int64_t)uv_now(&peer->loop->uv);
	skua_buf_free(&peer->pending);
	fail_calls(peer, NULL, false, SKUA_ECLOSED);
}

/* A call timed out: is anybody there? */
static void
doubt(struct peer *peer, int64_t now)
{
	if (peer->conn != NULL && now - peer->heard_ms > SILENT_MS)
		skua_conn_close(peer->conn, "silent");
}

/* One that is left, and owes nothing any more. */
static void
end_leavers(struct peer *peer)
{
	for (size_t i = 0; i < LEAVING_MAX; i++) {
		struct call *call, *next;
		bool owes = false;

		if (peer->leaving[i] == NULL)
			continue;
		HASH_ITER(hh, peer->calls, call, next)
			owes |= call->conn == peer->leaving[i];
		if (!owes)
			skua_conn_close(peer->leaving[i], "nothing is due");
	}
}

static void
on_timer(uv_timer_t *timer)
{
	struct peer *peer = timer->data;
	int64_t now = (int64_t)uv_now(&peer->loop->uv);
	struct call *call, *next, *late = NULL;

	skua_loop_enter(peer->loop);
	HASH_ITER(hh, peer->calls, call, next) {
		if (call->deadline_ms > now)
			continue;
		HASH_DEL(peer->calls, call);
		HASH_ADD_INT(late, opaque, call);
	}
	if (late != NULL)
		doubt(peer, now);
	end_leavers(peer);
	HASH_ITER(hh, late, call, next) {
		HASH_DEL(late, call);
		call->fn(call->arg, SKUA_ETIMEOUT, NULL);
		free(call);
	}
}

static struct call *
call_new(struct peer *peer)
{
	struct call *call = peer->spare;

	if (call == NULL)
		return sk_new(struct call);
	peer->spare = call->next_spare;
	peer->spare_count--;
	return call;
}

static void
call_free(struct peer *peer, struct call *call)
{
	if (peer->spare_count == SPARE_MAX) {
		free(call);
		return;
	}
	call->next_spare = peer->spare;
	peer->spare = call;
	peer->spare_count++;
}

/* Its other side is leaving: answers may still come, new calls go elsewhere. */
static void
leave(struct peer *peer, struct conn *conn)
{
	if (conn != peer->conn)
		return;
	for (size_t i = 0; i < LEAVING_MAX; i++)
		if (peer->leaving[i] == NULL) {
			peer->leaving[i] = conn;
			peer->conn = NULL;
			return;
		}
	skua_conn_close(conn, "the peer is leaving");
}

static void
peer_command(struct conn *conn, const struct command *command)
{
	struct peer *peer = conn->data;
	peer_answer_fn *fn;
	struct call *call;
	void *arg;

	if (peer == NULL)
		return;
	if (conn == peer->conn)
		peer->heard_ms = conn->active_ms;
	if ((command->flag & COMMAND_RESPONSE) == 0) {
		if (peer->on_request != NULL)
			peer->on_request(peer->arg, conn, command);
		return;
	}
	HASH_FIND_INT(peer->calls, &command->opaque, call);
	if (call == NULL)
		return; /* timed out already */
	HASH_DEL(peer->calls, call);
	if (command->code == CODE_GO_AWAY)
		leave(peer, conn);
	fn = call->fn;
	arg = call->arg;
	call_free(peer, call);
	fn(arg, SKUA_OK, command);
}

static void
peer_closed(struct conn *conn)
{
	struct peer *peer = conn->data;
	bool was_current;

	if (peer == NULL)
		return;
	was_current = conn == peer->conn;
	if (was_current)
		peer->conn = NULL;
	for (size_t i = 0; i < LEAVING_MAX; i++)
		if (peer->leaving[i] == conn)
			peer->leaving[i] = NULL;
	skua_conn_unref(conn);
	if (was_current && peer->lost != NULL)
		peer->lost(peer->arg);
	fail_calls(peer, conn, false, SKUA_ECLOSED);
}

static const struct conn_user peer_user = {
	.command = peer_command,
	.closed = peer_closed,
};

static void
on_connected(void *arg, int fd)
{
	struct peer *peer = arg;
	struct call *call, *next;
	struct conn *conn;

	if (fd < 0 ||
	    skua_conn_open(peer->loop, fd, &peer_user, peer, &conn) !=
		SKUA_OK) {
		connect_failed(peer);
		return;
	}
	peer->conn = skua_conn_ref(conn);
	peer->heard_ms = conn->active_ms;
	peer->failures = 0;
	HASH_ITER(hh, peer->calls, call, next)
		if (call->conn == NULL)
			call->conn = conn;
	skua_conn_send(conn, peer->pending.p, peer->pending.len);
	skua_buf_free(&peer->pending);
}

/* What it answers still comes; new calls go to where the name leads now. */
static void
on_moved(void *arg)
{
	struct peer *peer = arg;

	if (peer->conn == NULL ||
	    skua_connector_leads_to(peer->connector, &peer->conn->peer))
		return;
	leave(peer, peer->conn);
	if (peer->lost != NULL)
		peer->lost(peer->arg);
}

int
skua_peer_new(struct loop *loop, struct skua_str address,
    peer_request_fn *on_request, void *arg, struct peer **peer_r)
{
	struct addr_name to;
	struct peer *peer;
	int rc = skua_addr_split(address, &to);

	if (rc != SKUA_OK)
		return rc;
	peer = sk_new(struct peer);
	peer->loop = loop;
	peer->address = skua_mem_dup(address);
	peer->connector =
	    skua_connector_new(loop, &to, on_connected, on_moved, peer);
	peer->on_request = on_request;
	peer->arg = arg;
	sk_must(uv_timer_init(&loop->uv, &peer->timer));
	peer->timer.data = peer;
	sk_must(uv_timer_start(&peer->timer, on_timer, 100, 100));
	*peer_r = peer;
	return SKUA_OK;
}

static void
drop_conn(struct conn *conn)
{
	if (conn == NULL)
		return;
	conn->data = NULL;
	skua_conn_close(conn, "no longer needed");
	skua_conn_unref(conn);
}

void
skua_peer_free(struct peer *peer)
{
	skua_connector_free(peer->connector);
	drop_conn(peer->conn);
	for (size_t i = 0; i < LEAVING_MAX; i++)
		drop_conn(peer->leaving[i]);
	peer->conn = NULL;
	fail_calls(peer, NULL, true, SKUA_ECANCELED);
	skua_buf_free(&peer->pending);
	(void)uv_timer_stop(&peer->timer);
	uv_close((uv_handle_t *)&peer->timer, on_timer_closed);
}

const char *
skua_peer_address(const struct peer *peer)
{
	return peer->address;
}

void
skua_peer_refresh(struct peer *peer)
{
	skua_connector_refresh(peer->connector);
}

bool
skua_peer_is_connected(const struct peer *peer)
{
	return peer->conn != NULL && !peer->conn->closing;
}

bool
skua_peer_is_idle(const struct peer *peer)
{
	for (size_t i = 0; i < LEAVING_MAX; i++)
		if (peer->leaving[i] != NULL)
			return false;
	return peer->conn == NULL && peer->calls == NULL &&
	    !skua_connector_is_busy(peer->connector);
}

int64_t
skua_peer_backoff_ms(const struct peer *peer)
{
	int64_t pause = BACKOFF_FIRST_MS, now = (int64_t)uv_now(&peer->loop->uv);

	if (peer->failures == 0 || peer->conn != NULL ||
	    skua_connector_is_busy(peer->connector))
		return 0;
	for (unsigned i = 1; i < peer->failures && pause < BACKOFF_MAX_MS; i++)
		pause *= 2;
	if (pause > BACKOFF_MAX_MS)
		pause = BACKOFF_MAX_MS;
	return peer->failed_ms + pause > now ? peer->failed_ms + pause - now : 0;
}

void
skua_peer_on_lost(struct peer *peer, void (*lost)(void *))
{
	peer->lost = lost;
}

static void
transmit(struct peer *peer, struct command_out *out, struct skua_str body)
{
	uint8_t *p;

	out->opaque = peer->next_opaque++;
	if (skua_peer_is_connected(peer)) {
		skua_conn_send_command(peer->conn, out, body);
		return;
	}
	skua_connector_start(peer->connector);
	if (peer->pending.len > PENDING_MAX)
		return; /* the call times out */
	p = skua_buf_reserve(&peer->pending,
	    skua_command_bound(out) + body.len);
	if (p != NULL) {
		peer->pending.len += skua_command_encode(p, out, body.len);
		(void)skua_buf_put(&peer->pending, body.p, body.len);
	}
}

void
skua_peer_call(struct peer *peer, struct command_out *out, struct skua_str body,
    int64_t timeout_ms, peer_answer_fn *fn, void *arg)
{
	struct call *call = call_new(peer);

	out->flag = 0;
	transmit(peer, out, body);
	call->opaque = out->opaque;
	call->conn = skua_peer_is_connected(peer) ? peer->conn : NULL;
	call->deadline_ms = (int64_t)uv_now(&peer->loop->uv) + timeout_ms;
	call->fn = fn;
	call->arg = arg;
	HASH_ADD_INT(peer->calls, opaque, call);
}

void
skua_peer_oneway(struct peer *peer, struct command_out *out,
    struct skua_str body)
{
	out->flag = COMMAND_ONEWAY;
	transmit(peer, out, body);
}
