/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <skua/types.h>

struct buf {
	uint8_t *p;
	size_t len, size;
};

/* Room for n more bytes at p + len, or NULL; the caller adds to len. */
uint8_t *skua_buf_reserve(struct buf *b, size_t n);
int skua_buf_put(struct buf *b, const void *bytes, size_t n);
void skua_buf_free(struct buf *b);

#endif
