/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in network order: the only code that touches them.  The reader sticks
 * at its first error: later reads give 0, and one check at the end suffices.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <skua/error.h>
#include <skua/types.h>

static inline uint16_t
get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t
get_be64(const uint8_t *p)
{
	return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

static inline void
put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static inline void
put_be64(uint8_t *p, uint64_t v)
{
	put_be32(p, (uint32_t)(v >> 32));
	put_be32(p + 4, (uint32_t)v);
}

struct reader {
	const uint8_t *p, *end;
	int error;
};

static inline struct reader
reader_of(const void *bytes, size_t len)
{
	struct reader r = { bytes, (const uint8_t *)bytes + len, SKUA_OK };

	return r;
}

/* n bytes, or NULL once the reader is stuck. */
static inline const uint8_t *
read_bytes(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->error != SKUA_OK || (size_t)(r->end - r->p) < n) {
		r->error = SKUA_EPROTO;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline uint8_t
read_u8(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 1);

	return p == NULL ? 0 : *p;
}

static inline uint16_t
read_be16(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 2);

	return p == NULL ? 0 : get_be16(p);
}

static inline int32_t
read_be32(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 4);

	return p == NULL ? 0 : (int32_t)get_be32(p);
}

static inline int64_t
read_be64(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 8);

	return p == NULL ? 0 : (int64_t)get_be64(p);
}

/* len bytes as a view; a negative length sticks as an error. */
static inline struct skua_str
read_str(struct reader *r, int64_t len)
{
	const uint8_t *p;

	if (len < 0) {
		r->error = SKUA_EPROTO;
		return skua_str_n(NULL, 0);
	}
	p = read_bytes(r, (size_t)len);
	return skua_str_n((const char *)p, p == NULL ? 0 : (size_t)len);
}

#endif
