/* SPDX-License-Identifier: Apache-2.0 */
/* See window.h. */
#include <fcntl.h>
#include <stdlib.h>

#include <skua/io.h>

#include "offline/window.h"

#define BLOCK 4096

void
window_init(struct window *w, size_t want)
{
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	w->want = want;
}

void
window_shut(struct window *w)
{
	if (w->fd >= 0)
		(void)skua_io()->close(w->fd);
	w->fd = -1;
	w->size = w->at = 0;
	w->len = 0;
}

int
window_open(struct window *w, const char *path)
{
	int rc;

	window_shut(w);
	w->fd = skua_io()->open(path, O_RDONLY, 0);
	if (w->fd < 0)
		return w->fd;
	rc = skua_io()->size(w->fd, &w->size);
	if (rc != SKUA_OK)
		window_shut(w);
	return rc;
}

void
window_close(struct window *w)
{
	window_shut(w);
	free(w->bytes);
	w->bytes = NULL;
	w->cap = 0;
}

static bool
make_room(struct window *w, size_t n)
{
	/* Small files need no large window. */
	size_t cap = w->size < (int64_t)w->want ? (size_t)w->size : w->want;
	uint8_t *bytes;

	if (n > cap)
		cap = n;
	if (w->cap >= cap)
		return true;
	bytes = malloc(cap);
	if (bytes == NULL)
		return false;
	free(w->bytes);
	w->bytes = bytes;
	w->cap = cap;
	w->len = 0;
	return true;
}

/* Block by block, where one piece could not be read as a whole. */
static void
fill_piecewise(struct window *w)
{
	for (size_t done = 0; done < w->len; done += BLOCK) {
		size_t n = w->len - done < BLOCK ? w->len - done : BLOCK;
		ssize_t got = skua_io()->pread(w->fd, w->bytes + done, n,
		    w->at + (int64_t)done);

		if (got == (ssize_t)n)
			continue;
		memset(w->bytes + done, 0, n);
		if (w->unreadable == 0)
			w->unreadable_at = w->at + (int64_t)done;
		w->unreadable += (int64_t)n;
	}
}

static void
fill(struct window *w, int64_t at)
{
	int64_t left = w->size - at;

	w->at = at;
	w->len = left < (int64_t)w->cap ? (size_t)left : w->cap;
	if (skua_io()->pread(w->fd, w->bytes, w->len, at) != (ssize_t)w->len)
		fill_piecewise(w);
}

const uint8_t *
window_view(struct window *w, int64_t at, size_t n, size_t *n_r)
{
	static const uint8_t nothing[1];

	*n_r = 0;
	if (at < 0 || at >= w->size || w->fd < 0)
		return nothing;
	if ((int64_t)n > w->size - at)
		n = (size_t)(w->size - at);
	if (w->len == 0 || at < w->at ||
	    at + (int64_t)n > w->at + (int64_t)w->len) {
		if (!make_room(w, n))
			return NULL;
		fill(w, at);
	}
	*n_r = n;
	return w->bytes + (at - w->at);
}
