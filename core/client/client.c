/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a client: its thread, its nameservers, waiting for it. */
#include <stdlib.h>
#include <unistd.h>

#include <skua/host.h>

#include "client/client.h"
#include "net/addr.h"

struct posted {
	struct loop_msg msg;
	struct skua_client *client;
	void (*fn)(struct skua_client *client, void *arg);
	void *arg;
};

static void
run_posted(struct loop *loop, struct loop_msg *msg)
{
	struct posted *p = sk_container(msg, struct posted, msg);

	(void)loop;
	p->fn(p->client, p->arg);
	free(p);
}

void
skua_client_post(struct skua_client *client,
    void (*fn)(struct skua_client *client, void *arg), void *arg)
{
	struct posted *p = sk_new(struct posted);

	p->client = client;
	p->fn = fn;
	p->arg = arg;
	p->msg.fn = run_posted;
	skua_loop_post(&client->loop, &p->msg);
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
skua_waiting_wait(struct waiting *w)
{
	(void)pthread_mutex_lock(&w->lock);
	while (!w->done)
		(void)pthread_cond_wait(&w->wake, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_mutex_destroy(&w->lock);
	(void)pthread_cond_destroy(&w->wake);
}

static int
take_namesrvs(struct skua_client *c, const char *list, struct skua_error *e)
{
	char *copy = skua_mem_dup(skua_str_z(list)), *save = NULL;
	int rc = SKUA_OK;

	for (char *one = strtok_r(copy, "; ,", &save);
	     one != NULL && rc == SKUA_OK; one = strtok_r(NULL, "; ,", &save)) {
		struct skua_addr addr;

		if (skua_addr_parse(skua_str_z(one), &addr) != SKUA_OK)
			rc = skua_fail(e, SKUA_EINVAL,
			    "\"%s\" is no address of the form HOST:PORT", one);
		else if (c->namesrv_count < NAMESRVS_MAX)
			c->namesrvs[c->namesrv_count++] =
			    skua_mem_dup(skua_str_z(one));
	}
	free(copy);
	if (rc == SKUA_OK && c->namesrv_count == 0)
		rc = skua_fail(e, SKUA_EINVAL, "no nameserver is given");
	return rc;
}

static void
free_names(struct skua_client *c)
{
	for (size_t i = 0; i < c->namesrv_count; i++)
		free(c->namesrvs[i]);
	free(c);
}

int
skua_client_new(const char *namesrvs, struct skua_client **client_r,
    struct skua_error *e)
{
	struct skua_client *c = sk_new(struct skua_client);
	int rc = take_namesrvs(c, namesrvs, e);

	if (rc == SKUA_OK) {
		rc = skua_loop_init(&c->loop, 0);
		if (rc != SKUA_OK)
			(void)skua_fail(e, rc, "could not make a loop");
	}
	if (rc != SKUA_OK) {
		free_names(c);
		return rc;
	}
	c->unique_salt = (uint32_t)getpid() * 2654435761u ^
	    (uint32_t)skua_mono_ms() ^ (uint32_t)(uintptr_t)c;
	rc = skua_loop_start(&c->loop);
	if (rc != SKUA_OK) {
		skua_loop_fini(&c->loop);
		free_names(c);
		return skua_fail(e, rc, "could not start a thread");
	}
	*client_r = c;
	return SKUA_OK;
}

/* On the loop: everything under way is told that it ends here. */
static void
end_peers(struct skua_client *c, void *arg)
{
	struct client_peer *p, *next;

	(void)arg;
	c->ending = true;
	HASH_ITER(hh, c->peers, p, next) {
		HASH_DEL(c->peers, p);
		skua_peer_free(p->peer);
		free(p);
	}
}

void
skua_client_free(struct skua_client **client)
{
	struct skua_client *c = *client;
	struct client_route *route, *next;

	if (c == NULL)
		return;
	*client = NULL;
	skua_client_post(c, end_peers, NULL);
	skua_loop_stop(&c->loop);
	skua_loop_join(&c->loop);
	skua_loop_fini(&c->loop);
	HASH_ITER(hh, c->routes, route, next) {
		HASH_DEL(c->routes, route);
		skua_client_route_unref(route);
	}
	free_names(c);
}
