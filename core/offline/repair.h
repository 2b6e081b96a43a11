/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repair: what is derived is written anew beside what there is, in
 * DIR/skua-repair, made durable, and then takes its place by renaming.  An
 * interrupted repair leaves the old files, or the new, or neither in their
 * place, and then the next repair puts the new ones there.
 */
#ifndef OFFLINE_REPAIR_H
#define OFFLINE_REPAIR_H

#include "offline/queue.h"
#include "offline/record_facts.h"
#include "offline/sums.h"

#define REPAIR_FOLDER "skua-repair"

/* Checksums to write, the first one at `at` of the store's sums file. */
struct repair_sums {
	uint8_t *buffer;
	size_t buffered, file;
	int64_t at;
};

struct repair {
	struct offline *store;
	const struct offline_plan *plan;
	struct offline_repaired *done;
	int64_t log_to; /* behind the last record */
	/* index files being written (repair_keys.c) */
	int64_t slots, room;
	uint32_t *heads;
	struct skua_keys_header header;
	char name[32];   /* of the file, so that the next one is behind it */
	int fd;          /* -1: none */
	uint8_t *buffer; /* entries not written yet, from buffer_from on */
	uint32_t buffer_from;
	size_t buffered;
	struct offline_hashes hashes;
	/* Skua's checksums, in step with the log. */
	struct sums_walk sums;
	const struct skua_check_entry *sum; /* the record's; NULL: none */
	struct repair_sums kept;
};

/* repair_log.c: files that are shorter than the others */
int64_t repair_log_count(const struct offline *s);
int repair_log_extend(const struct offline *s);

/* repair_queue.c: each queue that is damaged. */
int repair_queue_record(struct repair *r, const struct skua_record *record);
int repair_queue_end(struct repair *r, struct offline_queue *q);

/* repair_keys.c */
int repair_keys_begin(struct repair *r);
int repair_keys_record(struct repair *r, const struct skua_record *record);
int repair_keys_end(struct repair *r);
void repair_keys_free(struct repair *r);

/* repair_sums.c */
int repair_sums_begin(struct repair *r);
/* Sets r->sum. */
int repair_sums_record(struct repair *r, int64_t pos);
int repair_sums_hole(struct repair *r, int64_t from, int64_t to);
int repair_sums_end(struct repair *r);
void repair_sums_free(struct repair *r);
int repair_place_sums(const struct repair *r);

/* repair_place.c */
bool repair_is_half_done(const struct offline *s);
/* Puts what an interrupted repair had ready where nothing is now. */
int repair_finish(const struct offline *s);
int repair_clear(const struct offline *s);
/* All that is new is durable. */
int repair_place_begin(const struct offline *s);
int repair_place_queue(const struct offline *s, const struct offline_queue *q,
    int64_t number);
int repair_place_keys(const struct offline *s);

/* repair_checkpoint.c */
int repair_place_checkpoint(const struct repair *r);

#endif
