/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: views into the maps, pinned by a reference on their segment. */
#include "commitlog.h"

int
commitlog_read(void *state, int64_t pos, uint32_t len,
    struct skua_slice *slice_r)
{
	struct commitlog *log = state;
	int64_t max = atomic_load_explicit(&log->max_pos, memory_order_acquire);
	struct segment *s;
	int64_t room;

	if (pos < 0 || pos >= max)
		return SKUA_ENOENT;
	s = segment_at(log, pos);
	if (s == NULL)
		return SKUA_ENOENT;
	room = s->base + log->file_size - pos;
	if (room > max - pos)
		room = max - pos;
	if (len == 0 && room >= SKUA_BLANK_SIZE) {
		const uint8_t *head = s->map + (pos - s->base);

		len = skua_get_be32(head + 4) == SKUA_BLANK_MAGIC ?
		    0 :
		    skua_get_be32(head);
	}
	if (len == 0 || len > room) {
		segment_unref(log, s);
		return SKUA_ENOENT;
	}
	slice_r->bytes = s->map + (pos - s->base);
	slice_r->len = len;
	slice_r->pin = s;
	return SKUA_OK;
}

void
commitlog_release(void *state, struct skua_slice *slice)
{
	segment_unref(state, slice->pin);
}
