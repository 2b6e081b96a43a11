/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of sealed lines: a change in a large table costs a line, not the table.
 * Main thread.
 */
#ifndef BROKER_LINE_FILE_H
#define BROKER_LINE_FILE_H

#include "wire/sealed_line.h"

struct line_file {
	int fd; /* -1: not open */
	int64_t size;
	size_t lines;
};

/* An empty file in the place of path, with its folder; durable. */
int skua_line_file_create(struct line_file *f, const char *path) SKUA_MUST_CHECK;
/* Opens the file to go on after its first `size` bytes. */
int skua_line_file_open(struct line_file *f, const char *path, int64_t size,
    size_t lines) SKUA_MUST_CHECK;
/* Appends n lines, durably; after a failure the file is not to be believed. */
int skua_line_file_append(struct line_file *f, const struct buf *text, size_t n)
    SKUA_MUST_CHECK;
void skua_line_file_close(struct line_file *f);

#endif
