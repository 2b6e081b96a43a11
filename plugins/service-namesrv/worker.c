/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registrations of many topics are decoded and entered by a thread of its own: a
 * network loop has others to serve.  Of one connection everything stays in its
 * order, its end included; what is small of a connection with nothing under way
 * is done at once, where it came.
 */
#include <pthread.h>
#include <stdlib.h>

#include "namesrv.h"

#define SMALL_BODY 8192

struct work {
	struct work *next;
	uint64_t connection;
	struct skua_request *request; /* NULL: the connection is gone */
	skua_handle_fn *fn;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct namesrv *ns;
	struct work *first, **end; /* the first one is being done */
	bool ending;
};

/* Lock held. */
static bool
has_work_of(const struct worker *w, uint64_t connection)
{
	for (const struct work *x = w->first; x != NULL; x = x->next)
		if (x->connection == connection)
			return true;
	return false;
}

/* Lock held. */
static void
add(struct worker *w, struct work *x)
{
	if (w->first == NULL)
		w->end = &w->first;
	x->next = NULL;
	*w->end = x;
	w->end = &x->next;
	(void)pthread_cond_signal(&w->wake);
}

static void
do_one(struct worker *w, const struct work *x)
{
	struct namesrv *ns = w->ns;
	int64_t bytes;

	if (x->request == NULL) {
		expiry_lost(ns, x->connection);
		return;
	}
	bytes = (int64_t)skua_request_body(x->request).len;
	x->fn(ns->host, x->request);
	jobs_leave(ns, bytes);
}

/* The first stays in the list while it is being done: what comes of its
 * connection meanwhile waits behind it. */
static void *
work(void *arg)
{
	struct worker *w = arg;

	skua_thread_in_background();
	(void)pthread_mutex_lock(&w->lock);
	while (w->first != NULL || !w->ending) {
		struct work *x = w->first;

		if (x == NULL) {
			(void)pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		(void)pthread_mutex_unlock(&w->lock);
		do_one(w, x);
		(void)pthread_mutex_lock(&w->lock);
		w->first = x->next;
		free(x);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

static struct work *
new_work(uint64_t connection, struct skua_request *request, skua_handle_fn *fn)
{
	struct work *x = must_alloc(1, sizeof(*x));

	x->connection = connection;
	x->request = request;
	x->fn = fn;
	return x;
}

/* Lock held.  True when the request was taken or answered. */
static bool
take(struct worker *w, struct skua_request *request, skua_handle_fn *fn)
{
	int64_t bytes = (int64_t)skua_request_body(request).len;
	uint64_t connection = skua_request_connection(request);
	struct skua_request *deferred;

	if (w->ending || (bytes <= SMALL_BODY && !has_work_of(w, connection)))
		return false;
	if (!jobs_join(w->ns, bytes)) {
		jobs_leave(w->ns, bytes);
		answer_full(w->ns, request, "busy: too many changes wait");
		return true;
	}
	deferred = skua_request_defer(request);
	if (deferred == NULL)
		jobs_leave(w->ns, bytes); /* it was answered */
	else
		add(w, new_work(connection, deferred, fn));
	return true;
}

void
worker_run(struct namesrv *ns, struct skua_request *request, skua_handle_fn *fn)
{
	struct worker *w = ns->worker;
	bool taken = false;

	if (w != NULL) {
		(void)pthread_mutex_lock(&w->lock);
		taken = take(w, request, fn);
		(void)pthread_mutex_unlock(&w->lock);
	}
	if (!taken)
		fn(ns->host, request);
}

void
worker_lost(struct namesrv *ns, uint64_t connection)
{
	struct worker *w = ns->worker;
	bool later = false;

	if (w != NULL) {
		(void)pthread_mutex_lock(&w->lock);
		later = !w->ending && has_work_of(w, connection);
		if (later)
			add(w, new_work(connection, NULL, NULL));
		(void)pthread_mutex_unlock(&w->lock);
	}
	if (!later)
		expiry_lost(ns, connection);
}

int
worker_start(struct namesrv *ns, struct skua_error *e)
{
	struct worker *w = must_alloc(1, sizeof(*w));
	int rc;

	w->ns = ns;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->wake, NULL);
	rc = pthread_create(&w->thread, NULL, work, w);
	if (rc != 0) {
		free(w);
		return skua_fail(e, skua_from_errno(rc),
		    "could not start a thread");
	}
	ns->worker = w;
	return SKUA_OK;
}

void
worker_stop(struct namesrv *ns)
{
	struct worker *w = ns->worker;

	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_mutex_destroy(&w->lock);
	(void)pthread_cond_destroy(&w->wake);
	ns->worker = NULL;
	free(w);
}
