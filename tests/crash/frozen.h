/* SPDX-License-Identifier: Apache-2.0 */
/* A disk and its ledger as bytes, to hand them from a process that ends to the
 * next one. */
#ifndef CRASH_FROZEN_H
#define CRASH_FROZEN_H

#include "disk.h"
#include "ledger.h"

/* All that was written, as after a kill; the length. */
size_t frozen_save(struct disk *disk, const struct ledger *ledger, uint8_t *to,
    size_t room);
/* Both are the caller's; the ledger has no figures, as of ledger_copy. */
struct disk *frozen_load(const uint8_t *bytes, size_t len,
    struct ledger *ledger_r);

#endif
