/* SPDX-License-Identifier: Apache-2.0 */
/* The key-value configuration and its requests.  Only the main thread changes
 * it; loops read it under the lock. */
#include <stdio.h>

#include <skua/io.h>

#include "kv.h"
#include "namesrv.h"

#define FILE_MAX ((size_t)64 << 20)

static int
check_table(const json_t *table, const char *path, struct skua_error *e)
{
	const char *space, *key;
	json_t *entries, *value;

	if (!json_is_object(table))
		return skua_fail(e, SKUA_ECORRUPT,
		    "%s: there is no object \"configTable\"", path);
	json_object_foreach((json_t *)(uintptr_t)table, space, entries) {
		if (!json_is_object(entries))
			return skua_fail(e, SKUA_ECORRUPT,
			    "%s: \"%s\" is not an object", path, space);
		json_object_foreach(entries, key, value) {
			if (!json_is_string(value))
				return skua_fail(e, SKUA_ECORRUPT,
				    "%s: \"%s\" of \"%s\" is not text", path,
				    key, space);
		}
	}
	return SKUA_OK;
}

static int
parse_file(struct kv *kv, struct skua_str text, struct skua_error *e)
{
	json_t *json = NULL, *table;
	int rc = skua_json_parse_within(text, SIZE_MAX, &json);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s: not valid JSON", kv->path);
	table = json_object_get(json, "configTable");
	rc = check_table(table, kv->path, e);
	if (rc == SKUA_OK) {
		json_decref(kv->table);
		kv->table = json_incref(table);
	}
	json_decref(json);
	return rc;
}

static int
read_file(struct kv *kv, char **text_r, size_t *len_r)
{
	char *backup;
	size_t size = strlen(kv->path) + sizeof(".bak");
	int rc = skua_file_read(kv->path, FILE_MAX, text_r, len_r);

	if (rc != SKUA_ENOENT)
		return rc;
	/* A stop between the two renames of skua_file_replace. */
	backup = must_alloc(size, 1);
	(void)snprintf(backup, size, "%s.bak", kv->path);
	rc = skua_file_read(backup, FILE_MAX, text_r, len_r);
	if (rc == SKUA_OK)
		skua_log(SKUA_LOG_WARNING, UNIT,
		    "\"%s\" is not there: read \"%s\"", kv->path, backup);
	free(backup);
	return rc;
}

int
kv_init(struct kv *kv, const char *path, struct skua_error *e)
{
	char *text;
	size_t len;
	int rc;

	if (pthread_rwlock_init(&kv->lock, NULL) != 0)
		abort();
	kv->table = json_object();
	kv->path = must_dup(skua_str_z(path));
	rc = read_file(kv, &text, &len);
	if (rc == SKUA_ENOENT)
		return SKUA_OK;
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s: %s", path, skua_strerror(rc));
	rc = parse_file(kv, skua_str_n(text, len), e);
	free(text);
	return rc;
}

void
kv_fini(struct kv *kv)
{
	json_decref(kv->table);
	free(kv->path);
	(void)pthread_rwlock_destroy(&kv->lock);
}

static int
write_file(const struct kv *kv, const json_t *table, int64_t max_bytes,
    struct skua_error *e)
{
	const struct skua_io *io = skua_io();
	const char *slash = strrchr(kv->path, '/');
	struct skua_jsonw w;
	struct skua_str text;
	int rc = SKUA_OK;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "configTable");
	skua_jsonw_tree(&w, table);
	skua_jsonw_close(&w, '}');
	if (slash != NULL && slash != kv->path) {
		char *folder = must_dup(skua_str_n(kv->path,
		    (size_t)(slash - kv->path)));

		rc = io->mkdir(folder);
		free(folder);
	}
	if (rc == SKUA_OK || rc == SKUA_EEXIST)
		rc = skua_jsonw_finish(&w, &text);
	if (rc == SKUA_OK && max_bytes > 0 && (int64_t)text.len > max_bytes) {
		skua_jsonw_free(&w);
		return skua_fail(e, SKUA_ELIMIT, "the key-value configuration "
		    "is full: namesrvMaxKvBytes is reached");
	}
	if (rc == SKUA_OK)
		rc = skua_file_replace(kv->path, text.p, text.len);
	skua_jsonw_free(&w);
	return rc == SKUA_OK ? rc :
			       skua_fail(e, rc, "could not write \"%s\": %s",
				   kv->path, skua_strerror(rc));
}

/* A copy of the table, with the change in it; NULL when the text is no UTF-8
 * or memory is short. */
static json_t *
changed_copy(const json_t *table, const char *space, const char *key,
    struct skua_str value)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)table);
	json_t *entries = json_copy(json_object_get(table, space));
	json_t *text = value.p == NULL ? NULL : json_stringn(value.p,
	    value.len);
	int rc = 0;

	if (entries == NULL && value.p != NULL)
		entries = json_object();
	if (value.p != NULL)
		rc = json_object_set_new(entries, key, text);
	else
		(void)json_object_del(entries, key);
	if (entries != NULL && rc == 0)
		rc = json_object_set_new(copy, space, entries);
	else
		json_decref(entries);
	if (rc == 0)
		return copy;
	json_decref(copy);
	return NULL;
}

int
kv_set(struct kv *kv, struct skua_str space, struct skua_str key,
    struct skua_str value, struct skua_error *e)
{
	char *space_z = must_dup(space), *key_z = must_dup(key);
	json_t *old = kv->table;
	json_t *table = changed_copy(old, space_z, key_z, value);
	int rc;

	free(space_z);
	free(key_z);
	if (table == NULL)
		return skua_fail(e, SKUA_EINVAL, "the text is not UTF-8");
	/* What is removed makes room. */
	rc = write_file(kv, table, value.p == NULL ? 0 : kv->max_bytes, e);
	if (rc != SKUA_OK) {
		json_decref(table);
		return rc;
	}
	(void)pthread_rwlock_wrlock(&kv->lock);
	kv->table = table;
	(void)pthread_rwlock_unlock(&kv->lock);
	json_decref(old);
	return SKUA_OK;
}

char *
kv_get(struct kv *kv, struct skua_str space, struct skua_str key)
{
	char *space_z = must_dup(space), *key_z = must_dup(key);
	const json_t *value;
	char *copy = NULL;

	(void)pthread_rwlock_rdlock(&kv->lock);
	value = json_object_get(json_object_get(kv->table, space_z), key_z);
	if (json_is_string(value))
		copy = must_dup(skua_str_n(json_string_value(value),
		    json_string_length(value)));
	(void)pthread_rwlock_unlock(&kv->lock);
	free(space_z);
	free(key_z);
	return copy;
}

bool
kv_answer_namespace(struct kv *kv, struct skua_request *request,
    struct skua_str space)
{
	char *space_z = must_dup(space);
	struct skua_jsonw w;
	struct skua_str text;
	const json_t *entries;
	bool found;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "table");
	(void)pthread_rwlock_rdlock(&kv->lock);
	entries = json_object_get(kv->table, space_z);
	found = entries != NULL;
	if (found)
		skua_jsonw_tree(&w, entries);
	(void)pthread_rwlock_unlock(&kv->lock);
	skua_jsonw_close(&w, '}');
	if (found && skua_jsonw_finish(&w, &text) == SKUA_OK)
		skua_answer_body(request, text.p, text.len);
	skua_jsonw_free(&w);
	free(space_z);
	return found;
}

/* --- requests --- */

static void
finish_set(struct namesrv *ns, struct skua_request *request,
    struct skua_str value)
{
	struct skua_str space = skua_request_field(request, "namespace");
	struct skua_str key = skua_request_field(request, "key");
	struct skua_error e;
	int rc;

	ns->kv.max_bytes = CONF_OF(ns, max_kv_bytes);
	rc = kv_set(&ns->kv, space, key, value, &e);
	if (rc == SKUA_OK) {
		skua_log(SKUA_LOG_NOTICE, UNIT, "key-value configuration: \""
		    SKUA_STR_FMT "\" of \"" SKUA_STR_FMT "\" was %s",
		    SKUA_STR_ARG(key), SKUA_STR_ARG(space),
		    value.p == NULL ? "removed" : "set");
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
		return;
	}
	if (rc == SKUA_ELIMIT) {
		answer_full(ns, request, "%s", e.text);
		return;
	}
	complain(ns, "key-value configuration: %s", e.text);
	skua_answer(request, rc == SKUA_EINVAL ? SKUA_CODE_INVALID_PARAMETER :
						 SKUA_CODE_SYSTEM_ERROR,
	    "%s", e.text);
}

static void
put_job(struct namesrv *ns, struct skua_request *request)
{
	finish_set(ns, request, skua_request_field(request, "value"));
}

static void
delete_job(struct namesrv *ns, struct skua_request *request)
{
	finish_set(ns, request, skua_str_n(NULL, 0));
}

void
handle_put_kv(struct skua_host *host, struct skua_request *request)
{
	struct skua_str space;

	if (skua_request_field(request, "namespace").len == 0 ||
	    skua_request_field(request, "key").len == 0)
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "namespace or key is null");
	else if (skua_request_field(request, "value").p == NULL)
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the field value is missing");
	else if (need_name(request, "namespace", &space))
		run_later(namesrv_of(host), request, put_job);
}

void
handle_delete_kv(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str space, key;
	char *value;

	if (!need_name(request, "namespace", &space))
		return;
	key = skua_request_field(request, "key");
	if (key.len == 0) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the field key is missing");
		return;
	}
	value = kv_get(&ns->kv, space, key);
	/* What is not there need not be written away. */
	if (value == NULL)
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	else
		run_later(ns, request, delete_job);
	free(value);
}

/* What is not asked for properly is not there either, as upstream. */
void
handle_get_kv(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str space = skua_request_field(request, "namespace");
	struct skua_str key = skua_request_field(request, "key");
	char *value = kv_get(&ns->kv, space, key);

	if (value == NULL) {
		space = field_shown(request, "namespace");
		key = field_shown(request, "key");
		skua_answer(request, SKUA_CODE_QUERY_NOT_FOUND,
		    "No config item, Namespace: " SKUA_STR_FMT
		    " Key: " SKUA_STR_FMT, SKUA_STR_ARG(space),
		    SKUA_STR_ARG(key));
		return;
	}
	skua_answer_field(request, "value", skua_str_z(value));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	free(value);
}

void
handle_list_kv(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str space = skua_request_field(request, "namespace");

	if (kv_answer_namespace(&ns->kv, request, space)) {
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
		return;
	}
	space = field_shown(request, "namespace");
	skua_answer(request, SKUA_CODE_QUERY_NOT_FOUND,
	    "No config item, Namespace: " SKUA_STR_FMT, SKUA_STR_ARG(space));
}
