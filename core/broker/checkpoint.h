/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file `checkpoint`, 4096 bytes:
 *
 *	 0 i64 store time of what the log has on disk
 *	 8 i64 the same of the consume queues
 *	16 i64 the same of the index files
 *	24 i64 position the master has flushed
 *	32 i64 confirmed position
 *	40 Skua's own, ignored by Apache RocketMQ: "SKUA", u32 CRC of the next 8
 *	48 i64 position up to which log and index are on disk
 *
 * Upstream: store.StoreCheckpoint.
 */
#ifndef BROKER_CHECKPOINT_H
#define BROKER_CHECKPOINT_H

#include <skua/types.h>

struct checkpoint {
	int64_t log_ms;
	int64_t written_pos; /* 0 when the file does not tell */
};

/* Absent or foreign files give zeros. */
void skua_checkpoint_read(const char *folder, struct checkpoint *cp);
void skua_checkpoint_write(const char *folder, const struct checkpoint *cp);

#endif
