/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that the command writes as text, but tables (out.h).  What is formatted is
 * cleaned as a whole (base/text.h), because names, remarks and bodies are
 * others': so a line's end, a colour or a return is never part of a format.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <jansson.h>
#include <stdio.h>

#include <skua/error.h>

/* A line on standard output. */
void say(const char *fmt, ...) SKUA_PRINTF(1, 2);
/* A line elsewhere. */
void say_to(FILE *to, const char *fmt, ...) SKUA_PRINTF(2, 3);
/* The beginning of a line, or more of it. */
void say_part(FILE *to, const char *fmt, ...) SKUA_PRINTF(2, 3);
/* The same of bytes as they are. */
void say_text(FILE *to, struct skua_str text);
/* The end of a line; an empty line. */
void say_end(FILE *to);
/* On standard error, over the line that stood there. */
void say_over(const char *fmt, ...) SKUA_PRINTF(1, 2);
/* One value as a line; what would steer a terminal as \uNNNN. */
void say_json(FILE *to, const json_t *json);

#endif
