/* SPDX-License-Identifier: Apache-2.0 */
/* The ROCKETMQ header, decoded and encoded in the same order. */
#include "base/bytes.h"
#include "wire/header_binary.h"

#define FIXED 21

static int
decode_fields(struct skua_str bytes, struct command *c)
{
	struct reader r = reader_of(bytes.p, bytes.len);

	while (r.error == SKUA_OK && r.p < r.end) {
		struct skua_str name = read_str(&r, (int16_t)read_be16(&r));
		struct skua_str value = read_str(&r, read_be32(&r));

		if (r.error != SKUA_OK)
			break;
		if (c->field_count == FIELDS_MAX)
			return SKUA_ELIMIT;
		c->fields[c->field_count].name = name;
		c->fields[c->field_count++].value = value;
	}
	return r.error;
}

int
skua_header_binary_decode(struct skua_str bytes, struct command *c)
{
	struct reader r = reader_of(bytes.p, bytes.len);
	struct skua_str fields;

	c->code = (int16_t)read_be16(&r);
	c->language = read_u8(&r);
	c->version = (int16_t)read_be16(&r);
	c->opaque = read_be32(&r);
	c->flag = read_be32(&r);
	c->remark = read_str(&r, read_be32(&r));
	fields = read_str(&r, read_be32(&r));
	return r.error != SKUA_OK ? r.error : decode_fields(fields, c);
}

size_t
skua_header_binary_bound(const struct command_out *out)
{
	size_t n = FIXED + out->remark.len;

	for (size_t i = 0; i < out->field_count; i++)
		n += 6 + out->fields[i].name.len + out->fields[i].value.len;
	return n;
}

static uint8_t *
put_text(uint8_t *p, struct skua_str text)
{
	skua_str_copy(p, text);
	return p + text.len;
}

size_t
skua_header_binary_encode(uint8_t *to, const struct command_out *out)
{
	uint8_t *p = to, *fields;

	put_be16(p, (uint16_t)out->code);
	p[2] = LANGUAGE_JAVA;
	put_be16(p + 3, COMMAND_VERSION);
	put_be32(p + 5, (uint32_t)out->opaque);
	put_be32(p + 9, (uint32_t)out->flag);
	put_be32(p + 13, (uint32_t)out->remark.len);
	p = put_text(p + 17, out->remark);
	fields = p + 4;
	put_be32(p, 0);
	p = fields;
	for (size_t i = 0; i < out->field_count; i++) {
		const struct field *f = &out->fields[i];

		put_be16(p, (uint16_t)f->name.len);
		p = put_text(p + 2, f->name);
		put_be32(p, (uint32_t)f->value.len);
		p = put_text(p + 4, f->value);
	}
	put_be32(fields - 4, (uint32_t)(p - fields));
	return (size_t)(p - to);
}
