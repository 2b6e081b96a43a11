/* SPDX-License-Identifier: Apache-2.0 */
/* Loops: threads, mailboxes, turns. */
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <skua/host.h>

#include "base/assert.h"
#include "base/rcu.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/request.h"

#define DESCRIPTORS 6 /* that a loop takes at most */
#define ARENA_BLOCK (256 * 1024)
#define TICK_MS 100
#define IDLE_SCAN_TICKS 100

struct limits skua_no_limits = { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX,
	INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX };

static void
take_inbox(struct loop *loop)
{
	struct loop_msg *stack = atomic_exchange_explicit(&loop->inbox, NULL,
	    memory_order_acquire);
	struct loop_msg *in_order = NULL;

	while (stack != NULL) {
		struct loop_msg *msg = stack;

		stack = msg->next;
		msg->next = in_order;
		in_order = msg;
	}
	while (in_order != NULL) {
		struct loop_msg *msg = in_order;

		in_order = msg->next;
		msg->fn(loop, msg);
	}
}

void
skua_loop_enter(struct loop *loop)
{
	if (!loop->online) {
		loop->online = true;
		skua_rcu_online();
	}
}

static void
on_wake(uv_async_t *wake)
{
	skua_loop_enter(wake->data);
	take_inbox(wake->data);
}

void
skua_loop_post(struct loop *loop, struct loop_msg *msg)
{
	struct loop_msg *head =
	    atomic_load_explicit(&loop->inbox, memory_order_relaxed);

	do
		msg->next = head;
	while (!atomic_compare_exchange_weak_explicit(&loop->inbox, &head, msg,
	    memory_order_release, memory_order_relaxed));
	sk_must(uv_async_send(&loop->wake));
}

void
skua_loop_flush(struct loop *loop)
{
	if (loop->turn_end != NULL)
		loop->turn_end(loop);
	while (loop->unflushed != NULL) {
		struct conn *conn = loop->unflushed;

		loop->unflushed = conn->next_unflushed;
		conn->is_unflushed = false;
		skua_conn_flush(conn);
	}
	skua_arena_reset(&loop->arena);
}

static void
on_prepare(uv_prepare_t *prepare)
{
	struct loop *loop = prepare->data;

	/* Timers may have made work as well. */
	skua_loop_enter(loop);
	skua_loop_flush(loop);
	loop->online = false;
	skua_rcu_offline();
}

static void
on_check(uv_check_t *check)
{
	skua_loop_enter(check->data);
	skua_loop_flush(check->data);
}

static void
close_idle(struct loop *loop)
{
	int64_t now = (int64_t)uv_now(&loop->uv);

	for (struct conn *c = loop->conns, *next; c != NULL; c = next) {
		next = c->next;
		if (c->user->idle_ms > 0 &&
		    now - c->active_ms > c->user->idle_ms)
			skua_conn_close(c, "idle");
	}
}

static void
on_tick(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	if (loop->resting > 0)
		skua_conns_tick(loop);
	if (++loop->ticks % IDLE_SCAN_TICKS == 0)
		close_idle(loop);
}

static void *
uv_malloc(size_t size)
{
	return skua_mem_grow(NULL, size, 1);
}

static void *
uv_realloc(void *old, size_t size)
{
	return skua_mem_grow(old, size, 1);
}

void
skua_loop_say_when_out_of_memory(void)
{
	sk_must(uv_replace_allocator(uv_malloc, uv_realloc, skua_mem_new,
	    free));
}

/* libuv ends the process when it lacks some for its own pipes. */
static bool
has_descriptors(void)
{
	int fds[DESCRIPTORS];
	size_t n = 0;
	bool enough;

	while (n < DESCRIPTORS && (fds[n] = eventfd(0, EFD_CLOEXEC)) >= 0)
		n++;
	enough = n == DESCRIPTORS;
	while (n > 0)
		(void)close(fds[--n]);
	return enough;
}

int
skua_loop_init(struct loop *loop, unsigned id)
{
	memset(loop, 0, sizeof(*loop));
	loop->id = id;
	loop->limits = &skua_no_limits;
	if (!has_descriptors() || uv_loop_init(&loop->uv) != 0)
		return SKUA_ELIMIT;
	if (uv_async_init(&loop->uv, &loop->wake, on_wake) != 0) {
		sk_must(uv_loop_close(&loop->uv));
		return SKUA_ELIMIT;
	}
	loop->read_buffer = skua_mem_grow(NULL, LOOP_READ_SIZE, 1);
	loop->request = skua_request_new();
	skua_arena_init(&loop->arena, ARENA_BLOCK);
	atomic_init(&loop->inbox, NULL);
	loop->wake.data = loop;
	loop->prepare.data = loop->check.data = loop->tick.data = loop;
	if (uv_prepare_init(&loop->uv, &loop->prepare) != 0 ||
	    uv_prepare_start(&loop->prepare, on_prepare) != 0 ||
	    uv_check_init(&loop->uv, &loop->check) != 0 ||
	    uv_check_start(&loop->check, on_check) != 0 ||
	    uv_timer_init(&loop->uv, &loop->tick) != 0 ||
	    uv_timer_start(&loop->tick, on_tick, TICK_MS, TICK_MS) != 0)
		return SKUA_EIO;
	return SKUA_OK;
}

static _Thread_local struct loop *here;

struct loop *
skua_loop_here(void)
{
	return here;
}

static void
come_here(struct loop *loop)
{
	skua_rcu_register();
	loop->online = true;
	here = loop;
}

static void
leave(void)
{
	here = NULL;
	skua_rcu_unregister();
}

void
skua_loop_run(struct loop *loop)
{
	come_here(loop);
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	leave();
}

static void *
loop_thread(void *arg)
{
	skua_loop_run(arg);
	return NULL;
}

int
skua_loop_start(struct loop *loop)
{
	char name[16];
	int rc = pthread_create(&loop->thread, NULL, loop_thread, loop);

	if (rc != 0)
		return skua_from_errno(rc);
	(void)snprintf(name, sizeof(name), "skua-loop%u", loop->id);
	(void)pthread_setname_np(loop->thread, name);
	return SKUA_OK;
}

static void
stop_here(struct loop *loop, struct loop_msg *msg)
{
	free(msg);
	if (loop->stopping)
		return;
	loop->stopping = true;
	skua_loop_flush(loop);
	if (loop->ending != NULL)
		loop->ending(loop);
	for (struct conn *c = loop->conns, *next; c != NULL; c = next) {
		next = c->next;
		skua_conn_close(c, "stopping");
	}
	uv_stop(&loop->uv);
}

void
skua_loop_stop(struct loop *loop)
{
	struct loop_msg *stop = sk_new(struct loop_msg);

	stop->fn = stop_here;
	skua_loop_post(loop, stop);
}

void
skua_loop_join(struct loop *loop)
{
	(void)pthread_join(loop->thread, NULL);
}

static void
close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void
skua_loop_drain(struct loop *loop)
{
	come_here(loop);
	take_inbox(loop);
	leave();
}

void
skua_loop_fini(struct loop *loop)
{
	come_here(loop);
	take_inbox(loop);
	uv_walk(&loop->uv, close_handle, NULL);
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	take_inbox(loop);
	leave();
	sk_assert(uv_loop_close(&loop->uv) == 0);
	while (loop->spare_chunks != NULL) {
		struct out_chunk *chunk = loop->spare_chunks;

		loop->spare_chunks = chunk->next;
		free(chunk);
	}
	skua_request_free(loop->request);
	skua_arena_fini(&loop->arena);
	free(loop->read_buffer);
}
