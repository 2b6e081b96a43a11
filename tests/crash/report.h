/* SPDX-License-Identifier: Apache-2.0 */
/* What every program here takes and says: --cycles, --seed, --json, --only;
 * progress on standard error, one line at the end on standard output. */
#ifndef CRASH_REPORT_H
#define CRASH_REPORT_H

#include "ledger.h"

struct options {
	uint64_t cycles, seed;
	const char *json; /* one object is appended to this file; NULL */
	const char *only; /* the program's: one point, one case; NULL */
	bool verbose;     /* the broker's log on standard error */
	bool one;         /* stop after the first episode */
};

/* cycles: when nothing else is said. */
void options_take(struct options *o, int argc, char **argv, uint64_t cycles);

void report_progress(const char *part, uint64_t done, uint64_t of);
/* The line and the JSON object; the exit status. */
int report_end(const struct options *o, const char *part, uint64_t cycles,
    const struct ledger *sum, const char *more);

#endif
