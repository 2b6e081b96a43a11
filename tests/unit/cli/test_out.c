/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <time.h>

#include "cli/out.h"
#include "test.h"

static const struct out_column columns[] = {
	{ "NAME", "name", OUT_TEXT },
	{ "COUNT", "count", OUT_INT },
	{ "RATE", "rate", OUT_REAL },
	{ "SINCE", "since", OUT_TIME },
	{ "ON", "on", OUT_BOOL },
	{ "MORE", "more", OUT_TREE },
	{ NULL, NULL, OUT_TEXT },
};

struct sheet {
	struct out out;
	char *text;
	size_t size;
	FILE *to;
};

static void
begin(struct sheet *s, enum out_form form, bool colours,
    const struct out_column *c)
{
	s->to = open_memstream(&s->text, &s->size);
	assert_non_null(s->to);
	out_begin(&s->out, form, s->to, colours, c);
}

static void
assert_written(struct sheet *s, size_t rows, const char *expected)
{
	assert_int_equal(rows, out_end(&s->out));
	(void)fclose(s->to);
	assert_string_equal(expected, s->text);
	free(s->text);
}

static void
fill(struct out *o)
{
	out_text(o, "a");
	out_int(o, 12345);
	out_real(o, 0.25);
	out_time(o, 86400123);
	out_bool(o, true);
	out_tree(o, json_pack("{s:s,s:i}", "k", "v", "n", 1));
	out_text(o, "longer");
	out_int(o, -1);
	out_none(o);
	out_time(o, 0);
	out_bool(o, false);
	out_tree(o, json_object());
}

static void
a_table_is_aligned_and_numbers_are_to_the_right(void **state)
{
	struct sheet s;

	(void)state;
	begin(&s, OUT_TABLE, false, columns);
	fill(&s.out);
	assert_written(&s, 2,
	    "NAME    COUNT  RATE  SINCE                    ON   MORE\n"
	    "a       12345   0.2  1970-01-02 00:00:00.123  yes  k=v n=1\n"
	    "longer     -1     -  -                        no   -\n");
}

static void
values_are_parted_by_tabs_and_escaped(void **state)
{
	struct sheet s;

	(void)state;
	begin(&s, OUT_TSV, false, columns);
	fill(&s.out);
	out_text(&s.out, "t\tn\nr\rb\\");
	for (int i = 0; i < 5; i++)
		out_none(&s.out);
	assert_written(&s, 3, "name\tcount\trate\tsince\ton\tmore\n"
			      "a\t12345\t0.25\t86400123\ttrue\tk=v n=1\n"
			      "longer\t-1\t\t\tfalse\t\n"
			      "t\\tn\\nr\\rb\\\\\t\t\t\t\t\n");
}

static void
json_leaves_out_what_is_not_known(void **state)
{
	struct sheet s;

	(void)state;
	begin(&s, OUT_JSON, false, columns);
	fill(&s.out);
	assert_written(&s, 2,
	    "{\"name\":\"a\",\"count\":12345,\"rate\":0.25,\"since\":86400123,"
	    "\"on\":true,\"more\":{\"k\":\"v\",\"n\":1}}\n"
	    "{\"name\":\"longer\",\"count\":-1,\"on\":false,\"more\":{}}\n");
}

static void
json_has_no_bytes_that_are_no_text(void **state)
{
	static const struct out_column one[] = { { "B", "b", OUT_TEXT },
		{ "C", "c", OUT_TEXT }, { NULL, NULL, OUT_TEXT } };
	struct sheet s;

	(void)state;
	begin(&s, OUT_JSON, false, one);
	out_str(&s.out, skua_str_n("\xff\xfe", 2));
	out_text(&s.out, "x");
	assert_written(&s, 1, "{\"c\":\"x\"}\n");
}

static void
names_alone_have_no_head(void **state)
{
	static const struct out_column one[] = { { "TOPIC", "topic", OUT_TEXT },
		{ NULL, NULL, OUT_TEXT } };
	struct sheet s;

	(void)state;
	begin(&s, OUT_TABLE, false, one);
	out_text(&s.out, "a");
	out_text(&s.out, "much longer");
	assert_written(&s, 2, "a\nmuch longer\n");
	begin(&s, OUT_TABLE, false, columns);
	assert_written(&s, 0, "");
}

static void
a_card_has_a_line_for_each_thing_known(void **state)
{
	static const struct out_column two[] = { { "id", "id", OUT_TEXT },
		{ "offset", "offset", OUT_INT }, { "body", "body", OUT_TEXT },
		{ NULL, NULL, OUT_TEXT } };
	struct sheet s;

	(void)state;
	begin(&s, OUT_CARD, false, two);
	out_text(&s.out, "x");
	out_int(&s.out, 7);
	out_none(&s.out);
	assert_written(&s, 1, "id      x\noffset  7\n");
}

static void
a_terminal_is_not_steered_by_what_is_shown(void **state)
{
	static const struct out_column one[] = { { "T", "t", OUT_TEXT },
		{ NULL, NULL, OUT_TEXT } };
	struct sheet s;

	(void)state;
	begin(&s, OUT_TABLE, false, one);
	out_text(&s.out, "a\033[2Jb\x7f\xc2\x9b" "c\nd\te");
	assert_written(&s, 1, "a\\x1b[2Jb\\x7f\\u009bc\\nd\\te\n");
}

static void
colours_only_when_asked_for(void **state)
{
	static const struct out_column two[] = { { "A", "a", OUT_TEXT },
		{ "B", "b", OUT_INT }, { NULL, NULL, OUT_TEXT } };
	struct sheet s;

	(void)state;
	for (int colours = 0; colours < 2; colours++) {
		begin(&s, OUT_TABLE, colours == 1, two);
		out_text(&s.out, "x");
		out_mark(&s.out, OUT_BAD);
		out_int(&s.out, 10);
		assert_written(&s, 1, colours == 1 ?
			"\033[1mA\033[0m   \033[1mB\033[0m\n"
			"x  \033[31m10\033[0m\n" :
			"A   B\nx  10\n");
	}
	assert_true(setenv("TERM", "xterm", 1) == 0 &&
	    setenv("NO_COLOR", "", 1) == 0);
	assert_false(out_has_colours(stdin)); /* no terminal in tests */
}

static void
width_counts_characters_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(0, out_width(""));
	assert_int_equal(3, out_width("abc"));
	assert_int_equal(4, out_width("M\xc3\xb6we"));
	assert_int_equal(2, out_width("\xff\xc3")); /* no UTF-8 */
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_table_is_aligned_and_numbers_are_to_the_right),
		T(values_are_parted_by_tabs_and_escaped),
		T(json_leaves_out_what_is_not_known),
		T(json_has_no_bytes_that_are_no_text),
		T(names_alone_have_no_head),
		T(a_card_has_a_line_for_each_thing_known),
		T(a_terminal_is_not_steered_by_what_is_shown),
		T(colours_only_when_asked_for),
		T(width_counts_characters_not_bytes),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
