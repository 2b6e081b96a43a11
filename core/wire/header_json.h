/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON header: one pass over the text, no tree. */
#ifndef WIRE_HEADER_JSON_H
#define WIRE_HEADER_JSON_H

#include "wire/command.h"

int skua_header_json_decode(struct skua_str text, struct arena *arena,
    struct command *command) SKUA_MUST_CHECK;
size_t skua_header_json_bound(const struct command_out *out);
size_t skua_header_json_encode(uint8_t *to, const struct command_out *out);

#endif
