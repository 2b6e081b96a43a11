/* SPDX-License-Identifier: Apache-2.0 */
/* A value held against its row. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "conf/option.h"

#define SHOWN_MAX 120 /* characters of a wrong value in a sentence */

static int
wrong(struct skua_error *e, const char *origin, const char *key,
    const char *text, const char *expected)
{
	return skua_fail(e, SKUA_EINVAL, "%s: %s = \"%.*s\": expected %s",
	    origin, key, SHOWN_MAX, text, expected);
}

static int
check_number(const struct skua_option *o, const char *key, const char *text,
    const char *origin, struct skua_error *e)
{
	int64_t v;

	if (!skua_text_int(skua_str_z(text), &v))
		return wrong(e, origin, key, text, "a whole number");
	if (v < o->min || v > o->max)
		return skua_fail(e, SKUA_EINVAL,
		    "%s: %s = %s: expected %" PRId64 " to %" PRId64 "%s%s",
		    origin, key, text, o->min, o->max,
		    o->unit == NULL ? "" : " ", o->unit == NULL ? "" : o->unit);
	return SKUA_OK;
}

/* Whether "A|B|C" has the word. */
static bool
has_value(const char *values, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = values;; p++) {
		size_t n = strcspn(p, "|");

		if (n == len && strncmp(p, word, n) == 0)
			return true;
		p += n;
		if (*p == '\0')
			return false;
	}
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static int
check_text(const struct skua_option *o, const char *key, const char *text,
    const char *origin, struct skua_error *e)
{
	const char *expected = NULL;

	if ((int64_t)strlen(text) > o->max)
		return skua_fail(e, SKUA_EINVAL,
		    "%s: %s: expected at most %" PRId64 " bytes, not %zu",
		    origin, key, o->max, strlen(text));
	if (has_control(text))
		return wrong(e, origin, key, text, "no control characters");
	if (o->values != NULL && !has_value(o->values, text))
		expected = o->values;
	else if (o->check != NULL)
		expected = o->check(text);
	return expected == NULL ? SKUA_OK :
				  wrong(e, origin, key, text, expected);
}

int
skua_option_check(const struct skua_option *o, const char *key,
    const char *text, const char *origin, struct skua_error *e)
{
	struct skua_str t = skua_str_z(text);

	switch (o->type) {
	case SKUA_OPT_BOOL:
		if (skua_text_eq_nocase(t, "true") ||
		    skua_text_eq_nocase(t, "false"))
			return SKUA_OK;
		return wrong(e, origin, key, text, "true or false");
	case SKUA_OPT_INT:
		return check_number(o, key, text, origin, e);
	case SKUA_OPT_STRING:
		return check_text(o, key, text, origin, e);
	}
	return wrong(e, origin, key, text, "a row of a known type");
}

int
skua_option_fill(const struct skua_option *o, const char *key,
    const char *text, const char *origin, void *conf, struct skua_error *e)
{
	void *field = (char *)conf + o->offset;
	int rc = skua_option_check(o, key, text, origin, e);

	if (rc != SKUA_OK)
		return rc;
	if (o->type == SKUA_OPT_BOOL) {
		*(bool *)field = skua_text_eq_nocase(skua_str_z(text), "true");
	} else if (o->type == SKUA_OPT_INT) {
		(void)skua_text_int(skua_str_z(text), field);
	} else {
		free(*(char **)field);
		*(char **)field = skua_mem_dup(skua_str_z(text));
	}
	return SKUA_OK;
}

void
skua_option_clear(const struct skua_option *o, void *conf)
{
	char **field = (char **)(void *)((char *)conf + o->offset);

	if (o->type != SKUA_OPT_STRING)
		return;
	free(*field);
	*field = NULL;
}
