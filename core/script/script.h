/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of a script: its state, the sandbox, the message it sees. */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <skua/script.h>

struct skua_script {
	lua_State *lua;
	struct skua_script_limits limits;
	size_t memory_used;
	/* of the call under way */
	const struct skua_record *record;
	int64_t instructions_left;
	/* The wall clock is cheap, and runs at least as fast: the thread's own
	 * time is looked at when that of the wall is over. */
	int64_t wall_until_ns, cpu_begun_ns; /* -1: not looked at yet */
	bool is_long; /* the last message took HOOK_EVERY instructions */
	const char *spent; /* which budget is: it fails until the call ends */
	/* the message's body, uncompressed when first asked for */
	char *body;
	size_t body_len;
	int function; /* registry reference */
};

/* A budget ("time") is spent: raises now, and at each later instruction, so that
 * no pcall hides it. */
int skua_script_spend(lua_State *lua, const char *budget);

/* The script that a state belongs to. */
struct skua_script *skua_script_of(lua_State *lua);

/* sandbox.c: fills the globals a script may use. */
void skua_sandbox_open(lua_State *lua);

/* message.c: the type of `msg`, pushed on the stack. */
void skua_script_push_message(lua_State *lua);

#endif
