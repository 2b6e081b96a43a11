/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ROCKETMQ header:
 *
 *	i16 code | u8 language | i16 version | i32 opaque | i32 flag |
 *	i32 n, remark | i32 n, { i16 n, name | i32 n, value }…
 */
#ifndef WIRE_HEADER_BINARY_H
#define WIRE_HEADER_BINARY_H

#include "wire/command.h"

int skua_header_binary_decode(struct skua_str bytes, struct command *command)
    SKUA_MUST_CHECK;
size_t skua_header_binary_bound(const struct command_out *out);
size_t skua_header_binary_encode(uint8_t *to, const struct command_out *out);

#endif
