/* SPDX-License-Identifier: Apache-2.0 */
/* What the bytes of a store folder are: which of them a broker goes by, and
 * which nobody reads. */
#ifndef CRASH_PLACES_H
#define CRASH_PLACES_H

#include "disk.h"

/* kind, name, whether all of its bits are flipped, whether a flip may pass
 * without a word and without being undone, and why */
#define PLACE_KINDS(X)                                                         \
	X(RECORD, "record", 0, 0, "")                                          \
	X(LOG_FREE, "log-free", 0, 1, "behind the last record of a file")      \
	X(ENTRY, "queue-entry", 0, 0, "")                                      \
	X(QUEUE_FREE, "queue-free", 0, 1, "behind the last entry")             \
	X(KEYS, "key-index", 0, 0, "")                                         \
	X(KEYS_FREE, "key-index-free", 0, 1, "behind the last entry")          \
	X(CHECK, "checksum", 0, 1, "it has a check of its own; then the "      \
				   "record must do")                           \
	X(SLOT, "checkpoint", 1, 1, "has checksums; a hint that may be "       \
				    "missing")                                 \
	X(SLOT_FREE, "checkpoint-free", 1, 1, "padding")                       \
	X(TABLE, "table", 1, 0, "")                                            \
	X(BACKUP, "backup-table", 1, 0, "")                                    \
	X(TABLE_SEAL, "table-seal", 1, 1, "of a table that is well")           \
	X(INDEX_SEAL, "index-seal", 1, 0, "")                                  \
	X(UNREAD, "unread", 1, 1, "only the file's name counts")

enum place_kind {
#define PLACE_ENUM(kind, name, all, silent, why) PLACE_##kind,
	PLACE_KINDS(PLACE_ENUM)
#undef PLACE_ENUM
	PLACE_KIND_COUNT
};

struct place {
	char path[256];
	enum place_kind kind;
	int64_t from, to;
};

struct places {
	struct place list[256];
	size_t count;
	struct disk *disk;
};

void places_find(struct places *places, struct disk *disk);
const char *place_name(enum place_kind kind);
bool place_is_metadata(enum place_kind kind);
bool place_may_be_silent(enum place_kind kind);

#endif
