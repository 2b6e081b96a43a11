/* SPDX-License-Identifier: Apache-2.0 */
/* Not root for longer than necessary. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <skua/host.h>

#include "daemon/user.h"

int
skua_become_user(const char *name, struct skua_error *e)
{
	const struct passwd *user;

	if (*name == '\0') {
		if (geteuid() == 0)
			skua_log(SKUA_LOG_WARNING, "skuad",
			    "running as root; user=NAME makes it another "
			    "user");
		return SKUA_OK;
	}
	errno = 0;
	user = getpwnam(name);
	if (user == NULL)
		return skua_fail(e, SKUA_ENOENT, "user = \"%s\": %s", name,
		    errno == 0 ? "there is no such user" : strerror(errno));
	if (geteuid() == user->pw_uid)
		return SKUA_OK;
	if (geteuid() != 0)
		return skua_fail(e, SKUA_EPERM,
		    "user = \"%s\": only root can become another user", name);
	if (initgroups(name, user->pw_gid) != 0 ||
	    setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
		return skua_fail(e, skua_from_errno(errno),
		    "could not become the user %s: %s", name, strerror(errno));
	/* A way back would be a hole. */
	if (user->pw_uid != 0 && setuid(0) == 0)
		return skua_fail(e, SKUA_EPERM,
		    "could not give up being root for good");
	return SKUA_OK;
}
