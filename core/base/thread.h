/* SPDX-License-Identifier: Apache-2.0 */
/* How threads share the processors. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

/* The calling thread comes after network loops, and before those of
 * skua_thread_in_background (skua/host.h). */
void skua_thread_behind_loops(void);

#endif
