/* SPDX-License-Identifier: Apache-2.0 */
/* A member that leaves while a broker still works on its heartbeat. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <skua/consumer.h>
#include <skua/host.h>

#include "fake.h"

#define HEARTBEAT 34
#define LEAVE 35
#define ANSWER_MS 700 /* so long a heartbeat is waited for */

static enum skua_consumed
consume(void *arg, const struct skua_received *m, size_t n)
{
	(void)arg;
	(void)m;
	(void)n;
	return SKUA_CONSUMED;
}

static void
no_heartbeat_is_overtaken(void **state)
{
	struct fake *none[] = { NULL }, *f = fake_new("a", 1);
	struct skua_client_options o = { .size = sizeof(o),
		.namesrvs = fake_address(f), .heartbeat_ms = 50,
		.timeout_ms = ANSWER_MS };
	struct skua_push_options p = { .size = sizeof(p),
		.group = { .group = "G" }, .threads = 1, .consume = consume };
	struct skua_client *client;
	struct skua_push *push;
	struct skua_error e;
	int64_t begun;

	(void)state;
	fake_route(f, none);
	assert_ok(skua_client_open(&o, &client, &e));
	assert_ok(skua_push_new(client, &p, &push, &e));
	assert_ok(skua_push_subscribe(push, "T", NULL, NULL, &e));
	assert_ok(skua_push_start(push, &e));
	fake_script(f, HEARTBEAT, 1000, FAKE_SILENT);
	fake_wait(f, HEARTBEAT, fake_count(f, HEARTBEAT) + 2);
	begun = skua_mono_ms();
	fake_script(f, HEARTBEAT, 0, 0);
	assert_int_equal(0, fake_count(f, LEAVE));
	skua_push_free(&push);

	assert_true(fake_count(f, LEAVE) >= 1);
	assert_true(skua_mono_ms() - begun >= ANSWER_MS / 2);
	skua_client_free(&client);
	fake_free(f);
}

static void
leave_in_a_callback(void *arg, int status, const struct skua_reply *reply)
{
	(void)status;
	(void)reply;
	skua_push_free(arg);
}

/* Another process: it stops. */
static void
misuse(void)
{
	struct skua_push_options p = { .size = sizeof(p),
		.group = { .group = "G" }, .threads = 1, .consume = consume };
	struct rlimit no_core = { 0, 0 };
	struct skua_client *client;
	struct skua_push *push;

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)alarm(20);
	if (skua_client_new("127.0.0.1:1", &client, NULL) == SKUA_OK &&
	    skua_push_new(client, &p, &push, NULL) == SKUA_OK &&
	    skua_client_call(client, NULL, 105, NULL, skua_str_n(NULL, 0), 0,
		leave_in_a_callback, &push) == SKUA_OK)
		for (;;)
			(void)pause();
	_exit(1);
}

static void
a_member_does_not_leave_in_a_callback(void **state)
{
	pid_t pid = fork();
	int status = 0;

	(void)state;
	if (pid == 0)
		misuse();

	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(SIGABRT, WTERMSIG(status));
}

RUN(T(no_heartbeat_is_overtaken), T(a_member_does_not_leave_in_a_callback))
