/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each script runs in a child, so that one that never ends, or takes the
 * process with it, is one failure and not the end of the tests.
 */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <skua/script.h>

#include "test.h"

#define SECONDS_MAX 5
#define NO_RESULT 99

static const struct skua_script_limits limits = { 100000, 5000, 1 << 20 };

static const struct skua_record record = {
	.topic = SKUA_STR("T"),
	.body = SKUA_STR("hello"),
	.properties = SKUA_STR("TAGS\1A\2KEYS\1k\2price\1" "12.5\2"),
	.queue_id = 3,
	.queue_offset = 44,
	.born_timestamp_ms = 1000,
	.store_timestamp_ms = 2000,
	.reconsume_times = 1,
	.flag = 6,
};

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 0 or 1, or -SKUA_E… of new or judge. */
static int
judge_here(const char *text)
{
	struct skua_script *s;
	struct skua_error e = { 0 };
	bool result;
	int rc = skua_script_new("test", skua_str_z(text), &limits, &s, &e);

	if (rc != SKUA_OK)
		return rc;
	/* Twice: a spent budget must not outlive its message. */
	rc = skua_script_judge(s, &record, &result, &e);
	if (rc != SKUA_OK)
		rc = skua_script_judge(s, &record, &result, &e);
	skua_script_free(s);
	return rc == SKUA_OK ? result : rc;
}

/* What judge_here gives, by way of a child's exit status. */
static int
judge(const char *text)
{
	int64_t begun = now_ms();
	pid_t child = fork();
	int status;

	if (child == 0) {
		int rc;

		(void)signal(SIGSEGV, SIG_DFL); /* cmocka's is the parent's */
		(void)alarm(SECONDS_MAX);
		rc = judge_here(text);
		_exit(rc >= 0 ? rc : -1000 - rc);
	}
	assert_int_equal(child, waitpid(child, &status, 0));
	if (WIFSIGNALED(status))
		fail_msg("%s: %s", text, WTERMSIG(status) == SIGALRM ?
			"does not end" : strsignal(WTERMSIG(status)));
	if (now_ms() - begun > 2000)
		fail_msg("%s: took %d ms", text, (int)(now_ms() - begun));
	status = WEXITSTATUS(status);
	return status <= 1 ? status : -1000 - status;
}

static void
all_are(const char *const *scripts, int expected)
{
	for (; *scripts != NULL; scripts++) {
		int got = judge(*scripts);

		if (got != expected)
			fail_msg("%s gave %d, not %d", *scripts, got, expected);
	}
}

static void
expressions_and_functions_are_scripts(void **state)
{
	static const char *const yes[] = { "true", "msg.tags == 'A'", "1",
		"num(msg.props.price) > 12 and msg.queue_id == 3",
		"msg.tags == 'A' -- a comment",
		"return function(msg) return msg.keys == 'k' end",
		"local n = 0 return function(m) n = n + 1 return n == 1 end",
		"('abc'):upper() == 'ABC'", "msg.body:find('ell') == 2",
		"#msg.body == 5", NULL };
	static const char *const no[] = { "false", "nil", "msg.tags == 'B'",
		"msg.props.none", "return function() end", NULL };

	(void)state;
	all_are(yes, 1);
	all_are(no, 0);
}

static void
every_member_of_a_message_can_be_read(void **state)
{
	static const char *const yes[] = { "msg.topic == 'T'",
		"msg.body == 'hello'", "msg.queue_offset == 44",
		"msg.born_time == 1000", "msg.store_time == 2000",
		"msg.reconsume_times == 1", "msg.flag == 6",
		"msg.props.TAGS == 'A'", "msg.props['none'] == nil", NULL };
	static const char *const wrong[] = { "{}", "msg", "string.len",
		"msg.none", "msg.tagz == 'A'",
		"msg[1]", "msg.props[{}]", "msg + 1", "error({})",
		"error('no')", "nil > 1",
		"return function(m) m.topic = 'x' end",
		"return function(m) m.props.x = 'x' end", NULL };

	(void)state;
	all_are(yes, 1);
	all_are(wrong, SKUA_EINVAL);
}

static void
what_is_no_script_is_refused(void **state)
{
	static const char *const wrong[] = { "", "return 1 +", "x =", "return 5",
		"local x = 1", "\x1bLua", "x = 1 return function() end",
		"string.x = 1 return function() end == nil and nil()", NULL };

	(void)state;
	all_are(wrong, SKUA_EINVAL);
}

static void
nothing_leads_outside(void **state)
{
	static const char *const yes[] = {
		"io == nil and os == nil and package == nil and debug == nil",
		"load == nil and loadstring == nil and loadfile == nil",
		"dofile == nil and require == nil and collectgarbage == nil",
		"setmetatable == nil and getmetatable == nil and rawset == nil",
		"coroutine == nil and string.dump == nil",
		"string.gsub == nil and string.match == nil and "
		"string.gmatch == nil and table.move == nil",
		"_G == nil and print == nil", NULL };
	static const char *const wrong[] = {
		"return function() string.len = 5 end",
		"return function() math.pi = 3 end",
		"return function() table.concat = nil end",
		"return function() utf8.x = 1 end", NULL };

	(void)state;
	all_are(yes, 1);
	all_are(wrong, SKUA_EINVAL);
}

static void
an_error_has_its_line(void **state)
{
	static const struct {
		const char *script, *words;
	} rows[] = {
		{ "msg.nope", "t:1: a message has no nope" },
		{ "msg.nope -- but\n", "a message has no nope" },
		{ "true and\nmsg.nope", "t:2: a message has no nope" },
		{ "{}", "returned a table, not true or false" },
		{ "error(12.5)", "an error that is a number, not a text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct skua_script *s;
		struct skua_error e;
		bool result;

		assert_ok(skua_script_new("t", skua_str_z(rows[i].script),
		    &limits, &s, &e));
		assert_int_equal(SKUA_EINVAL,
		    skua_script_judge(s, &record, &result, &e));
		if (strstr(e.text, rows[i].words) == NULL)
			fail_msg("\"%s\" is not in: %s", rows[i].words, e.text);
		skua_script_free(s);
	}
}

/* Other work on the machine is not the script's. */
static void
a_script_pays_for_its_own_time_only(void **state)
{
	enum { OTHERS = 8, TIMES = 1500 };
	pid_t others[OTHERS];
	struct skua_script *s;
	struct skua_error e;
	bool result;
	int rc = SKUA_OK;

	(void)state;
	for (int i = 0; i < OTHERS; i++) {
		others[i] = fork();
		if (others[i] == 0) {
			(void)alarm(30);
			for (volatile unsigned n = 0;; n++)
				continue;
		}
	}
	assert_ok(skua_script_new("t", skua_str_z("return function() "
	    "for i = 1, 20000 do end return true end"), &limits, &s, &e));
	for (int i = 0; i < TIMES && rc == SKUA_OK; i++)
		rc = skua_script_judge(s, &record, &result, &e);
	skua_script_free(s);
	for (int i = 0; i < OTHERS; i++) {
		(void)kill(others[i], SIGKILL);
		(void)waitpid(others[i], NULL, 0);
	}
	assert_ok(rc);
}

static void
a_body_grows_within_the_budget_of_memory(void **state)
{
	enum { LARGE = 8 << 20, SMALL = 100000 };
	uLongf len = compressBound(LARGE);
	Bytef *packed = malloc(len), *zeros = calloc(1, LARGE);
	struct skua_record r = record;
	struct skua_script *s;
	struct skua_error e;
	size_t before;
	bool result;

	(void)state;
	r.sys_flag = SKUA_SYS_COMPRESSED;
	assert_ok(skua_script_new("t", skua_str_z("pcall(function() return "
	    "msg.body end) and #msg.body == 100000"), &limits, &s, &e));
	before = skua_script_memory(s);
	assert_int_equal(Z_OK, compress(packed, &len, zeros, LARGE));
	r.body = skua_str_n((const char *)packed, len);
	assert_int_equal(SKUA_ELIMIT, skua_script_judge(s, &r, &result, &e));
	assert_non_null(strstr(e.text, "the budget of memory is spent"));
	len = compressBound(LARGE);
	assert_int_equal(Z_OK, compress(packed, &len, zeros, SMALL));
	r.body = skua_str_n((const char *)packed, len);
	if (skua_script_judge(s, &r, &result, &e) != SKUA_OK)
		fail_msg("%s", e.text);
	assert_true(result);
	assert_true(skua_script_memory(s) < before + 3 * SMALL);
	skua_script_free(s);
	free(packed);
	free(zeros);
}

/* reliability.md C.6 */
static void
attacks_on_time_end_within_their_budget(void **state)
{
	static const char *const attacks[] = {
		"return function() while true do end end",
		"return function() while true do pcall(function() "
		"while true do end end) end end",
		"return function() for i = 1, 1e9 do "
		"local s = ('x'):rep(65536) end end",
		"return function() local t = {} for i = 1, 20000 do t[i] = i end "
		"for i = 1, 1e9 do table.insert(t, 1, 1) table.remove(t, 1) end "
		"end",
		"return function() local function f() pcall(f) pcall(f) end f() "
		"while true do end end",
		"while true do end",
		"while true do pcall(function() while true do end end) end", NULL };

	(void)state;
	all_are(attacks, SKUA_ELIMIT);
}

static void
attacks_on_memory_end_at_the_cap(void **state)
{
	static const char *const attacks[] = {
		"return function() local s = 'x' while true do s = s .. s end end",
		"return function() local t = {} for i = 1, 1e9 do t[i] = {i} end "
		"end",
		"return function() local t = {} for i = 1, 60 do "
		"t[i] = ('x'):rep(60000) .. i end end", NULL };

	(void)state;
	all_are(attacks, SKUA_ELIMIT);
}

static void
deep_nesting_is_an_error(void **state)
{
	static const char *const attacks[] = {
		"return function() local function f() return 1 + f() end f() end",
		"return function() local function f() pcall(f) return error('x') "
		"end f() end", NULL };
	char deep[8001];

	(void)state;
	for (const char *const *a = attacks; *a != NULL; a++)
		assert_in_range(-judge(*a), 1002, 1004);
	memset(deep, '(', 8000);
	deep[8000] = '\0';
	assert_true(judge(deep) < 0);
	memset(deep, '{', 8000);
	assert_true(judge(deep) < 0);
}

static void
an_empty_text_repeated_for_ever_ends(void **state)
{
	static const char *const texts[] = { "#(''):rep(math.maxinteger) == 0",
		"#string.rep('', 1e15) == 0", NULL };

	(void)state;
	all_are(texts, 1);
}

static void
unpack_refuses_any_range_that_is_too_long(void **state)
{
	static const char *const attacks[] = {
		"table.unpack({}, -1, math.maxinteger)",
		"table.unpack({}, 1, math.maxinteger)",
		"table.unpack({}, math.mininteger, math.maxinteger)",
		"table.unpack({}, math.mininteger, 0)",
		"table.unpack({}, 1, 1e6)", "('x'):rep(65537)",
		"('x'):rep(math.maxinteger)", NULL };

	(void)state;
	all_are(attacks, SKUA_EINVAL);
}

/* Lua aborts the process when memory ends outside a protected call. */
static void
memory_filled_to_the_brim_never_ends_the_process(void **state)
{
	static const char fill[] = "local t, n = {}, 0 "
		"for i = 1, 4096 do t[i] = false end "
		"local function f(size) while n < 4096 do "
		"local s = ('x'):rep(size) .. n n = n + 1 t[n] = s end end "
		"local function full() pcall(f, 1000) pcall(f, 100) "
		"pcall(f, 10) pcall(f, 0) end ";
	static const char *const then[] = {
		"return function() full() error(123456.789012) end",
		"local function g() return t end full() return g",
		"return function(m) full() return m.props.price end" };
	char text[1024];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(text, sizeof(text), "%s%s", fill, then[i]);
		(void)judge(text);
	}
}

static void
one_message_does_not_reach_the_next(void **state)
{
	struct skua_script *s;
	struct skua_error e;
	bool result;

	(void)state;
	assert_ok(skua_script_new("test", skua_str_z("local kept return "
	    "function(m) if kept == nil then kept = m return true end "
	    "return kept.topic == 'T' end"), &limits, &s, &e));
	assert_ok(skua_script_judge(s, &record, &result, &e));
	assert_ok(skua_script_judge(s, &record, &result, &e));
	skua_script_free(s);
	assert_int_equal(SKUA_EINVAL, skua_script_new("my.lua",
	    skua_str_z("local x = 1\nreturn 1 +"), &limits, &s, &e));
	assert_non_null(strstr(e.text, "my.lua:2:"));
}

static void
a_compressed_body_that_is_none_reads_as_nil(void **state)
{
	struct skua_record bad = record;
	struct skua_script *s;
	struct skua_error e;
	bool result;

	(void)state;
	bad.sys_flag = SKUA_SYS_COMPRESSED;
	assert_ok(skua_script_new("t", skua_str_z("msg.body == nil"), &limits,
	    &s, &e));
	assert_ok(skua_script_judge(s, &bad, &result, &e));
	assert_true(result);
	skua_script_free(s);
}

RUN(T(expressions_and_functions_are_scripts),
    T(every_member_of_a_message_can_be_read), T(what_is_no_script_is_refused),
    T(nothing_leads_outside), T(an_error_has_its_line),
    T(a_script_pays_for_its_own_time_only),
    T(a_body_grows_within_the_budget_of_memory), T(attacks_on_time_end_within_their_budget),
    T(attacks_on_memory_end_at_the_cap), T(deep_nesting_is_an_error),
    T(an_empty_text_repeated_for_ever_ends),
    T(unpack_refuses_any_range_that_is_too_long),
    T(memory_filled_to_the_brim_never_ends_the_process),
    T(one_message_does_not_reach_the_next),
    T(a_compressed_body_that_is_none_reads_as_nil))
