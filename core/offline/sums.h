/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Skua's checksums of records and units, read entry by entry: they are in the
 * log's order, so they are walked in step with it.
 */
#ifndef OFFLINE_SUMS_H
#define OFFLINE_SUMS_H

#include "offline/files.h"

struct sums_walk {
	struct offline *store;
	struct window window;
	size_t file; /* count: at the end */
	bool is_open, has_entry;
	int64_t at;  /* in the file, of the current entry */
	int64_t last_pos;
	struct skua_check_entry entry; /* if has_entry */
};

/* At the first entry. */
void sums_walk_init(struct sums_walk *w, struct offline *store);
void sums_walk_close(struct sums_walk *w);
/* Goes to the next entry that is sound and in order; tells of the others. */
void sums_walk_next(struct sums_walk *w);
/* Passes entries below pos; the one of pos, or NULL. */
const struct skua_check_entry *sums_walk_to(struct sums_walk *w, int64_t pos);
/* A finding about the current entry; name holds the text. */
struct offline_finding sums_walk_finding(const struct sums_walk *w,
    const char *kind, char name[OFFLINE_PATH]);

#endif
