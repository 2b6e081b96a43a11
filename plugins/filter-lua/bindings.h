/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts bound to (group, topic): GROUP@TOPIC=FILE;…
 *
 * Loops read an immutable table; the main thread replaces it when a file has
 * changed.  Tables that were replaced are kept until the plug-in goes: there is
 * one per edit.
 */
#ifndef BINDINGS_H
#define BINDINGS_H

#include <skua/error.h>
#include <skua/types.h>

struct bindings;

typedef int bindings_check_fn(void *arg, const char *name,
    struct skua_str text, struct skua_error *e);

int bindings_new(const char *spec, bindings_check_fn *check, void *arg,
    struct bindings **bindings_r, struct skua_error *e);
void bindings_free(struct bindings *b);
/* 0: nothing is bound; else changes with the script. */
uint64_t bindings_version(const struct bindings *b, struct skua_str group,
    struct skua_str topic);
bool bindings_text(const struct bindings *b, struct skua_str group,
    struct skua_str topic, struct skua_str *text_r);
/* Reads the files again; a script that does not compile leaves the old one. */
void bindings_refresh(struct bindings *b);

#endif
