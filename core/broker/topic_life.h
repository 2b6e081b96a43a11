/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the present life of a topic began.
 *
 * A topic that is removed leaves its records in the log until retention takes
 * them; a later topic of the same name begins at offset 0 again.  Whoever reads
 * the log by the names in its records (recovery, verification, the key index,
 * the tools) must tell the two apart.  So a removal notes up to where the log had
 * come: what is below belongs to nobody.
 *
 *	<storePathRootDir>/skua/lives.journal, a sealed line for each removal:
 *	{"begins":POSITION,"counter":VERSION,"topic":"T","crc32":…}
 *
 * The line is durable before the removal is answered, and before a record of a
 * next life can be stored; the log is on disk up to POSITION by then.  With it the
 * removal is done: a topics.json of an older version than VERSION only looks as if
 * the topic were there still.  Apache RocketMQ leaves skua/ alone.
 */
#ifndef BROKER_TOPIC_LIFE_H
#define BROKER_TOPIC_LIFE_H

#include <skua/error.h>

#include "base/map.h"
#include "broker/line_file.h"

struct broker;

struct life {
	struct map_entry entry; /* key: the topic's name */
	int64_t begin_pos;
	int64_t counter; /* of the table's version that lacked the topic */
	char name[];
};

/* Main thread, or before the loops run. */
struct lives {
	struct map map;
	struct line_file file;
	bool is_behind; /* the file lacks what the map has */
};

void skua_lives_init(struct lives *l);
void skua_lives_fini(struct lives *l);

/* Before topics.json; damaged lines are named. */
int skua_lives_load(struct broker *b, const char *path, struct skua_error *e)
    SKUA_MUST_CHECK;
/* After topics.json: no later version of the table is older than a removal. */
void skua_lives_raise_version(struct broker *b);
/* After recovery: nothing begins after the log's end.  Forgets lives that began
 * before min_pos. */
int skua_lives_settle(struct broker *b, int64_t min_pos, int64_t max_pos,
    struct skua_error *e) SKUA_MUST_CHECK;

/* 0: no topic of that name was removed while the log has its records. */
int64_t skua_life_pos(const struct lives *l, struct skua_str name);
/* Whether a table of that version is older than the topic's removal. */
bool skua_life_is_over(const struct lives *l, struct skua_str name,
    int64_t counter);

/* The topic was removed when the log ended at pos.  On failure nothing more is
 * appended until skua_lives_save has succeeded. */
int skua_life_end(struct broker *b, struct skua_str name, int64_t pos)
    SKUA_MUST_CHECK;
/* Writes what could not be written. */
void skua_lives_save(struct broker *b);

#endif
