/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for callbacks.  A thread that is not the client's sleeps; the thread
 * of the caller's loop drives the client meanwhile; a callback must not wait.
 */
#include "client/client.h"
#include "client/guest.h"

bool
skua_client_is_here(const struct skua_client *client)
{
	return pthread_equal(pthread_self(), client->thread) != 0;
}

int
skua_client_may_wait(struct skua_client *client, struct skua_error *e)
{
	if (!skua_client_is_here(client) ||
	    (client->guest != NULL && client->driving == 0))
		return SKUA_OK;
	return skua_fail(e, SKUA_EBUSY,
	    "a callback on the client's thread must not wait for an answer");
}

void
skua_waiting_init(struct waiting *w)
{
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->wake, NULL);
	w->done = false;
}

void
skua_waiting_done(struct waiting *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->done = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
}

void
skua_waiting_wait(struct skua_client *client, struct waiting *w)
{
	bool drive = client->guest != NULL && skua_client_is_here(client);

	(void)pthread_mutex_lock(&w->lock);
	while (!w->done) {
		if (drive) {
			(void)pthread_mutex_unlock(&w->lock);
			skua_guest_drive(client, true);
			(void)pthread_mutex_lock(&w->lock);
		} else {
			(void)pthread_cond_wait(&w->wake, &w->lock);
		}
	}
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_mutex_destroy(&w->lock);
	(void)pthread_cond_destroy(&w->wake);
}

struct running {
	struct waiting waiting;
	void (*fn)(struct skua_client *client, void *arg);
	void *arg;
};

static void
run_here(struct skua_client *client, void *arg)
{
	struct running *r = arg;

	r->fn(client, r->arg);
	skua_waiting_done(&r->waiting);
}

void
skua_client_run(struct skua_client *client,
    void (*fn)(struct skua_client *client, void *arg), void *arg)
{
	struct running r = { .fn = fn, .arg = arg };

	if (skua_client_is_here(client)) {
		fn(client, arg);
		return;
	}
	skua_waiting_init(&r.waiting);
	skua_client_post(client, run_here, &r);
	skua_waiting_wait(client, &r.waiting);
}
