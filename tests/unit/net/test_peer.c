/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing calls where names, addresses and descriptors are lacking. */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/rcu.h"
#include "net/addr.h"
#include "net/listener.h"
#include "net/peer.h"
#include "test.h"

/* --- a resolver of our own, in place of the system's --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static const char *known[4]; /* addresses of "here.example"; NULL: no more */
static bool silent;          /* it does not answer */
static unsigned asked;

int
getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **found_r)
{
	struct addrinfo **end = found_r;

	(void)service;
	(void)hints;
	assert_string_equal("here.example", name);
	*found_r = NULL;
	(void)pthread_mutex_lock(&lock);
	asked++;
	(void)pthread_cond_broadcast(&changed);
	while (silent)
		(void)pthread_cond_wait(&changed, &lock);
	for (size_t i = 0; known[i] != NULL; i++) {
		struct sockaddr_in *in = calloc(1, sizeof(*in));

		in->sin_family = AF_INET;
		(void)inet_pton(AF_INET, known[i], &in->sin_addr);
		*end = calloc(1, sizeof(**end));
		(*end)->ai_addr = (struct sockaddr *)in;
		(*end)->ai_addrlen = sizeof(*in);
		end = &(*end)->ai_next;
	}
	(void)pthread_mutex_unlock(&lock);
	return *found_r == NULL ? EAI_NONAME : 0;
}

void
freeaddrinfo(struct addrinfo *all)
{
	while (all != NULL) {
		struct addrinfo *next = all->ai_next;

		free(all->ai_addr);
		free(all);
		all = next;
	}
}

static void
know(const char *first, const char *second)
{
	(void)pthread_mutex_lock(&lock);
	known[0] = first;
	known[1] = second;
	(void)pthread_mutex_unlock(&lock);
}

static void
fall_silent(bool yes)
{
	(void)pthread_mutex_lock(&lock);
	silent = yes;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
}

/* --- servers that answer with their address --- */

static void
answer(struct conn *conn, const struct command *command)
{
	char own[ADDR_TEXT_SIZE];
	struct command_out out = { .opaque = command->opaque,
		.flag = COMMAND_RESPONSE };

	out.remark = skua_str_z(skua_addr_format_ip(&conn->local, own));
	skua_conn_send_command(conn, &out, skua_str_n(NULL, 0));
}

static void
closed(struct conn *conn)
{
	(void)conn;
}

static const struct conn_user user = { .command = answer, .closed = closed };

struct world {
	struct loop servers, loop;
	struct loop *loops[1];
	struct listener listeners[2];
	uint16_t port;
	struct peer *peer;
	/* what came back */
	bool done;
	int status;
	char remark[64];
};

static void
listen_on(struct world *w, struct listener *l, const char *ip, uint16_t port)
{
	struct skua_addr addr;
	struct skua_error e;

	assert_true(skua_addr_of_ip(ip, &addr));
	addr.port = port;
	assert_ok(skua_listener_open(l, &addr, &user, &e));
	assert_ok(skua_listener_start(l, &w->servers, w->loops, 1));
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	*state = w;
	assert_ok(skua_loop_init(&w->servers, 1));
	assert_ok(skua_loop_init(&w->loop, 0));
	w->loops[0] = &w->servers;
	listen_on(w, &w->listeners[0], "127.0.0.1", 0);
	w->port = w->listeners[0].addr.port;
	listen_on(w, &w->listeners[1], "127.0.0.2", w->port);
	assert_ok(skua_loop_start(&w->servers));
	skua_rcu_register();
	w->loop.online = true;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	if (w->peer != NULL)
		skua_peer_free(w->peer);
	skua_rcu_unregister();
	skua_loop_fini(&w->loop);
	skua_loop_stop(&w->servers);
	skua_loop_join(&w->servers);
	skua_listener_close(&w->listeners[0]);
	skua_listener_close(&w->listeners[1]);
	skua_loop_fini(&w->servers);
	free(w);
	return 0;
}

static void
open_peer(struct world *w, const char *host)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "%s:%u", host, w->port);
	assert_ok(skua_peer_new(&w->loop, skua_str_z(text), NULL, NULL,
	    &w->peer));
}

static void
on_answer(void *arg, int status, const struct command *command)
{
	struct world *w = arg;

	w->done = true;
	w->status = status;
	w->remark[0] = '\0';
	if (status == SKUA_OK)
		(void)snprintf(w->remark, sizeof(w->remark), SKUA_STR_FMT,
		    SKUA_STR_ARG(command->remark));
}

static void
begin_call(struct world *w)
{
	struct command_out out = { .code = 1 };

	w->done = false;
	skua_peer_call(w->peer, &out, skua_str_n(NULL, 0), 10000, on_answer, w);
	assert_false(w->done);
}

static void
end_call(struct world *w, int status, const char *remark)
{
	while (!w->done)
		(void)uv_run(&w->loop.uv, UV_RUN_ONCE);
	assert_int_equal(status, w->status);
	assert_string_equal(remark, w->remark);
}

static void
call(struct world *w, int status, const char *remark)
{
	begin_call(w);
	end_call(w, status, remark);
}

/* --- */

static void
an_address_is_called(void **state)
{
	struct world *w = *state;

	open_peer(w, "127.0.0.2");
	call(w, SKUA_OK, "127.0.0.2");
	call(w, SKUA_OK, "127.0.0.2");
}

static void
text_that_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = { "", ":", "a", "a:", ":1", "a:0",
		"a:65536", "a:-1", "a:1x", "a b:1", "a\033b:1", "-a:1",
		"http://a:1", "a;b:1", "[]:1" };
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(SKUA_EINVAL, skua_peer_new(&w->loop,
		    skua_str_z(wrong[i]), NULL, NULL, &w->peer));
}

static void
a_name_may_be_unknown_at_first(void **state)
{
	struct world *w = *state;

	know(NULL, NULL);
	open_peer(w, "here.example");
	call(w, SKUA_ECLOSED, "");
	know("127.0.0.1", NULL);
	call(w, SKUA_OK, "127.0.0.1");
}

static void
each_address_of_a_name_is_tried(void **state)
{
	struct world *w = *state;

	know("127.0.0.3", "127.0.0.2");
	open_peer(w, "here.example");
	call(w, SKUA_OK, "127.0.0.2");
}

static void
a_name_that_moves_is_followed(void **state)
{
	struct world *w = *state;

	know("127.0.0.1", NULL);
	open_peer(w, "here.example");
	call(w, SKUA_OK, "127.0.0.1");
	know("127.0.0.2", NULL);
	call(w, SKUA_OK, "127.0.0.1"); /* nobody looked */
	skua_peer_refresh(w->peer);
	while (strcmp(w->remark, "127.0.0.2") != 0)
		call(w, SKUA_OK, w->done ? w->remark : "");
}

static void
a_name_that_is_gone_is_where_it_was(void **state)
{
	struct world *w = *state;

	know("127.0.0.1", NULL);
	open_peer(w, "here.example");
	call(w, SKUA_OK, "127.0.0.1");
	know(NULL, NULL);
	skua_peer_refresh(w->peer);
	call(w, SKUA_OK, "127.0.0.1");
}

static void
count_turn(uv_timer_t *timer)
{
	(*(unsigned *)timer->data)++;
}

static void
a_silent_resolver_holds_up_nobody(void **state)
{
	struct world *w = *state;
	unsigned turns = 0;
	uv_timer_t timer;

	know("127.0.0.1", NULL);
	fall_silent(true);
	open_peer(w, "here.example");
	(void)uv_timer_init(&w->loop.uv, &timer);
	timer.data = &turns;
	(void)uv_timer_start(&timer, count_turn, 1, 1);
	begin_call(w);
	while (turns < 5)
		(void)uv_run(&w->loop.uv, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	assert_false(w->done);
	/* The end does not wait for it; what it finds then is nobody's. */
	skua_peer_free(w->peer);
	w->peer = NULL;
	assert_true(w->done);
	assert_int_equal(SKUA_ECANCELED, w->status);
	(void)uv_run(&w->loop.uv, UV_RUN_NOWAIT);
	fall_silent(false);
}

/* Uses up what is left, so that no call finds one. */
static size_t
take_descriptors(int *fds, size_t max)
{
	size_t n = 0;
	int fd;

	while (n < max && (fd = dup(2)) >= 0)
		fds[n++] = fd;
	return n;
}

static void
no_descriptor_is_an_error(void **state)
{
	struct world *w = *state;
	struct rlimit few, before;
	int fds[256];
	size_t n;

	assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &before));
	few = before;
	few.rlim_cur = 200;
	open_peer(w, "127.0.0.1");
	assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &few));
	n = take_descriptors(fds, 256);
	call(w, SKUA_ECLOSED, "");
	call(w, SKUA_ECLOSED, "");
	assert_int_equal(SKUA_ELIMIT, skua_loop_init(&(struct loop){ .id = 0 },
	    2));
	while (n > 0)
		(void)close(fds[--n]);
	assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &before));
	call(w, SKUA_OK, "127.0.0.1");
}

#define TW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

RUN(TW(an_address_is_called), TW(text_that_is_no_address_is_refused),
    TW(a_name_may_be_unknown_at_first), TW(each_address_of_a_name_is_tried),
    TW(a_name_that_moves_is_followed), TW(a_name_that_is_gone_is_where_it_was),
    TW(a_silent_resolver_holds_up_nobody), TW(no_descriptor_is_an_error))
