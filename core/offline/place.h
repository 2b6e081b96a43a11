/* SPDX-License-Identifier: Apache-2.0 */
/* What is at one place of the log. */
#ifndef OFFLINE_PLACE_H
#define OFFLINE_PLACE_H

#include "offline/offline.h"

#define PLACE_WINDOW ((size_t)1 << 20)

enum place { IS_RECORD, IS_BLANK, IS_ZERO, IS_WRONG };

/* At a byte of the open file, and if it is wrong, why.  Decodes into the
 * cursor's record. */
enum place place_judge(struct offline_cursor *c, int64_t at, char why[256]);

#endif
