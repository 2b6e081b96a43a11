/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consume queues: their units, read through a small buffer for each queue.
 *
 *	consumequeue/TOPIC/ID/NAME
 */
#ifndef OFFLINE_QUEUE_H
#define OFFLINE_QUEUE_H

#include "base/hash.h"
#include "offline/files.h"

#define QUEUE_BUFFER_UNITS 128

struct offline_queue {
	UT_hash_handle hh; /* by key */
	char *key;         /* topic/id: also the folder's name */
	char *folder;      /* consumequeue/topic/id */
	struct skua_str topic; /* within key */
	int32_t id;
	struct offline_files files;
	bool on_disk; /* it has a folder */
	int64_t life_pos; /* records below are of earlier topics of its name */
	/* The buffer: units from buffer_from on. */
	uint8_t *buffer;
	int64_t buffer_from;
	size_t buffer_units;
	/* The check's (check_queue.c). */
	int64_t first, next; /* offsets of this life of the queue; -1: none */
	int64_t next_at;     /* the log's position of the last record */
	int64_t doubts, doubt_offset, doubt_pos; /* see check_queue.c */
	bool doubts_absent;
	bool agreed;         /* a unit of this life was right */
	bool damaged;
	int64_t first_pos; /* of the first record of this life */
	/* The repair's (repair_queue.c): units to write, from gather_from on. */
	uint8_t *gather;
	size_t gathered;
	int64_t gather_from, made_next;
	int64_t lost_from, lost_to; /* where the records between could be */
};

int offline_queues_open(struct offline *s);
void offline_queues_close(struct offline *s);
/* Makes it when there is none; NULL: no folder can have that name. */
struct offline_queue *offline_queue_get(struct offline *s,
    struct skua_str topic, int32_t id);
struct offline_queue *offline_queue_find(struct offline *s,
    struct skua_str topic, int32_t id);

/* False: the log has no room for the messages that would be missing between
 * `next` and the offset that a record at pos claims. */
bool offline_queue_can_reach(const struct offline *s, int64_t next,
    int64_t offset, int64_t pos);

/* Where the files begin and end, in units. */
int64_t offline_queue_from(const struct offline_queue *q);
int64_t offline_queue_to(const struct offline_queue *q);
/* The unit at an offset; SKUA_ENOENT where no file is. */
int offline_queue_unit(struct offline *s, struct offline_queue *q,
    int64_t offset, struct skua_index_entry *e);
/* Sets a finding's file and offset to those of a unit; name holds the text. */
void offline_queue_place(const struct offline *s,
    const struct offline_queue *q, int64_t offset, struct offline_finding *f,
    char name[OFFLINE_PATH]);

#endif
