/* SPDX-License-Identifier: Apache-2.0 */
/* Whose process it is. */
#ifndef DAEMON_USER_H
#define DAEMON_USER_H

#include <skua/error.h>

/* Becomes that user when the process is root's; empty: stays what it is, and
 * says so when that is root.  Before anything is opened. */
int skua_become_user(const char *name, struct skua_error *e) SKUA_MUST_CHECK;

#endif
