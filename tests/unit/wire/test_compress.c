/* SPDX-License-Identifier: Apache-2.0 */
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <skua/message.h>

#include "test.h"

#define PLAIN 100000

static char plain[PLAIN], packed[PLAIN + 1000];

static struct skua_str
pack(int32_t kind)
{
	uLongf n = sizeof(packed);

	for (size_t i = 0; i < PLAIN; i++)
		plain[i] = (char)('a' + i % 7);
	if (kind == 0x100)
		n = LZ4F_compressFrame(packed, sizeof(packed), plain, PLAIN,
		    NULL);
	else if (kind == 0x200)
		n = ZSTD_compress(packed, sizeof(packed), plain, PLAIN, 3);
	else
		assert_int_equal(Z_OK, compress((Bytef *)packed, &n,
		    (const Bytef *)plain, PLAIN));
	return skua_str_n(packed, n);
}

static const int32_t kinds[] = { 0, 0x100, 0x200, 0x300 };

static void
every_compression_comes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char *body;
		size_t len;

		assert_ok(skua_body_decompress(kinds[i], pack(kinds[i]), PLAIN,
		    &body, &len));
		assert_int_equal(PLAIN, len);
		assert_memory_equal(plain, body, PLAIN);
		free(body);
	}
}

static void
a_body_above_the_limit_is_refused(void **state)
{
	char *body;
	size_t len;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(SKUA_ELIMIT, skua_body_decompress(kinds[i],
		    pack(kinds[i]), PLAIN - 1, &body, &len));
		assert_int_equal(SKUA_ELIMIT, skua_body_decompress(kinds[i],
		    pack(kinds[i]), 1, &body, &len));
	}
}

static void
every_truncation_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct skua_str whole = pack(kinds[i]);
		char *body;
		size_t len;

		for (size_t n = 0; n < whole.len; n++)
			if (skua_body_decompress(kinds[i],
				skua_str_n(whole.p, n), 2 * PLAIN, &body,
				&len) == SKUA_OK)
				fail_msg("kind %d took %zu of %zu", kinds[i], n,
				    whole.len);
	}
}

static void
an_unknown_compression_says_so(void **state)
{
	char *body;
	size_t len;

	(void)state;
	assert_int_equal(SKUA_ENOTSUP, skua_body_decompress(0x400,
	    skua_str_z("x"), 100, &body, &len));
	assert_int_equal(SKUA_ENOTSUP, skua_body_decompress(0x700,
	    skua_str_z("x"), 100, &body, &len));
}

RUN(T(every_compression_comes_back), T(a_body_above_the_limit_is_refused),
    T(every_truncation_is_refused), T(an_unknown_compression_says_so))
