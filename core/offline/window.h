/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file seen through a window of bounded size.  Blocks that the disk does not
 * give back read as zeros and are counted, so that what is whole around them is
 * still found.
 */
#ifndef OFFLINE_WINDOW_H
#define OFFLINE_WINDOW_H

#include <skua/error.h>
#include <skua/types.h>

struct window {
	int fd;
	int64_t size; /* of the file */
	uint8_t *bytes;
	size_t cap, want; /* allocated; at least to allocate */
	int64_t at;       /* bytes[0] is the file's byte here */
	size_t len;
	int64_t unreadable; /* bytes that could not be read, so far */
	int64_t unreadable_at;
};

/* Forgets nothing, opens nothing: a window without a file. */
void window_init(struct window *w, size_t want);
/* The window's next file; closes the one before. */
int window_open(struct window *w, const char *path) SKUA_MUST_CHECK;
/* Without a file again, and without its memory as well. */
void window_shut(struct window *w);
void window_close(struct window *w);
/* Up to n bytes at `at`, fewer only at the file's end; NULL when there is no
 * memory for them.  Good until the next call. */
const uint8_t *window_view(struct window *w, int64_t at, size_t n, size_t *n_r);

#endif
