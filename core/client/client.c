/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a client: its options, its thread, its end. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <skua/host.h>

#include "base/assert.h"
#include "client/client.h"
#include "client/guest.h"
#include "client/heartbeat.h"
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

/* --- options --- */

static void
set_default(int64_t *value, int64_t dflt)
{
	if (*value <= 0)
		*value = dflt;
}

static void
take_options(struct skua_client *c, const struct skua_client_options *given)
{
	struct skua_client_options *o = &c->options;

	memcpy(o, given, given->size < sizeof(*o) ? given->size : sizeof(*o));
	set_default(&o->timeout_ms, 5000);
	set_default(&o->route_ms, 30000);
	set_default(&o->heartbeat_ms, 30000);
	set_default(&o->rebalance_ms, 20000);
	set_default(&o->commit_ms, 5000);
}

static int
take_namesrvs(struct skua_client *c, const char *list, struct skua_error *e)
{
	struct skua_str one;
	int rc = skua_addrs_check(list, e);

	if (rc != SKUA_OK)
		return rc;
	while (skua_addrs_next(&list, &one)) {
		c->namesrvs = skua_mem_grow(c->namesrvs, c->namesrv_count + 1,
		    sizeof(c->namesrvs[0]));
		c->namesrvs[c->namesrv_count++] = skua_mem_dup(one);
	}
	return c->namesrv_count > 0 ?
	    SKUA_OK :
	    skua_fail(e, SKUA_EINVAL, "no nameserver is given");
}

static char *
join(const char *a, const char *between, const char *b)
{
	size_t n = strlen(a) + strlen(between) + strlen(b) + 1;
	char *text = skua_mem_new(1, n);

	(void)snprintf(text, n, "%s%s%s", a, between, b);
	return text;
}

/* Two clients of one process, or of one machine, differ. */
static void
take_identity(struct skua_client *c, const struct skua_client_options *o)
{
	uint32_t salt = (uint32_t)skua_mono_ms() * 2654435761u ^
	    (uint32_t)((uintptr_t)c >> 4);
	const char *home = getenv("HOME");
	char ip[ADDR_TEXT_SIZE], instance[48];
	struct skua_addr own;

	skua_addr_of_machine(&own);
	(void)snprintf(instance, sizeof(instance), "%d#%lld%08x",
	    (int)getpid(), (long long)skua_mono_ms(), salt);
	c->id = join(skua_addr_format_ip(&own, ip), "@",
	    o->instance != NULL ? o->instance : instance);
	c->offsets_id = join(ip, "@",
	    o->instance != NULL ? o->instance : "DEFAULT");
	c->folder = o->folder != NULL ?
	    skua_mem_dup(skua_str_z(o->folder)) :
	    join(home == NULL ? "." : home, "/", ".skua_offsets");
	skua_unique_init(&c->unique, &own, salt);
	c->namesrv_now = salt % c->namesrv_count;
}

/* --- life --- */

static void
on_route_timer(void *arg)
{
	struct skua_client *c = arg;

	skua_client_refresh_peers(c);
	skua_client_refresh_routes(c);
	c->route_timer =
	    skua_client_after(c, c->options.route_ms, on_route_timer, c);
}

static void
begin(struct skua_client *c)
{
	c->route_timer =
	    skua_client_after(c, c->options.route_ms, on_route_timer, c);
	skua_client_heartbeat_begin(c);
}

static void
free_texts(struct skua_client *c)
{
	for (size_t i = 0; i < c->namesrv_count; i++)
		free(c->namesrvs[i]);
	free(c->namesrvs);
	free(c->id);
	free(c->offsets_id);
	free(c->folder);
	free(c);
}

struct starting {
	struct waiting waiting;
};

/* libuv writes to connections that broke without asking for silence. */
static void
block_sigpipe(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Its own thread is known before anybody asks whether he is on it. */
static void
note_thread(struct skua_client *c, void *arg)
{
	struct starting *s = arg;

	c->thread = pthread_self();
	block_sigpipe();
	begin(c);
	skua_waiting_done(&s->waiting);
}

static int
start_thread(struct skua_client *c)
{
	struct starting s;
	int rc = skua_loop_start(&c->loop);

	if (rc != SKUA_OK)
		return rc;
	skua_waiting_init(&s.waiting);
	skua_client_post(c, note_thread, &s);
	skua_waiting_wait(c, &s.waiting);
	return SKUA_OK;
}

static int
start(struct skua_client *c, const struct skua_client_options *options,
    struct skua_error *e)
{
	int rc = skua_loop_init(&c->loop, 0);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not make a loop");
	if (options->loop == NULL) {
		rc = start_thread(c);
	} else {
		c->thread = pthread_self();
		begin(c);
		rc = skua_guest_start(c, options->loop);
	}
	if (rc == SKUA_OK)
		return SKUA_OK;
	skua_client_cancel_all(c);
	skua_loop_fini(&c->loop);
	return skua_fail(e, rc, "could not start: %s", skua_strerror(rc));
}

int
skua_client_open(const struct skua_client_options *options,
    struct skua_client **client_r, struct skua_error *e)
{
	struct skua_client *c = sk_new(struct skua_client);
	int rc;

	take_options(c, options);
	rc = take_namesrvs(c, options->namesrvs, e);
	if (rc == SKUA_OK) {
		take_identity(c, options);
		rc = start(c, options, e);
	}
	if (rc != SKUA_OK) {
		free_texts(c);
		return rc;
	}
	*client_r = c;
	return SKUA_OK;
}

int
skua_client_new(const char *namesrvs, struct skua_client **client_r,
    struct skua_error *e)
{
	struct skua_client_options options = { .size = sizeof(options),
		.namesrvs = namesrvs };

	return skua_client_open(&options, client_r, e);
}

const char *
skua_client_id(const struct skua_client *client)
{
	return client->id;
}

/* Everything under way is told that it ends here. */
static void
end(struct skua_client *c, void *arg)
{
	struct client_peer *p, *next;

	(void)arg;
	c->ending = true;
	HASH_ITER(hh, c->peers, p, next) {
		HASH_DEL(c->peers, p);
		skua_peer_free(p->peer);
		free(p);
	}
	skua_client_cancel_all(c);
}

static void
nothing(struct skua_client *c, void *arg)
{
	(void)c;
	(void)arg;
}

void
skua_client_free(struct skua_client **client)
{
	struct skua_client *c = *client;

	if (c == NULL)
		return;
	*client = NULL;
	sk_assert(c->producers == NULL && c->members == NULL);
	if (c->guest != NULL) {
		sk_assert(c->driving == 0);
		end(c, NULL);
		skua_guest_stop(c);
	} else {
		sk_assert(!skua_client_is_here(c));
		skua_client_run(c, end, NULL);
		/* What failed when it ended is told by the next message. */
		skua_client_run(c, nothing, NULL);
		skua_client_run(c, nothing, NULL);
		skua_loop_stop(&c->loop);
		skua_loop_join(&c->loop);
	}
	skua_loop_fini(&c->loop);
	skua_client_free_routes(c);
	free_texts(c);
}
