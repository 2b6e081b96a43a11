/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skua/lives.journal, as a reader sees it: topics that were removed, and where
 * the log ended then.  What is below is of no topic that is there.
 */
#ifndef OFFLINE_LIVES_H
#define OFFLINE_LIVES_H

#include "offline/files.h"

/* Damaged lines are findings. */
int offline_lives_read(struct offline *s) SKUA_MUST_CHECK;
void offline_lives_free(struct offline *s);
/* 0: no topic of that name was removed. */
int64_t offline_life_pos(const struct offline *s, struct skua_str topic);

#endif
