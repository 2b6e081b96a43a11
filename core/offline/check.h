/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check: one pass over the log.  Beside it go the units of the record's
 * queue (each queue's records come in the order of its offsets) and the entries
 * of the index files (which are in the order of the log), so nothing has to be
 * remembered of a record.  What no record asked for is read afterwards.
 */
#ifndef OFFLINE_CHECK_H
#define OFFLINE_CHECK_H

#include "offline/keys.h"
#include "offline/queue.h"
#include "offline/record_facts.h"
#include "offline/sums.h"

#define HOLES_MAX 65536 /* remembered; those beyond are told all the same */

struct hole {
	int64_t from, to;
};

struct check {
	struct offline *store;
	struct offline_summary *sum;
	int64_t newest_ms;      /* store time of any record */
	struct hole *holes;
	size_t hole_count, hole_size;
	/* index files */
	struct keys_walk keys;
	bool has_entry;
	struct offline_hashes hashes; /* of the record's keys */
	bool *seen;                   /* which of them have an entry */
	size_t seen_size;
	int64_t unindexed, unindexed_from; /* keys without entries, in a row */
	struct sums_walk sums;
};

/* Whether pos lies in a hole of the log. */
bool check_is_in_hole(const struct check *c, int64_t pos);

/* check_queue.c */
void check_queue_record(struct check *c, const struct skua_record *r);
void check_queue_end(struct check *c);

/* check_keys.c */
void check_keys_begin(struct check *c);
int check_keys_record(struct check *c, const struct skua_record *r);
void check_keys_end(struct check *c);

/* check_sums.c */
void check_sums_begin(struct check *c);
void check_sums_record(struct check *c, const struct offline_cursor *cursor);
void check_sums_end(struct check *c);

/* check_config.c */
void check_config(struct check *c);

/* check_checkpoint.c */
void check_checkpoint(struct check *c);

#endif
