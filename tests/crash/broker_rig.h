/* SPDX-License-Identifier: Apache-2.0 */
/* A whole broker inside of a simulation: all its threads, its port, on a disk in
 * memory. */
#ifndef CRASH_BROKER_RIG_H
#define CRASH_BROKER_RIG_H

#include "disk.h"
#include "wire.h"

#define RIG_ROOT "/store"
#define RIG_LOG_FILE 16384 /* bytes */
#define RIG_QUEUE_FILE 800
#define RIG_SLOTS 64 /* of an index file */
#define RIG_ENTRIES 256

struct broker_rig;

/* settings: key, value, …, NULL, beside those that every run has.  Starts it on
 * the disk; NULL: it refused, and e says why. */
struct broker_rig *broker_rig_start(struct disk *disk,
    const char *const *settings, struct skua_error *e);
uint16_t broker_rig_port(const struct broker_rig *rig);
/* In order.  Also the way to be rid of one whose disk has ended. */
void broker_rig_stop(struct broker_rig **rig);

#endif
