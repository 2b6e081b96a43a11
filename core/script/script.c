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
now_ns(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
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

/* A thread that waits for a processor spends no budget. */
static bool
is_time_over(struct skua_script *s)
{
	if (now_ns(CLOCK_MONOTONIC) < s->wall_until_ns)
		return false;
	return now_ns(CLOCK_THREAD_CPUTIME_ID) - s->cpu_begun_ns >=
	    s->limits.time_us * 1000;
}

static void on_count(lua_State *lua, lua_Debug *debug);

int
skua_script_spend(lua_State *lua, const char *budget)
{
	skua_script_of(lua)->spent = budget;
	lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
	return luaL_error(lua, "the budget of %s is spent", budget);
}

static void
on_count(lua_State *lua, lua_Debug *debug)
{
	struct skua_script *s = skua_script_of(lua);

	(void)debug;
	s->instructions_left -= HOOK_EVERY;
	s->is_long = true;
	if (s->cpu_begun_ns < 0)
		s->cpu_begun_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
	if (s->spent != NULL)
		(void)skua_script_spend(lua, s->spent);
	else if (s->instructions_left <= 0)
		(void)skua_script_spend(lua, "instructions");
	else if (is_time_over(s))
		(void)skua_script_spend(lua, "time");
}

static void
begin_budget(struct skua_script *s)
{
	s->spent = NULL;
	s->instructions_left = s->limits.instructions;
	s->wall_until_ns = now_ns(CLOCK_MONOTONIC) + s->limits.time_us * 1000;
	/* Asking takes as long as a short script. */
	s->cpu_begun_ns = s->is_long ? now_ns(CLOCK_THREAD_CPUTIME_ID) : -1;
	s->is_long = false;
	lua_sethook(s->lua, on_count, LUA_MASKCOUNT, HOOK_EVERY);
}

/* The error on the stack as a sentence; pops it. */
static int
fail(struct skua_script *s, int lua_code, struct skua_error *e)
{
	int code = lua_code == LUA_ERRMEM || s->spent != NULL ? SKUA_ELIMIT :
							SKUA_EINVAL;

	if (lua_code == LUA_ERRMEM)
		(void)skua_fail(e, code, "the budget of memory is spent");
	else if (lua_type(s->lua, -1) == LUA_TSTRING)
		(void)skua_fail(e, code, "%s", lua_tostring(s->lua, -1));
	else /* to make a text of it takes memory, unprotected */
		(void)skua_fail(e, code, "an error that is a %s, not a text",
		    luaL_typename(s->lua, -1));
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

static bool
has_comment(struct skua_str text)
{
	return text.len > 0 && memmem(text.p, text.len, "--", 2) != NULL;
}

/* Runs protected: memory may end anywhere. */
static int
load_protected(lua_State *lua)
{
	struct loading *l = lua_touserdata(lua, 1);

	skua_sandbox_open(lua);
	/* The new line ends a comment; without one, errors keep their line. */
	if (load_as(l->s, l->name, l->text, "local msg = ... return (",
		has_comment(l->text) ? "\n)" : ")") != LUA_OK) {
		lua_pop(lua, 1);
		if (load_as(l->s, l->name, l->text, "", "") != LUA_OK)
			return lua_error(lua);
		lua_call(lua, 0, 1);
		if (!lua_isfunction(lua, -1))
			return luaL_error(lua, "%s: a script is an expression, "
					       "or returns a function of msg",
			    l->name);
	}
	l->s->function = luaL_ref(lua, LUA_REGISTRYINDEX);
	return 0;
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
	rc = lua_pcall(s->lua, 1, 0, 0);
	if (rc != LUA_OK) {
		rc = fail(s, rc, e);
		skua_script_free(s);
		return rc;
	}
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
	switch (lua_type(lua, -1)) {
	case LUA_TNIL:
	case LUA_TBOOLEAN:
	case LUA_TNUMBER:
	case LUA_TSTRING:
		return 1;
	default:
		return luaL_error(lua, "the script returned a %s, not true or "
				       "false", luaL_typename(lua, -1));
	}
}

size_t
skua_script_memory(const struct skua_script *s)
{
	return s->memory_used;
}

/* Its memory was counted; the next message has another one. */
static void
forget_body(struct skua_script *s)
{
	if (s->body == NULL)
		return;
	s->memory_used -= s->body_len;
	free(s->body);
	s->body = NULL;
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
	forget_body(s);
	if (rc != LUA_OK)
		return fail(s, rc, e);
	*result_r = lua_toboolean(s->lua, -1);
	lua_settop(s->lua, 0);
	return SKUA_OK;
}
