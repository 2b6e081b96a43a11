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
	int64_t until_ns;
	bool spent; /* keeps failing until the call ends */
	/* the message's body, uncompressed when first asked for */
	char *body;
	size_t body_len;
	int function; /* registry reference */
};

/* The script that a state belongs to. */
struct skua_script *skua_script_of(lua_State *lua);

/* sandbox.c: fills the globals a script may use. */
void skua_sandbox_open(lua_State *lua);

/* message.c: the type of `msg`, pushed on the stack. */
void skua_script_push_message(lua_State *lua);

#endif
