/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VIEW_MESSAGE_BY_ID (33): the stored message at a position of the log.
 * Upstream: broker.processor.QueryMessageProcessor.
 */
#include "broker/handlers.h"

/* Positions come from anybody: only a whole record that says it lies here is
 * one. */
static bool
is_record_at(const struct skua_slice *slice, int64_t pos)
{
	struct skua_record record;

	return skua_record_decode(slice->bytes, slice->len, &record) ==
	    SKUA_OK &&
	    record.pos == pos && (size_t)record.size == slice->len &&
	    skua_record_crc_ok(&record);
}

void
handle_view_message(struct broker *b, struct skua_request *request)
{
	const struct log *log = &b->log;
	struct skua_slice slice;
	int64_t pos;

	if (!skua_need_int(request, "offset", &pos))
		return;
	if (pos >= 0 && pos < atomic_load(&log->end_pos) &&
	    log->store->read(log->store_state, pos, 0, &slice) == SKUA_OK) {
		if (is_record_at(&slice, pos)) {
			struct answer_view view = { slice.bytes, slice.len,
				slice.pin };

			skua_answer_views(request, NULL, &view, 1,
			    skua_log_release_pin, b);
			return;
		}
		log->store->release(log->store_state, &slice);
	}
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
	    "can not find message by the offset, %lld", (long long)pos);
}
