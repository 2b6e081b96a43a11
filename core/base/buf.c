/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow at the end. */
#include <stdlib.h>

#include <skua/error.h>

#include "base/buf.h"

uint8_t *
skua_buf_reserve(struct buf *b, size_t n)
{
	size_t size = b->size == 0 ? 4096 : b->size;
	uint8_t *p;

	if (b->size - b->len >= n)
		return b->p + b->len;
	if (n > SIZE_MAX / 4 - b->len)
		return NULL;
	while (size < b->len + n)
		size *= 2;
	p = realloc(b->p, size);
	if (p == NULL)
		return NULL;
	b->p = p;
	b->size = size;
	return p + b->len;
}

int
skua_buf_put(struct buf *b, const void *bytes, size_t n)
{
	uint8_t *p = skua_buf_reserve(b, n);

	if (p == NULL)
		return SKUA_ENOMEM;
	if (n > 0)
		memcpy(p, bytes, n);
	b->len += n;
	return SKUA_OK;
}

void
skua_buf_free(struct buf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}
