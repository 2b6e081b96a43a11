/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: the length, the codec, and which header encoding applies. */
#include <strings.h>

#include "base/bytes.h"
#include "wire/command.h"
#include "wire/header_binary.h"
#include "wire/header_json.h"

static const char *const language_names[] = { "JAVA", "CPP", "DOTNET", "PYTHON",
	"DELPHI", "ERLANG", "RUBY", "OTHER", "HTTP", "GO", "PHP", "OMS", "RUST",
	"NODE_JS" };

const char *
skua_language_name(uint8_t language)
{
	if (language >= sizeof(language_names) / sizeof(language_names[0]))
		language = LANGUAGE_OTHER;
	return language_names[language];
}

int64_t
skua_frame_size(const uint8_t *p, size_t len)
{
	int32_t length;

	if (len < 4)
		return 0;
	length = (int32_t)get_be32(p);
	if (length < 4)
		return SKUA_EPROTO;
	if (length > FRAME_MAX - 4)
		return SKUA_ELIMIT;
	return (int64_t)length + 4;
}

int
skua_command_decode(const uint8_t *frame, size_t size, struct arena *arena,
    struct command *command_r)
{
	uint32_t mark = get_be32(frame + 4);
	size_t header_len = mark & 0xffffff;
	struct skua_str header;

	if (size < 8 || header_len > size - 8)
		return SKUA_EPROTO;
	if (header_len > HEADER_MAX)
		return SKUA_ELIMIT;
	header = skua_str_n((const char *)frame + 8, header_len);
	command_r->body = skua_str_n((const char *)frame + 8 + header_len,
	    size - 8 - header_len);
	command_r->code = command_r->version = 0;
	command_r->opaque = command_r->flag = 0;
	command_r->language = LANGUAGE_OTHER;
	command_r->remark = skua_str_n(NULL, 0);
	command_r->field_count = 0;
	switch (mark >> 24) {
	case CODEC_JSON:
		command_r->codec = CODEC_JSON;
		return skua_header_json_decode(header, arena, command_r);
	case CODEC_BINARY:
		command_r->codec = CODEC_BINARY;
		return skua_header_binary_decode(header, command_r);
	default:
		return SKUA_EPROTO;
	}
}

struct skua_str
skua_command_field(const struct command *command, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = command->field_count; i-- > 0;) {
		const struct field *f = &command->fields[i];

		if (f->name.len == len && memcmp(f->name.p, name, len) == 0)
			return f->value;
	}
	return skua_str_n(NULL, 0);
}

size_t
skua_command_bound(const struct command_out *out)
{
	return 8 + (out->codec == CODEC_BINARY ? skua_header_binary_bound(out) :
						  skua_header_json_bound(out));
}

size_t
skua_command_encode(uint8_t *to, const struct command_out *out,
    size_t body_len)
{
	size_t n = out->codec == CODEC_BINARY ?
	    skua_header_binary_encode(to + 8, out) :
	    skua_header_json_encode(to + 8, out);

	put_be32(to, (uint32_t)(4 + n + body_len));
	put_be32(to + 4, (uint32_t)out->codec << 24 | (uint32_t)n);
	return 8 + n;
}
