/* SPDX-License-Identifier: Apache-2.0 */
/* Which names there may be. */
#include <skua/name.h>

#define SHOWN_MAX 64 /* bytes of a wrong name in a sentence */

static const struct kind {
	const char *what;
	size_t max;
	const char *more;    /* characters beside letters and digits */
	const char *pattern; /* the same for people */
} kinds[] = {
#define PLAIN "%|_-"
#define WIDE PLAIN ".:@+"
	[SKUA_NAME_TOPIC] = { "topic", SKUA_TOPIC_MAX, PLAIN,
	    "^[%|a-zA-Z0-9_-]+$" },
	[SKUA_NAME_GROUP] = { "group", SKUA_GROUP_NEW_MAX, PLAIN,
	    "^[%|a-zA-Z0-9_-]+$" },
	[SKUA_NAME_BROKER] = { "broker name", SKUA_BROKER_MAX, WIDE,
	    "^[%|a-zA-Z0-9_-][%|a-zA-Z0-9_.:@+-]*$" },
	[SKUA_NAME_CLUSTER] = { "cluster name", SKUA_CLUSTER_MAX, WIDE,
	    "^[%|a-zA-Z0-9_-][%|a-zA-Z0-9_.:@+-]*$" },
	[SKUA_NAME_STORED_TOPIC] = { "topic", SKUA_TOPIC_MAX, WIDE,
	    "^[%|a-zA-Z0-9_-][%|a-zA-Z0-9_.:@+-]*$" },
	[SKUA_NAME_STORED_GROUP] = { "group", SKUA_GROUP_MAX, WIDE,
	    "^[%|a-zA-Z0-9_-][%|a-zA-Z0-9_.:@+-]*$" },
};

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

static bool
has_only(struct skua_str name, const char *more)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		if (is_plain(c))
			continue;
		if (c == '\0' || strchr(more, c) == NULL)
			return false;
		/* No path component of its own, no hidden file. */
		if (i == 0 && strchr(PLAIN, c) == NULL)
			return false;
	}
	return true;
}

static bool
is_blank(struct skua_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] != ' ')
			return false;
	return true;
}

int
skua_name_check(enum skua_name_kind kind, struct skua_str name,
    struct skua_error *e)
{
	const struct kind *k = &kinds[kind];

	if (is_blank(name))
		return skua_fail(e, SKUA_EINVAL, "The specified %s is blank.",
		    k->what);
	if (!has_only(name, k->more)) {
		name.len = name.len < SHOWN_MAX ? name.len : SHOWN_MAX;
		return skua_fail(e, SKUA_EINVAL,
		    "The specified %s: " SKUA_STR_FMT ", contains illegal "
		    "characters, allowing only %s",
		    k->what, SKUA_STR_ARG(name), k->pattern);
	}
	if (name.len > k->max)
		return skua_fail(e, SKUA_EINVAL,
		    "The specified %s is longer than %s max length: %zu.",
		    k->what, k->what, k->max);
	return SKUA_OK;
}
