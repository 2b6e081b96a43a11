/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rcu.h"
#include "test.h"

static void
count(void *p)
{
	++*(int *)p;
}

static void
without_readers_a_poll_runs_what_is_deferred(void **state)
{
	int ran = 0;

	(void)state;
	skua_rcu_defer(count, &ran);
	assert_int_equal(0, ran);
	skua_rcu_poll();
	assert_int_equal(1, ran);
}

static void
an_online_reader_delays_until_it_looks_again(void **state)
{
	int ran = 0;

	(void)state;
	skua_rcu_register();
	skua_rcu_defer(count, &ran);
	skua_rcu_poll();
	assert_int_equal(0, ran);
	skua_rcu_online();
	skua_rcu_poll();
	assert_int_equal(1, ran);
	skua_rcu_unregister();
}

static void
a_sleeping_reader_delays_nobody(void **state)
{
	int ran = 0;

	(void)state;
	skua_rcu_register();
	skua_rcu_offline();
	skua_rcu_defer(count, &ran);
	skua_rcu_poll();
	assert_int_equal(1, ran);
	skua_rcu_unregister();
}

static int order[3], ended;

static void
note(void *p)
{
	order[ended++] = *(int *)p;
}

static void
deferred_calls_run_in_order(void **state)
{
	int one = 1, two = 2, three = 3;

	(void)state;
	skua_rcu_defer(note, &one);
	skua_rcu_defer(note, &two);
	skua_rcu_defer(note, &three);
	skua_rcu_drain();
	assert_int_equal(3, ended);
	for (int i = 0; i < 3; i++)
		assert_int_equal(i + 1, order[i]);
}

RUN(T(without_readers_a_poll_runs_what_is_deferred),
    T(an_online_reader_delays_until_it_looks_again),
    T(a_sleeping_reader_delays_nobody), T(deferred_calls_run_in_order))
