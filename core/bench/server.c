/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/server.h"

uint64_t
skua_server_cpu_us(long pid)
{
	char path[64], line[1024];
	unsigned long user, kernel;
	const char *at = NULL;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	if (fgets(line, sizeof(line), file) != NULL)
		at = strrchr(line, ')'); /* the name may have anything in it */
	(void)fclose(file);
	if (at == NULL ||
	    sscanf(at + 2,
		"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
		&kernel) != 2)
		return 0;
	return (uint64_t)(user + kernel) * 1000000u /
	    (uint64_t)sysconf(_SC_CLK_TCK);
}

int64_t
skua_server_anonymous_kib(long pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Anonymous: %ld kB", &kib) == 1)
			break;
	(void)fclose(file);
	return kib;
}

void
skua_bench_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}
