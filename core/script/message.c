/* SPDX-License-Identifier: Apache-2.0 */
/* `msg` as a script sees it: read through, copied only when asked for. */
#include <string.h>

#include "script/script.h"

static void
push_str(lua_State *lua, struct skua_str s)
{
	if (s.p == NULL)
		lua_pushnil(lua);
	else
		lua_pushlstring(lua, s.p, s.len);
}

/* The uncompressed body lies beside the state, within the state's budget.  False:
 * the bytes are no compressed body. */
static bool
need_body(lua_State *lua, struct skua_script *s, const struct skua_record *r)
{
	size_t limit = (size_t)s->limits.memory;
	int rc;

	if (s->body != NULL)
		return true;
	limit = s->memory_used < limit ? limit - s->memory_used : 0;
	rc = skua_body_decompress(r->sys_flag, r->body, limit, &s->body,
	    &s->body_len);
	if (rc == SKUA_OK) {
		s->memory_used += s->body_len;
		return true;
	}
	s->body = NULL;
	if (rc == SKUA_ELIMIT || rc == SKUA_ENOMEM)
		(void)skua_script_spend(lua, "memory");
	return false;
}

static void
push_body(lua_State *lua, const struct skua_record *r)
{
	struct skua_script *s = skua_script_of(lua);

	if ((r->sys_flag & SKUA_SYS_COMPRESSED) == 0)
		lua_pushlstring(lua, r->body.p, r->body.len);
	else if (need_body(lua, s, r))
		lua_pushlstring(lua, s->body, s->body_len);
	else
		lua_pushnil(lua);
}

static void
push_tags(lua_State *lua, const struct skua_record *r)
{
	push_str(lua, skua_property(r->properties, "TAGS"));
}

static void
push_keys(lua_State *lua, const struct skua_record *r)
{
	push_str(lua, skua_property(r->properties, "KEYS"));
}

static void
push_topic(lua_State *lua, const struct skua_record *r)
{
	push_str(lua, r->topic);
}

static void
push_queue(lua_State *lua, const struct skua_record *r)
{
	lua_pushinteger(lua, r->queue_id);
}

static void
push_offset(lua_State *lua, const struct skua_record *r)
{
	lua_pushinteger(lua, r->queue_offset);
}

static void
push_born(lua_State *lua, const struct skua_record *r)
{
	lua_pushinteger(lua, r->born_timestamp_ms);
}

static void
push_stored(lua_State *lua, const struct skua_record *r)
{
	lua_pushinteger(lua, r->store_timestamp_ms);
}

static void
push_times(lua_State *lua, const struct skua_record *r)
{
	lua_pushinteger(lua, r->reconsume_times);
}

static void
push_flag(lua_State *lua, const struct skua_record *r)
{
	lua_pushinteger(lua, r->flag);
}

static const struct member {
	const char *name;
	void (*push)(lua_State *lua, const struct skua_record *r);
} members[] = {
	{ "topic", push_topic },
	{ "tags", push_tags },
	{ "keys", push_keys },
	{ "body", push_body },
	{ "queue_id", push_queue },
	{ "queue_offset", push_offset },
	{ "born_time", push_born },
	{ "store_time", push_stored },
	{ "reconsume_times", push_times },
	{ "flag", push_flag },
};

static const struct skua_record *
record_of(lua_State *lua)
{
	const struct skua_record *r = skua_script_of(lua)->record;

	/* A script may have kept msg beyond its message. */
	if (r == NULL)
		(void)luaL_error(lua, "the message is gone");
	return r;
}

static int
message_index(lua_State *lua)
{
	const struct skua_record *r = record_of(lua);
	const char *name = luaL_checkstring(lua, 2);

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].name, name) == 0) {
			members[i].push(lua, r);
			return 1;
		}
	return luaL_error(lua, "a message has no %s", name);
}

static int
properties_index(lua_State *lua)
{
	push_str(lua, skua_property(record_of(lua)->properties,
	    luaL_checkstring(lua, 2)));
	return 1;
}

static int
is_read_only(lua_State *lua)
{
	return luaL_error(lua, "messages cannot be changed");
}

/* A userdata without memory of its own whose fields come from index. */
static void
new_view(lua_State *lua, lua_CFunction index)
{
	(void)lua_newuserdatauv(lua, 0, 0);
	lua_newtable(lua);
	lua_pushcfunction(lua, index);
	lua_setfield(lua, -2, "__index");
	lua_pushcfunction(lua, is_read_only);
	lua_setfield(lua, -2, "__newindex");
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_setmetatable(lua, -2);
}

/* msg.props is part of msg itself: asked for as a member, made once. */
static int
message_or_properties(lua_State *lua)
{
	if (lua_isstring(lua, 2) && strcmp(lua_tostring(lua, 2), "props") == 0) {
		lua_getfield(lua, LUA_REGISTRYINDEX, "skua.props");
		return 1;
	}
	return message_index(lua);
}

void
skua_script_push_message(lua_State *lua)
{
	if (lua_getfield(lua, LUA_REGISTRYINDEX, "skua.msg") == LUA_TUSERDATA)
		return;
	lua_pop(lua, 1);
	new_view(lua, properties_index);
	lua_setfield(lua, LUA_REGISTRYINDEX, "skua.props");
	new_view(lua, message_or_properties);
	lua_pushvalue(lua, -1);
	lua_setfield(lua, LUA_REGISTRYINDEX, "skua.msg");
}
