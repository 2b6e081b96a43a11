/* SPDX-License-Identifier: Apache-2.0 */
/* What coming and going share; the lock is held for writing. */
#ifndef NAMESRV_NOTICE_H
#define NAMESRV_NOTICE_H

#include "enroll.h"

/* Tells the group's brokers of its new smallest id: all of them when one went
 * (offline_addr), else all but the one that came. */
void notice_add(const struct tables *t, struct outcome *outcome,
    const struct group *group, const char *offline_addr, const char *ha_addr);

/* Takes the address out of the group; the group may be gone afterwards. */
void leave_group(struct tables *t, struct group *group, struct skua_str addr,
    bool notify, struct outcome *outcome);

#endif
