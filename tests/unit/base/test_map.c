/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/rcu.h"
#include "test.h"

#define MANY 5000

struct thing {
	struct map_entry entry;
	char name[16];
};

static struct thing *
thing_new(unsigned i)
{
	struct thing *t = sk_new(struct thing);

	(void)snprintf(t->name, sizeof(t->name), "key-%u", i);
	t->entry.key = skua_str_z(t->name);
	return t;
}

static struct thing *
get(const struct map *m, unsigned i)
{
	char name[16];
	struct map_entry *e;

	(void)snprintf(name, sizeof(name), "key-%u", i);
	e = skua_map_get(m, skua_str_z(name));
	return e == NULL ? NULL : sk_container(e, struct thing, entry);
}

static void
take_out(struct map *m, unsigned i)
{
	struct thing *t = get(m, i);
	struct map_entry *e = skua_map_remove(m, t->entry.key);

	assert_ptr_equal(&t->entry, e);
	skua_rcu_defer(free, t);
}

static void
every_entry_is_found_as_the_map_grows(void **state)
{
	struct map m;

	(void)state;
	skua_map_init(&m);
	for (unsigned i = 0; i < MANY; i++)
		skua_map_put(&m, &thing_new(i)->entry);
	assert_int_equal(MANY, skua_map_count(&m));
	for (unsigned i = 0; i < MANY; i++)
		assert_non_null(get(&m, i));
	assert_null(get(&m, MANY));
	assert_null(skua_map_get(&m, skua_str_n(NULL, 0)));
	for (unsigned i = 0; i < MANY; i++)
		take_out(&m, i);
	assert_int_equal(0, skua_map_count(&m));
	skua_map_fini(&m);
	skua_rcu_drain();
}

static void
a_removed_entry_can_come_back_for_ever(void **state)
{
	struct map m;

	(void)state;
	skua_map_init(&m);
	for (unsigned i = 0; i < 20000; i++) {
		skua_map_put(&m, &thing_new(i % 3)->entry);
		take_out(&m, i % 3);
		assert_null(get(&m, i % 3));
	}
	assert_null(skua_map_remove(&m, skua_str_z("key-0")));
	skua_map_fini(&m);
	skua_rcu_drain();
}

static void
a_walk_sees_each_entry_once(void **state)
{
	unsigned seen = 0;
	struct map m;
	struct map_entry *e;

	(void)state;
	skua_map_init(&m);
	for (unsigned i = 0; i < 100; i++)
		skua_map_put(&m, &thing_new(i)->entry);
	take_out(&m, 50);
	for (size_t at = 0; (e = skua_map_next(&m, &at)) != NULL;)
		seen++;
	assert_int_equal(99, seen);
	for (size_t at = 0; (e = skua_map_next(&m, &at)) != NULL;)
		free(sk_container(e, struct thing, entry));
	skua_map_fini(&m);
	skua_rcu_drain();
}

static _Atomic bool reading = true;

static void *
read_on(void *arg)
{
	uintptr_t wrong = 0;

	skua_rcu_register();
	while (atomic_load(&reading)) {
		skua_rcu_online();
		for (unsigned i = 0; i < 64; i++) {
			const struct thing *t = get(arg, i);

			/* Even keys stay. */
			wrong += i % 2 == 0 && t == NULL;
			wrong += t != NULL && t->entry.key.p != t->name;
		}
		skua_rcu_offline();
	}
	skua_rcu_unregister();
	return (void *)wrong;
}

static void
readers_without_a_lock_see_whole_entries(void **state)
{
	pthread_t thread[2];
	struct map m;
	void *wrong;

	(void)state;
	skua_map_init(&m);
	for (unsigned i = 0; i < 64; i += 2)
		skua_map_put(&m, &thing_new(i)->entry);
	for (int i = 0; i < 2; i++)
		assert_int_equal(0,
		    pthread_create(&thread[i], NULL, read_on, &m));
	for (unsigned i = 0; i < 100000; i++) {
		skua_map_put(&m, &thing_new(i % 32 * 2 + 1)->entry);
		take_out(&m, i % 32 * 2 + 1);
		skua_rcu_poll();
	}
	atomic_store(&reading, false);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(0, pthread_join(thread[i], &wrong));
		assert_null(wrong);
	}
	for (unsigned i = 0; i < 64; i += 2)
		take_out(&m, i);
	skua_map_fini(&m);
	skua_rcu_drain();
}

RUN(T(every_entry_is_found_as_the_map_grows),
    T(a_removed_entry_can_come_back_for_ever), T(a_walk_sees_each_entry_once),
    T(readers_without_a_lock_see_whole_entries))
