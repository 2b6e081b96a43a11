/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/text.h"
#include "test.h"

static bool
parse(const char *text, int64_t *v)
{
	return skua_text_int(skua_str_z(text), v);
}

static void
whole_numbers_are_read_to_both_ends_of_the_range(void **state)
{
	int64_t v;

	(void)state;
	assert_true(parse("9223372036854775807", &v) && v == INT64_MAX);
	assert_true(parse("-9223372036854775808", &v) && v == INT64_MIN);
	assert_true(parse("+7", &v) && v == 7);
	assert_true(parse("-0", &v) && v == 0);
	assert_true(parse("007", &v) && v == 7);
}

static void
what_is_no_whole_number_is_refused(void **state)
{
	static const char *const wrong[] = { "", "-", "+", " 1", "1 ", "1.0",
		"0x10", "1e3", "--1", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999999", "1a" };
	int64_t v = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (parse(wrong[i], &v))
			fail_msg("%s was taken", wrong[i]);
	assert_int_equal(42, v);
}

static void
numbers_are_written_as_they_are_read(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 9, 10, -10, 1234567890,
		INT64_MAX, INT64_MIN };
	char text[TEXT_INT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		size_t n = skua_text_put_int(text, values[i]);
		int64_t back;

		assert_in_range(n, 1, TEXT_INT_MAX);
		assert_true(skua_text_int(skua_str_n(text, n), &back));
		assert_true(back == values[i]);
	}
}

static void
numbers_of_every_length_are_written_as_printf_does(void **state)
{
	char text[TEXT_INT_MAX], expected[32];
	int64_t power = 1;

	(void)state;
	for (int digits = 1; digits <= 19; digits++) {
		for (int64_t v = power - 2; v <= power + 2; v++) {
			int n = snprintf(expected, sizeof(expected), "%lld",
			    (long long)v);
			size_t len = skua_text_put_int(text, v);

			assert_int_equal(n, len);
			assert_memory_equal(expected, text, len);
		}
		if (digits < 19)
			power *= 10;
	}
}

static void
bytes_are_written_as_hex_digits(void **state)
{
	uint8_t bytes[28];
	char text[2 * sizeof(bytes)], expected[2 * sizeof(bytes) + 1];

	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			bytes[i] = (uint8_t)(first + 37 * i);
			(void)snprintf(expected + 2 * i, 3, "%02X", bytes[i]);
		}
		for (size_t n = 0; n <= sizeof(bytes); n++) {
			memset(text, '.', sizeof(text));
			assert_int_equal(2 * n,
			    skua_text_put_hex(text, bytes, n));
			assert_memory_equal(expected, text, 2 * n);
			assert_true(n == sizeof(bytes) || text[2 * n] == '.');
		}
	}
}

static void
case_is_ignored_but_length_is_not(void **state)
{
	(void)state;
	assert_true(skua_text_eq_nocase(skua_str_z("True"), "tRUE"));
	assert_false(skua_text_eq_nocase(skua_str_z("tru"), "true"));
	assert_false(skua_text_eq_nocase(skua_str_z("truee"), "true"));
	assert_false(skua_text_eq_nocase(skua_str_n(NULL, 0), "true"));
}

static void
a_typing_mistake_finds_the_nearest_name(void **state)
{
	static const char *const names[] = { "listenPort", "brokerName",
		"flushDiskType" };

	(void)state;
	assert_string_equal("listenPort",
	    skua_text_nearest("lisenPort", names, 3));
	assert_string_equal("flushDiskType",
	    skua_text_nearest("flushdisktype", names, 3));
	assert_null(skua_text_nearest("somethingElse", names, 3));
	assert_null(skua_text_nearest("x", names, 0));
}

static void
a_very_long_name_is_near_to_nothing(void **state)
{
	static const char *const names[] = { "listenPort" };
	char text[5000];

	(void)state;
	memset(text, 'l', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	/* Only that it ends, and stays in its row. */
	(void)skua_text_nearest(text, names, 1);
}

RUN(T(whole_numbers_are_read_to_both_ends_of_the_range),
    T(what_is_no_whole_number_is_refused),
    T(numbers_are_written_as_they_are_read),
    T(numbers_of_every_length_are_written_as_printf_does),
    T(bytes_are_written_as_hex_digits),
    T(case_is_ignored_but_length_is_not),
    T(a_typing_mistake_finds_the_nearest_name),
    T(a_very_long_name_is_near_to_nothing))
