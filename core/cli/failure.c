/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong: a sentence, an exit status, the nearest known name. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

int
cli_fail(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	(void)fflush(stdout);
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0)
		say_to(stderr, "skua: %s", text);
	va_end(ap);
	free(text);
	return CLI_FAILED;
}

static int
status_of(int rc)
{
	switch (rc) {
	case SKUA_ENOENT:
		return CLI_NOT_FOUND;
	case SKUA_ECLOSED:
	case SKUA_ETIMEOUT:
		return CLI_UNREACHABLE;
	default:
		return CLI_FAILED;
	}
}

int
cli_failed(int rc, const struct skua_error *e)
{
	(void)cli_fail("%s", e->text);
	return status_of(rc);
}

int
cli_no_name(const char *what, const char *name, const char *const *known,
    size_t count)
{
	const char *near = skua_text_nearest(name, known, count);

	if (near != NULL && strcmp(near, name) != 0)
		(void)cli_fail("no %s \"%s\"; did you mean \"%s\"?", what, name,
		    near);
	else
		(void)cli_fail("no %s \"%s\"", what, name);
	return CLI_NOT_FOUND;
}

static bool
has_name(const struct skua_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->names[i], name) == 0)
			return true;
	return false;
}

/* Only when the name is the reason. */
static int
explain(const char *what, const char *name, const struct skua_names *names,
    int rc, const struct skua_error *e)
{
	return has_name(names, name) ?
	    cli_failed(rc, e) :
	    cli_no_name(what, name, names->names, names->count);
}

int
cli_topic_failed(struct skua_client *client, const char *topic, int rc,
    const struct skua_error *e)
{
	struct skua_names *names;
	struct skua_error ignored;
	int status;

	if (rc != SKUA_ENOENT ||
	    skua_admin_topics(client, &names, &ignored) != SKUA_OK)
		return cli_failed(rc, e);
	status = explain("topic", topic, names, rc, e);
	skua_admin_free(names);
	return status;
}

int
cli_group_failed(struct skua_client *client, const char *group, int rc,
    const struct skua_error *e)
{
	struct skua_names *names;
	struct skua_error ignored;
	int status;

	if (rc != SKUA_ENOENT ||
	    skua_admin_groups(client, &names, &ignored) != SKUA_OK)
		return cli_failed(rc, e);
	status = explain("group", group, names, rc, e);
	skua_admin_free(names);
	return status;
}

typedef int names_fn(struct skua_client *client, struct skua_names **names_r,
    struct skua_error *e);

static int
check(struct skua_client *client, names_fn *fn, const char *what,
    const char *name)
{
	struct skua_names *names;
	struct skua_error e;
	int rc = fn(client, &names, &e);

	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	rc = has_name(names, name) ?
	    CLI_OK :
	    cli_no_name(what, name, names->names, names->count);
	skua_admin_free(names);
	return rc;
}

int
cli_check_topic(struct skua_client *client, const char *topic)
{
	return check(client, skua_admin_topics, "topic", topic);
}

int
cli_check_group(struct skua_client *client, const char *group)
{
	return check(client, skua_admin_groups, "group", group);
}
