/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON header: encoding. */
#include "base/text.h"
#include "wire/header_json.h"
#include "wire/quoted.h"

/* All member names, numbers and punctuation; more of them stand behind the last
 * text than put_plain may write beyond it. */
#define FIXED_BOUND 256

size_t
skua_header_json_bound(const struct command_out *out)
{
	size_t n = FIXED_BOUND + out->remark.len * 6;

	for (size_t i = 0; i < out->field_count; i++)
		n += (out->fields[i].name.len + out->fields[i].value.len) * 6 +
		    6;
	return n;
}

static inline char *
put(char *p, const char *text, size_t len)
{
	memcpy(p, text, len);
	return p + len;
}

#define PUT(p, literal) put((p), "" literal, sizeof(literal) - 1)

static char *
put_escaped(char *p, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	*p++ = '\\';
	if (c == '"' || c == '\\') {
		*p++ = (char)c;
		return p;
	}
	p = PUT(p, "u00");
	*p++ = hex[c >> 4];
	*p++ = hex[c & 15];
	return p;
}

static char *
put_text(char *p, struct skua_str text)
{
	*p++ = '"';
	for (size_t at = 0; at < text.len;) {
		size_t plain = put_plain(p, text.p + at, text.len - at);

		p += plain;
		at += plain;
		if (at < text.len)
			p = put_escaped(p, (unsigned char)text.p[at++]);
	}
	*p++ = '"';
	return p;
}

static char *
put_fields(char *p, const struct command_out *out)
{
	p = PUT(p, ",\"extFields\":{");
	for (size_t i = 0; i < out->field_count; i++) {
		if (i > 0)
			*p++ = ',';
		p = put_text(p, out->fields[i].name);
		*p++ = ':';
		p = put_text(p, out->fields[i].value);
	}
	*p++ = '}';
	return p;
}

size_t
skua_header_json_encode(uint8_t *to, const struct command_out *out)
{
	char *p = PUT((char *)to, "{\"code\":");

	p += skua_text_put_int(p, out->code);
	if (out->field_count > 0)
		p = put_fields(p, out);
	p = PUT(p, ",\"flag\":");
	p += skua_text_put_int(p, out->flag);
	p = PUT(p, ",\"language\":\"JAVA\",\"opaque\":");
	p += skua_text_put_int(p, out->opaque);
	if (out->remark.p != NULL) {
		p = PUT(p, ",\"remark\":");
		p = put_text(p, out->remark);
	}
	p = PUT(p, ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":");
	p += skua_text_put_int(p, COMMAND_VERSION);
	*p++ = '}';
	return (size_t)(p - (char *)to);
}
