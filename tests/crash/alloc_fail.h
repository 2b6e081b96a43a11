/* SPDX-License-Identifier: Apache-2.0 */
/* malloc and its kin, replaced in the program that links this, with those of
 * modules and libraries: the n-th can find no memory.  What own.h spares is
 * neither counted nor failed. */
#ifndef CRASH_ALLOC_FAIL_H
#define CRASH_ALLOC_FAIL_H

#include <stdbool.h>
#include <stdint.h>

/* False: a sanitizer has replaced malloc itself. */
bool alloc_fail_works(void);
/* What has happened; other processes may look at it. */
struct alloc_tally {
	_Atomic uint64_t count, failed;
};

/* The n-th from now on fails, from 1, and those behind it up to `last`.  The
 * tally is written to from then on. */
void alloc_fail_at(uint64_t nth, uint64_t last, struct alloc_tally *tally);
/* Neither counts nor fails any. */
void alloc_fail_pause(bool paused);

#endif
