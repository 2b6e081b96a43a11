/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text and back; the nearest known name. */
#include <ctype.h>
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

/* "00" to "99". */
static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

size_t
skua_text_put_int(char *p, int64_t value)
{
	uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char digits[TEXT_INT_MAX];
	size_t from = sizeof(digits);

	for (; v >= 10; v /= 100) {
		from -= 2;
		memcpy(digits + from, pairs + 2 * (v % 100), 2);
	}
	if (v > 0 || from == sizeof(digits))
		digits[--from] = (char)('0' + v);
	if (value < 0)
		digits[--from] = '-';
	memcpy(p, digits + from, sizeof(digits) - from);
	return sizeof(digits) - from;
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
