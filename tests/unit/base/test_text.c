/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <skua/host.h>

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

static const struct {
	const char *from, *to;
} unclean[] = {
	{ "plain, \xc3\xa4 \xe4\xb8\xad \xf0\x9f\x90\xa6 \\ text",
	    "plain, \xc3\xa4 \xe4\xb8\xad \xf0\x9f\x90\xa6 \\ text" },
	{ "\033]0;title\007\r\n\t", "\\x1b]0;title\\x07\\r\\n\\t" },
	{ "\177", "\\x7f" },
	{ "\xc2\x9b" "31m\xc2\x85\xc2\x80\xc2\x9f\xc2\xa0", /* C1 */
	    "\\u009b31m\\u0085\\u0080\\u009f\xc2\xa0" },
	{ "\x9b" "31m\x85", "\\x9b31m\\x85" }, /* C1 as bytes */
	{ "a\xe2\x80\xae" "b\xe2\x80\xaa\xe2\x80\xab", /* direction */
	    "a\\u202eb\\u202a\\u202b" },
	{ "\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c",
	    "\\u2066\\u2069\\u200e\\u200f\\u061c" },
	{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029" },
	/* no UTF-8: cut, longer than needed, a surrogate, beyond the last */
	{ "\xe4\xb8", "\\xe4\\xb8" },
	{ "\xc1\x9b", "\\xc1\\x9b" },
	{ "\xe0\x82\x9b", "\\xe0\\x82\\x9b" },
	{ "\xf0\x82\x80\xae", "\\xf0\\x82\\x80\\xae" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80\xff", "\\xf4\\x90\\x80\\x80\\xff" },
};

static void
what_steers_a_terminal_becomes_visible(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(unclean) / sizeof(unclean[0]); i++) {
		char once[128], twice[128];

		(void)skua_text_clean(once, sizeof(once),
		    skua_str_z(unclean[i].from));
		assert_string_equal(unclean[i].to, once);
		(void)skua_text_clean(twice, sizeof(twice), skua_str_z(once));
		assert_string_equal(once, twice);
	}
}

static void
a_nul_is_a_character_like_others(void **state)
{
	char to[16];

	(void)state;
	assert_int_equal(6, skua_text_clean(to, sizeof(to),
	    skua_str_n("a\0b", 3)));
	assert_string_equal("a\\x00b", to);
}

/* Whatever the bytes, and however little room. */
static void
nothing_is_cut_in_the_middle(void **state)
{
	static const char text[] = "\xe4\xb8\xad\033\xe2\x80\xae";
	static const size_t whole[] = { 0, 0, 0, 3, 3, 3, 3, 7, 7, 7, 7, 7, 7,
		13 };
	char to[32];

	(void)state;
	for (size_t size = 1; size <= sizeof(whole) / sizeof(whole[0]); size++) {
		memset(to, '#', sizeof(to));
		assert_int_equal(whole[size - 1], skua_text_clean(to, size,
		    skua_str_z(text)));
		assert_int_equal(whole[size - 1], strlen(to));
		assert_int_equal('#', to[size]);
	}
}

static void
a_sentence_is_clean(void **state)
{
	struct skua_error e;

	(void)state;
	(void)skua_fail(&e, SKUA_EREFUSED, "code %d: %s", 1, "\033[31m\n");
	assert_string_equal("code 1: \\x1b[31m\\n", e.text);
	(void)skua_fail_prefix(&e, SKUA_EREFUSED, "%s: ", "\xc2\x9b");
	assert_string_equal("\\u009b: code 1: \\x1b[31m\\n", e.text);
}

static void
a_line_of_the_log_is_clean(void **state)
{
	int out[2], before = dup(2);
	char line[512];
	ssize_t n;

	(void)state;
	assert_int_equal(0, pipe(out));
	(void)dup2(out[1], 2);
	skua_log(SKUA_LOG_ERROR, "test", "%s", "a\n2026 error b\xc2\x9b\x9b");
	(void)dup2(before, 2);
	n = read(out[0], line, sizeof(line));
	assert_true(n > 0);
	line[n] = '\0';
	assert_string_equal("test: a\\n2026 error b\\u009b\\x9b\n",
	    strstr(line, "test: "));
	(void)close(out[0]);
	(void)close(out[1]);
	(void)close(before);
}

RUN(T(what_steers_a_terminal_becomes_visible),
    T(a_nul_is_a_character_like_others), T(nothing_is_cut_in_the_middle),
    T(a_sentence_is_clean), T(a_line_of_the_log_is_clean),
    T(whole_numbers_are_read_to_both_ends_of_the_range),
    T(what_is_no_whole_number_is_refused),
    T(numbers_are_written_as_they_are_read),
    T(numbers_of_every_length_are_written_as_printf_does),
    T(bytes_are_written_as_hex_digits),
    T(case_is_ignored_but_length_is_not),
    T(a_typing_mistake_finds_the_nearest_name),
    T(a_very_long_name_is_near_to_nothing))
