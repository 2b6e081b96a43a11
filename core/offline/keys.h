/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Index files, read entry by entry, oldest file first.  Entries come in the
 * order of the log, and a chain is right when each entry names the one of its
 * slot before it: so one pass with the slots' heads in memory (20 MB for
 * RocketMQ's size) proves that every entry is found.
 */
#ifndef OFFLINE_KEYS_H
#define OFFLINE_KEYS_H

#include "offline/files.h"

#define KEYS_NAME_DIGITS 17

struct keys_walk {
	struct offline *store;
	struct window window;
	size_t file; /* count: at the end */
	bool is_open;
	int64_t slots, room; /* room: entries that fit */
	struct skua_keys_header header;
	uint32_t *heads;     /* the newest entry of each slot so far */
	uint32_t used_slots;
	uint32_t n; /* of the current entry */
	struct skua_keys_entry entry;
	int64_t last_pos;    /* of the last entry taken */
	int64_t entries;     /* all, so far */
	/* What the slots were in the last file that told: for who writes. */
	int64_t known_slots, known_room;
};

void keys_walk_init(struct keys_walk *k, struct offline *store);
void keys_walk_close(struct keys_walk *k);
/* Goes to the next entry; false at the end of the last file.  Tells chains and
 * headers that are wrong, and skips entries out of the log's order. */
bool keys_walk_next(struct keys_walk *k);
/* keys_seal.c: the open file against its seal, if it has one. */
void keys_judge_seal(struct keys_walk *k);
/* A finding about the current entry; name holds the text. */
struct offline_finding keys_walk_finding(const struct keys_walk *k,
    const char *kind, char name[OFFLINE_PATH]);

#endif
