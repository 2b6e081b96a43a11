/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32.h"
#include "test.h"

static const char digits[] = "123456789";

static void
the_check_values_of_both_polynomials(void **state)
{
	(void)state;
	assert_int_equal(0xcbf43926, skua_crc32(digits, 9));
	assert_int_equal(0xe3069283, skua_crc32c(0, digits, 9));
	assert_int_equal(0, skua_crc32(digits, 0));
	assert_int_equal(0, skua_crc32c(0, digits, 0));
}

/* Of RFC 3720. */
static void
the_examples_of_iscsi(void **state)
{
	uint8_t bytes[32];

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(0x8a9136aa, skua_crc32c(0, bytes, sizeof(bytes)));
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(0x62a8ab43, skua_crc32c(0, bytes, sizeof(bytes)));
	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	assert_int_equal(0x46dd794e, skua_crc32c(0, bytes, sizeof(bytes)));
}

static void
a_checksum_goes_on_where_it_stopped(void **state)
{
	uint8_t bytes[300];
	uint32_t whole;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 3);
	whole = skua_crc32c(0, bytes, sizeof(bytes));
	for (size_t cut = 0; cut <= sizeof(bytes); cut++)
		assert_int_equal(whole,
		    skua_crc32c(skua_crc32c(0, bytes, cut), bytes + cut,
			sizeof(bytes) - cut));
}

static void
every_bit_and_every_place_counts(void **state)
{
	uint8_t bytes[66] = { 0 };

	(void)state;
	for (size_t from = 0; from < 2; from++)
		for (size_t bit = 0; bit < 512; bit++) {
			uint8_t *p = &bytes[from + bit / 8];
			uint32_t before = skua_crc32c(0, bytes + from, 64);

			*p ^= (uint8_t)(1 << bit % 8);
			assert_int_not_equal(before,
			    skua_crc32c(0, bytes + from, 64));
			*p ^= (uint8_t)(1 << bit % 8);
		}
}

RUN(T(the_check_values_of_both_polynomials), T(the_examples_of_iscsi),
    T(a_checksum_goes_on_where_it_stopped),
    T(every_bit_and_every_place_counts))
