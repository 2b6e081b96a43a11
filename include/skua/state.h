/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plug-in keeps beside the log: JSON files, and a folder of its own.  From
 * a service's start on; the main thread or one of the plug-in's own, for it
 * blocks.
 */
#ifndef SKUA_STATE_H
#define SKUA_STATE_H

#include <skua/host.h>
#include <skua/json.h>

SKUA_BEGIN_DECLS

/* skua/plugins/INSTANCE below the store's folder, made when it is missing.
 * Freed by the caller.  SKUA_ENOTSUP: this broker keeps nothing. */
SKUA_API int skua_host_folder(struct skua_host *host, char **folder_r,
    struct skua_error *e) SKUA_MUST_CHECK;

/*
 * config/NAME below the store's folder, where Apache RocketMQ has its own: a
 * file of that name that it wrote is read as well.  The last member of what Skua
 * writes is "crc32", of all that is before it.  NAME: letters, digits, - _ and
 * dots, not at the beginning, 1 to 64 bytes; one plug-in writes a file, one
 * thread at a time.
 */

/* *root_r: a new reference; NULL when it was never kept.  A file that can't be
 * read, or is not what was written, falls back to its backup; SKUA_ECORRUPT with
 * a sentence when both are bad: do not go on without.  SKUA_EEXIST: the name of a
 * file of the broker's. */
SKUA_API int skua_state_load(struct skua_host *host, const char *name,
    json_t **root_r, struct skua_error *e) SKUA_MUST_CHECK;

/* Replaces the file, and syncs it: written aside, renamed; the one before it is
 * the backup.  w: one object, with at least one member; the caller's.  A failure
 * is logged. */
SKUA_API int skua_state_keep(struct skua_host *host, const char *name,
    struct skua_jsonw *w) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
