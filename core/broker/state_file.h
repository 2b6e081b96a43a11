/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON files under config/.  The last member of each is "crc32", of all that
 * is before it: Apache RocketMQ passes over it, and leaves it out of what it
 * writes itself.  A file that cannot be read, or is not what was written, falls
 * back to its .bak; when both are bad the broker refuses to start rather than to
 * start empty.
 * Upstream: common.ConfigManager.
 */
#ifndef BROKER_STATE_FILE_H
#define BROKER_STATE_FILE_H

#include <skua/json.h>

/* *root_r is NULL with SKUA_OK when neither file exists.  *is_old_r (may be
 * NULL): what was read is the backup, or nothing. */
int skua_state_file_read(const char *path, json_t **root_r, bool *is_old_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* Replaces the file by the writer's text; logs a failure. */
int skua_state_file_write(const char *path, struct skua_jsonw *w);

#endif
