/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/histogram.h"
#include "bench/series.h"
#include "bench/sizes.h"

#include "test.h"

/* --- histogram --- */

static void
percentiles_of_a_ramp_are_known_to_two_percent(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));

	(void)state;
	for (uint64_t v = 1; v <= 1000000; v++)
		skua_histogram_add(h, v);
	assert_int_equal(1000000, h->count);
	for (int percent = 1; percent <= 100; percent++) {
		uint64_t exact = (uint64_t)percent * 10000;

		assert_in_range(skua_histogram_at(h, percent / 100.0), exact,
		    exact + exact / 50);
	}
	assert_int_equal(1000000, skua_histogram_at(h, 1));
	assert_true(skua_histogram_mean(h) == 500000.5);
	free(h);
}

static void
the_slowest_of_a_thousand_shows_only_where_it_belongs(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));

	(void)state;
	for (int i = 0; i < 999; i++)
		skua_histogram_add(h, 100);
	skua_histogram_add(h, 50000000);
	assert_in_range(skua_histogram_at(h, 0.999), 100, 101);
	assert_int_equal(50000000, skua_histogram_at(h, 0.9991));
	free(h);
}

static void
any_value_has_a_place(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));

	(void)state;
	assert_int_equal(0, skua_histogram_at(h, 0.5));
	skua_histogram_add(h, 0);
	assert_int_equal(0, skua_histogram_at(h, 1));
	for (int bit = 0; bit < 64; bit++)
		skua_histogram_add(h, UINT64_C(1) << bit);
	skua_histogram_add(h, UINT64_MAX);
	assert_int_equal(66, h->count);
	assert_true(h->max == UINT64_MAX);
	free(h);
}

/* --- series --- */

static void
rates_come_by_tenths_of_a_second(void **state)
{
	struct series s = { .count = 0 };

	(void)state;
	skua_series_add(&s, 0, 10);
	skua_series_add(&s, SERIES_STEP_NS - 1, 10);
	skua_series_add(&s, 1000 * (uint64_t)SERIES_STEP_NS, 5);
	assert_int_equal(1001, s.count);
	assert_true(skua_series_rate(&s, 0, 1) == 200);
	assert_true(skua_series_rate(&s, 1, 2) == 0);
	assert_true(skua_series_rate(&s, 1000, 2000) == 50);
	assert_true(skua_series_rate(&s, 5, 5) == 0);
	skua_series_free(&s);
}

/* --- sizes --- */

static void
sizes_are_one_a_range_or_a_mix(void **state)
{
	struct bench_sizes s;
	struct skua_error e;
	size_t small = 0;

	(void)state;
	assert_ok(skua_bench_sizes_parse("1024", &s, &e));
	assert_int_equal(1024, skua_bench_sizes_next(&s));
	assert_ok(skua_bench_sizes_parse("10-20", &s, &e));
	assert_int_equal(20, s.largest);
	for (int i = 0; i < 1000; i++)
		assert_in_range(skua_bench_sizes_next(&s), 10, 20);
	assert_ok(skua_bench_sizes_parse("100:3,1000-2000:1", &s, &e));
	for (int i = 0; i < 10000; i++) {
		size_t size = skua_bench_sizes_next(&s);

		small += size == 100;
		assert_true(size == 100 || (size >= 1000 && size <= 2000));
	}
	assert_in_range(small, 7200, 7800);
}

static void
wrong_sizes_are_refused_with_a_sentence(void **state)
{
	static const char *const wrong[] = { "", "0", "-1", "1k", "20-10",
		"10-", "10:0", "10:", "10,,20", "10,", "99999999999" };
	struct bench_sizes s;
	struct skua_error e;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		e.text[0] = '\0';
		if (skua_bench_sizes_parse(wrong[i], &s, &e) == SKUA_OK)
			fail_msg("\"%s\" was taken", wrong[i]);
		assert_true(strlen(e.text) > 10);
	}
}

RUN(T(percentiles_of_a_ramp_are_known_to_two_percent),
    T(the_slowest_of_a_thousand_shows_only_where_it_belongs),
    T(any_value_has_a_place), T(rates_come_by_tenths_of_a_second),
    T(sizes_are_one_a_range_or_a_mix),
    T(wrong_sizes_are_refused_with_a_sentence))
