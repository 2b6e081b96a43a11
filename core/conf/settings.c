/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings and the values in force. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/host.h>
#include <skua/io.h>
#include <skua/name.h>
#include <skua/properties.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/option.h"

#define FILE_MAX (1024 * 1024)

/* A row that nothing reads has a type, a name and a default only. */
static const struct row {
	const char *class_name;
	enum setting_type type;
	struct skua_option option;
} rows[] = {
#define BOOL(class_name, name, field, flags, dflt, help)                       \
	{ #class_name, SETTING_READ,                                           \
		SKUA_OPT_ROW_BOOL(#name, struct conf, field, flags, dflt,      \
		    help) },
#define INT(class_name, name, field, flags, min, max, dflt, unit, help)        \
	{ #class_name, SETTING_READ,                                           \
		SKUA_OPT_ROW_INT(#name, struct conf, field, flags, min, max,   \
		    dflt, unit, help) },
#define TEXT(class_name, name, field, flags, longest, dflt, check, help)       \
	{ #class_name, SETTING_READ,                                           \
		SKUA_OPT_ROW_TEXT(#name, struct conf, field, flags, longest,   \
		    dflt, check, help) },
#define CHOICE(class_name, name, field, flags, values, dflt, help)             \
	{ #class_name, SETTING_READ,                                           \
		SKUA_OPT_ROW_CHOICE(#name, struct conf, field, flags, values,  \
		    dflt, help) },
#define ACCEPTED(class_name, type, key, dflt)                                  \
	{ #class_name, SETTING_##type,                                         \
		{ .name = #key, .default_value = (dflt),                       \
		    .max = SKUA_OPT_TEXT_MAX } },
#include "conf/settings.def"
#undef BOOL
#undef INT
#undef TEXT
#undef CHOICE
#undef ACCEPTED
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

struct value {
	UT_hash_handle hh;
	char *key;
	const struct row *row;            /* NULL: a plug-in's own key */
	const struct skua_option *option; /* claimed by a plug-in */
	char *text;                       /* in force */
	char *next;   /* from the next start on; NULL: as text */
	char *origin; /* NULL: default */
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
	const char *home = getenv("HOME"), *text = row->option.default_value;
	char path[4096];

	if (strncmp(text, "HOME/", 5) != 0)
		return skua_mem_dup(skua_str_z(text));
	(void)snprintf(path, sizeof(path), "%s/%s", home == NULL ? "." : home,
	    text + 5);
	return skua_mem_dup(skua_str_z(path));
}

const struct skua_option *
skua_settings_core_row(size_t index)
{
	size_t i = 0;

	/* They come first. */
	while (i < ROW_COUNT && rows[i].type == SETTING_READ)
		i++;
	return index < i ? &rows[index].option : NULL;
}

struct settings *
skua_settings_new(void)
{
	struct settings *s = sk_new(struct settings);

	for (size_t i = 0; i < ROW_COUNT; i++) {
		char *text = default_of(&rows[i]);

		add(s, rows[i].option.name, text)->row = &rows[i];
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
		free(v->next);
		free(v->origin);
		free(v);
	}
	free(s);
}

/* A row that nothing reads: what RocketMQ would take. */
static const char *
check_accepted(enum setting_type type, const char *text)
{
	struct skua_str t = skua_str_z(text);
	int64_t i;
	char *end;

	switch (type) {
	case SETTING_BOOL:
		return skua_text_eq_nocase(t, "true") ||
			skua_text_eq_nocase(t, "false") ?
		    NULL :
		    "true or false";
	case SETTING_INT:
		return skua_text_int(t, &i) ? NULL : "a whole number";
	case SETTING_REAL:
		(void)strtod(text, &end);
		return *text != '\0' && *end == '\0' ? NULL : "a number";
	case SETTING_READ:
	case SETTING_TEXT:
		break;
	}
	return t.len <= SKUA_OPT_TEXT_MAX ? NULL : "at most 4096 bytes";
}

/* Against both rows where a plug-in shares a key with the core. */
static int
check_value(const struct value *v, const char *text, const char *origin,
    struct skua_error *e)
{
	const char *expected;
	int rc = SKUA_OK;

	if (v->option != NULL)
		rc = skua_option_check(v->option, v->key, text, origin, e);
	if (rc != SKUA_OK || v->row == NULL)
		return rc;
	if (v->row->type == SETTING_READ)
		return skua_option_check(&v->row->option, v->key, text, origin,
		    e);
	expected = check_accepted(v->row->type, text);
	return expected == NULL ? SKUA_OK :
				  skua_fail(e, SKUA_EINVAL,
				      "%s: %s = \"%.120s\": expected %s", origin,
				      v->key, text, expected);
}

static void
replace(char **to, const char *text)
{
	char *old = *to;

	*to = text == NULL ? NULL : skua_mem_dup(skua_str_z(text));
	free(old);
}

int
skua_settings_set(struct settings *s, const char *key, const char *value,
    const char *origin, struct skua_error *e)
{
	struct value *v = find(s, key);
	int rc;

	if (v == NULL)
		v = add(s, key, "");
	rc = check_value(v, value, origin, e);
	if (rc != SKUA_OK)
		return rc;
	replace(&v->text, value);
	replace(&v->next, NULL);
	replace(&v->origin, origin);
	return SKUA_OK;
}

static bool
is_live(const struct value *v)
{
	bool core = v->row == NULL || v->row->type != SETTING_READ ||
	    (v->row->option.flags & SKUA_OPT_LIVE) != 0;

	return core &&
	    (v->option == NULL || (v->option->flags & SKUA_OPT_LIVE) != 0);
}

bool
skua_settings_is_live(const struct settings *s, const char *key)
{
	const struct value *v = find(s, key);

	return v != NULL && is_live(v);
}

int
skua_settings_try(const struct settings *s, const char *key, const char *value,
    const char *origin, struct skua_error *e)
{
	const struct value *v = find(s, key);

	if (v == NULL || (v->row == NULL && v->option == NULL))
		return skua_fail(e, SKUA_ENOENT, "unknown setting \"%s\"", key);
	return check_value(v, value, origin, e);
}

int
skua_settings_set_next(struct settings *s, const char *key, const char *value,
    const char *origin, struct skua_error *e)
{
	int rc = skua_settings_try(s, key, value, origin, e);

	if (rc == SKUA_OK)
		replace(&find(s, key)->next, value);
	return rc;
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
		if (v->option == NULL && v->row->type != SETTING_READ &&
		    v->origin != NULL && !is_default(v))
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

/* What an administrator gave last. */
static const char *
last_set(const struct value *v)
{
	return v->next != NULL ? v->next : v->text;
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
			size += strlen(v->key) + strlen(last_set(v)) + 2;
		}
	qsort(sorted, n, sizeof(sorted[0]), by_name);
	text = skua_mem_new(1, size);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, size - len, "%s=%s\n",
		    sorted[i]->key, last_set(sorted[i]));
	free(sorted);
	return text;
}
