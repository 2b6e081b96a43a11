/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel knows of another process on this machine, and lets this one
 * do. */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <skua/types.h>

/* User and system time of all its threads; 0 when it cannot be read. */
uint64_t skua_server_cpu_us(long pid);
/* Memory that no file backs; -1 when it cannot be read. */
int64_t skua_server_anonymous_kib(long pid);
/* Thousands of connections need more descriptors than a shell gives. */
void skua_bench_raise_limits(void);

#endif
