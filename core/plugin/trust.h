/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code runs in the broker. */
#ifndef PLUGIN_TRUST_H
#define PLUGIN_TRUST_H

#include <skua/error.h>

/* Whether nobody but root and the running user can change the module, or put
 * another one in its place: the file, its folder and each folder above it
 * belong to one of them, and others can't write.  *real_r, freed by the caller:
 * the path without links, which is the one to open. */
int skua_module_trust(const char *path, char **real_r, struct skua_error *e)
    SKUA_MUST_CHECK;

#endif
