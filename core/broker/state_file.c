/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON files under config/. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/host.h>
#include <skua/io.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/state_file.h"
#include "wire/integrity.h"

#define FILE_SIZE_MAX ((size_t)1 << 31)

static int
read_one(const char *path, json_t **root_r)
{
	char *text;
	size_t len;
	int rc = skua_file_read(path, FILE_SIZE_MAX, &text, &len);

	if (rc != SKUA_OK)
		return rc;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	rc = skua_json_is_sealed_wrong(text, len) ?
	    SKUA_EPROTO :
	    skua_json_parse_within(skua_str_n(text, len), SIZE_MAX,
		root_r);
	free(text);
	if (rc == SKUA_EPROTO)
		*root_r = NULL;
	if (rc == SKUA_OK && !json_is_object(*root_r)) {
		json_decref(*root_r);
		*root_r = NULL;
		rc = SKUA_EPROTO;
	}
	return rc == SKUA_EPROTO ? SKUA_ECORRUPT : rc;
}

int
skua_state_file_read(const char *path, json_t **root_r, bool *is_old_r,
    struct skua_error *e)
{
	char bak[4096];
	int rc = read_one(path, root_r), rc_bak;

	if (is_old_r != NULL)
		*is_old_r = rc != SKUA_OK;
	if (rc == SKUA_OK)
		return SKUA_OK;
	*root_r = NULL;
	/* What is there may be right; nobody should remove it. */
	if (rc == SKUA_ENOMEM)
		return skua_fail(e, rc, "%s: %s", path, skua_strerror(rc));
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
	    "%s: %s; %s: %s; to go on, repair one of them (without its member "
	    "\"crc32\"), or remove both",
	    path, skua_strerror(rc), bak, skua_strerror(rc_bak));
}

int
skua_state_file_write(const char *path, struct skua_jsonw *w)
{
	char seal[JSON_SEAL_LEN + 1];
	struct skua_str text;
	char *sealed = NULL;
	int rc = skua_jsonw_finish(w, &text);

	if (rc == SKUA_OK) {
		/* The seal takes the place of the last brace. */
		sk_assert(text.len > 2 && text.p[text.len - 1] == '}');
		text.len--;
		sealed = skua_mem_new(1, text.len + sizeof(seal));
		skua_str_copy(sealed, text);
		skua_json_seal(seal, text.p, text.len);
		memcpy(sealed + text.len, seal, JSON_SEAL_LEN);
		rc = skua_file_replace_both(path, sealed, text.len + JSON_SEAL_LEN);
	}
	free(sealed);
	if (rc != SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "broker", "could not write %s: %s",
		    path, skua_strerror(rc));
	return rc;
}
