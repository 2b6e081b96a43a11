/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that find messages share. */
#ifndef CLI_FIND_H
#define CLI_FIND_H

#include "cli/messages.h"

#define FIND_MAX 100000
#define FIND_TOPIC                                                             \
	{ 't', "topic", "TOPIC", "in this topic (needed)", false }
#define FIND_TIMES                                                             \
	{ 0, "from", "WHEN", "stored from then [first]: " CLI_TIMES, false },  \
	{                                                                      \
		0, "to", "WHEN", "stored until then [last]", false                   \
	}

/* What each takes a part of. */
struct find {
	const char *topic, *what; /* the operand */
	int64_t begin_ms, end_ms, count;
	int64_t queue_id, offset; /* -1: not given */
};

bool find_read_times(const struct cli *cli, struct find *f);
/* The only operand; a sentence and NULL. */
const char *find_operand(const struct cli *cli, const char *what);
int find_print(const struct cli *cli, const struct skua_messages *m, bool card);

#endif
