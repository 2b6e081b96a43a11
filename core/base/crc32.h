/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums, by the fastest library the platform has. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <skua/types.h>

/* The zlib polynomial. */
uint32_t skua_crc32(const void *bytes, size_t len);
/* The same, continued from crc; 0 at first. */
uint32_t skua_crc32_more(uint32_t crc, const void *bytes, size_t len);
/* Castagnoli's, continued from crc; 0 at first. */
uint32_t skua_crc32c(uint32_t crc, const void *bytes, size_t len);

#endif
