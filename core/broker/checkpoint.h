/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file `checkpoint`, 4096 bytes:
 *
 *	 0 i64 store time of what the log has on disk
 *	 8 i64 the same of the consume queues
 *	16 i64 the same of the index files
 *	24 i64 position the master has flushed
 *	32 i64 confirmed position
 *
 * and, ignored by Apache RocketMQ, two slots of Skua's own at 512 and 1024.
 * They are written in turns, so that a torn write leaves the other:
 *
 *	 0 u32 "SKUA"		 8 i64 number of this write
 *	 4 u32 CRC of 8 … 40	16 i64 log and index are on disk below
 *				24 i64 the log is on disk below
 *				32 u64 CRC of the first 40 bytes of the file
 *
 * Upstream: store.StoreCheckpoint.
 */
#ifndef BROKER_CHECKPOINT_H
#define BROKER_CHECKPOINT_H

#include <skua/types.h>

struct checkpoint {
	int64_t number;      /* of the write; the next one is number + 1 */
	int64_t log_ms;      /* the smallest of the first three that is set */
	int64_t written_pos; /* -1 when the file does not tell */
	int64_t synced_pos;  /* -1 the same */
	bool foreign;        /* somebody else wrote to it since */
};

/* Anything unreadable gives "does not tell". */
void skua_checkpoint_read(const char *folder, struct checkpoint *cp);
/* Raises cp->number. */
void skua_checkpoint_write(const char *folder, struct checkpoint *cp);

#endif
