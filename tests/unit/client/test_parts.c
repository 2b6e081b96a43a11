/* SPDX-License-Identifier: Apache-2.0 */
/* The client's parts that need no peer. */
#include "client/allocate.h"
#include "client/producer.h"
#include "client/subscription.h"
#include "client/unique.h"
#include "test.h"

/* What AllocateMessageQueueAveragely gives each of n members. */
static void
assert_shares(size_t queues, size_t members, const char *expected)
{
	static const char *const names[] = { "c", "a", "e", "b", "d" };
	char text[256] = "";

	for (size_t own = 0; own < members; own++) {
		const char *ids[5];
		char name[2] = { (char)('a' + own), '\0' };
		size_t first, count, n = 0, len = strlen(text);

		for (size_t i = 0; i < 5; i++)
			if (names[i][0] < (char)('a' + members))
				ids[n++] = names[i];
		skua_allocate_averagely(queues, ids, n, name, &first, &count);
		(void)snprintf(text + len, sizeof(text) - len, "%s%zu+%zu",
		    own > 0 ? " " : "", first, count);
	}
	assert_string_equal(expected, text);
}

static void
queues_are_shared_as_java_does(void **state)
{
	(void)state;
	assert_shares(8, 1, "0+8");
	assert_shares(8, 3, "0+3 3+3 6+2");
	assert_shares(10, 4, "0+3 3+3 6+2 8+2");
	assert_shares(4, 4, "0+1 1+1 2+1 3+1");
	assert_shares(2, 3, "0+1 1+1 2+0");
	assert_shares(1, 5, "0+1 1+0 1+0 1+0 1+0");
}

static void
a_stranger_gets_no_queue(void **state)
{
	const char *ids[] = { "a", "b" };
	size_t first, count;

	(void)state;
	skua_allocate_averagely(8, ids, 2, "z", &first, &count);

	assert_int_equal(0, count);
}

static void
assert_json(const struct subscription *s, const char *expected)
{
	struct skua_jsonw w;
	struct skua_str text;

	skua_jsonw_init(&w);
	skua_subscription_json(s, &w);
	assert_ok(skua_jsonw_finish(&w, &text));
	assert_text(expected, text);
	skua_jsonw_free(&w);
}

static void
tags_are_split_and_hashed(void **state)
{
	struct subscription *s;

	(void)state;
	assert_ok(skua_subscription_new("T", " A ||BB|| A", NULL, &s, NULL));
	s->version = 7;

	assert_json(s, "{\"classFilterMode\":false,\"codeSet\":[65,2112],"
		       "\"expressionType\":\"TAG\",\"subString\":"
		       "\" A ||BB|| A\",\"subVersion\":7,\"tagsSet\":"
		       "[\"A\",\"BB\"],\"topic\":\"T\"}");
	assert_true(skua_subscription_takes(s, skua_str_z("BB")));
	assert_false(skua_subscription_takes(s, skua_str_z("B")));
	skua_subscription_free(s);
}

static void
everything_is_a_star(void **state)
{
	struct subscription *s;

	(void)state;
	assert_ok(skua_subscription_new("T", NULL, NULL, &s, NULL));

	assert_string_equal("*", s->expression);
	assert_true(skua_subscription_takes(s, skua_str_n(NULL, 0)));
	skua_subscription_free(s);
}

static void
an_expression_without_a_tag_is_refused(void **state)
{
	struct subscription *s;
	struct skua_error e;

	(void)state;
	assert_int_equal(SKUA_EINVAL,
	    skua_subscription_new("T", " || ", "TAG", &s, &e));
	assert_non_null(strstr(e.text, "A || B"));
}

static void
other_types_are_the_brokers_to_judge(void **state)
{
	struct subscription *s;

	(void)state;
	assert_ok(skua_subscription_new("T", "a > 5", "SQL92", &s, NULL));

	assert_int_equal(0, s->tag_count);
	skua_subscription_free(s);
}

static void
unique_keys_are_javas(void **state)
{
	const struct skua_addr own = { { 10, 1, 2, 255 }, 4, 0 };
	char a[UNIQUE_LEN + 1] = "", b[UNIQUE_LEN + 1] = "";
	struct unique u;

	(void)state;
	skua_unique_init(&u, &own, 0xCAFE0001);
	skua_unique_make(&u, 1780000000123, a);
	skua_unique_make(&u, 1780000000124, b);

	assert_memory_equal("0A0102FF", a, 8);
	assert_memory_equal("CAFE0001", a + 12, 8);
	/* A millisecond later, and the next of the counter. */
	assert_int_equal(1, strtoul(b + 20, NULL, 16) / 65536 -
		strtoul(a + 20, NULL, 16) / 65536);
	assert_string_equal("0001", a + 28);
	assert_string_equal("0002", b + 28);
}

static void
unique_keys_begin_anew_each_month(void **state)
{
	const struct skua_addr own = { { 10, 1, 2, 3 }, 4, 0 };
	char text[UNIQUE_LEN + 1] = "";
	struct unique u;

	(void)state;
	skua_unique_init(&u, &own, 1);
	/* Whatever the time zone, 2026-06-16 is the middle of a month. */
	skua_unique_make(&u, 1781600000000, text);
	text[28] = '\0';

	assert_in_range(strtoul(text + 20, NULL, 16), 13 * 86400000ul,
	    17 * 86400000ul);
}

static void
assert_comes_back(enum skua_compression how, int32_t type)
{
	char body[5000], *small, *back;
	size_t small_len, back_len;
	int32_t flag;

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)('a' + i % 7);
	assert_true(skua_client_compress(how, 5,
	    skua_str_n(body, sizeof(body)), &small, &small_len, &flag));
	assert_int_equal(SKUA_SYS_COMPRESSED | type << 8, flag);
	assert_true(small_len < sizeof(body) / 4);
	assert_ok(skua_body_decompress(flag, skua_str_n(small, small_len),
	    1 << 20, &back, &back_len));
	assert_int_equal(sizeof(body), back_len);
	assert_memory_equal(body, back, back_len);
	free(small);
	free(back);
}

static void
compressed_bodies_come_back(void **state)
{
	(void)state;
	assert_comes_back(SKUA_COMPRESSION_ZLIB, 3);
	assert_comes_back(SKUA_COMPRESSION_LZ4, 1);
	assert_comes_back(SKUA_COMPRESSION_ZSTD, 2);
}

static void
what_does_not_shrink_is_left_alone(void **state)
{
	char *out;
	size_t len;
	int32_t flag;

	(void)state;
	assert_false(skua_client_compress(SKUA_COMPRESSION_ZLIB, 5,
	    skua_str_z("x"), &out, &len, &flag));
	assert_false(skua_client_compress(SKUA_COMPRESSION_NONE, 5,
	    skua_str_z("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), &out, &len,
	    &flag));
}

RUN(T(queues_are_shared_as_java_does), T(a_stranger_gets_no_queue),
    T(tags_are_split_and_hashed), T(everything_is_a_star),
    T(an_expression_without_a_tag_is_refused),
    T(other_types_are_the_brokers_to_judge), T(unique_keys_are_javas),
    T(unique_keys_begin_anew_each_month), T(compressed_bodies_come_back),
    T(what_does_not_shrink_is_left_alone))
