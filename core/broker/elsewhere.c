/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers that do not run on a connection's loop: on the main thread, which
 * owns the tables, and on the reader, which may be slow.  Of those that walk a
 * whole table the main thread runs one a turn, so that heartbeats need not wait
 * for all of them.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rcu.h"
#include "broker/broker.h"
#include "broker/handlers.h"

struct call {
	struct call *next;
	struct loop_msg msg;
	struct broker *broker;
	struct skua_request *request;
	handler_fn *handler;
};

struct calls {
	struct call *first, **end;
};

struct reader {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct calls waiting;
	bool ending;
};

struct elsewhere {
	struct reader reader;
	struct calls slow; /* main thread */
	bool slow_ran;     /* in this turn */
};

static void
calls_put(struct calls *list, struct call *call)
{
	call->next = NULL;
	if (list->first == NULL)
		list->end = &list->first;
	*list->end = call;
	list->end = &call->next;
}

static struct call *
calls_take(struct calls *list)
{
	struct call *call = list->first;

	if (call != NULL)
		list->first = call->next;
	return call;
}

static void
run(struct call *call)
{
	call->handler(call->broker, call->request);
	free(call);
}

/* --- the main thread --- */

static void
on_main(struct loop *loop, struct loop_msg *msg)
{
	(void)loop;
	run(sk_container(msg, struct call, msg));
}

static void
on_main_slow(struct loop *loop, struct loop_msg *msg)
{
	struct call *call = sk_container(msg, struct call, msg);
	struct elsewhere *e = call->broker->elsewhere;

	(void)loop;
	if (e->slow_ran || e->slow.first != NULL) {
		calls_put(&e->slow, call);
		return;
	}
	e->slow_ran = true;
	run(call);
}

static void
on_main_next(struct loop *loop, struct loop_msg *msg)
{
	struct call *call = sk_container(msg, struct call, msg);

	(void)loop;
	call->broker->elsewhere->slow_ran = true;
	run(call);
}

void
skua_slow_turn_end(struct broker *b)
{
	struct elsewhere *e = b->elsewhere;
	struct call *call;

	if (e == NULL || !e->slow_ran)
		return;
	e->slow_ran = false;
	call = calls_take(&e->slow);
	if (call == NULL)
		return;
	/* Behind everything that came meanwhile. */
	call->msg.fn = on_main_next;
	skua_loop_post(&b->main, &call->msg);
}

/* --- the reader --- */

static struct call *
next_call(struct reader *r)
{
	struct call *call;

	(void)pthread_mutex_lock(&r->lock);
	while ((call = calls_take(&r->waiting)) == NULL && !r->ending)
		(void)pthread_cond_wait(&r->wake, &r->lock);
	if (r->ending && call != NULL) {
		calls_put(&r->waiting, call);
		call = NULL;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return call;
}

static void *
read_calls(void *arg)
{
	struct reader *r = arg;
	struct call *call;

	skua_thread_in_background();
	skua_rcu_register();
	skua_rcu_offline();
	while ((call = next_call(r)) != NULL) {
		skua_rcu_online();
		run(call);
		skua_rcu_offline();
	}
	skua_rcu_unregister();
	return NULL;
}

static void
to_reader(struct reader *r, struct call *call)
{
	(void)pthread_mutex_lock(&r->lock);
	calls_put(&r->waiting, call);
	(void)pthread_cond_signal(&r->wake);
	(void)pthread_mutex_unlock(&r->lock);
}

int
skua_reader_start(struct broker *b, struct skua_error *e)
{
	struct reader *r;
	int rc;

	b->elsewhere = sk_new(struct elsewhere);
	r = &b->elsewhere->reader;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->wake, NULL);
	rc = pthread_create(&r->thread, NULL, read_calls, r);
	if (rc != 0) {
		free(b->elsewhere);
		b->elsewhere = NULL;
		return skua_fail(e, skua_from_errno(rc),
		    "could not start a thread");
	}
	(void)pthread_setname_np(r->thread, "skua-reader");
	return SKUA_OK;
}

static void
drop_all(struct calls *list)
{
	struct call *call;

	while ((call = calls_take(list)) != NULL) {
		skua_request_drop(call->request);
		free(call);
	}
}

void
skua_reader_stop(struct broker *b)
{
	struct elsewhere *e = b->elsewhere;

	if (e == NULL)
		return;
	(void)pthread_mutex_lock(&e->reader.lock);
	e->reader.ending = true;
	(void)pthread_cond_signal(&e->reader.wake);
	(void)pthread_mutex_unlock(&e->reader.lock);
	(void)pthread_join(e->reader.thread, NULL);
	drop_all(&e->reader.waiting);
	drop_all(&e->slow);
	(void)pthread_mutex_destroy(&e->reader.lock);
	(void)pthread_cond_destroy(&e->reader.wake);
	b->elsewhere = NULL;
	free(e);
}

/* --- handing over --- */

void
skua_handler_elsewhere(struct broker *b, struct skua_request *request,
    handler_fn *handler, unsigned flags)
{
	struct skua_request *copy =
	    request->deferred ? request : skua_request_defer(request);
	struct call *call;

	if (copy == NULL)
		return;
	call = sk_new(struct call);
	call->broker = b;
	call->request = copy;
	call->handler = handler;
	if ((flags & DISPATCH_READ) != 0) {
		to_reader(&b->elsewhere->reader, call);
		return;
	}
	call->msg.fn = (flags & DISPATCH_SLOW) != 0 ? on_main_slow : on_main;
	skua_loop_post(&b->main, &call->msg);
}

void
skua_dispatch_to_main(struct broker *b, struct skua_request *request,
    handler_fn *handler)
{
	skua_handler_elsewhere(b, request, handler, DISPATCH_MAIN);
}
