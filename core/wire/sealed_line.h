/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed JSON objects, one a line.  Each line stands for itself, so that a damaged
 * one does not take those after it along; one without its end was never durable.
 */
#ifndef WIRE_SEALED_LINE_H
#define WIRE_SEALED_LINE_H

#include <skua/json.h>

#include "base/buf.h"

/* Seals the writer's object and appends it, as a line, to text. */
int skua_line_add(struct buf *text, struct skua_jsonw *w) SKUA_MUST_CHECK;

/* SKUA_OK, or SKUA_ECORRUPT: the line says nothing that makes sense. */
typedef int line_fn(void *arg, const json_t *line);
/* Calls fn for each sound line; how many were not, or made no sense. */
size_t skua_lines_take(struct skua_str text, line_fn *fn, void *arg);

#endif
