/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON files under config/. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/host.h>
#include <skua/io.h>

#include "base/assert.h"
#include "base/crc32.h"
#include "base/mem.h"
#include "broker/state_file.h"

#define FILE_SIZE_MAX ((size_t)1 << 31)

/* ,"crc32":"89abcdef"} */
#define SEAL_HEAD ",\"crc32\":\""
#define SEAL_LEN (sizeof(SEAL_HEAD) - 1 + 8 + 2)

static void
put_seal(char to[SEAL_LEN + 1], const char *text, size_t len)
{
	(void)snprintf(to, SEAL_LEN + 1, SEAL_HEAD "%08x\"}",
	    skua_crc32(text, len));
}

/* A text without a seal is of Apache RocketMQ, or of an editor that took it
 * out: then being JSON must do. */
static bool
is_sealed_wrong(const char *text, size_t len)
{
	char seal[SEAL_LEN + 1];
	const char *tail = text + len - SEAL_LEN;

	if (len < SEAL_LEN ||
	    memcmp(tail, SEAL_HEAD, sizeof(SEAL_HEAD) - 1) != 0)
		return false;
	put_seal(seal, text, len - SEAL_LEN);
	return memcmp(tail, seal, SEAL_LEN) != 0;
}

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
	rc = is_sealed_wrong(text, len) ?
	    SKUA_EPROTO :
	    skua_json_parse(skua_str_n(text, len), root_r);
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
	char seal[SEAL_LEN + 1];
	struct skua_str text;
	char *sealed = NULL;
	int rc = skua_jsonw_finish(w, &text);

	if (rc == SKUA_OK) {
		/* The seal takes the place of the last brace. */
		sk_assert(text.len > 2 && text.p[text.len - 1] == '}');
		text.len--;
		sealed = skua_mem_new(1, text.len + sizeof(seal));
		skua_str_copy(sealed, text);
		put_seal(seal, text.p, text.len);
		memcpy(sealed + text.len, seal, SEAL_LEN);
		rc = skua_file_replace_both(path, sealed, text.len + SEAL_LEN);
	}
	free(sealed);
	if (rc != SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "broker", "could not write %s: %s",
		    path, skua_strerror(rc));
	return rc;
}
