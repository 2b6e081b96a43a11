/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON files under config/.  A file that cannot be read falls back to its
 * .bak; when both are bad the broker refuses to start rather than to start
 * empty.
 * Upstream: common.ConfigManager.
 */
#ifndef BROKER_STATE_FILE_H
#define BROKER_STATE_FILE_H

#include <skua/json.h>

/* *root_r is NULL with SKUA_OK when neither file exists. */
int skua_state_file_read(const char *path, json_t **root_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* Replaces the file by the writer's text; logs a failure. */
int skua_state_file_write(const char *path, struct skua_jsonw *w);

#endif
