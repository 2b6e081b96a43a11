/* SPDX-License-Identifier: Apache-2.0 */
/* See text.h: text of others as it may be shown. */
#include <stdio.h>

#include "base/text.h"

/* --- UTF-8 --- */

/* How many bytes the character has that begins so, and the least that may be
 * written with so many. */
static size_t
length_of(unsigned char first, int32_t *bits_r, int32_t *least_r)
{
	static const struct {
		unsigned char mask, lead;
		int32_t least;
	} forms[] = { { 0x80, 0, 0 }, { 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if ((first & forms[i].mask) != forms[i].lead)
			continue;
		*bits_r = first & (unsigned char)~forms[i].mask;
		*least_r = forms[i].least;
		return i + 1;
	}
	return 0;
}

/* The length of the character at the beginning of text, which is not empty; 0: it
 * is none. */
static size_t
decode(struct skua_str text, int32_t *code_r)
{
	int32_t code, least;
	size_t n = length_of((unsigned char)text.p[0], &code, &least);

	if (n == 0 || n > text.len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (c & 0x3f);
	}
	if (code < least || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*code_r = code;
	return n;
}

/* --- what may not be shown as it is --- */

static bool
steers(int32_t c)
{
	return c < ' ' || (c >= 0x7f && c <= 0x9f) || /* C0, DEL, C1 */
	    c == 0x061c ||                            /* marks of direction */
	    c == 0x200e || c == 0x200f ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	    c == 0x2028 || c == 0x2029; /* separators */
}

size_t
skua_text_character(struct skua_str text, int32_t *code_r,
    char room[TEXT_SHOWN_MAX], const char **shown_r)
{
	size_t n = decode(text, code_r);

	*shown_r = room;
	if (n == 0) {
		*code_r = -1;
		(void)snprintf(room, TEXT_SHOWN_MAX, "\\x%02x",
		    (unsigned char)text.p[0]);
		return 1;
	}
	if (!steers(*code_r))
		*shown_r = NULL;
	else if (*code_r == '\n' || *code_r == '\t' || *code_r == '\r')
		(void)snprintf(room, TEXT_SHOWN_MAX, "\\%c",
		    *code_r == '\n' ? 'n' : *code_r == '\t' ? 't' : 'r');
	else
		(void)snprintf(room, TEXT_SHOWN_MAX,
		    *code_r < 0x80 ? "\\x%02x" : "\\u%04x",
		    (unsigned)*code_r & 0xffff);
	return n;
}

size_t
skua_text_clean(char *to, size_t size, struct skua_str text)
{
	size_t len = 0;

	for (size_t at = 0, n; at < text.len; at += n) {
		struct skua_str rest =
		    skua_str_n(text.p + at, text.len - at);
		char room[TEXT_SHOWN_MAX];
		const char *shown;
		size_t shown_len;
		int32_t code;

		n = skua_text_character(rest, &code, room, &shown);
		shown_len = shown == NULL ? n : strlen(shown);
		if (shown_len >= size - len)
			break;
		memcpy(to + len, shown == NULL ? rest.p : shown, shown_len);
		len += shown_len;
	}
	to[len] = '\0';
	return len;
}
