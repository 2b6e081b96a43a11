/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text and back; the nearest known name. */
#include <ctype.h>
#include <endian.h>
#include <strings.h>

#include "base/text.h"

/* No overflow is possible in so many digits. */
#define SAFE_DIGITS 18

static bool
small_int(struct skua_str text, int64_t *value_r)
{
	int64_t v = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned char)text.p[i] - (unsigned)'0';

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	*value_r = v;
	return true;
}

bool
skua_text_int(struct skua_str text, int64_t *value_r)
{
	bool negative = text.len > 0 && text.p[0] == '-';
	size_t i = text.len > 0 && (text.p[0] == '-' || text.p[0] == '+');
	int64_t v = 0;

	if (i == text.len)
		return false;
	if (i == 0 && text.len <= SAFE_DIGITS)
		return small_int(text, value_r);
	for (; i < text.len; i++) {
		int digit = text.p[i] - '0';

		if (digit < 0 || digit > 9 ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, digit, &v))
			return false;
	}
	/* Built as a negative number, whose range is the larger. */
	if (!negative && __builtin_sub_overflow(0, v, &v))
		return false;
	*value_r = v;
	return true;
}

/*
 * What follows writes eight characters with one store: whoever reads them next
 * in pieces would wait for single bytes to reach the cache.
 */

/* Eight digits of a number below 10^8; the first is in the lowest byte. */
static uint64_t
eight_digits(uint32_t v)
{
	uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32, tens;

	/* x / 100 and x % 100 of both halves, then / 10 and % 10 of all four. */
	tens = x * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
	x = tens | (x - 100 * tens) << 16;
	tens = x * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	return tens | (x - 10 * tens) << 8;
}

static char *
put_word(char *p, uint64_t characters, size_t n)
{
	characters = htole64(characters);
	memcpy(p, &characters, sizeof(characters));
	return p + n;
}

/* Without leading zeros. */
static char *
put_first_digits(char *p, uint32_t v)
{
	uint64_t digits = eight_digits(v);
	unsigned zeros =
	    (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;

	digits = (digits | UINT64_C(0x3030303030303030)) >> 8 * zeros;
	return put_word(p, digits, 8 - zeros);
}

static char *
put_eight_digits(char *p, uint32_t v)
{
	return put_word(p, eight_digits(v) | UINT64_C(0x3030303030303030), 8);
}

size_t
skua_text_put_int(char *p, int64_t value)
{
	static const uint64_t e8 = 100000000, e16 = e8 * e8;
	uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	const char *from = p;

	if (value < 0)
		*p++ = '-';
	if (v >= e16) {
		p = put_first_digits(p, (uint32_t)(v / e16));
		p = put_eight_digits(p, (uint32_t)(v / e8 % e8));
		p = put_eight_digits(p, (uint32_t)(v % e8));
	} else if (v >= e8) {
		p = put_first_digits(p, (uint32_t)(v / e8));
		p = put_eight_digits(p, (uint32_t)(v % e8));
	} else {
		p = put_first_digits(p, (uint32_t)v);
	}
	return (size_t)(p - from);
}

/* The digits of four bytes. */
static char *
put_hex_word(char *p, const uint8_t *bytes)
{
	uint32_t v;
	uint64_t x, letters;

	memcpy(&v, bytes, sizeof(v));
	x = le32toh(v);
	x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
	x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
	/* The upper half of a byte comes first. */
	x = (x >> 4 | x << 8) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	letters = (x + UINT64_C(0x0606060606060606)) >> 4 &
	    UINT64_C(0x0101010101010101);
	return put_word(p,
	    x + UINT64_C(0x3030303030303030) + letters * ('A' - '9' - 1), 8);
}

size_t
skua_text_put_hex(char *p, const uint8_t *bytes, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i = 0;

	for (; n - i >= 4; i += 4)
		p = put_hex_word(p, bytes + i);
	for (; i < n; i++) {
		*p++ = hex[bytes[i] >> 4];
		*p++ = hex[bytes[i] & 15];
	}
	return 2 * n;
}

bool
skua_text_eq_nocase(struct skua_str a, const char *b)
{
	return a.len == strlen(b) && strncasecmp(a.p, b, a.len) == 0;
}

#define NEAREST_MAX 64

static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[NEAREST_MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > NEAREST_MAX || lb > NEAREST_MAX)
		return NEAREST_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			bool same = tolower((unsigned char)a[i - 1]) ==
			    tolower((unsigned char)b[j - 1]);
			size_t best = corner + !same;

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = row[j];
			row[j] = best;
		}
	}
	return row[lb];
}

const char *
skua_text_nearest(const char *text, const char *const *candidates, size_t n)
{
	size_t best = strlen(text) / 3 + 2;
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = edit_distance(text, candidates[i]);

		if (d < best) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
