/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/filter.h>

#include "base/log.h"
#include "rig.h"
#include "test.h"

static struct plugins plugins;
static char one_name[] = "filter-one", two_name[] = "filter-two";
static struct skua_host one = { .plugins = &plugins, .name = one_name };
static struct skua_host two = { .plugins = &plugins, .name = two_name };
static const int ops;

static void
providers_are_found_by_kind_and_name(void **state)
{
	struct registry *r = &plugins.registry;

	(void)state;
	assert_ok(skua_registry_add(r, PLUGIN_FILTER, "A", &ops, &one));
	assert_ok(skua_registry_add(r, PLUGIN_STORE, "A", &ops, &two));
	assert_ptr_equal(&one, skua_registry_find(r, PLUGIN_FILTER, "A")->host);
	assert_ptr_equal(&two, skua_registry_find(r, PLUGIN_STORE, "A")->host);
	assert_null(skua_registry_find(r, PLUGIN_INDEX, "A"));
	assert_int_equal(SKUA_EEXIST,
	    skua_registry_add(r, PLUGIN_FILTER, "A", &ops, &two));
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
	assert_ok(skua_registry_add(r, PLUGIN_FILTER, "A", &ops, &one));
	assert_ok(skua_registry_add(r, PLUGIN_FILTER, "B", &ops, &two));
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
	assert_ok(skua_registry_add(r, PLUGIN_FILTER, "A", &ops, &one));
	assert_ok(skua_registry_add(r, PLUGIN_FILTER, "B", &ops, &two));
	assert_ok(skua_registry_add(r, PLUGIN_FILTER, "C", &ops, &one));
	skua_registry_remove_host(r, &one);
	assert_string_equal("B",
	    skua_registry_next(r, PLUGIN_FILTER, &at)->name);
	assert_null(skua_registry_next(r, PLUGIN_FILTER, &at));
	skua_registry_fini(r);
}

static void
a_table_of_another_size_is_refused(void **state)
{
	static const struct skua_filter none = { .size = 0 };
	static const struct skua_filter larger = {
		.size = sizeof(struct skua_filter) + 8 };

	(void)state;
	skua_log_set_level(SKUA_LOG_ERROR);
	assert_int_equal(SKUA_EABI, skua_provide_filter(&one, "A", &none));
	assert_int_equal(SKUA_EABI, skua_provide_filter(&one, "A", &larger));
	assert_int_equal(0, plugins.registry.count);
}

RUN(T(providers_are_found_by_kind_and_name),
    T(who_is_missing_is_told_with_who_is_there),
    T(a_host_takes_its_providers_with_it),
    T(a_table_of_another_size_is_refused))
