/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/message.h>

#include "test.h"

static void
properties_are_found_by_their_whole_name(void **state)
{
	struct skua_str text = SKUA_STR("TAGS\1A\2KEYS\1k1 k2\2TAG\1b");

	(void)state;
	assert_text("A", skua_property(text, "TAGS"));
	assert_text("k1 k2", skua_property(text, "KEYS"));
	assert_text("b", skua_property(text, "TAG"));
	assert_null(skua_property(text, "TA").p);
	assert_null(skua_property(text, "").p);
	assert_null(skua_property(skua_str_n(NULL, 0), "TAGS").p);
}

static void
odd_property_texts_are_walked_to_their_end(void **state)
{
	static const char *const odd[] = { "\2", "\1", "\1\2", "a\1\2b\1c",
		"a", "a\2\2\2", "\1x\2", "a\1b\1c\2" };
	static const unsigned pairs[] = { 0, 0, 0, 1, 0, 0, 1, 1 };
	struct skua_str name, value;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		unsigned n = 0;

		for (size_t at = 0; skua_property_next(skua_str_z(odd[i]), &at,
			 &name, &value);)
			n++;
		assert_int_equal(pairs[i], n);
	}
}

static void
hashes_are_those_of_java(void **state)
{
	(void)state;
	assert_int_equal(0, skua_java_hash(skua_str_z("")));
	assert_int_equal(2598919, skua_java_hash(skua_str_z("TagA")));
	assert_int_equal(2107716674, skua_java_hash(skua_str_z("a longer tag")));
	assert_int_equal(233, skua_java_hash(skua_str_z("\xc3\xa9")));
	/* U+1F600 is D83D DE00 in Java. */
	assert_int_equal(31 * 0xd83d + 0xde00,
	    skua_java_hash(skua_str_z("\xf0\x9f\x98\x80")));
}

/* The hash takes several bytes at a time where they are ASCII. */
static void
hashes_do_not_depend_on_where_a_letter_of_more_bytes_stands(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 20; len++) {
		for (size_t at = 0; at <= len; at++) {
			char text[32];
			uint32_t expected = 0;

			memset(text, 'x', sizeof(text));
			memcpy(text + at, "\xc3\xa9", 2);
			for (size_t i = 0; i <= len; i++)
				expected = 31 * expected +
				    (i == at ? 0xe9u : (uint32_t)'x');
			assert_int_equal((int32_t)expected,
			    skua_java_hash(skua_str_n(text, len + 2)));
		}
	}
}

static void
key_hashes_are_those_of_the_joined_text_and_never_negative(void **state)
{
	(void)state;
	assert_int_equal(skua_java_hash(skua_str_z("T#k")),
	    skua_key_hash(skua_str_z("T"), skua_str_z("k")));
	assert_int_equal(skua_java_hash(skua_str_z("T#\xc3\xa9")),
	    skua_key_hash(skua_str_z("T"), skua_str_z("\xc3\xa9")));
	assert_true(skua_java_hash(skua_str_z("orders#4711")) < 0);
	assert_int_equal(-skua_java_hash(skua_str_z("orders#4711")),
	    skua_key_hash(skua_str_z("orders"), skua_str_z("4711")));
}

static void
a_message_id_comes_back(void **state)
{
	struct skua_addr a = { .ip = { 127, 0, 0, 1 }, .len = 4, .port = 10911 };
	struct skua_addr b;
	char id[SKUA_MSG_ID_SIZE];
	int64_t pos;

	(void)state;
	assert_int_equal(32, skua_msg_id_format(id, &a, 0x123456789a));
	assert_string_equal("7F00000100002A9F000000123456789A", id);
	assert_ok(skua_msg_id_parse(skua_str_z(id), &b, &pos));
	assert_int_equal(10911, b.port);
	assert_true(pos == 0x123456789a);
	a.len = 16;
	assert_int_equal(56, skua_msg_id_format(id, &a, INT64_MAX));
	assert_ok(skua_msg_id_parse(skua_str_z(id), &b, &pos));
	assert_memory_equal(a.ip, b.ip, 16);
	assert_true(pos == INT64_MAX);
}

static void
what_is_no_message_id_is_refused(void **state)
{
	static const char *const wrong[] = { "", "7F", "zz",
		"7F00000100002A9F000000123456789",
		"7F00000100002A9F000000123456789A0",
		"7F00000100002A9F00000012345678 A",
		"7G00000100002A9F000000123456789A" };
	struct skua_addr a;
	int64_t pos;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(SKUA_EINVAL,
		    skua_msg_id_parse(skua_str_z(wrong[i]), &a, &pos));
}

RUN(T(properties_are_found_by_their_whole_name),
    T(odd_property_texts_are_walked_to_their_end), T(hashes_are_those_of_java),
    T(hashes_do_not_depend_on_where_a_letter_of_more_bytes_stands),
    T(key_hashes_are_those_of_the_joined_text_and_never_negative),
    T(a_message_id_comes_back), T(what_is_no_message_id_is_refused))
