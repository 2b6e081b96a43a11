/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON files below config/: what each must be. */
#ifndef OFFLINE_CONFIG_H
#define OFFLINE_CONFIG_H

#include <skua/error.h>
#include <skua/json.h>

/* SKUA_OK, or SKUA_ECORRUPT with the first thing that is wrong in *e.  name is
 * the file's, without its folder; one that is not known only has to parse.  The
 * tree, when root_r is not NULL, is a new reference. */
int skua_offline_config_check(const char *name, struct skua_str text,
    json_t **root_r, struct skua_error *e) SKUA_MUST_CHECK;

#endif
