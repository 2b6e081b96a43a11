/* SPDX-License-Identifier: Apache-2.0 */
/* Registrations, heartbeats, losses and queries at the same time: every route
 * answer is a state that existed.  Meant for the thread sanitizer as well. */
#include <pthread.h>

#include "fixture.h"
#include "topics.h"

#define THREADS 4
#define ROUNDS 1500

static struct tables tables;
static const char *const names[] = { "b0", "b1", "b2", "b3" };

/* cmocka's asserts belong to the main thread. */
static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text++;
		n++;
	}
	return n;
}

/* A broker is in both lists, with its address. */
static void
check_route(const char *text)
{
	must(count(text, "\"perm\":") > 0);
	must(count(text, "\"perm\":") == count(text, "{0:\"b:"));
}

static void *
come_and_go(void *arg)
{
	size_t me = (size_t)(uintptr_t)arg;
	char addr[8];
	struct enrolment who;

	(void)snprintf(addr, sizeof(addr), "b:%zu", me);
	who = someone(names[me], 0, addr);
	who.connection = me;
	for (int i = 0; i < ROUNDS; i++) {
		struct body body = topics_of(i % 2 == 0 ? "T:6 U:6 V:6" :
							  "T:4 U:4 W:4", i);
		struct data_version version;
		struct outcome outcome;

		who.now_ms = i;
		must(enrol(&tables, &who, &body, &outcome) == ENROLLED);
		outcome_free(&outcome);
		(void)enrol_again(&tables, &who, &outcome);
		outcome_free(&outcome);
		(void)enrol_heard(&tables, who.cluster, who.addr, i, &version);
		if (i % 3 == 0)
			(void)leave_connection(&tables, me, true, &outcome);
		outcome_free(&outcome);
		body_free(&body);
	}
	return NULL;
}

static void *
ask(void *arg)
{
	struct route_query query = { .standard = false };

	(void)arg;
	for (int i = 0; i < ROUNDS * 4; i++) {
		char *text = route_text(&tables, &query, i % 2 ? "T" : "W");

		if (text != NULL)
			check_route(text);
		free(text);
		if (i % 64 == 0)
			(void)broker_permit_write(&tables,
			    skua_str_z(names[i / 64 % 4]), i % 128 == 0);
	}
	return NULL;
}

static void
brokers_and_clients_at_once(void **state)
{
	pthread_t threads[THREADS * 2];

	(void)state;
	tables_init(&tables);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(0, pthread_create(&threads[i], NULL,
		    come_and_go, (void *)(uintptr_t)i));
		assert_int_equal(0, pthread_create(&threads[THREADS + i], NULL,
		    ask, NULL));
	}
	for (size_t i = 0; i < THREADS * 2; i++)
		assert_int_equal(0, pthread_join(threads[i], NULL));
	check_invariants(&tables);
	tables_fini(&tables);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brokers_and_clients_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
