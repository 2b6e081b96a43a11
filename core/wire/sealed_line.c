/* SPDX-License-Identifier: Apache-2.0 */
/* See sealed_line.h. */
#include "wire/sealed_line.h"
#include "wire/integrity.h"

int
skua_line_add(struct buf *text, struct skua_jsonw *w)
{
	char seal[JSON_SEAL_LEN + 1];
	struct skua_str line;
	int rc = skua_jsonw_finish(w, &line);
	uint8_t *to;

	if (rc != SKUA_OK)
		return rc;
	to = skua_buf_reserve(text, line.len + JSON_SEAL_LEN);
	if (to == NULL)
		return SKUA_ENOMEM;
	line.len--; /* the seal has its own brace */
	skua_json_seal(seal, line.p, line.len);
	skua_str_copy(to, line);
	memcpy(to + line.len, seal, JSON_SEAL_LEN);
	to[line.len + JSON_SEAL_LEN] = '\n';
	text->len += line.len + JSON_SEAL_LEN + 1;
	return SKUA_OK;
}

static int
take_line(struct skua_str line, line_fn *fn, void *arg)
{
	json_t *json;
	int rc;

	if (line.len < JSON_SEAL_LEN ||
	    skua_json_is_sealed_wrong(line.p, line.len) ||
	    skua_json_parse(line, &json) != SKUA_OK)
		return SKUA_ECORRUPT;
	rc = json_object_get(json, "crc32") == NULL ? SKUA_ECORRUPT :
						      fn(arg, json);
	json_decref(json);
	return rc;
}

size_t
skua_lines_take(struct skua_str text, line_fn *fn, void *arg)
{
	const char *at = text.p, *end = text.p + text.len;
	size_t damaged = 0;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		if (stop == NULL)
			break;
		damaged += take_line(skua_str_n(at, (size_t)(stop - at)), fn,
			       arg) != SKUA_OK;
		at = stop + 1;
	}
	return damaged;
}
