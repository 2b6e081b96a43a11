/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame and its header, in both encodings.
 *
 *	i32 length of what follows | u8 codec | u24 header length | header | body
 *
 * Upstream: remoting.protocol.RemotingCommand, RocketMQSerializable.
 */
#ifndef WIRE_COMMAND_H
#define WIRE_COMMAND_H

#include <skua/error.h>
#include <skua/types.h>

#include "base/mem.h"

#define FRAME_MAX (16 * 1024 * 1024) /* with the length field */
#define HEADER_MAX (1024 * 1024)
#define FIELDS_MAX 128
#define COMMAND_VERSION 493 /* MQVersion.V5_4_0 */

enum command_codec { CODEC_JSON = 0, CODEC_BINARY = 1 };
enum command_flag { COMMAND_RESPONSE = 1, COMMAND_ONEWAY = 2 };

struct field {
	struct skua_str name, value;
};

/* Views point into the frame, or into the arena when text had escapes. */
struct command {
	int32_t code;
	int32_t version;
	int32_t opaque;
	int32_t flag;
	enum command_codec codec;
	uint8_t language; /* ordinal of LanguageCode */
	struct skua_str remark;
	struct skua_str body;
	size_t field_count;
	struct field fields[FIELDS_MAX];
};

enum { LANGUAGE_JAVA = 0, LANGUAGE_CPP = 1, LANGUAGE_OTHER = 7 };
const char *skua_language_name(uint8_t language);

/* The size of the frame that starts at p, length field included: 0 when len
 * bytes do not tell yet, SKUA_EPROTO or SKUA_ELIMIT when it cannot be one. */
int64_t skua_frame_size(const uint8_t *p, size_t len);

/* Decodes one whole frame (size bytes, length field included). */
int skua_command_decode(const uint8_t *frame, size_t size, struct arena *arena,
    struct command *command_r) SKUA_MUST_CHECK;

/* The value of a field; p is NULL when absent.  Of two with one name the last
 * counts, as in Java's maps. */
struct skua_str skua_command_field(const struct command *command,
    const char *name);

/* What is encoded; text is escaped as needed. */
struct command_out {
	int32_t code, opaque, flag;
	enum command_codec codec;
	const struct field *fields;
	size_t field_count;
	struct skua_str remark; /* p NULL: none */
};

/* An upper bound of what skua_command_encode writes. */
size_t skua_command_bound(const struct command_out *out);
/* Writes length, codec, header; body_len is only counted.  Returns the size
 * written. */
size_t skua_command_encode(uint8_t *to, const struct command_out *out,
    size_t body_len);

#endif
