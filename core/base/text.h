/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text and back, and text of others as it may be shown, without
 * locale, allocation or surprises. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <skua/types.h>

/* Whole decimal text, optional sign; false on anything else or overflow. */
bool skua_text_int(struct skua_str text, int64_t *value_r);

#define TEXT_INT_MAX 20
/* Writes value without a NUL; returns the length.  May use all TEXT_INT_MAX
 * bytes at p. */
size_t skua_text_put_int(char *p, int64_t value);
/* Writes n bytes as 2 n upper-case digits, without a NUL; returns 2 n. */
size_t skua_text_put_hex(char *p, const uint8_t *bytes, size_t n);

bool skua_text_eq_nocase(struct skua_str a, const char *b);

/* The candidate nearest to text by edit distance, or NULL when none is near
 * enough to be a likely typing mistake. */
const char *skua_text_nearest(const char *text, const char *const *candidates,
    size_t n);

/*
 * Text of others on its way to a terminal, a log or a sentence.  What would steer
 * a terminal or change the order of what is read (control characters of C0 and
 * C1, DEL, marks of direction, separators of lines and paragraphs), and bytes
 * that are not UTF-8, become visible: \n \t \r \xNN \uNNNN.  What is clean stays
 * as it is, so that cleaning twice changes nothing.
 */

/* No byte becomes more than so many. */
#define TEXT_CLEAN_GROWTH 4
/* Writes text to `to`, as much as there is room for in size bytes (at least 1)
 * with a NUL, without cutting a character; returns the length. */
size_t skua_text_clean(char *to, size_t size, struct skua_str text);
/* One character of text (not empty): its length in bytes.  *shown_r: how it is
 * shown if not as it is, else NULL; in room.  *code_r: its code point; -1: a byte
 * that is not UTF-8. */
#define TEXT_SHOWN_MAX 8
size_t skua_text_character(struct skua_str text, int32_t *code_r,
    char room[TEXT_SHOWN_MAX], const char **shown_r);

#endif
