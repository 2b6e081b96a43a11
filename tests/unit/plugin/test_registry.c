/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/filter.h>
#include <skua/service.h>

#include "base/log.h"
#include "rig.h"
#include "test.h"

static struct plugins plugins;
static char one_name[] = "filter-one", two_name[] = "filter-two";
static const struct skua_plugin plugin = { SKUA_ABI };
static struct skua_host one = { .plugins = &plugins, .plugin = &plugin,
	.name = one_name };
static struct skua_host two = { .plugins = &plugins, .plugin = &plugin,
	.name = two_name };

static int
add(struct registry *r, enum plugin_kind kind, const char *name,
    struct skua_host *host)
{
	static const size_t ops = sizeof(size_t);

	return skua_registry_add(r, kind, name, &ops, sizeof(ops), sizeof(ops),
	    host);
}

static void
providers_are_found_by_kind_and_name(void **state)
{
	struct registry *r = &plugins.registry;

	(void)state;
	assert_ok(add(r, PLUGIN_FILTER, "A", &one));
	assert_ok(add(r, PLUGIN_STORE, "A", &two));
	assert_ptr_equal(&one, skua_registry_find(r, PLUGIN_FILTER, "A")->host);
	assert_ptr_equal(&two, skua_registry_find(r, PLUGIN_STORE, "A")->host);
	assert_null(skua_registry_find(r, PLUGIN_INDEX, "A"));
	assert_int_equal(SKUA_EEXIST,
	    add(r, PLUGIN_FILTER, "A", &two));
	skua_registry_fini(r);
}

static void
who_is_missing_is_told_with_who_is_there(void **state)
{
	struct registry *r = &plugins.registry;
	struct skua_error e;

	(void)state;
	assert_null(skua_registry_need(r, PLUGIN_FILTER, "X", &e));
	assert_non_null(strstr(e.text, "there is: none"));
	assert_ok(add(r, PLUGIN_FILTER, "A", &one));
	assert_ok(add(r, PLUGIN_FILTER, "B", &two));
	assert_null(skua_registry_need(r, PLUGIN_FILTER, "X", &e));
	assert_non_null(strstr(e.text, "the filter \"X\"; there is: A, B"));
	skua_registry_fini(r);
}

static void
a_host_takes_its_providers_with_it(void **state)
{
	struct registry *r = &plugins.registry;
	size_t at = 0;

	(void)state;
	assert_ok(add(r, PLUGIN_FILTER, "A", &one));
	assert_ok(add(r, PLUGIN_FILTER, "B", &two));
	assert_ok(add(r, PLUGIN_FILTER, "C", &one));
	skua_registry_remove_host(r, &one);
	assert_string_equal("B",
	    skua_registry_next(r, PLUGIN_FILTER, &at)->name);
	assert_null(skua_registry_next(r, PLUGIN_FILTER, &at));
	skua_registry_fini(r);
}

static int
compile(struct skua_host *host, const struct skua_subscription *sub,
    void **instance_r, struct skua_error *e)
{
	(void)host;
	(void)sub;
	(void)instance_r;
	(void)e;
	return SKUA_OK;
}

static void
release(void *instance)
{
	(void)instance;
}

static size_t
match(void *instance, const struct skua_candidate *candidates, size_t n,
    uint8_t *keep, int64_t until_ns)
{
	(void)instance;
	(void)candidates;
	(void)keep;
	(void)until_ns;
	return n;
}

static void
disconnected(struct skua_host *host, uint64_t connection)
{
	(void)host;
	(void)connection;
}

static void
a_table_of_an_older_minor_is_padded_with_nothing(void **state)
{
	/* As a module of an older minor has it: what comes behind the table is
	 * not the table's. */
	static const struct skua_service older = {
		.size = offsetof(struct skua_service, disconnected),
		.role = "broker",
		.disconnected = disconnected };
	const struct provider *p;
	const struct skua_service *ops;

	(void)state;
	assert_ok(skua_provide_service(&one, "older", &older));
	p = skua_registry_find(&plugins.registry, PLUGIN_SERVICE, "older");
	ops = p->ops;
	assert_string_equal("broker", ops->role);
	assert_null(ops->disconnected);
	assert_int_equal(sizeof(*ops), ops->size);
	skua_registry_fini(&plugins.registry);
}

static void
a_table_that_cannot_be_used_is_refused(void **state)
{
	static const struct skua_filter good = { .size = sizeof(good),
		.compile = compile, .release = release, .match = match };
	struct skua_filter bad[] = { good, good, good, good, good };

	(void)state;
	skua_log_set_level(SKUA_LOG_ERROR);
	bad[0].size = 0;
	bad[1].size = sizeof(good) + sizeof(void *);
	bad[2].size = sizeof(good) - 1;
	bad[3].match = NULL;
	bad[4].size = offsetof(struct skua_filter, match);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(SKUA_EABI,
		    skua_provide_filter(&one, "A", &bad[i]));
	assert_int_equal(SKUA_EABI, skua_provide_filter(&one, "A", NULL));
	assert_int_equal(SKUA_EABI, skua_provide_filter(&one, NULL, &good));
	assert_int_equal(SKUA_EABI, skua_provide_filter(&one, "", &good));
	assert_int_equal(0, plugins.registry.count);
	assert_ok(skua_provide_filter(&one, "A", &good));
	skua_registry_fini(&plugins.registry);
}

static void
a_provider_stays_where_it_is(void **state)
{
	struct registry *r = &plugins.registry;
	const struct provider *first;
	char name[] = "a";

	(void)state;
	assert_ok(add(r, PLUGIN_FILTER, "first", &one));
	first = skua_registry_find(r, PLUGIN_FILTER, "first");
	for (; name[0] <= 'z'; name[0]++)
		assert_ok(add(r, PLUGIN_FILTER, name, &two));
	assert_ptr_equal(first, skua_registry_find(r, PLUGIN_FILTER, "first"));
	skua_registry_remove_host(r, &two);
	assert_ptr_equal(first, skua_registry_find(r, PLUGIN_FILTER, "first"));
	skua_registry_fini(r);
}

RUN(T(providers_are_found_by_kind_and_name),
    T(who_is_missing_is_told_with_who_is_there),
    T(a_host_takes_its_providers_with_it),
    T(a_table_of_an_older_minor_is_padded_with_nothing),
    T(a_table_that_cannot_be_used_is_refused), T(a_provider_stays_where_it_is))
