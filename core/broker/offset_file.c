/* SPDX-License-Identifier: Apache-2.0 */
/* consumerOffset.json: {"dataVersion":…,"offsetTable":{"T@g":{0:12,1:3}}} */
#include "base/text.h"
#include "broker/broker.h"
#include "broker/state_file.h"

static int
take_row(struct broker *b, const char *key, const json_t *cells,
    const char *path, struct skua_error *e)
{
	const char *at = strrchr(key, '@'), *id;
	json_t *value;

	if (at == NULL || !json_is_object(cells))
		return skua_fail(e, SKUA_ECORRUPT,
		    "%s: offsetTable has the malformed entry \"%s\"", path, key);
	json_object_foreach ((json_t *)(uintptr_t)cells, id, value) {
		int64_t queue_id;

		if (!skua_text_int(skua_str_z(id), &queue_id) ||
		    !json_is_integer(value))
			return skua_fail(e, SKUA_ECORRUPT,
			    "%s: \"%s\" has the malformed queue \"%s\"", path,
			    key, id);
		(void)skua_offset_set(&b->offsets, skua_str_z(at + 1),
		    skua_str_n(key, (size_t)(at - key)), (int32_t)queue_id,
		    json_integer_value(value));
	}
	return SKUA_OK;
}

int
skua_offsets_load(struct broker *b, const char *path, struct skua_error *e)
{
	json_t *root, *table, *value;
	const char *key;
	int rc = skua_state_file_read(path, &root, NULL, e);

	if (rc != SKUA_OK || root == NULL)
		return rc;
	table = json_object_get(root, "offsetTable");
	if (!json_is_object(table))
		rc = skua_fail(e, SKUA_ECORRUPT, "%s: no offsetTable", path);
	json_object_foreach (table, key, value) {
		if (rc == SKUA_OK)
			rc = take_row(b, key, value, path, e);
	}
	data_version_read(json_object_get(root, "dataVersion"),
	    &b->offsets.version);
	atomic_store(&b->offsets.dirty, false);
	json_decref(root);
	return rc;
}

static void
write_block(struct skua_jsonw *w, const struct offset_block *block)
{
	for (int32_t i = 0; i < OFFSET_BLOCK; i++) {
		int64_t offset = atomic_load(&block->cell[i]);

		if (offset == OFFSET_UNSET)
			continue;
		skua_jsonw_raw_key(w, "%d", block->first + i);
		skua_jsonw_int(w, offset);
	}
}

static bool
write_row(void *arg, struct skua_str topic, struct skua_str group,
    const struct offset_row *row)
{
	struct skua_jsonw *w = arg;
	const struct offset_block *block = &row->first;

	(void)topic;
	(void)group;
	skua_jsonw_key(w, row->entry.key);
	skua_jsonw_open(w, '{');
	for (; block != NULL; block = atomic_load(&block->next))
		write_block(w, block);
	skua_jsonw_close(w, '}');
	return true;
}

int
skua_offsets_persist(struct broker *b, const char *path)
{
	struct offsets *o = &b->offsets;
	struct skua_jsonw w;
	int rc;

	if (!atomic_exchange(&o->dirty, false))
		return SKUA_OK;
	data_version_next(&o->version);
	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "dataVersion");
	data_version_write(&w, &o->version);
	skua_jsonw_key_z(&w, "offsetTable");
	skua_jsonw_open(&w, '{');
	skua_offset_visit(o, write_row, &w);
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	rc = skua_state_file_write(path, &w);
	if (rc != SKUA_OK)
		atomic_store(&o->dirty, true);
	skua_jsonw_free(&w);
	return rc;
}
