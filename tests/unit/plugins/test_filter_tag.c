/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/filter.h>

#include "rig.h"
#include "test.h"

static struct rig rig;
static const struct provider *tag;

static int
setup(void **state)
{
	(void)state;
	tag = rig_load(&rig, "filter-tag", NULL, PLUGIN_FILTER, "TAG");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rig_free(&rig);
	return 0;
}

/* Which of the messages with tags A, B, C, "" pass: a bit each. */
static unsigned
passes(const char *expression)
{
	static const char *const tags[] = { "A", "B", "C", "" };
	const struct skua_filter *ops = tag->ops;
	struct skua_subscription sub = { .expression = skua_str_z(expression) };
	struct skua_candidate c[4] = { { .tags_code = 0 } };
	uint8_t keep[4] = { 1, 1, 1, 1 };
	struct skua_error e;
	unsigned bits = 0;
	void *instance;

	assert_ok(ops->compile(tag->host, &sub, &instance, &e));
	if (instance == NULL)
		return 15;
	for (int i = 0; i < 4; i++)
		c[i].tags_code = i == 3 ? 0 :
					  skua_java_hash(skua_str_z(tags[i]));
	assert_int_equal(4, ops->match(instance, c, 4, keep, 0));
	ops->release(instance);
	for (unsigned i = 0; i < 4; i++)
		bits |= keep[i] != 0 ? 1u << i : 0;
	return bits;
}

static void
a_subscription_names_its_tags(void **state)
{
	(void)state;
	assert_int_equal(1, passes("A"));
	assert_int_equal(3, passes("A || B"));
	assert_int_equal(3, passes("A||B"));
	assert_int_equal(5, passes("  C ||\tA || X "));
	assert_int_equal(1, passes("A||||"));
	assert_int_equal(0, passes("a"));
	assert_int_equal(0, passes("A | B"));
}

static void
a_star_or_nothing_is_everything(void **state)
{
	(void)state;
	assert_int_equal(15, passes("*"));
	assert_int_equal(15, passes(""));
}

static void
an_expression_without_a_tag_is_refused(void **state)
{
	const struct skua_filter *ops = tag->ops;
	struct skua_subscription sub = { .version = 0 };
	struct skua_error e;

	(void)state;
	sub.expression = skua_str_z(" || ");
	assert_int_equal(SKUA_EINVAL, ops->check(tag->host, &sub, &e));
	sub.expression = skua_str_z(" ");
	assert_int_equal(SKUA_EINVAL, ops->check(tag->host, &sub, &e));
	sub.expression = skua_str_z("A");
	assert_ok(ops->check(tag->host, &sub, &e));
}

static void
what_an_earlier_filter_dropped_stays_dropped(void **state)
{
	const struct skua_filter *ops = tag->ops;
	struct skua_subscription sub = { .expression = skua_str_z("A") };
	struct skua_candidate c = { .tags_code = 65 };
	struct skua_error e;
	uint8_t keep = 0;
	void *instance;

	(void)state;
	assert_ok(ops->compile(tag->host, &sub, &instance, &e));
	assert_int_equal(1, ops->match(instance, &c, 1, &keep, 0));
	assert_int_equal(0, keep);
	ops->release(instance);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_subscription_names_its_tags),
		T(a_star_or_nothing_is_everything),
		T(an_expression_without_a_tag_is_refused),
		T(what_an_earlier_filter_dropped_stays_dropped),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
