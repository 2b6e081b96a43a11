/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file is one object with a table of its own name.  Rows of tables are looked
 * at as the broker reads them: lenient about types that Java turns into each
 * other, strict about what it would start wrongly from.
 * Upstream: common.ConfigManager and what extends it.
 */
#include "base/text.h"
#include "offline/config.h"
#include "wire/integrity.h"

typedef int row_fn(const char *key, const json_t *row, struct skua_error *e);

static int
is_wrong(struct skua_error *e, const char *key, const char *what)
{
	return skua_fail(e, SKUA_ECORRUPT, "\"%.100s\" %s", key, what);
}

/* A number, or text that is one. */
static bool
number_of(const json_t *row, const char *name, int64_t *n_r)
{
	const json_t *v = json_object_get(row, name);

	*n_r = skua_json_int(row, name, INT64_MIN);
	return v == NULL || *n_r != INT64_MIN;
}

static int
check_number(const char *key, const json_t *row, const char *name, int64_t min,
    int64_t max, struct skua_error *e)
{
	int64_t n;

	if (!number_of(row, name, &n))
		return skua_fail(e, SKUA_ECORRUPT,
		    "\"%.100s\": %s is not a number", key, name);
	if (n != INT64_MIN && (n < min || n > max))
		return skua_fail(e, SKUA_ECORRUPT,
		    "\"%.100s\": %s is %lld", key, name, (long long)n);
	return SKUA_OK;
}

/* What a row calls itself must be the key it stands under. */
static int
check_name(const char *key, const json_t *row, const char *member,
    struct skua_error *e)
{
	const char *name = skua_json_text(row, member);

	if (key[0] == '\0')
		return skua_fail(e, SKUA_ECORRUPT, "an entry has no name");
	if (name != NULL && strcmp(name, key) != 0)
		return skua_fail(e, SKUA_ECORRUPT,
		    "\"%.100s\" calls itself \"%.100s\"", key, name);
	return SKUA_OK;
}

static int
topic_row(const char *key, const json_t *row, struct skua_error *e)
{
	int rc;

	if (!json_is_object(row))
		return is_wrong(e, key, "is no topic");
	rc = check_name(key, row, "topicName", e);
	if (rc == SKUA_OK)
		rc = check_number(key, row, "perm", 0, 15, e);
	if (rc == SKUA_OK)
		rc = check_number(key, row, "readQueueNums", 0, 65536, e);
	if (rc == SKUA_OK)
		rc = check_number(key, row, "writeQueueNums", 0, 65536, e);
	return rc;
}

static int
group_row(const char *key, const json_t *row, struct skua_error *e)
{
	int rc;

	if (!json_is_object(row))
		return is_wrong(e, key, "is no group");
	rc = check_name(key, row, "groupName", e);
	if (rc == SKUA_OK)
		rc = check_number(key, row, "retryQueueNums", 0, 65536, e);
	if (rc == SKUA_OK)
		rc = check_number(key, row, "brokerId", 0, INT64_MAX, e);
	return rc;
}

/* {"0":12}: queue ids, or delay levels, and offsets. */
static int
offset_cell(const char *key, const char *id, const json_t *value,
    struct skua_error *e)
{
	int64_t n;

	if (!skua_text_int(skua_str_z(id), &n) || n < 0 || n > INT32_MAX)
		return skua_fail(e, SKUA_ECORRUPT,
		    "\"%.100s\" has the queue \"%.30s\"", key, id);
	/* -1 is legal: clients commit it. */
	if (!json_is_integer(value) || json_integer_value(value) < -1)
		return skua_fail(e, SKUA_ECORRUPT,
		    "\"%.100s\" has no offset for the queue %s", key, id);
	return SKUA_OK;
}

static int
offset_row(const char *key, const json_t *row, struct skua_error *e)
{
	const char *at = strrchr(key, '@'), *id;
	json_t *value;
	int rc = SKUA_OK;

	if (at == NULL || at == key || at[1] == '\0')
		return is_wrong(e, key, "is no topic@group");
	if (!json_is_object(row))
		return is_wrong(e, key, "has no offsets");
	json_object_foreach ((json_t *)(uintptr_t)row, id, value)
		if (rc == SKUA_OK)
			rc = offset_cell(key, id, value, e);
	return rc;
}

static int
delay_row(const char *key, const json_t *value, struct skua_error *e)
{
	return offset_cell("offsetTable", key, value, e);
}

static int
object_row(const char *key, const json_t *row, struct skua_error *e)
{
	return json_is_object(row) ? SKUA_OK : is_wrong(e, key, "is no object");
}

/* file, its table, whether it must be there, a row's check */
static const struct file_rule {
	const char *name, *table;
	bool needed;
	row_fn *row;
} rules[] = {
	{ "topics.json", "topicConfigTable", true, topic_row },
	{ "subscriptionGroup.json", "subscriptionGroupTable", true, group_row },
	{ "consumerOffset.json", "offsetTable", true, offset_row },
	{ "lmqConsumerOffset.json", "offsetTable", false, object_row },
	{ "delayOffset.json", "offsetTable", false, delay_row },
	{ "consumerFilter.json", "filterDataByTopic", false, object_row },
	{ "consumerOrderInfo.json", "table", false, object_row },
	{ "messageRequestMode.json", "messageRequestModeMap", false,
	    object_row },
	{ "topicQueueMapping.json", "topicQueueMappingInfoMap", false,
	    object_row },
	{ "timermetrics", "timingCount", false, object_row },
	{ "transactionMetrics", "transactionCount", false, object_row },
};

static int
check_table(const struct file_rule *rule, const json_t *root,
    struct skua_error *e)
{
	json_t *table = json_object_get(root, rule->table), *row;
	const char *key;
	int rc = SKUA_OK;

	if (table == NULL && !rule->needed)
		return SKUA_OK;
	if (!json_is_object(table))
		return skua_fail(e, SKUA_ECORRUPT, "there is no %s",
		    rule->table);
	json_object_foreach (table, key, row)
		if (rc == SKUA_OK)
			rc = rule->row(key, row, e);
	return rc;
}

/* {"counter":2,"timestamp":…}: Java refuses another shape. */
static int
check_version(const json_t *root, struct skua_error *e)
{
	const json_t *version = json_object_get(root, "dataVersion");
	int rc;

	if (version == NULL || json_is_null(version))
		return SKUA_OK;
	if (!json_is_object(version))
		return skua_fail(e, SKUA_ECORRUPT, "dataVersion is no object");
	rc = check_number("dataVersion", version, "counter", INT64_MIN,
	    INT64_MAX, e);
	return rc != SKUA_OK ? rc :
			       check_number("dataVersion", version,
				   "timestamp", INT64_MIN, INT64_MAX, e);
}

static int
check_root(const char *name, const json_t *root, struct skua_error *e)
{
	int rc = check_version(root, e);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rc == SKUA_OK && strcmp(rules[i].name, name) == 0)
			rc = check_table(&rules[i], root, e);
	return rc;
}

int
skua_offline_config_check(const char *name, struct skua_str text,
    json_t **root_r, struct skua_error *e)
{
	json_t *root = NULL;
	int rc;

	while (text.len > 0 && text.p[text.len - 1] == '\n')
		text.len--;
	if (skua_json_is_sealed_wrong(text.p, text.len))
		return skua_fail(e, SKUA_ECORRUPT, "it is not what was "
		    "written: its last member, crc32, does not fit the rest");
	rc = skua_json_parse_within(text, SIZE_MAX, &root);
	if (rc == SKUA_ENOMEM)
		return skua_fail(e, rc, "out of memory");
	if (rc != SKUA_OK)
		return skua_fail(e, SKUA_ECORRUPT, text.len == 0 ?
			"it is empty" : "it is not valid JSON");
	if (!json_is_object(root))
		rc = skua_fail(e, SKUA_ECORRUPT, "it is no object");
	else
		rc = check_root(name, root, e);
	if (root_r != NULL && rc == SKUA_OK)
		*root_r = root;
	else
		json_decref(root);
	return rc;
}
