/* SPDX-License-Identifier: Apache-2.0 */
/* A value held against its row: the same for the core's settings and for a
 * plug-in's, at the start, with -t and by a request. */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include <skua/option.h>

/* SKUA_OK, or SKUA_EINVAL and a sentence that begins with "origin: key". */
int skua_option_check(const struct skua_option *o, const char *key,
    const char *text, const char *origin, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Checks, and sets the field of conf; a text is a copy that conf owns. */
int skua_option_fill(const struct skua_option *o, const char *key,
    const char *text, const char *origin, void *conf, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Frees what it set. */
void skua_option_clear(const struct skua_option *o, void *conf);

#endif
