/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a listing looks like, from one description of its columns: an aligned
 * table for people, tab-separated values with a line of names, or a JSON object
 * a line.  Cells are given in the columns' order, row after row.
 *
 * Tables are written when they end, the others row by row.  What is not known is
 * "-" or nothing; JSON and cards leave it out.  Times are the local time, or milliseconds since 1970.
 * A table without rows is nothing.  All text is cleaned (base/text.h); in values
 * a backslash is doubled.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <jansson.h>
#include <stdio.h>

#include <skua/types.h>

enum out_form { OUT_TABLE, OUT_CARD, OUT_TSV, OUT_JSON };
enum out_type { OUT_TEXT, OUT_INT, OUT_REAL, OUT_TIME, OUT_BOOL, OUT_TREE };
enum out_mark { OUT_PLAIN, OUT_BOLD, OUT_GOOD, OUT_WARN, OUT_BAD };

struct out_column {
	const char *head; /* of the table */
	const char *name; /* in JSON and values */
	enum out_type type;
};

struct out {
	enum out_form form;
	const struct out_column *columns;
	size_t count, at; /* the column whose turn it is */
	FILE *to;
	bool colours;
	enum out_mark mark; /* of the next cell */
	/* a table's */
	size_t cell_count, size;
	struct out_cell {
		char *text; /* NULL: not known */
		enum out_mark mark;
	} *cells;
	json_t *row; /* JSON's */
	size_t rows;
};

/* columns end with a NULL name.  OUT_CARD: a line for each column, for listings
 * of few rows.  A table with one column has no head, so that names can be piped
 * on.  Borrowed until the end. */
void out_begin(struct out *o, enum out_form form, FILE *to, bool colours,
    const struct out_column *columns);
/* The next cell stands out, where there are colours. */
void out_mark(struct out *o, enum out_mark mark);
void out_text(struct out *o, const char *text); /* NULL: not known */
void out_str(struct out *o, struct skua_str text);
void out_int(struct out *o, int64_t n);
void out_real(struct out *o, double x);
void out_time(struct out *o, int64_t ms); /* 0 or less: not known */
void out_bool(struct out *o, bool b);
/* Names and values; takes the reference. */
void out_tree(struct out *o, json_t *tree);
/* Not known. */
void out_none(struct out *o);
/* Writes what was not written yet, and frees; how many rows there were. */
size_t out_end(struct out *o);

/* Columns a text takes on a terminal. */
size_t out_width(const char *text);
/* Whether to colour what goes there: a terminal that can, and no NO_COLOR. */
bool out_has_colours(FILE *to);
/* "2026-11-21 16:15:30.123", local time. */
#define OUT_TIME_SIZE 32
void out_format_time(int64_t ms, char text[OUT_TIME_SIZE]);

#endif
