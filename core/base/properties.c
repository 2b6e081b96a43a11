/* SPDX-License-Identifier: Apache-2.0 */
/* Java's .properties text: comments (# !), continuation by a trailing
 * backslash, `=`, `:` or white space between key and value, escapes. */
#include <ctype.h>

#include <skua/properties.h>

#include "base/mem.h"

struct scanner {
	const char *p, *end;
	unsigned line;
	char *out; /* where unescaped text goes; as large as the input */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f';
}

static void
skip_blanks(struct scanner *s)
{
	while (s->p < s->end && is_blank(*s->p))
		s->p++;
}

static void
skip_line(struct scanner *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

static bool
at_line_end(const struct scanner *s)
{
	return s->p >= s->end || *s->p == '\n' || *s->p == '\r';
}

static void
put_code_point(struct scanner *s, unsigned c)
{
	if (c < 0x80) {
		*s->out++ = (char)c;
	} else if (c < 0x800) {
		*s->out++ = (char)(0xc0 | c >> 6);
		*s->out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*s->out++ = (char)(0xe0 | c >> 12);
		*s->out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*s->out++ = (char)(0x80 | (c & 0x3f));
	}
}

/* Behind a backslash. */
static int
take_escape(struct scanner *s)
{
	static const char from[] = "tnrf", as[] = "\t\n\r\f";
	const char *found;
	char c;

	if (s->p < s->end && *s->p == '\r')
		s->p++;
	if (s->p >= s->end)
		return SKUA_OK;
	c = *s->p++;
	if (c == '\n') { /* the line goes on; its indentation does not count */
		s->line++;
		skip_blanks(s);
		return SKUA_OK;
	}
	if (c == 'u') {
		unsigned v = 0;

		for (int i = 0; i < 4; i++, s->p++) {
			int d;

			if (s->p >= s->end || !isxdigit((unsigned char)*s->p))
				return SKUA_EPROTO;
			d = tolower((unsigned char)*s->p);
			v = v << 4 | (unsigned)(d <= '9' ? d - '0' : d - 'a' + 10);
		}
		put_code_point(s, v);
		return SKUA_OK;
	}
	found = c == '\0' ? NULL : strchr(from, c);
	*s->out++ = found == NULL ? c : as[found - from];
	return SKUA_OK;
}

static int
take_text(struct scanner *s, bool is_key)
{
	while (!at_line_end(s)) {
		if (is_key && (*s->p == '=' || *s->p == ':' || is_blank(*s->p)))
			return SKUA_OK;
		if (*s->p == '\\') {
			int rc;

			s->p++;
			rc = take_escape(s);
			if (rc != SKUA_OK)
				return rc;
		} else {
			*s->out++ = *s->p++;
		}
	}
	return SKUA_OK;
}

static int
take_pair(struct scanner *s, char *buffer, skua_properties_fn *fn, void *arg)
{
	unsigned line = s->line;
	char *value;
	int rc;

	s->out = buffer;
	rc = take_text(s, true);
	if (rc != SKUA_OK)
		return rc;
	*s->out++ = '\0';
	skip_blanks(s);
	if (s->p < s->end && (*s->p == '=' || *s->p == ':'))
		s->p++;
	skip_blanks(s);
	value = s->out;
	rc = take_text(s, false);
	if (rc != SKUA_OK)
		return rc;
	/* Java keeps trailing blanks; no setting wants them. */
	while (s->out > value && is_blank(s->out[-1]))
		s->out--;
	*s->out = '\0';
	return fn(arg, line, buffer, value);
}

int
skua_properties_parse(struct skua_str text, skua_properties_fn *fn, void *arg)
{
	struct scanner s = { text.p, text.p + text.len, 1, NULL };
	char *buffer;
	int rc = SKUA_OK;

	if (text.len == 0)
		return SKUA_OK;
	buffer = malloc(text.len + 2);
	if (buffer == NULL)
		return SKUA_ENOMEM;
	while (s.p < s.end && rc == SKUA_OK) {
		while (s.p < s.end && (is_blank(*s.p) || *s.p == '\r'))
			s.p++;
		if (s.p < s.end && (*s.p == '#' || *s.p == '!'))
			skip_line(&s);
		else if (s.p < s.end && *s.p != '\n')
			rc = take_pair(&s, buffer, fn, arg);
		skip_line(&s);
		if (s.p < s.end) {
			s.p++;
			s.line++;
		}
	}
	free(buffer);
	return rc;
}
