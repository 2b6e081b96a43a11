/* SPDX-License-Identifier: Apache-2.0 */
/* How threads share the processors. */
#include <sys/resource.h>

#include <skua/host.h>

#include "base/thread.h"

static void
be_nice(int nice)
{
	/* On Linux it is the calling thread's own; elsewhere it may be refused,
	 * and then all are equal. */
	if (setpriority(PRIO_PROCESS, 0, nice) != 0)
		skua_log(SKUA_LOG_DEBUG, "thread",
		    "a thread's priority could not be lowered");
}

void
skua_thread_in_background(void)
{
	be_nice(15);
}

void
skua_thread_behind_loops(void)
{
	be_nice(5);
}
