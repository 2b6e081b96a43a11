/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/json.h>

#include "test.h"

static char *
again(const char *text)
{
	json_t *json;
	char *out;

	if (skua_json_parse(skua_str_z(text), &json) != SKUA_OK)
		return NULL;
	out = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	json_decref(json);
	return out;
}

static void
reads_as(const char *text, const char *expected)
{
	char *out = again(text);

	if (out == NULL || strcmp(out, expected) != 0)
		fail_msg("%s gave %s, not %s", text, out == NULL ? "-" : out,
		    expected);
	free(out);
}

static void
fastjson_keys_are_read(void **state)
{
	(void)state;
	reads_as("{0:\"a\",1:'b'}", "{\"0\":\"a\",\"1\":\"b\"}");
	reads_as("{table:{}}", "{\"table\":{}}");
	reads_as("{{\"topic\":\"T\",\"queueId\":1}:{\"offset\":5}}",
	    "{\"{\\\"queueId\\\":1,\\\"topic\\\":\\\"T\\\"}\":{\"offset\":5}}");
	reads_as(" [ 1 , 2.5 , true , null , NaN ] ", "[1,2.5,true,null,null]");
}

/* Each level would write the one below once more, with every quote escaped. */
static void
an_object_key_has_no_object_key(void **state)
{
	json_t *json;

	(void)state;
	assert_int_equal(skua_json_parse(skua_str_z("{{{\"a\":1}:1}:1}"), &json),
	    SKUA_EPROTO);
	assert_int_equal(skua_json_parse(
			     skua_str_z("{{\"a\":[{{\"b\":1}:1}]}:1}"), &json),
	    SKUA_EPROTO);
	reads_as("[{{\"a\":1}:1},{{\"a\":2}:{{\"b\":1}:2}}]",
	    "[{\"{\\\"a\\\":1}\":1},"
	    "{\"{\\\"a\\\":2}\":{\"{\\\"b\\\":1}\":2}}]");
}

static void
a_tree_takes_no_more_memory_than_it_may(void **state)
{
	static const char *const pieces[] = { "[],", "{},", "0,", "\"\",",
		"{\"a\":{}},", "{0:0}," };
	char *text = malloc(300002);
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t n = strlen(pieces[i]), len = 0;

		text[len++] = '[';
		while (len + n < 300000) {
			memcpy(text + len, pieces[i], n);
			len += n;
		}
		text[len - 1] = ']';
		assert_int_equal(skua_json_parse_within(skua_str_n(text, len),
				     1 << 20, &json),
		    SKUA_ELIMIT);
		assert_int_equal(skua_json_parse_within(skua_str_n(text, len),
				     SIZE_MAX, &json),
		    SKUA_OK);
		json_decref(json);
	}
	free(text);
}

static void
escapes_become_utf8(void **state)
{
	(void)state;
	reads_as("\"\\u00e9\\n\\/\"", "\"\xc3\xa9\\n/\"");
	reads_as("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"");
	reads_as("\"\\ud83d\"", "\"\xef\xbf\xbd\"");
	reads_as("\"\\ud83d\\u0041\"", "\"\xef\xbf\xbd" "A\"");
}

static void
malformed_text_is_refused(void **state)
{
	static const char *const wrong[] = { "", " ", "{", "}", "[", "[1,", "[,]",
		"{\"a\"}", "{\"a\":}", "{:1}", "\"a", "'a\"", "{\"a\":1}x", "1 2",
		"\"\\u12\"", "\"\\", "[1}", "{\"a\":1]", "nul", "1e999", "--1" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *out = again(wrong[i]);

		if (out != NULL)
			fail_msg("\"%s\" was taken", wrong[i]);
	}
}

static void
every_truncation_of_a_text_is_refused(void **state)
{
	static const char text[] = "{\"a\":[1,{\"b\":'c'},\"\\u00e9\"],0:{}}";
	json_t *json;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_int_not_equal(SKUA_OK,
		    skua_json_parse(skua_str_n(text, n), &json));
	assert_ok(skua_json_parse(skua_str_n(text, sizeof(text) - 1), &json));
	json_decref(json);
}

static void
nesting_ends_at_64(void **state)
{
	char text[200];
	json_t *json;

	(void)state;
	memset(text, '[', 100);
	memset(text + 64, ']', 64);
	assert_ok(skua_json_parse(skua_str_n(text, 128), &json));
	json_decref(json);
	memset(text, '[', 100);
	memset(text + 65, ']', 65);
	assert_int_equal(SKUA_EPROTO,
	    skua_json_parse(skua_str_n(text, 130), &json));
}

static void
members_are_read_leniently(void **state)
{
	json_t *json;

	(void)state;
	assert_ok(skua_json_parse(skua_str_z("{a:'12',b:3,c:'true',d:1.9,e:[]}"),
	    &json));
	assert_int_equal(12, skua_json_int(json, "a", -1));
	assert_int_equal(3, skua_json_int(json, "b", -1));
	assert_int_equal(1, skua_json_int(json, "d", -1));
	assert_int_equal(-1, skua_json_int(json, "e", -1));
	assert_int_equal(-1, skua_json_int(json, "none", -1));
	assert_true(skua_json_bool(json, "c", false));
	assert_true(skua_json_bool(json, "b", false));
	assert_true(skua_json_bool(json, "none", true));
	assert_string_equal("12", skua_json_text(json, "a"));
	assert_null(skua_json_text(json, "b"));
	json_decref(json);
}

RUN(T(fastjson_keys_are_read), T(an_object_key_has_no_object_key),
    T(a_tree_takes_no_more_memory_than_it_may), T(escapes_become_utf8),
    T(malformed_text_is_refused), T(every_truncation_of_a_text_is_refused),
    T(nesting_ends_at_64), T(members_are_read_leniently))
