/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where quoted text ends, eight bytes at a time: header text is most of what a
 * small message costs.
 */
#ifndef WIRE_QUOTED_H
#define WIRE_QUOTED_H

#include <skua/types.h>

#define EVERY_BYTE(c) (UINT64_C(0x0101010101010101) * (uint8_t)(c))

/* The high bit of every byte that is c; bytes above the first such one may be
 * marked without being c. */
static inline uint64_t
bytes_equal(uint64_t word, char c)
{
	uint64_t x = word ^ EVERY_BYTE(c);

	return (x - EVERY_BYTE(1)) & ~x & EVERY_BYTE(0x80);
}

/* The same for bytes below limit, which is at most 0x80. */
static inline uint64_t
bytes_below(uint64_t word, uint8_t limit)
{
	return (word - EVERY_BYTE(limit)) & ~word & EVERY_BYTE(0x80);
}

static inline bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* How many bytes stand before the first one that JSON writes with a backslash,
 * or that ends or escapes a text: '"', '\\', and control characters. */
static inline size_t
plain_bytes(const char *p, size_t len)
{
	size_t n = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (; len - n >= 8; n += 8) {
		uint64_t word, found;

		memcpy(&word, p + n, 8);
		found = bytes_equal(word, '"') | bytes_equal(word, '\\') |
		    bytes_below(word, 0x20);
		if (found != 0)
			return n + (size_t)__builtin_ctzll(found) / 8;
	}
#endif
	while (n < len && is_plain(p[n]))
		n++;
	return n;
}

#endif
