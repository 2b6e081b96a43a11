/* SPDX-License-Identifier: Apache-2.0 */
/* Writing text and integer keys in either JSON dialect. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dialect.h"

static bool
is_ascii(struct skua_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.p[i] >= 0x7f)
			return false;
	}
	return true;
}

/* One code point; bytes that are not UTF-8 become U+FFFD. */
static uint32_t
take_code_point(struct skua_str s, size_t *at)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)s.p[(*at)++];
	size_t more = c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	uint32_t value;

	if (c < 0x80)
		return c;
	if (more == 0 || c >= 0xf8 || *at + more > s.len)
		return 0xfffd;
	value = c & (0x3fU >> more);
	for (size_t i = 0; i < more; i++) {
		unsigned char next = (unsigned char)s.p[*at + i];

		if ((next & 0xc0) != 0x80)
			return 0xfffd;
		value = value << 6 | (next & 0x3f);
	}
	if (value < least[more] || value > 0x10ffff ||
	    (value >= 0xd800 && value < 0xe000))
		return 0xfffd;
	*at += more;
	return value;
}

static size_t
put_code_point(char *to, uint32_t c)
{
	if (c == '"' || c == '\\')
		return (size_t)sprintf(to, "\\%c", (int)c);
	if (c >= 0x20 && c < 0x7f) {
		*to = (char)c;
		return 1;
	}
	if (c < 0x10000)
		return (size_t)sprintf(to, "\\u%04X", c);
	c -= 0x10000;
	return (size_t)sprintf(to, "\\u%04X\\u%04X", 0xd800 + (c >> 10),
	    0xdc00 + (c & 0x3ff));
}

/* Quoted and ASCII, in malloc'd memory; NULL when there is none. */
static char *
escaped(struct skua_str s)
{
	/* One byte becomes \uXXXX at most; four become two of them. */
	char *text = malloc(s.len * 6 + 3);
	size_t n = 0;

	if (text == NULL)
		return NULL;
	text[n++] = '"';
	for (size_t at = 0; at < s.len;)
		n += put_code_point(text + n, take_code_point(s, &at));
	text[n++] = '"';
	text[n] = '\0';
	return text;
}

void
put_text(struct skua_jsonw *w, bool standard, struct skua_str text)
{
	char *ascii;

	if (!standard || is_ascii(text)) {
		skua_jsonw_str(w, text);
		return;
	}
	ascii = escaped(text);
	if (ascii == NULL)
		w->error = SKUA_ENOMEM;
	else
		skua_jsonw_raw(w, skua_str_z(ascii));
	free(ascii);
}

void
put_text_z(struct skua_jsonw *w, bool standard, const char *text)
{
	put_text(w, standard, skua_str_z(text));
}

void
put_key(struct skua_jsonw *w, bool standard, const char *name)
{
	struct skua_str text = skua_str_z(name);
	char *ascii;

	if (!standard || is_ascii(text) ||
	    (ascii = escaped(text)) == NULL) {
		skua_jsonw_key(w, text);
		return;
	}
	skua_jsonw_raw_key(w, "%s", ascii);
	free(ascii);
}

void
put_id_key(struct skua_jsonw *w, bool standard, int64_t id)
{
	skua_jsonw_raw_key(w, standard ? "\"%" PRId64 "\"" : "%" PRId64, id);
}
