/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/quoted.h"

#include "test.h"

/* Every byte value at every place, before text of every length. */
static void
the_first_byte_that_is_not_plain_is_found(void **state)
{
	char text[40];

	(void)state;
	for (int c = 0; c < 256; c++) {
		for (size_t at = 0; at < sizeof(text); at++) {
			memset(text, 'x', sizeof(text));
			text[at] = (char)c;
			assert_int_equal(
			    c < 0x20 || c == '"' || c == '\\' ? at :
								 sizeof(text),
			    plain_bytes(text, sizeof(text)));
		}
	}
}

/* The same, copied; behind it nothing but the slack is written. */
static void
what_stands_before_it_is_copied(void **state)
{
	char text[20], to[sizeof(text) + PUT_PLAIN_SLACK + 1];

	(void)state;
	for (size_t len = 0; len <= sizeof(text); len++) {
		for (size_t at = 0; at <= len; at++) {
			char *own = malloc(len + (len == 0));

			for (size_t i = 0; i < sizeof(text); i++)
				text[i] = (char)('a' + i);
			if (at < len)
				text[at] = '"';
			memcpy(own, text, len);
			memset(to, '.', sizeof(to));
			assert_int_equal(at, put_plain(to, own, len));
			assert_memory_equal(text, to, at);
			assert_true(to[len + PUT_PLAIN_SLACK] == '.');
			free(own);
		}
	}
}

static void
bytes_behind_the_end_are_not_looked_at(void **state)
{
	static const char text[] = "abcdefghijklmnop\"";

	(void)state;
	for (size_t len = 0; len <= 16; len++)
		assert_int_equal(len, plain_bytes(text, len));
}

static void
of_two_the_first_counts(void **state)
{
	(void)state;
	assert_int_equal(3, plain_bytes("abc\"\\\1fghijk", 13));
	assert_int_equal(1, plain_bytes("a\1\"", 3));
	/* One above '"' next to it, as the borrow of a subtraction meets it. */
	assert_int_equal(0, plain_bytes("\"#######", 8));
	assert_int_equal(8, plain_bytes("########", 8));
}

RUN(T(the_first_byte_that_is_not_plain_is_found),
    T(what_stands_before_it_is_copied),
    T(bytes_behind_the_end_are_not_looked_at),
    T(of_two_the_first_counts))
