/* SPDX-License-Identifier: Apache-2.0 */
/* See connector.h. */
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "net/connector.h"
#include "net/lookup.h"

#define CONNECT_TIMEOUT_MS 3000 /* of a lookup, and of each address */

struct connector {
	struct loop *loop;
	struct addr_name to;
	bool is_name;
	connector_fn *done;
	connector_moved_fn *moved;
	void *arg;
	size_t count, tried; /* addresses */
	struct skua_addr addrs[LOOKUP_ADDRS_MAX];
	struct lookup *lookup; /* under way */
	bool busy;
	uv_poll_t *poll; /* of fd, which is being connected */
	int fd;
	uv_timer_t timer; /* the end of patience with the present step */
};

static void
on_timer_closed(uv_handle_t *timer)
{
	free(timer->data);
}

static void
on_poll_closed(uv_handle_t *poll)
{
	free(poll);
}

/* The socket stays open. */
static int
release_socket(struct connector *c)
{
	int fd = c->fd;

	if (c->poll != NULL) {
		(void)uv_poll_stop(c->poll);
		uv_close((uv_handle_t *)c->poll, on_poll_closed);
	}
	c->poll = NULL;
	c->fd = -1;
	return fd;
}

static void
drop_socket(struct connector *c)
{
	int fd = release_socket(c);

	if (fd >= 0)
		(void)close(fd);
}

static void
finish(struct connector *c, int fd)
{
	c->busy = false;
	(void)uv_timer_stop(&c->timer);
	c->done(c->arg, fd);
}

static void next_address(struct connector *c);

/* A lookup that takes long goes on: what it finds is for the next time. */
static void
on_impatient(uv_timer_t *timer)
{
	struct connector *c = timer->data;

	skua_loop_enter(c->loop);
	drop_socket(c);
	next_address(c);
}

static void
be_patient(struct connector *c, uint64_t ms)
{
	/* The turn may have begun long ago: at start-up it makes files. */
	uv_update_time(&c->loop->uv);
	sk_must(uv_timer_start(&c->timer, on_impatient, ms, 0));
}

static void
on_connectable(uv_poll_t *poll, int status, int events)
{
	struct connector *c = poll->data;
	int err = 0;
	socklen_t len = sizeof(err);

	(void)events;
	skua_loop_enter(c->loop);
	if (status == 0 &&
	    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 &&
	    err == 0) {
		finish(c, release_socket(c));
		return;
	}
	drop_socket(c);
	next_address(c);
}

static bool
watch(struct connector *c)
{
	uv_poll_t *poll = sk_new(uv_poll_t);

	poll->data = c;
	if (uv_poll_init(&c->loop->uv, poll, c->fd) != 0) {
		free(poll);
		return false;
	}
	c->poll = poll;
	return uv_poll_start(poll, UV_WRITABLE, on_connectable) == 0;
}

/* A connect that fails at once shows as an error event as well.  false: there is
 * no descriptor, or the loop takes none. */
static bool
try_address(struct connector *c, const struct skua_addr *addr)
{
	struct sockaddr_storage ss;
	socklen_t len;

	skua_addr_to_sockaddr(addr, &ss, &len);
	c->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (c->fd < 0)
		return false;
	(void)connect(c->fd, (struct sockaddr *)&ss, len);
	if (watch(c))
		return true;
	drop_socket(c);
	return false;
}

static void
next_address(struct connector *c)
{
	while (c->tried < c->count)
		if (try_address(c, &c->addrs[c->tried++])) {
			be_patient(c, CONNECT_TIMEOUT_MS);
			return;
		}
	finish(c, -1);
}

/* --- names --- */

bool
skua_connector_leads_to(const struct connector *c, const struct skua_addr *addr)
{
	if (!c->is_name)
		return true;
	for (size_t i = 0; i < c->count; i++)
		if (c->addrs[i].len == addr->len &&
		    memcmp(c->addrs[i].ip, addr->ip, addr->len) == 0)
			return true;
	return false;
}

static void
on_found(void *arg, const struct skua_addr *addrs, size_t count)
{
	struct connector *c = arg;
	bool waits = c->busy && c->fd < 0;

	c->lookup = NULL;
	if (count > 0) {
		memcpy(c->addrs, addrs, count * sizeof(*addrs));
		c->count = count;
		for (size_t i = 0; i < count; i++)
			c->addrs[i].port = c->to.port;
		/* What is being tried now has had its turn. */
		c->tried = 0;
	}
	if (waits)
		next_address(c);
	else if (count > 0)
		c->moved(c->arg);
}

void
skua_connector_refresh(struct connector *c)
{
	if (c->is_name && c->lookup == NULL)
		c->lookup = skua_lookup_start(c->loop, c->to.host, on_found, c);
}

/* --- life --- */

void
skua_connector_start(struct connector *c)
{
	if (c->busy)
		return;
	c->busy = true;
	c->tried = 0;
	skua_connector_refresh(c);
	/* Without a lookup, and where there is no descriptor, it is the timer
	 * that goes on: nobody is called from inside. */
	if (c->lookup != NULL ||
	    (c->count > 0 && try_address(c, &c->addrs[c->tried++])))
		be_patient(c, CONNECT_TIMEOUT_MS);
	else
		be_patient(c, 0);
}

bool
skua_connector_is_busy(const struct connector *c)
{
	return c->busy;
}

struct connector *
skua_connector_new(struct loop *loop, const struct addr_name *to,
    connector_fn *done, connector_moved_fn *moved, void *arg)
{
	struct connector *c = sk_new(struct connector);

	c->loop = loop;
	c->to = *to;
	c->done = done;
	c->moved = moved;
	c->arg = arg;
	c->fd = -1;
	c->is_name = !skua_addr_of_ip(to->host, &c->addrs[0]);
	c->addrs[0].port = to->port;
	c->count = c->is_name ? 0 : 1;
	sk_must(uv_timer_init(&loop->uv, &c->timer));
	c->timer.data = c;
	return c;
}

void
skua_connector_free(struct connector *c)
{
	drop_socket(c);
	if (c->lookup != NULL)
		skua_lookup_cancel(c->lookup);
	c->lookup = NULL;
	(void)uv_timer_stop(&c->timer);
	uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}
