/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script's state and budgets.
 *
 * The count hook is the clock.  Once a budget is spent it fires at every
 * instruction and raises each time, so that a pcall in the script catches the
 * error only to meet the next one.
 */
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "script/script.h"

#define HOOK_EVERY 100

static int64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct skua_script *
skua_script_of(lua_State *lua)
{
	return *(struct skua_script **)lua_getextraspace(lua);
}

static void *
allocate(void *arg, void *old, size_t old_size, size_t size)
{
	struct skua_script *s = arg;
	void *p;

	if (old == NULL)
		old_size = 0;
	if (size == 0) {
		free(old);
		s->memory_used -= old_size;
		return NULL;
	}
	if (size > old_size &&
	    s->memory_used + (size - old_size) > (size_t)s->limits.memory)
		return NULL;
	p = realloc(old, size);
	if (p != NULL)
		s->memory_used += size - old_size;
	return p;
}

static void
on_count(lua_State *lua, lua_Debug *debug)
{
	struct skua_script *s = skua_script_of(lua);

	(void)debug;
	s->instructions_left -= HOOK_EVERY;
	if (!s->spent && s->instructions_left > 0 && now_ns() < s->until_ns)
		return;
	s->spent = true;
	lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
	(void)luaL_error(lua, "the budget of %s is spent",
	    s->instructions_left > 0 ? "time" : "instructions");
}

static void
begin_budget(struct skua_script *s)
{
	s->spent = false;
	s->instructions_left = s->limits.instructions;
	s->until_ns = now_ns() + s->limits.time_us * 1000;
	lua_sethook(s->lua, on_count, LUA_MASKCOUNT, HOOK_EVERY);
}

/* The error on the stack as a sentence; pops it. */
static int
fail(struct skua_script *s, int lua_code, struct skua_error *e)
{
	int code = lua_code == LUA_ERRMEM || s->spent ? SKUA_ELIMIT :
							SKUA_EINVAL;
	const char *text = lua_tostring(s->lua, -1);

	(void)skua_fail(e, code, "%s", lua_code == LUA_ERRMEM ?
		"the budget of memory is spent" :
		text == NULL ? "an error that is no text" :
			       text);
	lua_settop(s->lua, 0);
	return code;
}

static int
load_as(struct skua_script *s, const char *name, struct skua_str text,
    const char *before, const char *after)
{
	size_t len = strlen(before) + text.len + strlen(after);
	char *whole = malloc(len + 1);
	int rc;

	if (whole == NULL)
		return LUA_ERRMEM;
	memcpy(whole, before, strlen(before));
	skua_str_copy(whole + strlen(before), text);
	memcpy(whole + strlen(before) + text.len, after, strlen(after) + 1);
	rc = luaL_loadbufferx(s->lua, whole, len, name, "t");
	free(whole);
	return rc;
}

struct loading {
	struct skua_script *s;
	const char *name;
	struct skua_str text;
};

/* Runs protected: memory may end anywhere. */
static int
load_protected(lua_State *lua)
{
	struct loading *l = lua_touserdata(lua, 1);

	skua_sandbox_open(lua);
	if (load_as(l->s, l->name, l->text, "local msg = ... return (",
		"\n)") == LUA_OK)
		return 1;
	lua_pop(lua, 1);
	if (load_as(l->s, l->name, l->text, "", "") != LUA_OK)
		return lua_error(lua);
	lua_call(lua, 0, 1);
	if (!lua_isfunction(lua, -1))
		return luaL_error(lua, "%s: a script is an expression, or "
				       "returns a function of msg", l->name);
	return 1;
}

int
skua_script_new(const char *name, struct skua_str text,
    const struct skua_script_limits *limits, struct skua_script **script_r,
    struct skua_error *e)
{
	struct skua_script *s = sk_new(struct skua_script);
	struct loading l = { s, name, text };
	char chunk[256];
	int rc;

	(void)snprintf(chunk, sizeof(chunk), "=%s", name);
	l.name = chunk;
	s->limits = *limits;
	s->lua = lua_newstate(allocate, s);
	if (s->lua == NULL) {
		free(s);
		return skua_fail(e, SKUA_ELIMIT,
		    "the budget of memory does not hold an empty script");
	}
	*(struct skua_script **)lua_getextraspace(s->lua) = s;
	begin_budget(s);
	lua_pushcfunction(s->lua, load_protected);
	lua_pushlightuserdata(s->lua, &l);
	rc = lua_pcall(s->lua, 1, 1, 0);
	if (rc != LUA_OK) {
		rc = fail(s, rc, e);
		skua_script_free(s);
		return rc;
	}
	s->function = luaL_ref(s->lua, LUA_REGISTRYINDEX);
	*script_r = s;
	return SKUA_OK;
}

void
skua_script_free(struct skua_script *s)
{
	if (s == NULL)
		return;
	lua_close(s->lua);
	free(s->body);
	free(s);
}

static int
judge_protected(lua_State *lua)
{
	struct skua_script *s = skua_script_of(lua);

	lua_rawgeti(lua, LUA_REGISTRYINDEX, s->function);
	skua_script_push_message(lua);
	lua_call(lua, 1, 1);
	return 1;
}

int
skua_script_judge(struct skua_script *s, const struct skua_record *record,
    bool *result_r, struct skua_error *e)
{
	int rc;

	s->record = record;
	begin_budget(s);
	lua_pushcfunction(s->lua, judge_protected);
	rc = lua_pcall(s->lua, 0, 1, 0);
	s->record = NULL;
	free(s->body);
	s->body = NULL;
	if (rc != LUA_OK)
		return fail(s, rc, e);
	*result_r = lua_toboolean(s->lua, -1);
	lua_settop(s->lua, 0);
	return SKUA_OK;
}
