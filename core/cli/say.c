/* SPDX-License-Identifier: Apache-2.0 */
/* See say.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/say.h"

void
say_text(FILE *to, struct skua_str text)
{
	for (size_t at = 0, n; at < text.len; at += n) {
		char room[TEXT_SHOWN_MAX];
		const char *shown;
		int32_t code;

		n = skua_text_character(
		    skua_str_n(text.p + at, text.len - at), &code, room,
		    &shown);
		if (shown != NULL)
			(void)fputs(shown, to);
		else
			(void)fwrite(text.p + at, 1, n, to);
	}
}

/* At once: standard error has no buffer. */
static void
say_list(FILE *to, const char *fmt, va_list ap, const char *end)
{
	char *text, *clean;
	int n = vasprintf(&text, fmt, ap);
	size_t size;

	if (n < 0)
		return;
	size = TEXT_CLEAN_GROWTH * (size_t)n + 2;
	clean = skua_mem_new(1, size);
	size = skua_text_clean(clean, size, skua_str_n(text, (size_t)n));
	memcpy(clean + size, end, strlen(end) + 1);
	(void)fwrite(clean, 1, size + strlen(end), to);
	free(clean);
	free(text);
}

void
say_part(FILE *to, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_list(to, fmt, ap, "");
	va_end(ap);
}

void
say_end(FILE *to)
{
	(void)fputc('\n', to);
}

void
say_to(FILE *to, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_list(to, fmt, ap, "\n");
	va_end(ap);
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_list(stdout, fmt, ap, "\n");
	va_end(ap);
}

void
say_over(const char *fmt, ...)
{
	va_list ap;

	(void)fputc('\r', stderr);
	va_start(ap, fmt);
	say_list(stderr, fmt, ap, "");
	va_end(ap);
	(void)fflush(stderr);
}

/* Outside of its texts JSON has nothing that steers. */
static void
put_json(FILE *to, const char *p, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		char room[TEXT_SHOWN_MAX];
		const char *shown;
		int32_t code;

		n = skua_text_character(skua_str_n(p + at, len - at), &code,
		    room, &shown);
		if (shown != NULL)
			(void)fprintf(to, "\\u%04x", (unsigned)code & 0xffff);
		else
			(void)fwrite(p + at, 1, n, to);
	}
}

void
say_json(FILE *to, const json_t *json)
{
	char *text = json_dumps(json,
	    JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(10));

	if (text == NULL)
		return;
	put_json(to, text, strlen(text));
	say_end(to);
	free(text);
}
