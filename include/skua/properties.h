/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Java's .properties text: settings files, and the bodies of requests that read
 * and change settings.
 * Upstream: common.MixAll.string2Properties, java.util.Properties.
 */
#ifndef SKUA_PROPERTIES_H
#define SKUA_PROPERTIES_H

#include <skua/error.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

/* Called for each pair, unescaped and NUL-terminated; line counts from 1.  Not
 * 0 stops and is returned. */
typedef int skua_properties_fn(void *arg, unsigned line, const char *key,
    const char *value);

SKUA_API int skua_properties_parse(struct skua_str text, skua_properties_fn *fn,
    void *arg) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
