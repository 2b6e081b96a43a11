/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Not uv_getaddrinfo: what runs there cannot be left behind, so that a loop
 * ends only when the resolver has given up.
 */
#include <netdb.h>
#include <signal.h>

#include "base/mem.h"
#include "net/addr.h"
#include "net/lookup.h"

struct lookup {
	_Atomic unsigned refs; /* who asked, the thread, its message */
	pthread_mutex_t lock;
	struct loop *loop; /* NULL: nobody waits; under the lock */
	struct loop_msg msg;
	lookup_fn *fn; /* NULL: nobody waits; the loop's */
	void *arg;
	size_t count;
	struct skua_addr addrs[LOOKUP_ADDRS_MAX];
	char host[];
};

static void
unref(struct lookup *l)
{
	if (atomic_fetch_sub(&l->refs, 1) != 1)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

static void
found(struct loop *loop, struct loop_msg *msg)
{
	struct lookup *l = sk_container(msg, struct lookup, msg);

	(void)loop;
	if (l->fn != NULL) {
		l->fn(l->arg, l->addrs, l->count);
		unref(l);
	}
	unref(l);
}

static void
resolve(struct lookup *l)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all;

	if (getaddrinfo(l->host, NULL, &hints, &all) != 0)
		return;
	for (struct addrinfo *i = all;
	     i != NULL && l->count < LOOKUP_ADDRS_MAX; i = i->ai_next)
		if (skua_addr_of_sockaddr(i->ai_addr, i->ai_addrlen,
			&l->addrs[l->count]))
			l->count++;
	freeaddrinfo(all);
}

static void *
run(void *arg)
{
	struct lookup *l = arg;

	resolve(l);
	(void)pthread_mutex_lock(&l->lock);
	if (l->loop != NULL) {
		/* The loop may be done with it before this thread is. */
		atomic_fetch_add(&l->refs, 1);
		skua_loop_post(l->loop, &l->msg);
	}
	(void)pthread_mutex_unlock(&l->lock);
	unref(l);
	return NULL;
}

/* Signals are for the program's own threads. */
static int
start_thread(struct lookup *l)
{
	pthread_t thread;
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, NULL, run, l);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		(void)pthread_detach(thread);
	return rc;
}

struct lookup *
skua_lookup_start(struct loop *loop, const char *host, lookup_fn *fn, void *arg)
{
	size_t n = strlen(host) + 1;
	struct lookup *l = skua_mem_new(1, sizeof(*l) + n);

	atomic_init(&l->refs, 2);
	(void)pthread_mutex_init(&l->lock, NULL);
	l->loop = loop;
	l->msg.fn = found;
	l->fn = fn;
	l->arg = arg;
	memcpy(l->host, host, n);
	if (start_thread(l) == 0)
		return l;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

void
skua_lookup_cancel(struct lookup *l)
{
	(void)pthread_mutex_lock(&l->lock);
	l->loop = NULL;
	(void)pthread_mutex_unlock(&l->lock);
	l->fn = NULL;
	unref(l);
}
