/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a broker in which an allocation fails: what is done to it, and
 * what it hands over to the process that started it. */
#ifndef CRASH_ALLOC_RUN_H
#define CRASH_ALLOC_RUN_H

#include "alloc_fail.h"
#include "ledger.h"

#define ALLOC_RUN_LEFT_MAX (64 << 20)
#define ALLOC_RUN_ENDED 3 /* the exit status behind an abort */

struct alloc_way {
	const char *name;
	bool sync_flush;
	bool orderly; /* the stop, whose allocations fail, too */
	bool fresh;   /* an empty folder */
	bool lasting; /* all behind the n-th fail, too, for a while */
};

/* In memory that both processes see. */
struct alloc_left {
	bool started;
	struct alloc_tally tally;
	uint64_t at_start; /* allocations until it had started */
	struct verdict verdict;
	char fault[512];
	size_t len; /* of a frozen disk and its ledger */
	uint8_t bytes[ALLOC_RUN_LEFT_MAX];
};

struct alloc_run {
	const struct alloc_way *way;
	const struct alloc_left *from; /* NULL: nothing */
	struct alloc_left *left;
	uint64_t n; /* the allocation to fail */
	uint64_t seed;
	const char *dump; /* a real folder for what it begins with; NULL */
};

/* Each of these is all that a process does: it has one broker. */

/* A store with something in it, that was not stopped. */
void alloc_run_base(const struct alloc_run *run);
/* Everything that is asked of a broker. */
void alloc_run_attempt(const struct alloc_run *run);
/* A sound start, and a look at what is left. */
void alloc_run_judge(const struct alloc_run *run);

#endif
