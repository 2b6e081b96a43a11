/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"
#include "wire/header_json.h"

static struct arena arena;

static int
decode(const char *text, struct command *c)
{
	/* Its own block, so that a sanitizer sees a read behind the end. */
	size_t len = strlen(text);
	static char *copy;

	free(copy);
	copy = malloc(len + (len == 0));
	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(c, 0, sizeof(*c));
	skua_arena_reset(&arena);
	return skua_header_json_decode(skua_str_n(copy, len), &arena, c);
}

static void
a_header_of_the_java_client_is_read(void **state)
{
	struct command c;

	(void)state;
	assert_ok(decode("{\"code\":310,\"extFields\":{\"a\":\"tt\",\"b\":7,"
			 "\"c\":true,\"d\":null},\"flag\":2,\"language\":\"JAVA\","
			 "\"opaque\":8,\"serializeTypeCurrentRPC\":\"JSON\","
			 "\"version\":493}", &c));
	assert_int_equal(310, c.code);
	assert_int_equal(COMMAND_ONEWAY, c.flag);
	assert_int_equal(LANGUAGE_JAVA, c.language);
	assert_int_equal(3, c.field_count);
	assert_text("7", skua_command_field(&c, "b"));
	assert_text("true", skua_command_field(&c, "c"));
	assert_null(skua_command_field(&c, "d").p);
}

static void
escapes_are_resolved(void **state)
{
	struct command c;

	(void)state;
	assert_ok(decode("{\"remark\":\"\\u00e9\\ud83d\\ude00\\ud83d\\n\\/\"}", &c));
	assert_text("\xc3\xa9\xf0\x9f\x98\x80?\n/", c.remark);
}

static void
unknown_members_are_skipped_at_any_depth(void **state)
{
	struct command c;
	char deep[20100] = "{\"x\":";
	size_t n = strlen(deep);

	(void)state;
	assert_ok(decode("{\"x\":{\"y\":[1,\"]}\",{\"code\":9}]},\"code\":3}", &c));
	assert_int_equal(3, c.code);
	memset(deep + n, '[', 10000);
	memset(deep + n + 10000, ']', 10000);
	(void)strcpy(deep + n + 20000, "}");
	assert_ok(decode(deep, &c));
}

static void
malformed_headers_are_refused(void **state)
{
	static const char *const wrong[] = { "", "{", "[]", "{}x", "{\"code\"}",
		"{\"code\":}", "{\"code\":1,}", "{\"code\":\"x\"}",
		"{\"code\":2147483648}", "{\"code\":1.5}", "{\"remark\":\"a}",
		"{\"remark\":\"\\\"}", "{\"remark\":\"\\u12\"}", "{code:1}",
		"{\"extFields\":{\"a\"}}", "{\"extFields\":[]}", "{\"x\":[}",
		"{\"x\":[[]}" };
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (decode(wrong[i], &c) == SKUA_OK)
			fail_msg("%s was taken", wrong[i]);
}

static void
every_truncation_is_refused(void **state)
{
	static const char text[] = "{\"code\":1,\"extFields\":{\"a\":\"\\u00e9\"},"
				   "\"remark\":\"x\"}";
	char cut[sizeof(text)];
	struct command c;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		memcpy(cut, text, n);
		cut[n] = '\0';
		assert_int_not_equal(SKUA_OK, decode(cut, &c));
	}
}

static void
there_is_a_most_of_fields(void **state)
{
	char text[8192] = "{\"extFields\":{";
	size_t n = strlen(text);
	struct command c;

	(void)state;
	for (int i = 0; i < FIELDS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"f%d\":\"\"",
		    i == 0 ? "" : ",", i);
	(void)strcpy(text + n, "}}");
	assert_ok(decode(text, &c));
	assert_int_equal(FIELDS_MAX, c.field_count);
	(void)strcpy(text + n, ",\"more\":\"\"}}");
	assert_int_equal(SKUA_ELIMIT, decode(text, &c));
}

static int
setup(void **state)
{
	(void)state;
	skua_arena_init(&arena, 4096);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_header_of_the_java_client_is_read),
		T(escapes_are_resolved),
		T(unknown_members_are_skipped_at_any_depth),
		T(malformed_headers_are_refused),
		T(every_truncation_is_refused),
		T(there_is_a_most_of_fields),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
