/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON header.  The decoder walks the text once and notes views; only text
 * with escapes is copied.  Unknown members are skipped, at any depth the
 * 1 MiB header allows, without recursion.
 */
#include <ctype.h>

#include "base/text.h"
#include "wire/header_json.h"
#include "wire/quoted.h"

struct scan {
	const char *p, *end;
	struct arena *arena;
};

static inline void
skip_space(struct scan *s)
{
	while (s->p < s->end && *s->p <= ' ' &&
	    (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

static inline bool
take(struct scan *s, char c)
{
	skip_space(s);
	if (s->p >= s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static inline uint32_t
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) : UINT32_MAX;
}

static int
hex4(const char *p, uint32_t *value_r)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		uint32_t digit = hex_digit(p[i]);

		if (digit == UINT32_MAX)
			return SKUA_EPROTO;
		v = v << 4 | digit;
	}
	*value_r = v;
	return SKUA_OK;
}

static char *
put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* Behind "\u"; *at moves past the digits (and a second half). */
static int
unescape_unicode(const char **at, const char *end, char **to)
{
	uint32_t c, low;

	if (end - *at < 4 || hex4(*at, &c) != SKUA_OK)
		return SKUA_EPROTO;
	*at += 4;
	if (c >= 0xd800 && c < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' &&
	    (*at)[1] == 'u' && hex4(*at + 2, &low) == SKUA_OK &&
	    low >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		*at += 6;
	}
	/* Java writes a lone surrogate as "?"; UTF-8 has no form for it. */
	if (c >= 0xd800 && c < 0xe000)
		c = '?';
	*to = put_utf8(*to, c);
	return SKUA_OK;
}

static int
unescape(struct scan *s, struct skua_str raw, struct skua_str *text_r)
{
	static const char from[] = "bfnrt", as[] = "\b\f\n\r\t";
	char *text = skua_arena_alloc(s->arena, raw.len), *to = text;
	const char *at = raw.p, *end = raw.p + raw.len;

	if (text == NULL)
		return SKUA_ENOMEM;
	while (at < end) {
		const char *found;
		size_t plain = plain_bytes(at, (size_t)(end - at));

		memcpy(to, at, plain);
		to += plain;
		at += plain;
		if (at == end)
			break;
		if (*at != '\\') { /* a control character, as it is */
			*to++ = *at++;
			continue;
		}
		/* The scanner saw a byte behind every backslash. */
		if (at[1] == 'u') {
			at += 2;
			if (unescape_unicode(&at, end, &to) != SKUA_OK)
				return SKUA_EPROTO;
			continue;
		}
		found = at[1] == '\0' ? NULL : strchr(from, at[1]);
		*to++ = found == NULL ? at[1] : as[found - from];
		at += 2;
	}
	*text_r = skua_str_n(text, (size_t)(to - text));
	return SKUA_OK;
}

/* The rest of a text that is not plain up to its end, and begins at from. */
static int
take_odd_text(struct scan *s, const char *from, struct skua_str *text_r)
{
	bool escaped = false;

	for (;;) {
		s->p += plain_bytes(s->p, (size_t)(s->end - s->p));
		if (s->p >= s->end)
			return SKUA_EPROTO;
		if (*s->p == '"')
			break;
		if (*s->p != '\\') { /* RocketMQ takes it as well */
			s->p++;
			continue;
		}
		escaped = true;
		if (s->end - s->p < 2)
			return SKUA_EPROTO;
		s->p += 2;
	}
	*text_r = skua_str_n(from, (size_t)(s->p - from));
	s->p++;
	return escaped ? unescape(s, *text_r, text_r) : SKUA_OK;
}

/* A quoted text; the opening quote was taken. */
static inline int
take_text(struct scan *s, struct skua_str *text_r)
{
	const char *from = s->p;
	size_t plain = plain_bytes(from, (size_t)(s->end - from));

	s->p = from + plain;
	if (s->p == s->end || *s->p != '"')
		return take_odd_text(s, from, text_r);
	s->p++;
	*text_r = skua_str_n(from, plain);
	return SKUA_OK;
}

/* Number, true, false, null: its text. */
static int
take_word(struct scan *s, struct skua_str *text_r)
{
	const char *from = s->p;

	while (s->p < s->end &&
	    (isalnum((unsigned char)*s->p) || *s->p == '-' || *s->p == '+' ||
		*s->p == '.'))
		s->p++;
	*text_r = skua_str_n(from, (size_t)(s->p - from));
	if (skua_str_eq_z(*text_r, "null"))
		*text_r = skua_str_n(NULL, 0);
	return s->p > from ? SKUA_OK : SKUA_EPROTO;
}

/* Past an object or array whose opening bracket was not taken yet. */
static int
skip_nested(struct scan *s)
{
	struct skua_str ignored;
	size_t depth = 0;

	do {
		char c;

		skip_space(s);
		if (s->p >= s->end)
			return SKUA_EPROTO;
		c = *s->p++;
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		else if (c == '"' && take_text(s, &ignored) != SKUA_OK)
			return SKUA_EPROTO;
	} while (depth > 0);
	return SKUA_OK;
}

/* A value as text; nested ones are skipped and give no text. */
static inline int
take_value(struct scan *s, struct skua_str *text_r)
{
	skip_space(s);
	if (s->p >= s->end)
		return SKUA_EPROTO;
	if (*s->p == '"') {
		s->p++;
		return take_text(s, text_r);
	}
	if (*s->p == '{' || *s->p == '[') {
		*text_r = skua_str_n(NULL, 0);
		return skip_nested(s);
	}
	return take_word(s, text_r);
}

static inline int
take_name(struct scan *s, struct skua_str *name_r)
{
	int rc;

	if (!take(s, '"'))
		return SKUA_EPROTO;
	rc = take_text(s, name_r);
	if (rc != SKUA_OK)
		return rc;
	return take(s, ':') ? SKUA_OK : SKUA_EPROTO;
}

static int
take_fields(struct scan *s, struct command *c)
{
	skip_space(s);
	if (s->p < s->end && *s->p == 'n') { /* null */
		struct skua_str ignored;

		return take_word(s, &ignored);
	}
	if (!take(s, '{'))
		return SKUA_EPROTO;
	if (take(s, '}'))
		return SKUA_OK;
	do {
		struct field f;
		int rc = take_name(s, &f.name);

		if (rc == SKUA_OK)
			rc = take_value(s, &f.value);
		if (rc != SKUA_OK)
			return rc;
		if (f.value.p == NULL)
			continue;
		if (c->field_count == FIELDS_MAX)
			return SKUA_ELIMIT;
		c->fields[c->field_count++] = f;
	} while (take(s, ','));
	return take(s, '}') ? SKUA_OK : SKUA_EPROTO;
}

static int
set_number(int32_t *to, struct skua_str text)
{
	int64_t v;

	if (text.p == NULL)
		return SKUA_OK;
	if (!skua_text_int(text, &v) || v < INT32_MIN || v > INT32_MAX)
		return SKUA_EPROTO;
	*to = (int32_t)v;
	return SKUA_OK;
}

static void
set_language(struct command *c, struct skua_str text)
{
	int64_t ordinal;

	c->language = LANGUAGE_OTHER;
	if (skua_str_eq_z(text, "JAVA")) { /* nearly always */
		c->language = LANGUAGE_JAVA;
		return;
	}
	if (skua_text_int(text, &ordinal)) {
		if (ordinal >= 0 && ordinal < LANGUAGE_OTHER * 2)
			c->language = (uint8_t)ordinal;
		return;
	}
	for (uint8_t i = 0; i < LANGUAGE_OTHER * 2; i++)
		if (skua_text_eq_nocase(text, skua_language_name(i)))
			c->language = i;
}

static int
take_member(struct scan *s, struct command *c)
{
	struct skua_str name, value;
	int rc = take_name(s, &name);

	if (rc != SKUA_OK)
		return rc;
	if (skua_str_eq_z(name, "extFields"))
		return take_fields(s, c);
	rc = take_value(s, &value);
	if (rc != SKUA_OK)
		return rc;
	if (skua_str_eq_z(name, "code"))
		return set_number(&c->code, value);
	if (skua_str_eq_z(name, "opaque"))
		return set_number(&c->opaque, value);
	if (skua_str_eq_z(name, "flag"))
		return set_number(&c->flag, value);
	if (skua_str_eq_z(name, "version"))
		return set_number(&c->version, value);
	if (skua_str_eq_z(name, "language"))
		set_language(c, value);
	else if (skua_str_eq_z(name, "remark"))
		c->remark = value;
	return SKUA_OK;
}

int
skua_header_json_decode(struct skua_str text, struct arena *arena,
    struct command *command)
{
	struct scan s = { text.p, text.p + text.len, arena };

	if (!take(&s, '{'))
		return SKUA_EPROTO;
	if (!take(&s, '}')) {
		do {
			int rc = take_member(&s, command);

			if (rc != SKUA_OK)
				return rc;
		} while (take(&s, ','));
		if (!take(&s, '}'))
			return SKUA_EPROTO;
	}
	skip_space(&s);
	return s.p == s.end ? SKUA_OK : SKUA_EPROTO;
}

/* --- encoding --- */

#define FIXED_BOUND 256 /* all member names, numbers and punctuation */

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

/* Most texts are too short for a call to pay. */
static inline char *
put_short(char *p, const char *text, size_t len)
{
	if (len > 32)
		return put(p, text, len);
	for (; len >= 8; len -= 8, text += 8, p += 8)
		memcpy(p, text, 8);
	while (len-- > 0)
		*p++ = *text++;
	return p;
}

static char *
put_text(char *p, struct skua_str text)
{
	*p++ = '"';
	for (size_t at = 0; at < text.len;) {
		size_t plain = plain_bytes(text.p + at, text.len - at);

		p = put_short(p, text.p + at, plain);
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
