/* SPDX-License-Identifier: Apache-2.0 */
/* See point.h. */
#include <stdio.h>
#include <string.h>

#include "point.h"

static const struct {
	const char *name;
	int changes;
} kinds[] = {
#define POINT_ROW(kind, name, changes) { name, changes },
	POINT_KINDS(POINT_ROW)
#undef POINT_ROW
};

/* The folder's own name for files that are many and alike; else the path. */
static size_t
class_length(const char *below)
{
	const char *slash = strchr(below, '/');

	if (slash == NULL || strncmp(below, "config/", 7) == 0)
		return strlen(below);
	return (size_t)(slash - below);
}

void
point_name(enum point_kind kind, const char *root, const char *path,
    char name[POINT_NAME_SIZE])
{
	size_t n = strlen(root);
	const char *below = path;

	if (strncmp(path, root, n) == 0)
		below = path + n;
	while (*below == '/')
		below++;
	if (*below == '\0')
		below = ".";
	(void)snprintf(name, POINT_NAME_SIZE, "%s:%.*s", kinds[kind].name,
	    (int)class_length(below), below);
}

int
point_changes(enum point_kind kind)
{
	return kinds[kind].changes;
}

int
point_matches(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (n == 0 || strcmp(pattern, name) == 0)
		return 1;
	return pattern[n - 1] == ':' && strncmp(pattern, name, n) == 0;
}
