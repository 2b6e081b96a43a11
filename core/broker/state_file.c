/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON files under config/. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/host.h>
#include <skua/io.h>

#include "broker/state_file.h"

#define FILE_SIZE_MAX ((size_t)1 << 31)

static int
read_one(const char *path, json_t **root_r)
{
	char *text;
	size_t len;
	int rc = skua_file_read(path, FILE_SIZE_MAX, &text, &len);

	if (rc != SKUA_OK)
		return rc;
	rc = skua_json_parse(skua_str_n(text, len), root_r);
	free(text);
	if (rc == SKUA_OK && !json_is_object(*root_r)) {
		json_decref(*root_r);
		rc = SKUA_EPROTO;
	}
	return rc == SKUA_EPROTO ? SKUA_ECORRUPT : rc;
}

int
skua_state_file_read(const char *path, json_t **root_r, struct skua_error *e)
{
	char bak[4096];
	int rc = read_one(path, root_r), rc_bak;

	if (rc == SKUA_OK)
		return SKUA_OK;
	(void)snprintf(bak, sizeof(bak), "%s.bak", path);
	rc_bak = read_one(bak, root_r);
	if (rc_bak == SKUA_OK) {
		skua_log(SKUA_LOG_WARNING, "broker", "%s: %s; took %s", path,
		    skua_strerror(rc), bak);
		return SKUA_OK;
	}
	*root_r = NULL;
	if (rc == SKUA_ENOENT && rc_bak == SKUA_ENOENT)
		return SKUA_OK;
	return skua_fail(e, rc == SKUA_ENOENT ? rc_bak : rc,
	    "%s: %s; %s: %s; repair or remove them to go on", path,
	    skua_strerror(rc), bak, skua_strerror(rc_bak));
}

int
skua_state_file_write(const char *path, struct skua_jsonw *w)
{
	struct skua_str text;
	int rc = skua_jsonw_finish(w, &text);

	if (rc == SKUA_OK)
		rc = skua_file_replace(path, text.p, text.len);
	if (rc != SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "broker", "could not write %s: %s",
		    path, skua_strerror(rc));
	return rc;
}
