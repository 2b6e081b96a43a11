/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "test.h"
#include "wire/header_binary.h"

static size_t
sample(uint8_t *to)
{
	static const struct field fields[] = {
		{ SKUA_STR("a"), SKUA_STR("one") },
		{ SKUA_STR(""), SKUA_STR("") },
	};
	struct command_out out = { .code = 105, .opaque = 77, .flag = 0,
		.codec = CODEC_BINARY, .fields = fields, .field_count = 2,
		.remark = SKUA_STR("r") };

	return skua_header_binary_encode(to, &out);
}

static int
decode(const uint8_t *bytes, size_t len, struct command *c)
{
	uint8_t *copy = malloc(len + 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy + 1, bytes, len); /* odd address: nothing is aligned */
	memset(c, 0, sizeof(*c));
	rc = skua_header_binary_decode(skua_str_n((char *)copy + 1, len), c);
	free(copy);
	return rc;
}

static void
a_header_comes_back(void **state)
{
	uint8_t bytes[128];
	struct command c;

	(void)state;
	assert_ok(decode(bytes, sample(bytes), &c));
	assert_int_equal(105, c.code);
	assert_int_equal(77, c.opaque);
	assert_int_equal(1, c.remark.len);
	assert_int_equal(2, c.field_count);
	assert_int_equal(3, c.fields[0].value.len);
	assert_int_equal(0, c.fields[1].name.len);
}

static void
every_truncation_is_refused(void **state)
{
	uint8_t bytes[128];
	size_t n = sample(bytes);
	struct command c;

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(SKUA_EPROTO, decode(bytes, i, &c));
}

static void
lengths_that_lie_are_refused(void **state)
{
	static const uint32_t lies[] = { 0xffffffff, 0x80000000, 0x7fffffff, 200,
		30 };
	uint8_t bytes[128];
	size_t n = sample(bytes);
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		(void)sample(bytes);
		put_be32(bytes + 13, lies[i]); /* remark */
		assert_int_equal(SKUA_EPROTO, decode(bytes, n, &c));
		(void)sample(bytes);
		put_be32(bytes + 18, lies[i]); /* fields */
		assert_int_equal(SKUA_EPROTO, decode(bytes, n, &c));
		(void)sample(bytes);
		put_be32(bytes + 25, lies[i]); /* a value */
		assert_int_equal(SKUA_EPROTO, decode(bytes, n, &c));
	}
	(void)sample(bytes);
	put_be16(bytes + 22, 0x8000); /* a name */
	assert_int_equal(SKUA_EPROTO, decode(bytes, n, &c));
}

static void
there_is_a_most_of_fields(void **state)
{
	uint8_t bytes[21 + 6 * (FIELDS_MAX + 1)] = { 0 };
	struct command c;

	(void)state;
	put_be32(bytes + 17, 6 * FIELDS_MAX);
	assert_ok(decode(bytes, 21 + 6 * FIELDS_MAX, &c));
	put_be32(bytes + 17, 6 * (FIELDS_MAX + 1));
	assert_int_equal(SKUA_ELIMIT, decode(bytes, sizeof(bytes), &c));
}

RUN(T(a_header_comes_back), T(every_truncation_is_refused),
    T(lengths_that_lie_are_refused), T(there_is_a_most_of_fields))
