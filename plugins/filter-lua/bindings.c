/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts bound to (group, topic). */
#include <stdatomic.h>
#include <stdlib.h>

#include <skua/host.h>
#include <skua/io.h>

#include "bindings.h"

#define SCRIPT_MAX (1024 * 1024)

struct script_text {
	struct script_text *older;
	uint64_t version;
	size_t len;
	char text[];
};

struct binding {
	char *group, *topic, *path;
	bool complained; /* about the file as it is now */
	_Atomic(struct script_text *) script;
};

struct bindings {
	bindings_check_fn *check;
	void *arg;
	uint64_t versions;
	size_t count;
	struct binding binding[];
};

static bool
fits(const char *pattern, struct skua_str name)
{
	return strcmp(pattern, "*") == 0 || skua_str_eq_z(name, pattern);
}

static const struct binding *
find(const struct bindings *b, struct skua_str group, struct skua_str topic)
{
	for (size_t i = 0; i < b->count; i++)
		if (fits(b->binding[i].group, group) &&
		    fits(b->binding[i].topic, topic))
			return &b->binding[i];
	return NULL;
}

uint64_t
bindings_version(const struct bindings *b, struct skua_str group,
    struct skua_str topic)
{
	const struct binding *one = find(b, group, topic);

	return one == NULL ? 0 :
			     atomic_load_explicit(&one->script,
				 memory_order_acquire)
				 ->version;
}

bool
bindings_text(const struct bindings *b, struct skua_str group,
    struct skua_str topic, struct skua_str *text_r)
{
	const struct binding *one = find(b, group, topic);
	const struct script_text *s;

	if (one == NULL)
		return false;
	s = atomic_load_explicit(&one->script, memory_order_acquire);
	*text_r = skua_str_n(s->text, s->len);
	return true;
}

/* The file's text, checked; SKUA_EEXIST when it is what we have. */
static int
read_script(struct bindings *b, struct binding *one, struct skua_error *e)
{
	struct script_text *old = atomic_load(&one->script), *s;
	char *text;
	size_t len;
	int rc = skua_file_read(one->path, SCRIPT_MAX, &text, &len);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s: %s", one->path,
		    skua_strerror(rc));
	if (old != NULL && old->len == len &&
	    memcmp(old->text, text, len) == 0) {
		free(text);
		return SKUA_EEXIST;
	}
	rc = b->check(b->arg, one->path, skua_str_n(text, len), e);
	s = rc == SKUA_OK ? malloc(sizeof(*s) + len) : NULL;
	if (s != NULL) {
		s->older = old;
		s->version = ++b->versions;
		s->len = len;
		memcpy(s->text, text, len);
		atomic_store_explicit(&one->script, s, memory_order_release);
	}
	free(text);
	return rc;
}

void
bindings_refresh(struct bindings *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct binding *one = &b->binding[i];
		struct skua_error e;
		int rc = read_script(b, one, &e);

		if (rc == SKUA_OK)
			skua_log(SKUA_LOG_NOTICE, "filter-lua",
			    "%s has changed; in force for %s@%s", one->path,
			    one->group, one->topic);
		else if (rc != SKUA_EEXIST && !one->complained)
			skua_log(SKUA_LOG_ERROR, "filter-lua",
			    "%s; the script before it stays in force", e.text);
		one->complained = rc != SKUA_OK && rc != SKUA_EEXIST;
	}
}

static int
parse_one(struct binding *one, char *text, struct skua_error *e)
{
	char *equals = strchr(text, '='), *at;

	if (equals != NULL)
		*equals = '\0';
	at = strchr(text, '@');
	if (equals == NULL || at == NULL || at == text || at[1] == '\0' ||
	    equals[1] == '\0')
		return skua_fail(e, SKUA_EINVAL,
		    "bind: \"%s\": expected GROUP@TOPIC=FILE", text);
	*at = '\0';
	one->group = strdup(text);
	one->topic = strdup(at + 1);
	one->path = strdup(equals + 1);
	return one->group == NULL || one->topic == NULL || one->path == NULL ?
	    skua_fail(e, SKUA_ENOMEM, "out of memory") :
	    SKUA_OK;
}

static size_t
count_parts(const char *spec)
{
	size_t n = 1;

	for (; *spec != '\0'; spec++)
		n += *spec == ';';
	return n;
}

int
bindings_new(const char *spec, bindings_check_fn *check, void *arg,
    struct bindings **bindings_r, struct skua_error *e)
{
	struct bindings *b =
	    calloc(1, sizeof(*b) + count_parts(spec) * sizeof(b->binding[0]));
	char *text = strdup(spec), *save = NULL;
	int rc = b == NULL || text == NULL ?
	    skua_fail(e, SKUA_ENOMEM, "out of memory") :
	    SKUA_OK;

	if (rc == SKUA_OK) {
		b->check = check;
		b->arg = arg;
	}
	for (char *one = rc == SKUA_OK ? strtok_r(text, "; ", &save) : NULL;
	     one != NULL && rc == SKUA_OK; one = strtok_r(NULL, "; ", &save)) {
		struct binding *to = &b->binding[b->count++];

		rc = parse_one(to, one, e);
		if (rc == SKUA_OK)
			rc = read_script(b, to, e);
	}
	free(text);
	if (rc != SKUA_OK) {
		bindings_free(b);
		return rc;
	}
	*bindings_r = b;
	return SKUA_OK;
}

void
bindings_free(struct bindings *b)
{
	for (size_t i = 0; b != NULL && i < b->count; i++) {
		struct script_text *s = atomic_load(&b->binding[i].script);

		while (s != NULL) {
			struct script_text *older = s->older;

			free(s);
			s = older;
		}
		free(b->binding[i].group);
		free(b->binding[i].topic);
		free(b->binding[i].path);
	}
	free(b);
}
