/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people: widths, alignment, colours. */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/out_priv.h"

#define GAP 2

/* --- widths --- */

size_t
out_width(const char *text)
{
	struct skua_str rest = skua_str_z(text);
	size_t width = 0;

	while (rest.len > 0) {
		char room[TEXT_SHOWN_MAX];
		const char *shown;
		int32_t code;
		size_t n = skua_text_character(rest, &code, room, &shown);
		int w = wcwidth((wchar_t)code);

		width += w < 0 ? 1 : (size_t)w; /* a locale may not know */
		rest = skua_str_n(rest.p + n, rest.len - n);
	}
	return width;
}

/* --- cells --- */

/* What comes from a broker must not steer the terminal. */
static char *
printable(struct skua_str text)
{
	size_t size = TEXT_CLEAN_GROWTH * text.len + 1;
	char *copy = skua_mem_new(1, size);

	(void)skua_text_clean(copy, size, text);
	return copy;
}

void
out_table_add(struct out *o, struct skua_str shown)
{
	if (o->cell_count == o->size) {
		o->size = o->size == 0 ? 64 : 2 * o->size;
		o->cells = skua_mem_grow(o->cells, o->size, sizeof(*o->cells));
	}
	o->cells[o->cell_count].text = shown.p == NULL ? NULL :
							 printable(shown);
	o->cells[o->cell_count++].mark = o->mark;
}

static const char *
text_of(const struct out_cell *cell)
{
	return cell->text == NULL ? "-" : cell->text;
}

/* --- printing --- */

static void
put_marked(const struct out *o, const char *text, enum out_mark mark)
{
	static const char *const codes[] = { [OUT_BOLD] = "1",
		[OUT_GOOD] = "32", [OUT_WARN] = "33", [OUT_BAD] = "31" };

	if (o->colours && mark != OUT_PLAIN)
		(void)fprintf(o->to, "\033[%sm%s\033[0m", codes[mark], text);
	else
		(void)fputs(text, o->to);
}

static bool
is_number(enum out_type type)
{
	return type == OUT_INT || type == OUT_REAL;
}

static void
put_blanks(const struct out *o, size_t n)
{
	(void)fprintf(o->to, "%*s", (int)n, "");
}

static void
put_cell(const struct out *o, size_t column, size_t width, const char *text,
    enum out_mark mark)
{
	size_t pad = width - out_width(text);

	if (column > 0)
		put_blanks(o, GAP);
	if (is_number(o->columns[column].type))
		put_blanks(o, pad);
	put_marked(o, text, mark);
	/* No blanks at the end of a line. */
	if (!is_number(o->columns[column].type) && column + 1 < o->count)
		put_blanks(o, pad);
}

static void
measure(const struct out *o, size_t *widths)
{
	for (size_t i = 0; i < o->count; i++)
		widths[i] = out_width(o->columns[i].head);
	for (size_t i = 0; i < o->cell_count; i++) {
		size_t w = out_width(text_of(&o->cells[i]));

		if (w > widths[i % o->count])
			widths[i % o->count] = w;
	}
}

void
out_table_print(struct out *o)
{
	size_t *widths = sk_new_array(o->count, size_t);
	bool heads = o->count > 1 && o->cell_count > 0;

	measure(o, widths);
	for (size_t i = 0; heads && i < o->count; i++)
		put_cell(o, i, widths[i], o->columns[i].head, OUT_BOLD);
	if (heads)
		(void)fputc('\n', o->to);
	for (size_t i = 0; i < o->cell_count; i++) {
		size_t column = i % o->count;

		put_cell(o, column, o->count > 1 ? widths[column] :
			out_width(text_of(&o->cells[i])), text_of(&o->cells[i]),
		    o->cells[i].mark);
		if (column + 1 == o->count)
			(void)fputc('\n', o->to);
	}
	free(widths);
}

void
out_card_print(struct out *o)
{
	size_t width = 0;

	for (size_t i = 0; i < o->count; i++)
		if (out_width(o->columns[i].head) > width)
			width = out_width(o->columns[i].head);
	for (size_t i = 0; i < o->cell_count; i++) {
		const char *head = o->columns[i % o->count].head;

		if (i > 0 && i % o->count == 0)
			(void)fputc('\n', o->to);
		if (o->cells[i].text == NULL)
			continue;
		put_marked(o, head, OUT_BOLD);
		put_blanks(o, width - out_width(head) + GAP);
		put_marked(o, o->cells[i].text, o->cells[i].mark);
		(void)fputc('\n', o->to);
	}
}
