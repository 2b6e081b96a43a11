/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread at a time, chosen by a seed, on a clock of its own: what a program
 * of many threads does here, it does again with the same seed.
 *
 * The functions of pthreads, epoll and clocks by which threads wait are replaced
 * in the programs that link sim.c; a thread that waits hands over to another
 * that can go on.  When none can, time jumps to the first that waits for it, so
 * nothing ever sleeps.  Threads started before sim_begin are not touched.
 */
#ifndef CRASH_SIM_H
#define CRASH_SIM_H

#include <stdbool.h>
#include <stdint.h>

/* The calling thread becomes the first of the simulated ones. */
void sim_begin(uint64_t seed);
/* All others must have ended; threads are real again. */
void sim_end(void);
bool sim_is_on(void);

/* A point at which another thread may go on. */
void sim_pause(void);
/* Waits until ready(arg), at most limit_ms of simulated time; whether it is. */
bool sim_wait(bool (*ready)(void *arg), void *arg, int64_t limit_ms);
void sim_sleep_ms(int64_t ms);

int64_t sim_mono_ms(void);
int64_t sim_wall_ms(void);
/* The wall clock jumps by so much. */
void sim_jump_ms(int64_t ms);
/* The running thread was busy for so long. */
void sim_spend_us(int64_t us);

#endif
