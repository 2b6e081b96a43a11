/* SPDX-License-Identifier: Apache-2.0 */
/* Listening ports: bind, accept, hand over. */
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include <skua/host.h>

#include "base/log.h"
#include "net/addr.h"
#include "net/address_count.h"
#include "net/listener.h"

#define BACKLOG 1024
#define ACCEPTS_PER_TURN 256
#define REST_MS 100

struct handover {
	struct loop_msg msg;
	const struct conn_user *user;
	struct skua_addr peer;
	int fd;
};

static void on_acceptable(uv_poll_t *poll, int status, int events);

static void
adopt(struct loop *loop, struct loop_msg *msg)
{
	struct handover *h = sk_container(msg, struct handover, msg);
	struct conn *conn;

	if (loop->stopping) {
		(void)close(h->fd);
		skua_address_count_drop(&h->peer);
	} else if (skua_conn_open(loop, h->fd, h->user, NULL, &conn) !=
	    SKUA_OK) {
		skua_log(SKUA_LOG_WARNING, "net",
		    "could not adopt an accepted connection");
		skua_address_count_drop(&h->peer);
	} else {
		conn->is_counted = true;
	}
	free(h);
}

/* --- accepting --- */

static void
on_rested(uv_timer_t *timer)
{
	struct listener *l = timer->data;
	int rc = uv_poll_start(&l->poll, UV_READABLE, on_acceptable);

	if (rc != 0)
		skua_log(SKUA_LOG_ERROR, "net",
		    "could not accept connections again: %s", uv_strerror(rc));
}

/* Without a descriptor the one who asks stays in the queue, and poll would
 * report it again and again. */
static void
rest(struct listener *l, int err)
{
	static struct log_limit limit;
	int rc;

	if (skua_log_allowed(&limit, 1))
		skua_log(SKUA_LOG_ERROR, "net",
		    "could not accept a connection: %s", strerror(err));
	(void)uv_poll_stop(&l->poll);
	rc = uv_timer_start(&l->rest, on_rested, REST_MS, 0);
	if (rc != 0)
		on_rested(&l->rest);
}

/* Too many: closed at once, which the peer sees. */
static void
turn_away(int fd, const struct skua_addr *peer)
{
	static struct log_limit limit;
	char text[ADDR_TEXT_SIZE];

	if (skua_log_allowed(&limit, 1))
		skua_log(SKUA_LOG_WARNING, "net",
		    "%s: closed the connection: maxConnections or "
		    "maxConnectionsPerAddress is reached",
		    skua_addr_format(peer, text));
	(void)close(fd);
}

static void
hand_over(struct listener *l, int fd)
{
	struct skua_addr local, peer;
	struct handover *h;

	skua_addr_of_socket(fd, &local, &peer);
	if (!skua_address_count_add(&peer, l->loop->limits)) {
		turn_away(fd, &peer);
		return;
	}
	h = sk_new(struct handover);
	h->msg.fn = adopt;
	h->user = l->user;
	h->fd = fd;
	h->peer = peer;
	skua_loop_post(l->loops[l->next++ % l->loop_count], &h->msg);
}

static void
on_acceptable(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;

	(void)events;
	if (status != 0)
		return;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd = accept4(l->fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			hand_over(l, fd);
			continue;
		}
		/* Who is gone already is nobody's fault. */
		if (errno == ECONNABORTED || errno == EINTR)
			continue;
		if (errno != EAGAIN)
			rest(l, errno);
		return;
	}
}

int
skua_listener_open(struct listener *l, const struct skua_addr *addr,
    const struct conn_user *user, struct skua_error *e)
{
	struct sockaddr_storage ss;
	struct skua_addr none;
	char text[ADDR_TEXT_SIZE];
	socklen_t len;
	int one = 1;

	memset(l, 0, sizeof(*l));
	l->user = user;
	skua_addr_to_sockaddr(addr, &ss, &len);
	l->fd = socket(ss.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return skua_fail(e, skua_from_errno(errno), "socket: %s",
		    strerror(errno));
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->fd, (struct sockaddr *)&ss, len) != 0 ||
	    listen(l->fd, BACKLOG) != 0) {
		int err = errno;

		(void)close(l->fd);
		return skua_fail(e, skua_from_errno(err),
		    "could not listen on %s: %s", skua_addr_format(addr, text),
		    strerror(err));
	}
	skua_addr_of_socket(l->fd, &l->addr, &none);
	return SKUA_OK;
}

int
skua_listener_start(struct listener *l, struct loop *loop,
    struct loop *const *loops, size_t loop_count)
{
	l->loop = loop;
	l->loops = loops;
	l->loop_count = loop_count;
	l->poll.data = l->rest.data = l;
	if (uv_timer_init(&loop->uv, &l->rest) != 0 ||
	    uv_poll_init(&loop->uv, &l->poll, l->fd) != 0 ||
	    uv_poll_start(&l->poll, UV_READABLE, on_acceptable) != 0)
		return SKUA_EIO;
	return SKUA_OK;
}

void
skua_listener_close(struct listener *l)
{
	if (l->loop != NULL && !uv_is_closing((uv_handle_t *)&l->poll)) {
		(void)uv_poll_stop(&l->poll);
		uv_close((uv_handle_t *)&l->poll, NULL);
		uv_close((uv_handle_t *)&l->rest, NULL);
	}
	(void)close(l->fd);
}
