/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one scenario: a Lua file that starts real brokers on free ports, in a
 * folder of its own, and talks to them through libskua.  Daemons' logs are shown
 * only when it fails.  prelude.lua has what scenarios call; here is what Lua
 * cannot do itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lualib.h>

#include <skua/producer.h>
#include <skua/pull.h>

#define PATIENCE_S 60

static char folder[4096];

static int
fail(lua_State *lua, const struct skua_error *e)
{
	lua_pushnil(lua);
	lua_pushstring(lua, e->text);
	return 2;
}

/* --- processes: spawn(log, arg, …) -> pid, descriptor of its output --- */

static int
l_spawn(lua_State *lua)
{
	const char *log = luaL_checkstring(lua, 1);
	int n = lua_gettop(lua) - 1, out[2];
	const char **argv = calloc((size_t)n + 1, sizeof(char *));
	pid_t pid;

	for (int i = 0; i < n; i++)
		argv[i] = luaL_checkstring(lua, i + 2);
	if (pipe2(out, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return luaL_error(lua, "fork: %s", strerror(errno));
	if (pid == 0) {
		int err = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(out[1], 1);
		(void)dup2(err, 2);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(out[1]);
	free(argv);
	lua_pushinteger(lua, pid);
	lua_pushinteger(lua, out[0]);
	return 2;
}

/* line(descriptor, seconds): a line, or nil at the end or too late. */
static int
l_line(lua_State *lua)
{
	struct pollfd p = { .fd = (int)luaL_checkinteger(lua, 1),
		.events = POLLIN };
	luaL_Buffer b;
	char c;

	luaL_buffinit(lua, &b);
	while (poll(&p, 1, (int)luaL_checkinteger(lua, 2) * 1000) == 1 &&
	    read(p.fd, &c, 1) == 1) {
		if (c == '\n') {
			luaL_pushresult(&b);
			return 1;
		}
		luaL_addchar(&b, c);
	}
	lua_pushnil(lua);
	return 1;
}

/* kill(pid, signal): sends it and waits; the exit status, or minus a signal. */
static int
l_kill(lua_State *lua)
{
	pid_t pid = (pid_t)luaL_checkinteger(lua, 1);
	int status = 0;

	if (luaL_checkinteger(lua, 2) != 0)
		(void)kill(pid, (int)luaL_checkinteger(lua, 2));
	(void)waitpid(pid, &status, 0);
	lua_pushinteger(lua, WIFEXITED(status) ? WEXITSTATUS(status) :
						 -WTERMSIG(status));
	return 1;
}

static int
l_sleep(lua_State *lua)
{
	lua_Integer ms = luaL_checkinteger(lua, 1);
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
	return 0;
}

static int
l_now(lua_State *lua)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	lua_pushinteger(lua, t.tv_sec * 1000 + t.tv_nsec / 1000000);
	return 1;
}

static int
l_mkdir(lua_State *lua)
{
	lua_pushboolean(lua, mkdir(luaL_checkstring(lua, 1), 0700) == 0);
	return 1;
}

/* --- libskua --- */

static struct skua_client **
client_of(lua_State *lua)
{
	return luaL_checkudata(lua, 1, "client");
}

static int
l_client(lua_State *lua)
{
	struct skua_client **c = lua_newuserdatauv(lua, sizeof(*c), 0);
	struct skua_error e;

	*c = NULL;
	luaL_setmetatable(lua, "client");
	return skua_client_new(luaL_checkstring(lua, 1), c, &e) == SKUA_OK ?
	    1 : fail(lua, &e);
}

static int
l_client_free(lua_State *lua)
{
	if (*client_of(lua) != NULL)
		skua_client_free(client_of(lua));
	return 0;
}

static struct skua_str
str_at(lua_State *lua, int at)
{
	size_t n;
	const char *p = luaL_optlstring(lua, at, "", &n);

	return skua_str_n(p, n);
}

/* The table at a place as name, value, …, NULL; good while it is on the
 * stack. */
static const char *const *
pairs_at(lua_State *lua, int at)
{
	static const char *pairs[64];
	size_t n = 0;

	if (lua_istable(lua, at))
		for (lua_pushnil(lua); lua_next(lua, at) != 0 && n < 62;
		     lua_pop(lua, 1)) {
			pairs[n++] = lua_tostring(lua, -2);
			pairs[n++] = lua_tostring(lua, -1);
		}
	pairs[n] = NULL;
	return pairs;
}

/* send(c, topic, tag, keys, body, props) -> offset id, broker, queue, offset */
static int
l_send(lua_State *lua)
{
	struct skua_outgoing m = { .topic = luaL_checkstring(lua, 2),
		.tag = luaL_optstring(lua, 3, NULL),
		.keys = luaL_optstring(lua, 4, NULL),
		.body = str_at(lua, 5), .properties = pairs_at(lua, 6) };
	struct skua_error e = { 0, "" };
	struct skua_producer *p = NULL;
	struct skua_sent sent;
	int rc = skua_producer_new(*client_of(lua), NULL, &p, &e);

	if (rc == SKUA_OK)
		rc = skua_producer_send(p, &m, &sent, &e);
	skua_producer_free(&p);
	if (rc != SKUA_OK)
		return fail(lua, &e);
	lua_pushstring(lua, sent.offset_id);
	lua_pushinteger(lua, sent.queue_id);
	lua_pushinteger(lua, sent.queue_offset);
	return 3;
}

static void
push_records(lua_State *lua, struct skua_str bytes)
{
	struct skua_record r;

	lua_newtable(lua);
	for (int n = 1; skua_record_decode(bytes.p, bytes.len, &r) == SKUA_OK;
	     n++) {
		struct skua_str name, value;

		lua_newtable(lua);
		lua_pushlstring(lua, r.body.p, r.body.len);
		lua_setfield(lua, -2, "body");
		lua_pushlstring(lua, r.topic.p, r.topic.len);
		lua_setfield(lua, -2, "topic");
		lua_pushinteger(lua, r.queue_id);
		lua_setfield(lua, -2, "queue");
		for (size_t at = 0;
		     skua_property_next(r.properties, &at, &name, &value);) {
			lua_pushlstring(lua, name.p, name.len);
			lua_pushlstring(lua, value.p, value.len);
			lua_settable(lua, -3);
		}
		lua_rawseti(lua, -2, n);
		bytes.p += r.size;
		bytes.len -= (size_t)r.size;
	}
}

/* receive(c, topic, group, filter, type, hold ms): what the first queue with
 * messages has, and commits it. */
static int
l_receive(lua_State *lua)
{
	struct skua_client *c = *client_of(lua);
	struct skua_pull p = { .topic = luaL_checkstring(lua, 2),
		.group = luaL_checkstring(lua, 3), .max_messages = 32,
		.expression = luaL_optstring(lua, 4, NULL),
		.expression_type = luaL_optstring(lua, 5, NULL),
		.hold_ms = luaL_optinteger(lua, 6, 0) };
	struct skua_route_info *route;
	struct skua_error e = { 0, "" };
	struct skua_pulled got;
	int rc;

	if (skua_client_route(c, p.topic, &route, &e) != SKUA_OK)
		return fail(lua, &e);
	lua_newtable(lua);
	for (size_t i = 0; i < route->count; i++) {
		p.queue = &route->queues[i];
		rc = skua_offset_query(c, p.group, p.topic, p.queue, &p.offset,
		    &e);
		if (p.offset < 0)
			p.offset = 0;
		if (rc == SKUA_OK)
			rc = skua_pull(c, &p, &got, &e);
		if (rc == SKUA_OK)
			rc = skua_offset_commit(c, p.group, p.topic, p.queue,
			    got.next_offset, &e);
		if (rc != SKUA_OK) {
			skua_route_free(&route);
			return fail(lua, &e);
		}
		lua_pop(lua, 1);
		push_records(lua, got.records);
		skua_pulled_free(&got);
		if (lua_rawlen(lua, -1) > 0)
			break;
	}
	skua_route_free(&route);
	return 1;
}

/* ask(c, address, code, fields, body) -> body, or nil and the sentence */
static int
l_ask(lua_State *lua)
{
	struct skua_error e = { 0, "" };
	char *body = NULL;
	size_t n = 0;

	if (skua_client_ask(*client_of(lua), luaL_optstring(lua, 2, NULL),
		(int32_t)luaL_checkinteger(lua, 3), pairs_at(lua, 4),
		str_at(lua, 5), &body, &n, &e) != SKUA_OK)
		return fail(lua, &e);
	lua_pushlstring(lua, body == NULL ? "" : body, n);
	free(body);
	return 1;
}

static const luaL_Reg functions[] = { { "spawn", l_spawn }, { "line", l_line },
	{ "kill", l_kill }, { "sleep", l_sleep }, { "now", l_now },
	{ "mkdir", l_mkdir }, { "new_client", l_client }, { "send", l_send },
	{ "receive", l_receive }, { "ask", l_ask }, { NULL, NULL } };

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR"), *srcdir = getenv("srcdir");
	lua_State *lua = luaL_newstate();
	char prelude[4096];
	int rc;

	if (argc != 2 || srcdir == NULL)
		return 2;
	(void)alarm(PATIENCE_S);
	(void)snprintf(folder, sizeof(folder), "%s/skua-scenario-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL)
		return 2;
	luaL_openlibs(lua);
	luaL_newmetatable(lua, "client");
	lua_pushcfunction(lua, l_client_free);
	lua_setfield(lua, -2, "__gc");
	lua_newtable(lua);
	luaL_setfuncs(lua, functions, 0);
	lua_setglobal(lua, "native");
	lua_pushstring(lua, folder);
	lua_setglobal(lua, "folder");
	(void)snprintf(prelude, sizeof(prelude),
	    "%s/tests/scenario/prelude.lua", srcdir);
	rc = luaL_dofile(lua, prelude);
	lua_getglobal(lua, "run");
	lua_pushstring(lua, argv[1]);
	if (rc == LUA_OK)
		rc = lua_pcall(lua, 1, 0, 0);
	if (rc != LUA_OK)
		(void)fprintf(stderr, "%s\n", lua_tostring(lua, -1));
	lua_close(lua);
	(void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return rc == LUA_OK ? 0 : 1;
}
