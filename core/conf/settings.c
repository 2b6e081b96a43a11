/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings and the values in force. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/host.h>
#include <skua/io.h>
#include <skua/properties.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/settings.h"

#define FILE_MAX (1024 * 1024)

static const struct row {
	const char *class_name;
	enum setting_type type;
	const char *key;
	const char *default_value;
} rows[] = {
#define SETTING(class_name, type, key, dflt)                                   \
	{ #class_name, SETTING_##type, #key, dflt },
#include "conf/settings.def"
#undef SETTING
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

struct value {
	UT_hash_handle hh;
	char *key;
	const struct row *row;            /* NULL: a plug-in's own key */
	const struct skua_option *option; /* claimed by a plug-in */
	char *text;
	char *origin; /* NULL: default */
	bool used;
};

struct settings {
	struct value *by_key;
};

static struct value *
find(const struct settings *s, const char *key)
{
	struct value *v;

	HASH_FIND_STR(s->by_key, key, v);
	return v;
}

static struct value *
add(struct settings *s, const char *key, const char *text)
{
	struct value *v = sk_new(struct value);

	v->key = skua_mem_dup(skua_str_z(key));
	v->text = skua_mem_dup(skua_str_z(text));
	HASH_ADD_KEYPTR(hh, s->by_key, v->key, strlen(v->key), v);
	return v;
}

static char *
default_of(const struct row *row)
{
	const char *home = getenv("HOME");
	char text[4096];

	if (strncmp(row->default_value, "HOME/", 5) != 0)
		return skua_mem_dup(skua_str_z(row->default_value));
	(void)snprintf(text, sizeof(text), "%s/%s", home == NULL ? "." : home,
	    row->default_value + 5);
	return skua_mem_dup(skua_str_z(text));
}

struct settings *
skua_settings_new(void)
{
	struct settings *s = sk_new(struct settings);

	for (size_t i = 0; i < ROW_COUNT; i++) {
		char *text = default_of(&rows[i]);

		add(s, rows[i].key, text)->row = &rows[i];
		free(text);
	}
	return s;
}

void
skua_settings_free(struct settings *s)
{
	struct value *v, *next;

	HASH_ITER(hh, s->by_key, v, next) {
		HASH_DEL(s->by_key, v);
		free(v->key);
		free(v->text);
		free(v->origin);
		free(v);
	}
	free(s);
}

static int
check_type(enum setting_type type, const char *text, const char **wanted_r)
{
	struct skua_str t = skua_str_z(text);
	int64_t i;
	char *end;

	switch (type) {
	case SETTING_BOOL:
		*wanted_r = "true or false";
		return skua_text_eq_nocase(t, "true") ||
			skua_text_eq_nocase(t, "false") ?
		    SKUA_OK :
		    SKUA_EINVAL;
	case SETTING_INT:
		*wanted_r = "a whole number";
		return skua_text_int(t, &i) ? SKUA_OK : SKUA_EINVAL;
	case SETTING_REAL:
		*wanted_r = "a number";
		(void)strtod(text, &end);
		return *text != '\0' && *end == '\0' ? SKUA_OK : SKUA_EINVAL;
	case SETTING_TEXT:
		return SKUA_OK;
	}
	return SKUA_EINVAL;
}

int
skua_settings_set(struct settings *s, const char *key, const char *value,
    const char *origin, struct skua_error *e)
{
	struct value *v = find(s, key);
	const char *wanted = NULL;

	if (v == NULL)
		v = add(s, key, "");
	if (v->row != NULL &&
	    check_type(v->row->type, value, &wanted) != SKUA_OK)
		return skua_fail(e, SKUA_EINVAL, "%s: %s = \"%s\": expected %s",
		    origin, key, value, wanted);
	free(v->text);
	free(v->origin);
	v->text = skua_mem_dup(skua_str_z(value));
	v->origin = skua_mem_dup(skua_str_z(origin));
	return SKUA_OK;
}

struct loading {
	struct settings *s;
	const char *path;
	char *complaints;
	size_t size, len;
	int first;
};

static int
load_pair(void *arg, unsigned line, const char *key, const char *value)
{
	struct loading *l = arg;
	struct skua_error e;
	char origin[4200];
	int rc, n;

	(void)snprintf(origin, sizeof(origin), "%s:%u", l->path, line);
	rc = skua_settings_set(l->s, key, value, origin, &e);
	if (rc == SKUA_OK)
		return SKUA_OK;
	if (l->first == SKUA_OK)
		l->first = rc;
	n = snprintf(l->complaints + l->len, l->size - l->len, "%s\n", e.text);
	if (n > 0 && (size_t)n < l->size - l->len)
		l->len += (size_t)n;
	return SKUA_OK; /* all complaints in one run */
}

int
skua_settings_load(struct settings *s, const char *path, char *complaints,
    size_t size)
{
	struct loading l = { s, path, complaints, size, 0, SKUA_OK };
	char *text;
	size_t len;
	int rc = skua_file_read(path, FILE_MAX, &text, &len);

	complaints[0] = '\0';
	if (rc != SKUA_OK) {
		(void)snprintf(complaints, size, "%s: %s\n", path,
		    skua_strerror(rc));
		return rc;
	}
	rc = skua_properties_parse(skua_str_n(text, len), load_pair, &l);
	free(text);
	if (rc != SKUA_OK && l.first == SKUA_OK)
		(void)snprintf(complaints, size, "%s: %s\n", path,
		    skua_strerror(rc));
	return l.first != SKUA_OK ? l.first : rc;
}

const char *
skua_settings_get(const struct settings *s, const char *key)
{
	const struct value *v = find(s, key);

	return v == NULL ? NULL : v->text;
}

char *
skua_settings_dup(const struct settings *s, const char *key)
{
	return skua_mem_dup(skua_str_z(skua_settings_get(s, key)));
}

bool
skua_settings_is_known(const struct settings *s, const char *key)
{
	const struct value *v = find(s, key);

	return v != NULL && (v->row != NULL || v->option != NULL);
}

const char *
skua_settings_origin(const struct settings *s, const char *key)
{
	const struct value *v = find(s, key);

	return v == NULL ? NULL : v->origin;
}

void
skua_settings_claim(struct settings *s, const char *key,
    const struct skua_option *option)
{
	struct value *v = find(s, key);

	if (v == NULL)
		v = add(s, key,
		    option->default_value == NULL ? "" : option->default_value);
	v->option = option;
	v->used = true;
}

void
skua_settings_use(struct settings *s, const char *key)
{
	struct value *v = find(s, key);

	if (v != NULL)
		v->used = true;
}

static const char *
nearest(const struct settings *s, const char *key)
{
	const char **known = sk_new_array(HASH_COUNT(s->by_key), const char *);
	const struct value *v;
	const char *found;
	size_t n = 0;

	for (v = s->by_key; v != NULL; v = v->hh.next)
		if (v->row != NULL || v->option != NULL)
			known[n++] = v->key;
	found = skua_text_nearest(key, known, n);
	free(known);
	return found;
}

/* A broker.conf that RocketMQ has written back names every setting: only what
 * somebody changed is worth a line. */
static bool
is_default(const struct value *v)
{
	char *text = v->row == NULL ? NULL : default_of(v->row);
	bool same = text != NULL && strcmp(text, v->text) == 0;

	free(text);
	return same;
}

int
skua_settings_check(const struct settings *s, settings_visit_fn *unused,
    void *arg, struct skua_error *e)
{
	for (const struct value *v = s->by_key; v != NULL; v = v->hh.next) {
		const char *near;

		if (v->row == NULL && v->option == NULL) {
			near = nearest(s, v->key);
			return skua_fail(e, SKUA_ENOENT,
			    "%s: unknown setting \"%s\"%s%s%s", v->origin,
			    v->key, near == NULL ? "" : "; did you mean \"",
			    near == NULL ? "" : near, near == NULL ? "" : "\"?");
		}
		if (!v->used && v->origin != NULL && !is_default(v))
			unused(arg, v->key, v->origin);
	}
	return SKUA_OK;
}

static int
by_name(const void *a, const void *b)
{
	const struct value *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static bool
is_of_class(const struct value *v, const char *const *classes)
{
	const char *own = v->row == NULL ? "Skua" : v->row->class_name;

	for (; *classes != NULL; classes++)
		if (strcmp(*classes, own) == 0)
			return true;
	return false;
}

char *
skua_settings_format(const struct settings *s, const char *const *classes)
{
	const struct value **sorted =
	    sk_new_array(HASH_COUNT(s->by_key), const struct value *);
	size_t n = 0, size = 1, len = 0;
	char *text;

	for (const struct value *v = s->by_key; v != NULL; v = v->hh.next)
		if (is_of_class(v, classes)) {
			sorted[n++] = v;
			size += strlen(v->key) + strlen(v->text) + 2;
		}
	qsort(sorted, n, sizeof(sorted[0]), by_name);
	text = skua_mem_new(1, size);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, size - len, "%s=%s\n",
		    sorted[i]->key, sorted[i]->text);
	free(sorted);
	return text;
}
