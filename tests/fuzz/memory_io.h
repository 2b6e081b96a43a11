/* SPDX-License-Identifier: Apache-2.0 */
/* A read-only file system in memory, for targets that read files. */
#ifndef TESTS_MEMORY_IO_H
#define TESTS_MEMORY_IO_H

#include <skua/types.h>

#define MEMORY_FILES 16

struct memory_file {
	const char *path; /* of a folder, too, with bytes NULL */
	const uint8_t *bytes;
	size_t len;
};

/* Puts it in force.  The files are the caller's; folders must be listed. */
void memory_io_set(const struct memory_file *files, size_t n);

#endif
