/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file `checkpoint`, as the broker sees it; its bytes are in skua/files.h.
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
int skua_checkpoint_write(const char *folder, struct checkpoint *cp);

#endif
