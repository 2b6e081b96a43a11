/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script may use: an allow-list.
 *
 * Left out on purpose: everything that reaches outside (io, os, package,
 * debug), that loads code, metatables (a finalizer runs with hooks off),
 * collectgarbage, coroutines, and Lua's patterns: the count hook does not fire
 * inside a C function, and a pattern can run for hours.  string.find is plain.
 */
#include <string.h>

#include "script/script.h"

#define TEXT_MAX 65536
#define UNPACK_MAX 200

static const char *const base_names[] = { "type", "tostring", "tonumber",
	"pairs", "ipairs", "next", "select", "error", "assert", "pcall", NULL };
static const char *const string_names[] = { "len", "sub", "byte", "char",
	"lower", "upper", "format", NULL };
static const char *const math_names[] = { "abs", "ceil", "floor", "fmod", "huge",
	"max", "maxinteger", "min", "mininteger", "modf", "pi", "sqrt",
	"tointeger", "type", "ult", NULL };
static const char *const table_names[] = { "concat", "insert", "remove", NULL };
static const char *const utf8_names[] = { "char", "codepoint", "len", "offset",
	NULL };

static const char *const libraries[] = { "string", "math", "table", "utf8",
	NULL };

/* Copies the named members of the table at the top into a new one. */
static void
copy_members(lua_State *lua, const char *const *names)
{
	lua_newtable(lua);
	for (; *names != NULL; names++) {
		lua_getfield(lua, -2, *names);
		lua_setfield(lua, -2, *names);
	}
}

static int
string_rep(lua_State *lua)
{
	size_t len;
	const char *s = luaL_checklstring(lua, 1, &len);
	lua_Integer n = luaL_checkinteger(lua, 2);
	luaL_Buffer b;

	if (n > 0 && len > 0 && (lua_Integer)(TEXT_MAX / len) < n)
		return luaL_error(lua, "string.rep: more than %d bytes",
		    TEXT_MAX);
	luaL_buffinit(lua, &b);
	for (; len > 0 && n > 0; n--)
		luaL_addlstring(&b, s, len);
	luaL_pushresult(&b);
	return 1;
}

/* find(s, text [, from]): the place of text itself. */
static int
string_find(lua_State *lua)
{
	size_t len, text_len;
	const char *s = luaL_checklstring(lua, 1, &len);
	const char *text = luaL_checklstring(lua, 2, &text_len);
	lua_Integer from = luaL_optinteger(lua, 3, 1);
	const char *found;

	if (from < 0)
		from = (lua_Integer)len + from + 1;
	if (from < 1)
		from = 1;
	found = (size_t)from - 1 > len ?
	    NULL :
	    memmem(s + from - 1, len - (size_t)from + 1, text, text_len);
	if (found == NULL) {
		lua_pushnil(lua);
		return 1;
	}
	lua_pushinteger(lua, found - s + 1);
	lua_pushinteger(lua, found - s + (lua_Integer)text_len);
	return 2;
}

static int
table_unpack(lua_State *lua)
{
	lua_Integer first = luaL_optinteger(lua, 2, 1);
	lua_Integer last, n;

	luaL_checktype(lua, 1, LUA_TTABLE);
	last = luaL_opt(lua, luaL_checkinteger, 3,
	    (lua_Integer)lua_rawlen(lua, 1));
	if (last < first)
		return 0;
	if ((lua_Unsigned)last - (lua_Unsigned)first >= UNPACK_MAX)
		return luaL_error(lua, "table.unpack: more than %d values",
		    UNPACK_MAX);
	luaL_checkstack(lua, UNPACK_MAX, "table.unpack");
	n = last - first + 1;
	for (lua_Integer i = 0; i < n; i++)
		lua_rawgeti(lua, 1, first + i);
	return (int)n;
}

static int
read_only(lua_State *lua)
{
	return luaL_error(lua, "globals and libraries cannot be changed");
}

static void
add_library(lua_State *lua, const char *name, lua_CFunction open,
    const char *const *names)
{
	luaL_requiref(lua, name, open, 0);
	copy_members(lua, names);
	lua_setfield(lua, 1, name);
	lua_settop(lua, 1);
}

static void
add_function(lua_State *lua, const char *library, const char *name,
    lua_CFunction fn)
{
	lua_getfield(lua, 1, library);
	lua_pushcfunction(lua, fn);
	lua_setfield(lua, -2, name);
	lua_settop(lua, 1);
}

/* Methods of strings ("abc"):upper() lead to our string table, locked. */
static void
lock_strings(lua_State *lua)
{
	lua_pushliteral(lua, "");
	lua_newtable(lua);
	lua_getfield(lua, 1, "string");
	lua_setfield(lua, -2, "__index");
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_setmetatable(lua, -2);
	lua_settop(lua, 1);
}

/* Puts an empty table that reads from the one at the top in its place. */
static void
lock_top(lua_State *lua)
{
	lua_newtable(lua);
	lua_newtable(lua);
	lua_pushvalue(lua, -3);
	lua_setfield(lua, -2, "__index");
	lua_pushcfunction(lua, read_only);
	lua_setfield(lua, -2, "__newindex");
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_setmetatable(lua, -2);
	lua_remove(lua, -2);
}

static void
lock_library(lua_State *lua, const char *name)
{
	lua_getfield(lua, 1, name);
	lock_top(lua);
	lua_setfield(lua, 1, name);
}

void
skua_sandbox_open(lua_State *lua)
{
	/* The functions lie in a table at place 1 while it is filled. */
	lua_settop(lua, 0);
	lua_newtable(lua);
	luaL_requiref(lua, "_G", luaopen_base, 0);
	for (const char *const *n = base_names; *n != NULL; n++) {
		lua_getfield(lua, -1, *n);
		lua_setfield(lua, 1, *n);
	}
	lua_getfield(lua, -1, "tonumber");
	lua_setfield(lua, 1, "num");
	lua_settop(lua, 1);
	add_library(lua, "string", luaopen_string, string_names);
	add_library(lua, "math", luaopen_math, math_names);
	add_library(lua, "table", luaopen_table, table_names);
	add_library(lua, "utf8", luaopen_utf8, utf8_names);
	add_function(lua, "string", "rep", string_rep);
	add_function(lua, "string", "find", string_find);
	add_function(lua, "table", "unpack", table_unpack);
	lock_strings(lua);
	for (const char *const *n = libraries; *n != NULL; n++)
		lock_library(lua, *n);
	lua_pushvalue(lua, 1);
	lock_top(lua);
	lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_settop(lua, 0);
}
