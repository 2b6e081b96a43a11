/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 (the zlib polynomial), by the fastest library the platform has. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <skua/types.h>

uint32_t skua_crc32(const void *bytes, size_t len);

#endif
