/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON header: decoding.  The text is walked once and views are noted; only
 * text with escapes is copied.  Unknown members are skipped, at any depth the
 * 1 MiB header allows, without recursion.
 */
#include "base/text.h"
#include "wire/header_json.h"
#include "wire/quoted.h"

/*
 * What is taken begins at p; what takes it returns where it ends, or NULL and
 * why in rc.  The place stays in a register that way, not in memory.
 */
struct scan {
	const char *end;
	struct arena *arena;
	/* Where the next text without its escapes goes; NULL before the first.
	 * They are shorter than with them: the header's size is enough for all,
	 * and there is always as much room left as header. */
	char *to;
	int rc;
};

static const char *
fail(struct scan *s, int rc)
{
	s->rc = rc;
	return NULL;
}

static inline const char *
skip_space(const struct scan *s, const char *p)
{
	while (p < s->end && *p <= ' ' &&
	    (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Behind the spaces: whether c stands there. */
static inline bool
is_next(const struct scan *s, const char **p, char c)
{
	*p = skip_space(s, *p);
	return *p < s->end && **p == c;
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

/* Behind "\u" (and behind a second half). */
static const char *
unescape_unicode(struct scan *s, const char *p)
{
	uint32_t c, low;

	if (s->end - p < 4 || hex4(p, &c) != SKUA_OK)
		return fail(s, SKUA_EPROTO);
	p += 4;
	if (c >= 0xd800 && c < 0xdc00 && s->end - p >= 6 && p[0] == '\\' &&
	    p[1] == 'u' && hex4(p + 2, &low) == SKUA_OK && low >= 0xdc00 &&
	    low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		p += 6;
	}
	/* Java writes a lone surrogate as "?"; UTF-8 has no form for it. */
	if (c >= 0xd800 && c < 0xe000)
		c = '?';
	s->to = put_utf8(s->to, c);
	return p;
}

/* Behind a backslash. */
static const char *
unescape(struct scan *s, const char *p)
{
	static const char from[] = "bfnrt", as[] = "\b\f\n\r\t";
	const char *found;

	if (p == s->end)
		return fail(s, SKUA_EPROTO);
	if (*p == 'u')
		return unescape_unicode(s, p + 1);
	found = *p == '\0' ? NULL : strchr(from, *p);
	*s->to++ = found == NULL ? *p : as[found - from];
	return p + 1;
}

/* Copies up to the next byte that is not plain. */
static inline const char *
copy_plain(struct scan *s, const char *p)
{
	char *to = s->to;

	while (s->end - p >= QUOTED_STEP) {
		size_t plain = plain_of_step(p);

		memcpy(to, p, QUOTED_STEP);
		p += plain;
		to += plain;
		if (plain < QUOTED_STEP) {
			s->to = to;
			return p;
		}
	}
	while (p < s->end && is_plain(*p))
		*to++ = *p++;
	s->to = to;
	return p;
}

/* The rest, at p, of a text that is not plain up to its end, and begins at
 * from. */
static const char *
take_odd_text(struct scan *s, const char *p, const char *from,
    struct skua_str *text_r)
{
	size_t plain = (size_t)(p - from);
	const char *text;

	if (s->to == NULL) {
		s->to = skua_arena_alloc(s->arena, (size_t)(s->end - from));
		if (s->to == NULL)
			return fail(s, SKUA_ENOMEM);
	}
	text = s->to;
	memcpy(s->to, from, plain);
	s->to += plain;
	while (p < s->end && *p != '"') {
		if (*p != '\\') /* RocketMQ takes it as well */
			*s->to++ = *p++;
		else if ((p = unescape(s, p + 1)) == NULL)
			return NULL;
		p = copy_plain(s, p);
	}
	if (p == s->end)
		return fail(s, SKUA_EPROTO);
	*text_r = skua_str_n(text, (size_t)(s->to - text));
	return p + 1;
}

/* Behind the opening quote. */
static inline const char *
take_text(struct scan *s, const char *p, struct skua_str *text_r)
{
	const char *from = p;

	/* One letter: what most names and many values are. */
	if (s->end - p >= 2 && p[1] == '"' && is_plain(p[0])) {
		*text_r = skua_str_n(p, 1);
		return p + 2;
	}
	p += plain_bytes(p, (size_t)(s->end - p));
	if (p == s->end || *p != '"')
		return take_odd_text(s, p, from, text_r);
	*text_r = skua_str_n(from, (size_t)(p - from));
	return p + 1;
}

static inline bool
is_of_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.';
}

/* Number, true, false, null: its text. */
static const char *
take_word(struct scan *s, const char *p, struct skua_str *text_r)
{
	const char *from = p;

	while (p < s->end && is_of_word(*p))
		p++;
	*text_r = skua_str_n(from, (size_t)(p - from));
	if (skua_str_eq_z(*text_r, "null"))
		*text_r = skua_str_n(NULL, 0);
	return p > from ? p : fail(s, SKUA_EPROTO);
}

/* An object or array, whatever is in it. */
static const char *
skip_nested(struct scan *s, const char *p)
{
	struct skua_str ignored;
	size_t depth = 0;

	do {
		char c;

		p = skip_space(s, p);
		if (p >= s->end)
			return fail(s, SKUA_EPROTO);
		c = *p++;
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		else if (c == '"' && (p = take_text(s, p, &ignored)) == NULL)
			return NULL;
	} while (depth > 0);
	return p;
}

/* A value as text; nested ones are skipped and give no text. */
static inline const char *
take_value(struct scan *s, const char *p, struct skua_str *text_r)
{
	p = skip_space(s, p);
	if (p >= s->end)
		return fail(s, SKUA_EPROTO);
	if (*p == '"')
		return take_text(s, p + 1, text_r);
	if (*p == '{' || *p == '[') {
		*text_r = skua_str_n(NULL, 0);
		return skip_nested(s, p);
	}
	return take_word(s, p, text_r);
}

/* … and the colon behind it. */
static inline const char *
take_name(struct scan *s, const char *p, struct skua_str *name_r)
{
	if (!is_next(s, &p, '"'))
		return fail(s, SKUA_EPROTO);
	p = take_text(s, p + 1, name_r);
	if (p == NULL)
		return NULL;
	return is_next(s, &p, ':') ? p + 1 : fail(s, SKUA_EPROTO);
}

static const char *
take_fields(struct scan *s, const char *p, struct command *c)
{
	size_t n = c->field_count;

	if (is_next(s, &p, 'n')) { /* null */
		struct skua_str ignored;

		return take_word(s, p, &ignored);
	}
	if (p == s->end || *p != '{')
		return fail(s, SKUA_EPROTO);
	p++;
	if (is_next(s, &p, '}'))
		return p + 1;
	for (;;) {
		/* Written where it stays: a copy of what has just been written
		 * waits for it. */
		struct field *f = &c->fields[n];

		if (n == FIELDS_MAX)
			return fail(s, SKUA_ELIMIT);
		p = take_name(s, p, &f->name);
		if (p == NULL || (p = take_value(s, p, &f->value)) == NULL)
			return NULL;
		if (f->value.p != NULL)
			c->field_count = ++n;
		if (!is_next(s, &p, ','))
			break;
		p++;
	}
	return is_next(s, &p, '}') ? p + 1 : fail(s, SKUA_EPROTO);
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
set_member(struct command *c, struct skua_str name, struct skua_str value)
{
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

static const char *
take_member(struct scan *s, const char *p, struct command *c)
{
	struct skua_str name, value;

	p = take_name(s, p, &name);
	if (p == NULL)
		return NULL;
	if (skua_str_eq_z(name, "extFields"))
		return take_fields(s, p, c);
	p = take_value(s, p, &value);
	if (p == NULL)
		return NULL;
	s->rc = set_member(c, name, value);
	return s->rc == SKUA_OK ? p : NULL;
}

static const char *
take_members(struct scan *s, const char *p, struct command *c)
{
	if (!is_next(s, &p, '{'))
		return fail(s, SKUA_EPROTO);
	p++;
	if (is_next(s, &p, '}'))
		return p + 1;
	while ((p = take_member(s, p, c)) != NULL) {
		if (!is_next(s, &p, ','))
			return is_next(s, &p, '}') ? p + 1 :
						     fail(s, SKUA_EPROTO);
		p++;
	}
	return NULL;
}

int
skua_header_json_decode(struct skua_str text, struct arena *arena,
    struct command *command)
{
	struct scan s = { .end = text.p + text.len, .arena = arena };
	const char *p = take_members(&s, text.p, command);

	if (p == NULL)
		return s.rc;
	return skip_space(&s, p) == s.end ? SKUA_OK : SKUA_EPROTO;
}
