/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/name.h>

#include "base/number.h"
#include "test.h"

static bool
is(enum skua_name_kind kind, const char *name)
{
	return skua_name_is(kind, skua_str_z(name));
}

static void
what_is_a_path_is_no_name(void **state)
{
	static const char *const wrong[] = { "", " ", ".", "..", "../x", "a/b",
		"/", "a\\b", ".a", "a b", "a\nb", "\x1b[2J", "caf\xc3\xa9",
		"$(id)", "`id`", "a;b", "a\"b", "a'b", "*" };

	(void)state;
	for (int kind = SKUA_NAME_TOPIC; kind <= SKUA_NAME_STORED_GROUP; kind++)
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
			if (is((enum skua_name_kind)kind, wrong[i]))
				fail_msg("\"%s\" passed as kind %d", wrong[i],
				    kind);
	assert_false(skua_name_is(SKUA_NAME_STORED_TOPIC, skua_str_n("a\0b", 3)));
}

static void
brokers_may_be_named_after_hosts(void **state)
{
	(void)state;
	assert_true(is(SKUA_NAME_BROKER, "mq-1.example.org:10911"));
	assert_true(is(SKUA_NAME_STORED_TOPIC, "mq-1.example.org"));
	assert_false(is(SKUA_NAME_TOPIC, "mq-1.example.org"));
	assert_true(is(SKUA_NAME_TOPIC, "%RETRY%a|b_c-d"));
}

static void
lengths_have_limits(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_true(skua_name_is(SKUA_NAME_TOPIC,
	    skua_str_n(name, SKUA_TOPIC_MAX)));
	assert_false(skua_name_is(SKUA_NAME_TOPIC,
	    skua_str_n(name, SKUA_TOPIC_MAX + 1)));
	assert_false(skua_name_is(SKUA_NAME_GROUP, skua_str_n(name, 121)));
	assert_true(skua_name_is(SKUA_NAME_STORED_GROUP, skua_str_n(name, 255)));
	assert_false(skua_name_is(SKUA_NAME_STORED_GROUP,
	    skua_str_n(name, 256)));
}

static void
numbers_are_narrowed_or_refused(void **state)
{
	int32_t v = 7;

	(void)state;
	assert_false(skua_narrow_i32(INT64_C(4294967296), 0, INT32_MAX, &v));
	assert_false(skua_narrow_i32(-1, 0, INT32_MAX, &v));
	assert_int_equal(v, 7);
	assert_true(skua_narrow_i32(INT32_MIN, INT32_MIN, INT32_MAX, &v));
	assert_int_equal(v, INT32_MIN);
	assert_true(skua_add_clamped(INT64_MAX, 1) == INT64_MAX);
	assert_true(skua_add_clamped(INT64_MIN, -1) == INT64_MIN);
	assert_true(skua_clamp_span(INT64_MAX) == SPAN_MAX_MS);
	assert_true(skua_clamp_span(INT64_MIN) == 0);
}

RUN(T(what_is_a_path_is_no_name), T(brokers_may_be_named_after_hosts),
    T(lengths_have_limits), T(numbers_are_narrowed_or_refused))
