/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/properties.h>

#include "test.h"

static int
note(void *arg, unsigned line, const char *key, const char *value)
{
	char *text = arg;

	(void)snprintf(text + strlen(text), 512 - strlen(text), "%u<%s><%s>",
	    line, key, value);
	return strcmp(key, "stop") == 0 ? SKUA_EINVAL : SKUA_OK;
}

static void
reads_as(const char *in, const char *expected)
{
	char text[512] = "";

	assert_ok(skua_properties_parse(skua_str_z(in), note, text));
	assert_string_equal(expected, text);
}

static void
pairs_are_split_as_java_does(void **state)
{
	(void)state;
	reads_as("a=1\nb : 2\nc 3\n", "1<a><1>2<b><2>3<c><3>");
	reads_as("  a  =  1 2  \r\n", "1<a><1 2>");
	reads_as("a\nb=\n", "1<a><>2<b><>");
	reads_as("a=b=c", "1<a><b=c>");
	reads_as("a\\ b\\=c=d", "1<a b=c><d>");
}

static void
comments_and_blank_lines_are_skipped_and_counted(void **state)
{
	(void)state;
	reads_as("# a=1\n\n  ! b=2\n \t\nc=3", "5<c><3>");
	reads_as("", "");
	reads_as("\n\n", "");
	reads_as("#", "");
}

static void
a_line_goes_on_behind_a_backslash(void **state)
{
	(void)state;
	reads_as("a=1,\\\n   2,\\\r\n\t3\nb=4", "1<a><1,2,3>4<b><4>");
	reads_as("a=1\\", "1<a><1>");
}

static void
escapes_are_taken(void **state)
{
	(void)state;
	reads_as("a=\\u0041\\u00e9\\u20ac\\t\\q", "1<a><A\xc3\xa9\xe2\x82\xac\tq>");
}

static void
a_broken_escape_is_an_error(void **state)
{
	char text[512] = "";

	(void)state;
	assert_int_equal(SKUA_EPROTO,
	    skua_properties_parse(skua_str_z("a=\\u00"), note, text));
	assert_int_equal(SKUA_EPROTO,
	    skua_properties_parse(skua_str_z("\\u00zz=1"), note, text));
}

static void
the_callback_can_stop(void **state)
{
	char text[512] = "";

	(void)state;
	assert_int_equal(SKUA_EINVAL,
	    skua_properties_parse(skua_str_z("stop=1\nb=2"), note, text));
	assert_string_equal("1<stop><1>", text);
}

RUN(T(pairs_are_split_as_java_does),
    T(comments_and_blank_lines_are_skipped_and_counted),
    T(a_line_goes_on_behind_a_backslash), T(escapes_are_taken),
    T(a_broken_escape_is_an_error), T(the_callback_can_stop))
