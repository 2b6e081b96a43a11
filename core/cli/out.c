/* SPDX-License-Identifier: Apache-2.0 */
/* See out.h: rows and cells; tables are in out_table.c. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli/out_priv.h"
#include "cli/say.h"

bool
out_has_colours(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no == NULL || *no == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0 && isatty(fileno(to)) == 1;
}

void
out_format_time(int64_t ms, char text[OUT_TIME_SIZE])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	size_t n = 0;

	if (localtime_r(&s, &tm) != NULL)
		n = strftime(text, OUT_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	if (n == 0)
		(void)snprintf(text, OUT_TIME_SIZE, "?");
	else
		(void)snprintf(text + n, OUT_TIME_SIZE - n, ".%03d",
		    (int)(ms % 1000));
}

/* --- values --- */

static void
put_names(struct out *o)
{
	for (size_t i = 0; i < o->count; i++)
		(void)fprintf(o->to, "%s%s", i == 0 ? "" : "\t",
		    o->columns[i].name);
	(void)fputc('\n', o->to);
}

/* As people see it; a backslash is doubled, so that all can be read back. */
static void
put_escaped(FILE *to, struct skua_str text)
{
	while (text.len > 0) {
		const char *special = memchr(text.p, '\\', text.len);
		size_t n = special == NULL ? text.len :
					     (size_t)(special - text.p);

		say_text(to, skua_str_n(text.p, n));
		if (special != NULL)
			(void)fputs("\\\\", to);
		n += special != NULL;
		text = skua_str_n(text.p + n, text.len - n);
	}
}

/* --- JSON --- */

static json_t *
json_of(struct skua_str text)
{
	json_t *json = json_stringn(text.p, text.len);

	/* Bytes that are no text cannot stand in JSON as they are. */
	return json != NULL ? json : json_null();
}

static void
end_row(struct out *o)
{
	o->at = 0;
	o->rows++;
	if (o->form == OUT_TSV)
		(void)fputc('\n', o->to);
	if (o->form != OUT_JSON)
		return;
	say_json(o->to, o->row);
	json_decref(o->row);
	o->row = NULL;
}

/* --- cells --- */

/* One cell in whatever form: shown to people, and what it is. */
static void
put(struct out *o, enum out_type type, struct skua_str shown,
    struct skua_str value, json_t *json)
{
	const struct out_column *c = &o->columns[o->at];

	sk_assert(json_is_null(json) || c->type == type);
	switch (o->form) {
	case OUT_JSON:
		if (o->row == NULL)
			o->row = json_object();
		if (!json_is_null(json))
			(void)json_object_set(o->row, c->name, json);
		break;
	case OUT_TSV:
		if (o->at > 0)
			(void)fputc('\t', o->to);
		put_escaped(o->to, value);
		break;
	case OUT_TABLE:
	case OUT_CARD:
		out_table_add(o, shown);
		break;
	}
	json_decref(json);
	o->mark = OUT_PLAIN;
	if (++o->at == o->count)
		end_row(o);
}

void
out_begin(struct out *o, enum out_form form, FILE *to, bool colours,
    const struct out_column *columns)
{
	memset(o, 0, sizeof(*o));
	o->form = form;
	o->to = to;
	o->colours = colours;
	o->columns = columns;
	while (columns[o->count].name != NULL)
		o->count++;
	if (form == OUT_TSV)
		put_names(o);
}

void
out_mark(struct out *o, enum out_mark mark)
{
	o->mark = mark;
}

void
out_none(struct out *o)
{
	put(o, o->columns[o->at].type, skua_str_n(NULL, 0), skua_str_n("", 0),
	    json_null());
}

void
out_str(struct out *o, struct skua_str text)
{
	if (text.p == NULL)
		out_none(o);
	else
		put(o, OUT_TEXT, text, text, json_of(text));
}

void
out_text(struct out *o, const char *text)
{
	out_str(o, text == NULL ? skua_str_n(NULL, 0) : skua_str_z(text));
}

void
out_int(struct out *o, int64_t n)
{
	char text[32];
	struct skua_str s = skua_str_n(text,
	    (size_t)snprintf(text, sizeof(text), "%lld", (long long)n));

	put(o, OUT_INT, s, s, json_integer(n));
}

void
out_real(struct out *o, double x)
{
	char shown[64], value[64];

	(void)snprintf(shown, sizeof(shown), "%.1f", x);
	(void)snprintf(value, sizeof(value), "%.10g", x);
	put(o, OUT_REAL, skua_str_z(shown), skua_str_z(value), json_real(x));
}

void
out_time(struct out *o, int64_t ms)
{
	char shown[OUT_TIME_SIZE], value[32];

	if (ms <= 0) {
		out_none(o);
		return;
	}
	out_format_time(ms, shown);
	(void)snprintf(value, sizeof(value), "%lld", (long long)ms);
	put(o, OUT_TIME, skua_str_z(shown), skua_str_z(value),
	    json_integer(ms));
}

void
out_bool(struct out *o, bool b)
{
	put(o, OUT_BOOL, skua_str_z(b ? "yes" : "no"),
	    skua_str_z(b ? "true" : "false"), json_boolean(b));
}

/* name=value name=value */
static void
flatten(struct buf *b, const json_t *tree)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)tree, name, value) {
		char *text = json_is_string(value) ?
		    skua_mem_dup(skua_str_z(json_string_value(value))) :
		    json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		if (b->len > 0)
			(void)skua_buf_put(b, " ", 1);
		(void)skua_buf_put(b, name, strlen(name));
		(void)skua_buf_put(b, "=", 1);
		if (text != NULL)
			(void)skua_buf_put(b, text, strlen(text));
		free(text);
	}
}

void
out_tree(struct out *o, json_t *tree)
{
	struct buf b = { NULL, 0, 0 };
	struct skua_str text;

	flatten(&b, tree);
	text = skua_str_n((char *)b.p, b.len);
	put(o, OUT_TREE, text, text, tree); /* none: "-" */
	skua_buf_free(&b);
}

size_t
out_end(struct out *o)
{
	sk_assert(o->at == 0);
	if (o->form == OUT_TABLE)
		out_table_print(o);
	else if (o->form == OUT_CARD)
		out_card_print(o);
	for (size_t i = 0; i < o->cell_count; i++)
		free(o->cells[i].text);
	free(o->cells);
	o->cells = NULL;
	return o->rows;
}
