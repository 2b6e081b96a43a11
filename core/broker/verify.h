/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an earlier process wrote is checked before it is believed: queue entries
 * against their checksum or their record, records against theirs.  A damaged
 * entry is found again in the log; a damaged record is named once and never
 * delivered.
 */
#ifndef BROKER_VERIFY_H
#define BROKER_VERIFY_H

#include "broker/checks.h"
#include "broker/log.h"

#define ENTRY_NEIGHBOURS 1024 /* looked at for one that is right */

struct broker;

/* Reads the record at pos.  False: there is none, and nothing is pinned. */
bool skua_record_read(struct log *log, int64_t pos, uint32_t len,
    struct skua_slice *slice, struct skua_record *record);

/* Where the next record may begin when there is none at pos; -1: nowhere. */
int64_t skua_record_skip(struct broker *b, struct check_cursor *cursor,
    const struct skua_store_state *state, int64_t pos);

/* Whether the entry at offset is of the record it points to. */
bool skua_entry_is_right(struct log *log, const struct queue *q,
    int64_t offset, const struct skua_index_entry *entry,
    struct skua_record *record);

/* The nearest right entry behind offset (step 1) or before it (-1), if there is
 * one among so many neighbours. */
bool skua_entry_near(struct log *log, const struct queue *q, int64_t offset,
    int step, struct skua_index_entry *entry);

struct skua_index_entry skua_entry_of_record(const struct skua_record *record);

/* Makes entry right.  *known_r: check_r is the record's.  SKUA_ECORRUPT: its
 * record is nowhere. */
int skua_entry_verify(struct broker *b, struct check_cursor *cursor,
    const struct queue *q, int64_t offset, struct skua_index_entry *entry,
    struct check *check_r, bool *known_r);

/* SKUA_ECORRUPT: the bytes of this record are not those that were stored; said
 * once.  check may be NULL. */
int skua_record_verify(struct broker *b, const struct skua_slice *slice,
    int64_t pos, const struct check *check);
/* The same for the record at pos, with the checksum it may have; what this
 * process wrote is right. */
int skua_record_verify_at(struct broker *b, const struct skua_slice *slice,
    int64_t pos);

#endif
