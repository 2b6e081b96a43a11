/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/json.h>

#include "test.h"

static void
the_dialect_of_fastjson_is_written(void **state)
{
	struct skua_jsonw w;
	struct skua_str text;

	(void)state;
	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_queue_key(&w, skua_str_z("b"), 3, skua_str_z("T"));
	skua_jsonw_int(&w, -7);
	skua_jsonw_raw_key(&w, "%d", 0);
	skua_jsonw_open(&w, '[');
	skua_jsonw_bool(&w, true);
	skua_jsonw_str_z(&w, "x");
	skua_jsonw_close(&w, ']');
	skua_jsonw_key_z(&w, "k");
	skua_jsonw_real(&w, 0);
	skua_jsonw_close(&w, '}');
	assert_ok(skua_jsonw_finish(&w, &text));
	assert_text("{{\"brokerName\":\"b\",\"queueId\":3,\"topic\":\"T\"}:-7,"
		    "0:[true,\"x\"],\"k\":0.0}", text);
	skua_jsonw_free(&w);
}

static void
what_is_written_is_read_back(void **state)
{
	static const char odd[] = "\"\\\n\t\r\x01\x1f/\xc3\xa9'";
	struct skua_jsonw w;
	struct skua_str text;
	json_t *json;

	(void)state;
	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, odd);
	skua_jsonw_str_z(&w, odd);
	skua_jsonw_close(&w, '}');
	assert_ok(skua_jsonw_finish(&w, &text));
	assert_ok(skua_json_parse(text, &json));
	assert_string_equal(odd, skua_json_text(json, odd));
	json_decref(json);
	skua_jsonw_free(&w);
}

static void
a_tree_is_written_sorted_and_compact(void **state)
{
	json_t *json = json_pack("{s:i,s:[s]}", "b", 1, "a", "x");
	struct skua_jsonw w;
	struct skua_str text;

	(void)state;
	skua_jsonw_init(&w);
	skua_jsonw_tree(&w, json);
	assert_ok(skua_jsonw_finish(&w, &text));
	assert_text("{\"a\":[\"x\"],\"b\":1}", text);
	skua_jsonw_free(&w);
	json_decref(json);
}

/* Names of others, escaped, have no bound of the writer's. */
static void
a_key_may_be_long(void **state)
{
	char huge[6000], expected[6100];
	struct skua_jsonw w;
	struct skua_str text;

	(void)state;
	memset(huge, 'k', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	(void)snprintf(expected, sizeof(expected), "{%s:1}", huge);
	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_raw_key(&w, "%s", huge);
	skua_jsonw_int(&w, 1);
	skua_jsonw_close(&w, '}');
	assert_ok(skua_jsonw_finish(&w, &text));
	assert_text(expected, text);
	skua_jsonw_free(&w);
}

static void
a_failure_sticks(void **state)
{
	struct skua_jsonw w;
	struct skua_str text;

	(void)state;
	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	w.error = SKUA_ELIMIT;
	skua_jsonw_key_z(&w, "a");
	skua_jsonw_int(&w, 1);
	skua_jsonw_close(&w, '}');
	assert_int_equal(SKUA_ELIMIT, skua_jsonw_finish(&w, &text));
	skua_jsonw_free(&w);
}

RUN(T(the_dialect_of_fastjson_is_written), T(what_is_written_is_read_back),
    T(a_tree_is_written_sorted_and_compact), T(a_key_may_be_long),
    T(a_failure_sticks))
