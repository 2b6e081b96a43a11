/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of sorted tables, rarely read settings, names of versions. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "broker/admin.h"

#define VERSION_3_0_1 16 /* ordinals of MQVersion, each a _SNAPSHOT */
#define VERSION_3_1_0 46

bool
skua_admin_is_set(const struct broker *b, const char *key)
{
	return skua_text_eq_nocase(
	    skua_str_z(skua_settings_get(b->settings, key)), "true");
}

static int
by_key(const void *a, const void *b)
{
	const struct map_entry *const *x = a, *const *y = b;
	struct skua_str s = (*x)->key, t = (*y)->key;
	size_t n = s.len < t.len ? s.len : t.len;
	int order = n == 0 ? 0 : memcmp(s.p, t.p, n);

	return order != 0 ? order : s.len < t.len ? -1 : s.len > t.len;
}

struct map_entry **
skua_admin_sorted(const struct map *map, size_t *n_r)
{
	struct map_entry **list =
	    sk_new_array(skua_map_count(map) + 1, struct map_entry *);
	struct map_entry *e;
	size_t n = 0;

	for (size_t at = 0; (e = skua_map_next(map, &at)) != NULL;)
		list[n++] = e;
	qsort(list, n, sizeof(list[0]), by_key);
	*n_r = n;
	return list;
}

/* The caller goes on where it stopped only while the table is still the one it
 * has begun to read. */
static bool
is_version(struct skua_str text, const struct data_version *now)
{
	struct data_version v;
	json_t *json;

	if (text.len == 0 || skua_json_parse(text, &json) != SKUA_OK)
		return false;
	data_version_read(json, &v);
	json_decref(json);
	return v.counter == now->counter && v.timestamp == now->timestamp &&
	    v.state_version == now->state_version;
}

bool
skua_admin_page(struct broker *b, struct skua_request *request,
    const struct page_fields *fields, const struct data_version *version,
    size_t total, struct page *page)
{
	struct skua_str known = skua_request_field(request, "dataVersion");
	int64_t first = 0, max = INT64_MAX, limit = INT64_MAX;
	bool has_first = skua_request_int(request, fields->first, &first);
	bool has_max = skua_request_int(request, fields->max, &max);

	page->begin = 0;
	page->end = total;
	if ((known.p == NULL && !has_first && !has_max) ||
	    !skua_admin_is_set(b, "enableSplitMetadata"))
		return true;
	if (!has_first || first < 0 || max < 1) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "a part is asked for by %s (from 0) and %s (at least 1)",
		    fields->first, fields->max);
		return false;
	}
	(void)skua_text_int(skua_str_z(skua_settings_get(b->settings,
				"splitMetadataSize")),
	    &limit);
	if (max > limit)
		max = limit;
	if (is_version(known, version))
		page->begin = first < (int64_t)total ? (size_t)first : total;
	if (max < (int64_t)(total - page->begin))
		page->end = page->begin + (size_t)(max < 0 ? 0 : max);
	return true;
}

void
skua_admin_kept(struct broker *b, void *request)
{
	(void)b;
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

bool
skua_admin_may_change(struct broker *b, struct skua_request *request,
    struct skua_str topic)
{
	if (!skua_topic_is_system(b, topic) ||
	    !skua_admin_is_set(b, "validateSystemTopicWhenUpdateTopic"))
		return true;
	skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
	    "The topic[" SKUA_STR_FMT "] is conflict with system topic.",
	    SKUA_STR_ARG(topic));
	return false;
}

struct groups_of {
	struct skua_str topic;
	admin_group_fn *fn;
	void *arg;
};

static bool
visit_row(void *arg, struct skua_str topic, struct skua_str group,
    const struct offset_row *row)
{
	struct groups_of *g = arg;

	(void)row;
	if (skua_str_eq(topic, g->topic))
		g->fn(g->arg, group);
	return true;
}

void
skua_admin_groups_of(const struct broker *b, struct skua_str topic,
    admin_group_fn *fn, void *arg)
{
	struct groups_of g = { topic, fn, arg };

	skua_offset_visit(&b->offsets, visit_row, &g);
}

const char *
skua_admin_old_version(int32_t version, char text[ADMIN_VERSION_SIZE])
{
	const char *end = version % 2 == 0 ? "_SNAPSHOT" : "";

	if (version >= VERSION_3_1_0)
		(void)snprintf(text, ADMIN_VERSION_SIZE, "V3_1_%d%s",
		    (version - VERSION_3_1_0) / 2, end);
	else if (version >= VERSION_3_0_1)
		(void)snprintf(text, ADMIN_VERSION_SIZE, "V3_0_%d%s",
		    (version - VERSION_3_0_1) / 2 + 1, end);
	else
		(void)snprintf(text, ADMIN_VERSION_SIZE, "V3_0_0");
	return text;
}
