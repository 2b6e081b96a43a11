/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text and back, without locale, allocation or surprises. */
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

#endif
