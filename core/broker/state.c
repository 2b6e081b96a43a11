/* SPDX-License-Identifier: Apache-2.0 */
/* A loop's part of the broker: made before it runs, freed after. */
#include <stdlib.h>

#include "base/assert.h"
#include "broker/chain.h"
#include "broker/notice.h"
#include "broker/park.h"
#include "broker/put.h"
#include "broker/selecting.h"

#define TICK_MS 100

static void
on_turn_end(struct loop *loop)
{
	skua_put_flush(loop->data);
}

static void
on_tick(uv_timer_t *timer)
{
	struct loop_state *s = timer->data;

	skua_loop_enter(s->loop);
	skua_put_expire(s);
	skua_park_expire(s);
}

static void
on_ending(struct loop *loop)
{
	skua_put_drop_waiting(loop->data);
	skua_park_end_all(loop->data);
	skua_calls_end_all();
}

struct loop_state *
skua_state_new(struct broker *b, struct loop *loop)
{
	struct loop_state *s = sk_new(struct loop_state);

	s->broker = b;
	s->loop = loop;
	s->waits_end = &s->waits_first;
	loop->data = s;
	loop->turn_end = on_turn_end;
	loop->ending = on_ending;
	sk_must(uv_timer_init(&loop->uv, &s->tick));
	s->tick.data = s;
	sk_must(uv_timer_start(&s->tick, on_tick, TICK_MS, TICK_MS));
	return s;
}

void
skua_state_free(struct loop_state *s)
{
	skua_put_drop_waiting(s);
	skua_park_end_all(s);
	skua_chain_drop_all(s);
	skua_selecting_free(s);
	skua_check_cursor_close(&s->checks);
	skua_buf_free(&s->put.bytes);
	free(s->put.appends);
	free(s->put.items);
	free(s->put.is_copy);
	free(s);
}
