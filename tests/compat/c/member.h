/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPAT_MEMBER_H
#define COMPAT_MEMBER_H

/* Prints "queues ID…" whenever they change and "got KEY" for each message, until
 * standard input ends; an exit status. */
int member(const char *namesrv, const char *group, const char *topic);

#endif
