/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where quoted text ends, many bytes at a time: header text is most of what a
 * small message costs.
 */
#ifndef WIRE_QUOTED_H
#define WIRE_QUOTED_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <skua/types.h>

/* Bytes that JSON writes as they are: not those that end or escape a text, and
 * no control characters. */
static inline bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

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

/* The lowest bit set is in the first byte that is not plain. */
static inline uint64_t
odd_bytes(uint64_t word)
{
	return bytes_equal(word, '"') | bytes_equal(word, '\\') |
	    bytes_below(word, 0x20);
}

#endif

/* How many of the QUOTED_STEP bytes at p stand before the first odd one. */
#if defined(__SSE2__)

#define QUOTED_STEP 16
static inline size_t
plain_of_step(const char *p)
{
	const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i odd = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));

	odd = _mm_or_si128(odd, _mm_cmpeq_epi8(text, _mm_set1_epi8('\\')));
	odd = _mm_or_si128(odd,
	    _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1f)), text));
	return (size_t)__builtin_ctz((unsigned)_mm_movemask_epi8(odd) |
	    1u << QUOTED_STEP);
}

#elif __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#define QUOTED_STEP 8
static inline size_t
plain_of_step(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	word = odd_bytes(word);
	return word == 0 ? QUOTED_STEP : (size_t)__builtin_ctzll(word) / 8;
}

#else

#define QUOTED_STEP 1
static inline size_t
plain_of_step(const char *p)
{
	return is_plain(*p);
}

#endif

/* How many bytes stand before the first odd one. */
static inline size_t
plain_bytes(const char *p, size_t len)
{
	size_t n = 0;

	while (len - n >= QUOTED_STEP) {
		size_t plain = plain_of_step(p + n);

		n += plain;
		if (plain < QUOTED_STEP)
			return n;
	}
	while (n < len && is_plain(p[n]))
		n++;
	return n;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* Less than 8 bytes, in the word's low ones; none is read twice as another. */
static inline uint64_t
load_short(const char *p, size_t len)
{
	uint32_t low, high;
	uint64_t word = 0;

	if (len >= 4) {
		memcpy(&low, p, 4);
		memcpy(&high, p + len - 4, 4);
		return low | (uint64_t)high << (8 * (len - 4));
	}
	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)(uint8_t)p[i] << (8 * i);
	return word;
}

/* Copies what stands before the first odd byte and returns how much that is.
 * May write PUT_PLAIN_SLACK bytes more. */
#define PUT_PLAIN_SLACK 8
static inline size_t
put_plain(char *to, const char *p, size_t len)
{
	uint64_t word, odd;
	size_t n = 0;

	for (; len - n >= 8; n += 8) {
		memcpy(&word, p + n, 8);
		memcpy(to + n, &word, 8);
		odd = odd_bytes(word);
		if (odd != 0)
			return n + (size_t)__builtin_ctzll(odd) / 8;
	}
	if (n == len)
		return n;
	word = load_short(p + n, len - n);
	memcpy(to + n, &word, 8);
	odd = odd_bytes(word | ~UINT64_C(0) << (8 * (len - n)));
	return odd == 0 ? len : n + (size_t)__builtin_ctzll(odd) / 8;
}

#else

#define PUT_PLAIN_SLACK 0
static inline size_t
put_plain(char *to, const char *p, size_t len)
{
	size_t n = plain_bytes(p, len);

	memcpy(to, p, n);
	return n;
}

#endif

#endif
