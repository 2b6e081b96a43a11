/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot timers on the client's loop. */
#include <utlist.h>

#include "base/assert.h"
#include "client/client.h"

struct client_timer {
	struct client_timer *prev, *next;
	struct skua_client *client;
	uv_timer_t uv;
	client_timer_fn *fn;
	void *arg;
};

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
take_out(struct client_timer *t)
{
	DL_DELETE(t->client->timers, t);
	uv_close((uv_handle_t *)&t->uv, on_closed);
}

static void
on_timer(uv_timer_t *uv)
{
	struct client_timer *t = uv->data;

	skua_loop_enter(&t->client->loop);
	take_out(t);
	t->fn(t->arg);
}

struct client_timer *
skua_client_after(struct skua_client *client, int64_t ms, client_timer_fn *fn,
    void *arg)
{
	struct client_timer *t = sk_new(struct client_timer);

	t->client = client;
	t->fn = fn;
	t->arg = arg;
	sk_must(uv_timer_init(&client->loop.uv, &t->uv));
	t->uv.data = t;
	sk_must(uv_timer_start(&t->uv, on_timer, ms > 0 ? (uint64_t)ms : 0, 0));
	DL_APPEND(client->timers, t);
	return t;
}

void
skua_client_cancel(struct client_timer **timer)
{
	if (*timer == NULL)
		return;
	take_out(*timer);
	*timer = NULL;
}

void
skua_client_cancel_all(struct skua_client *client)
{
	while (client->timers != NULL)
		take_out(client->timers);
}
