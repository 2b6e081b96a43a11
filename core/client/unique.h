/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unique keys as Java makes them, so that its tools can read the time in them:
 * address (4), process (2), salt (4), ms since the month began (4), counter (2).
 * Upstream: common.message.MessageClientIDSetter.
 */
#ifndef CLIENT_UNIQUE_H
#define CLIENT_UNIQUE_H

#include <stdatomic.h>

#include <skua/types.h>

#define UNIQUE_LEN 32 /* text, without a NUL */

struct unique {
	char prefix[20]; /* address, process, salt */
	_Atomic int64_t month_ms, next_month_ms;
	_Atomic uint16_t counter;
};

void skua_unique_init(struct unique *u, const struct skua_addr *own,
    uint32_t salt);
/* Any thread.  now_ms: wall time.  Writes UNIQUE_LEN characters. */
void skua_unique_make(struct unique *u, int64_t now_ms, char *text);

#endif
