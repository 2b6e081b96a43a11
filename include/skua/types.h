/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small types that every other header shares.
 */
#ifndef SKUA_TYPES_H
#define SKUA_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
#define SKUA_BEGIN_DECLS extern "C" {
#define SKUA_END_DECLS }
#else
#define SKUA_BEGIN_DECLS
#define SKUA_END_DECLS
#endif

#if defined(__GNUC__)
#define SKUA_API __attribute__((visibility("default")))
#define SKUA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SKUA_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SKUA_API
#define SKUA_PRINTF(fmt, args)
#define SKUA_MUST_CHECK
#endif

SKUA_BEGIN_DECLS

/* A view of bytes that belong to somebody else; not NUL-terminated. */
struct skua_str {
	const char *p;
	size_t len;
};

/* An IPv4 (len 4) or IPv6 (len 16) address with its port. */
struct skua_addr {
	uint8_t ip[16];
	uint8_t len;
	uint16_t port;
};

static inline struct skua_str
skua_str_n(const char *p, size_t len)
{
	struct skua_str s;

	s.p = p;
	s.len = len;
	return s;
}

static inline struct skua_str
skua_str_z(const char *z)
{
	return skua_str_n(z, z == NULL ? 0 : strlen(z));
}

static inline bool
skua_str_eq(struct skua_str a, struct skua_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool
skua_str_eq_z(struct skua_str a, const char *z)
{
	return skua_str_eq(a, skua_str_z(z));
}

static inline bool
skua_str_starts(struct skua_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

/* Copies the bytes of s, without a NUL.  An empty view may have no address,
 * which memcpy does not take. */
static inline void
skua_str_copy(void *to, struct skua_str s)
{
	if (s.len > 0)
		memcpy(to, s.p, s.len);
}

/* A string literal as a constant expression and as a format argument. */
#define SKUA_STR(lit) { ("" lit), sizeof(lit) - 1 }
#define SKUA_STR_FMT "%.*s"
#define SKUA_STR_ARG(s) (int)(s).len, (s).len > 0 ? (s).p : ""

SKUA_END_DECLS

#endif
