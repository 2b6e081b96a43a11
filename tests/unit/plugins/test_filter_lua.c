/* SPDX-License-Identifier: Apache-2.0 */
/* Who may send scripts, and how long they hold a loop. */
#include <skua/filter.h>

#include "rig.h"
#include "test.h"

static const char long_script[] =
    "return function() for i = 1, 30000 do end return false end";

static const struct provider *
load(struct rig *rig, const char *clients)
{
	const char *const settings[] = { "plugin.filter-lua.luaFromClients",
		clients, NULL };

	return rig_load(rig, "filter-lua", settings, PLUGIN_FILTER, "LUA");
}

static int
ask(const struct provider *lua, const char *group, struct skua_error *e)
{
	const struct skua_filter *ops = lua->ops;
	struct skua_subscription sub = { .group = skua_str_z(group),
		.topic = skua_str_z("T"), .expression = skua_str_z("true"),
		.expression_type = skua_str_z("LUA") };
	void *instance;
	int rc = ops->compile(lua->host, &sub, &instance, e);

	assert_int_equal(rc, ops->check(lua->host, &sub, e));
	if (rc == SKUA_OK)
		ops->release(instance);
	return rc;
}

static void
clients_send_scripts_only_where_they_may(void **state)
{
	const struct provider *lua;
	struct skua_error e;
	struct rig rig;

	(void)state;
	lua = load(&rig, "");
	assert_int_equal(SKUA_EPERM, ask(lua, "g", &e));
	assert_non_null(strstr(e.text, "luaFromClients"));
	assert_int_equal(SKUA_EPERM, ask(lua, "", &e));
	rig_free(&rig);
	lua = load(&rig, "f, g,,h");
	assert_ok(ask(lua, "f", &e));
	assert_ok(ask(lua, "g", &e));
	assert_ok(ask(lua, "h", &e));
	assert_int_equal(SKUA_EPERM, ask(lua, "gg", &e));
	assert_int_equal(SKUA_EPERM, ask(lua, "", &e));
	assert_int_equal(SKUA_EPERM, ask(lua, "*", &e));
	rig_free(&rig);
	lua = load(&rig, "*");
	assert_ok(ask(lua, "any", &e));
	rig_free(&rig);
}

static void
a_pull_that_has_had_its_time_stops(void **state)
{
	enum { N = 32 };
	static const struct skua_record record = { .topic = SKUA_STR("T") };
	struct skua_candidate candidates[N];
	struct skua_subscription sub = { .group = skua_str_z("g"),
		.topic = skua_str_z("T"),
		.expression = skua_str_z(long_script),
		.expression_type = skua_str_z("LUA") };
	const struct skua_filter *ops;
	const struct provider *lua;
	uint8_t keep[N];
	struct rig rig;
	void *instance;

	(void)state;
	lua = load(&rig, "*");
	ops = lua->ops;
	assert_ok(ops->compile(lua->host, &sub, &instance, &rig.e));
	assert_true(ops->memory(instance) > 1000);
	for (size_t i = 0; i < N; i++)
		candidates[i] = (struct skua_candidate){ .record = &record };
	memset(keep, 1, N);
	assert_int_equal(1, ops->match(instance, candidates, N, keep, 0));
	assert_int_equal(0, keep[0]);
	assert_int_equal(1, keep[1]);
	assert_int_equal(N, ops->match(instance, candidates, N, keep,
	    INT64_MAX));
	assert_int_equal(0, keep[N - 1]);
	ops->release(instance);
	rig_free(&rig);
}

RUN(T(clients_send_scripts_only_where_they_may),
    T(a_pull_that_has_had_its_time_stops))
