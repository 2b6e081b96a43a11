/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outgoing calls.  While the connection is being made, frames wait in a
 * buffer; when it breaks, every call in flight fails and the next call makes a
 * new connection.
 */
#include <errno.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/addr.h"
#include "net/peer.h"
#include "net/request.h"

#define CONNECT_TIMEOUT_MS 3000
#define PENDING_MAX (64 * 1024 * 1024)

struct call {
	UT_hash_handle hh;
	int32_t opaque;
	int64_t deadline_ms;
	peer_answer_fn *fn;
	void *arg;
};

struct peer {
	struct loop *loop;
	struct skua_addr addr;
	peer_request_fn *on_request;
	void (*lost)(void *arg);
	void *arg;
	struct conn *conn;
	uv_poll_t *connecting;
	int64_t connect_deadline_ms;
	struct buf pending; /* frames that wait for the connection */
	struct call *calls;
	int32_t next_opaque;
	uv_timer_t timer;
	bool freed; /* memory goes when the timer is closed */
};

static void
fail_all(struct peer *peer, int status)
{
	struct call *call, *next;

	/* Callbacks may call again: take the table first. */
	struct call *calls = peer->calls;

	peer->calls = NULL;
	HASH_ITER(hh, calls, call, next) {
		HASH_DEL(calls, call);
		call->fn(call->arg, status, NULL);
		free(call);
	}
}

static void
on_timer_closed(uv_handle_t *handle)
{
	free(handle->data); /* the peer */
}

static void
on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void
stop_connecting(struct peer *peer)
{
	if (peer->connecting == NULL)
		return;
	(void)uv_poll_stop(peer->connecting);
	uv_close((uv_handle_t *)peer->connecting, on_poll_closed);
	peer->connecting = NULL;
}

static void
connect_failed(struct peer *peer, int fd)
{
	stop_connecting(peer);
	(void)close(fd);
	skua_buf_free(&peer->pending);
	fail_all(peer, SKUA_ECLOSED);
}

static void
on_timer(uv_timer_t *timer)
{
	struct peer *peer = timer->data;
	int64_t now = (int64_t)uv_now(&peer->loop->uv);
	struct call *call, *next;

	skua_loop_enter(peer->loop);
	if (peer->connecting != NULL && now > peer->connect_deadline_ms) {
		uv_os_fd_t fd;

		(void)uv_fileno((uv_handle_t *)peer->connecting, &fd);
		connect_failed(peer, fd);
	}
	HASH_ITER(hh, peer->calls, call, next) {
		if (call->deadline_ms > now)
			continue;
		HASH_DEL(peer->calls, call);
		call->fn(call->arg, SKUA_ETIMEOUT, NULL);
		free(call);
		if (peer->freed)
			return;
	}
}

static void
peer_command(struct conn *conn, const struct command *command)
{
	struct peer *peer = conn->data;
	struct call *call;

	if (peer == NULL)
		return;
	if ((command->flag & COMMAND_RESPONSE) == 0) {
		if (peer->on_request != NULL)
			peer->on_request(peer->arg, conn, command);
		return;
	}
	HASH_FIND_INT(peer->calls, &command->opaque, call);
	if (call == NULL)
		return; /* timed out already */
	HASH_DEL(peer->calls, call);
	call->fn(call->arg, SKUA_OK, command);
	free(call);
}

static void
peer_closed(struct conn *conn)
{
	struct peer *peer = conn->data;

	if (peer == NULL)
		return;
	peer->conn = NULL;
	skua_conn_unref(conn);
	if (peer->lost != NULL)
		peer->lost(peer->arg);
	fail_all(peer, SKUA_ECLOSED);
}

static const struct conn_user peer_user = {
	.command = peer_command,
	.closed = peer_closed,
};

static void
connected(struct peer *peer, int fd)
{
	struct conn *conn;

	stop_connecting(peer);
	if (skua_conn_open(peer->loop, fd, &peer_user, peer, &conn) !=
	    SKUA_OK) {
		skua_buf_free(&peer->pending);
		fail_all(peer, SKUA_ECLOSED);
		return;
	}
	peer->conn = skua_conn_ref(conn);
	skua_conn_send(conn, peer->pending.p, peer->pending.len);
	skua_buf_free(&peer->pending);
}

static void
on_connectable(uv_poll_t *poll, int status, int events)
{
	struct peer *peer = poll->data;
	int err = 0;
	socklen_t len = sizeof(err);
	uv_os_fd_t fd;

	(void)events;
	skua_loop_enter(peer->loop);
	(void)uv_fileno((uv_handle_t *)poll, &fd);
	if (status == 0)
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (status != 0 || err != 0)
		connect_failed(peer, fd);
	else
		connected(peer, fd);
}

static void
start_connecting(struct peer *peer)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	skua_addr_to_sockaddr(&peer->addr, &ss, &len);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	peer->connecting = sk_new(uv_poll_t);
	peer->connecting->data = peer;
	peer->connect_deadline_ms =
	    (int64_t)uv_now(&peer->loop->uv) + CONNECT_TIMEOUT_MS;
	/* A connect that fails at once shows as an error event as well. */
	if (fd >= 0)
		(void)connect(fd, (struct sockaddr *)&ss, len);
	(void)uv_poll_init(&peer->loop->uv, peer->connecting, fd);
	(void)uv_poll_start(peer->connecting, UV_WRITABLE, on_connectable);
}

struct peer *
skua_peer_new(struct loop *loop, const struct skua_addr *addr,
    peer_request_fn *on_request, void *arg)
{
	struct peer *peer = sk_new(struct peer);

	peer->loop = loop;
	peer->addr = *addr;
	peer->on_request = on_request;
	peer->arg = arg;
	(void)uv_timer_init(&loop->uv, &peer->timer);
	peer->timer.data = peer;
	(void)uv_timer_start(&peer->timer, on_timer, 100, 100);
	return peer;
}

void
skua_peer_free(struct peer *peer)
{
	if (peer->connecting != NULL) {
		uv_os_fd_t fd;

		(void)uv_fileno((uv_handle_t *)peer->connecting, &fd);
		stop_connecting(peer);
		(void)close(fd);
	}
	if (peer->conn != NULL) {
		peer->conn->data = NULL;
		skua_conn_close(peer->conn, "no longer needed");
		skua_conn_unref(peer->conn);
	}
	peer->freed = true;
	fail_all(peer, SKUA_ECANCELED);
	skua_buf_free(&peer->pending);
	(void)uv_timer_stop(&peer->timer);
	uv_close((uv_handle_t *)&peer->timer, on_timer_closed);
}

const struct skua_addr *
skua_peer_addr(const struct peer *peer)
{
	return &peer->addr;
}

bool
skua_peer_is_connected(const struct peer *peer)
{
	return peer->conn != NULL && !peer->conn->closing;
}

size_t
skua_peer_in_flight(const struct peer *peer)
{
	return HASH_COUNT(peer->calls);
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
	if (peer->connecting == NULL)
		start_connecting(peer);
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
	struct call *call = sk_new(struct call);

	out->flag = 0;
	transmit(peer, out, body);
	call->opaque = out->opaque;
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
