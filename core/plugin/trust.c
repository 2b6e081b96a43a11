/* SPDX-License-Identifier: Apache-2.0 */
/* See trust.h. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "plugin/trust.h"

/* A user's private group: of the user's name, and with no other member. */
static bool
is_private(gid_t gid)
{
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group = getgrgid(gid);

	return user != NULL && group != NULL && user->pw_gid == gid &&
	    strcmp(user->pw_name, group->gr_name) == 0 &&
	    group->gr_mem[0] == NULL;
}

static int
refuse(const char *path, const char *part, const char *why,
    struct skua_error *e)
{
	return skua_fail(e, SKUA_EPERM,
	    "%s is not loaded: %s %s; a module, its folder and those above it "
	    "must be writable by root or the user of this process alone",
	    path, part, why);
}

static int
check_part(const char *path, const char *part, bool is_above,
    struct skua_error *e)
{
	struct stat st;
	char why[64];

	if (stat(part, &st) != 0)
		return skua_fail(e, skua_from_errno(errno), "%s: %s", part,
		    strerror(errno));
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		(void)snprintf(why, sizeof(why), "belongs to user %lu",
		    (unsigned long)st.st_uid);
		return refuse(path, part, why, e);
	}
	/* In a sticky folder others can't touch what is not theirs. */
	if (is_above && (st.st_mode & S_ISVTX) != 0)
		return SKUA_OK;
	if ((st.st_mode & S_IWOTH) != 0)
		return refuse(path, part, "can be written by everybody", e);
	if ((st.st_mode & S_IWGRP) != 0 && st.st_gid != 0 &&
	    !is_private(st.st_gid))
		return refuse(path, part, "can be written by its group", e);
	return SKUA_OK;
}

int
skua_module_trust(const char *path, char **real_r, struct skua_error *e)
{
	char *real = realpath(path, NULL), *part, *slash;
	int rc;

	if (real == NULL)
		return skua_fail(e, skua_from_errno(errno), "%s: %s", path,
		    strerror(errno));
	part = skua_mem_dup(skua_str_z(real));
	rc = check_part(path, part, false, e);
	for (int above = 0; rc == SKUA_OK && part[1] != '\0'; above++) {
		slash = strrchr(part, '/');
		slash[slash == part] = '\0';
		rc = check_part(path, part, above > 0, e);
	}
	free(part);
	if (rc == SKUA_OK)
		*real_r = real;
	else
		free(real);
	return rc;
}
