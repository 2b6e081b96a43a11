/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/mem.h"
#include "client/guest.h"

#define HANDLES 3

struct guest {
	struct skua_client *client;
	uv_poll_t poll;
	uv_prepare_t prepare;
	uv_timer_t timer;
	unsigned open;
};

void
skua_guest_drive(struct skua_client *client, bool wait)
{
	if (client->driving > 0)
		return;
	client->driving++;
	(void)uv_run(&client->loop.uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	client->driving--;
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	struct guest *g = poll->data;

	(void)status;
	(void)events;
	skua_guest_drive(g->client, false);
}

static void
on_timer(uv_timer_t *timer)
{
	struct guest *g = timer->data;

	skua_guest_drive(g->client, false);
}

/* Before the caller's loop sleeps: nothing is left undone, and it wakes in
 * time. */
static void
on_prepare(uv_prepare_t *prepare)
{
	struct guest *g = prepare->data;
	uv_loop_t *inner = &g->client->loop.uv;
	int ms;

	skua_guest_drive(g->client, false);
	if (uv_backend_timeout(inner) == 0)
		skua_guest_drive(g->client, false);
	ms = uv_backend_timeout(inner);
	if (ms < 0)
		(void)uv_timer_stop(&g->timer);
	else
		sk_must(uv_timer_start(&g->timer, on_timer, (uint64_t)ms, 0));
}

int
skua_guest_start(struct skua_client *client, uv_loop_t *host)
{
	struct guest *g = sk_new(struct guest);

	if (uv_poll_init(host, &g->poll, uv_backend_fd(&client->loop.uv)) !=
	    0) {
		free(g);
		return SKUA_EIO;
	}
	g->client = client;
	g->open = HANDLES;
	g->poll.data = g->prepare.data = g->timer.data = g;
	sk_must(uv_prepare_init(host, &g->prepare));
	sk_must(uv_timer_init(host, &g->timer));
	sk_must(uv_poll_start(&g->poll, UV_READABLE, on_readable));
	sk_must(uv_prepare_start(&g->prepare, on_prepare));
	client->guest = g;
	return SKUA_OK;
}

static void
on_closed(uv_handle_t *handle)
{
	struct guest *g = handle->data;

	if (--g->open == 0)
		free(g);
}

void
skua_guest_stop(struct skua_client *client)
{
	struct guest *g = client->guest;

	uv_close((uv_handle_t *)&g->poll, on_closed);
	uv_close((uv_handle_t *)&g->prepare, on_closed);
	uv_close((uv_handle_t *)&g->timer, on_closed);
	client->guest = NULL;
}
