/* SPDX-License-Identifier: Apache-2.0 */
/* See guard.h. */
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "plugin/guard.h"

static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
#define FATAL_COUNT (sizeof(fatal) / sizeof(fatal[0]))

static struct sigaction before[FATAL_COUNT];
/* Written as it is: a handler may call little. */
static char sentence[4500];
static _Atomic size_t sentence_len; /* 0: nothing is guarded */

/* Also at the end of the process, or when the library is taken out. */
__attribute__((destructor)) static void
say(void)
{
	size_t len = atomic_exchange(&sentence_len, 0);
	ssize_t written;

	/* That the core is out of memory is nobody's fault here. */
	if (len > 0 && !skua_mem_is_out()) {
		written = write(STDERR_FILENO, sentence, len);
		(void)written;
	}
}

static void
restore(void)
{
	for (size_t i = 0; i < FATAL_COUNT; i++)
		(void)sigaction(fatal[i], &before[i], NULL);
}

/* With the old handlers back it happens again, and they have their say. */
static void
on_fatal(int number)
{
	say();
	restore();
	(void)raise(number);
}

void
skua_guard_begin(const char *what, const char *name, const char *path)
{
	struct sigaction action;
	int n;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_fatal;
	for (size_t i = 0; i < FATAL_COUNT; i++)
		(void)sigaction(fatal[i], &action, &before[i]);
	n = snprintf(sentence, sizeof(sentence),
	    "skuad: the process ended in plug-in %s (%s), while it %s\n", name,
	    path, what);
	if (n > 0)
		atomic_store(&sentence_len, (size_t)n < sizeof(sentence) ?
			(size_t)n : sizeof(sentence) - 1);
}

void
skua_guard_end(void)
{
	atomic_store(&sentence_len, 0);
	restore();
}
