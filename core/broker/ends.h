/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the queues reached when their index was last made durable:
 * <storePathRootDir>/skua/queues.json,
 *
 *	{"queues":{"TOPIC":{"ID":[MAX,POSITION],…},…}}
 *
 * An index that has lost its end, or takes a damaged entry for it, looks like
 * one that is shorter.  The record at POSITION, of the queue's last entry then,
 * tells: while the log has it, the queue must reach MAX.  So the file is a hint
 * that is never believed without the log, and may be missing.
 */
#ifndef BROKER_ENDS_H
#define BROKER_ENDS_H

#include <jansson.h>

#include <skua/types.h>

struct broker;

/* Worker, or nothing else runs: notes the ends before the index is made
 * durable; writes them down behind it. */
void skua_ends_note(struct broker *b);
void skua_ends_write(struct broker *b);

/* After the index was opened up to complete; what is behind that is read anyway.
 * The position from which the log must be read again, INT64_MAX when no end is
 * missing. */
int64_t skua_ends_missing_from(struct broker *b, int64_t min_pos,
    int64_t complete);

#endif
