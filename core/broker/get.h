/* SPDX-License-Identifier: Apache-2.0 */
/* From a queue offset to message bytes: index, filters, store. */
#ifndef BROKER_GET_H
#define BROKER_GET_H

#include "broker/chain.h"
#include "broker/state.h"

#define GET_SLICES_MAX 64

/* Upstream: store.GetMessageStatus; the names are the remarks clients see. */
#define GET_STATUS_TABLE(X)                                                    \
	X(FOUND)                                                               \
	X(NO_MATCHED_MESSAGE)                                                  \
	X(MESSAGE_WAS_REMOVING)                                                \
	X(OFFSET_FOUND_NULL)                                                   \
	X(OFFSET_OVERFLOW_BADLY)                                               \
	X(OFFSET_OVERFLOW_ONE)                                                 \
	X(OFFSET_TOO_SMALL)                                                    \
	X(NO_MATCHED_LOGIC_QUEUE)                                              \
	X(NO_MESSAGE_IN_QUEUE)                                                 \
	X(OFFSET_RESET)

enum get_status {
#define STATUS(name) GET_##name,
	GET_STATUS_TABLE(STATUS)
#undef STATUS
};

struct get_result {
	enum get_status status;
	/* There are messages which are not as safe yet as producers are told:
	 * nobody reads what a power cut may take back. */
	bool hidden;
	int64_t next_offset, min_offset, max_offset;
	size_t bytes, messages;
	size_t slice_count;
	struct skua_slice slices[GET_SLICES_MAX];
};

const char *skua_get_status_name(enum get_status status);

/* queue may be NULL (it never had a message).  The slices are pinned: give each
 * to skua_conn_send_pinned or release it. */
void skua_get(struct loop_state *s, struct queue *queue, int64_t offset,
    int64_t max_messages, const struct chain *chain, struct get_result *result);
/* The same on any thread that is online, with a cursor of its own; chain: NULL, or
 * of the loop that runs here. */
void skua_get_by(struct broker *b, struct check_cursor *cursor,
    struct queue *queue, int64_t offset, int64_t max_messages,
    const struct chain *chain, struct get_result *result);
/* Whether there is a message at the offset or after it that is safe. */
bool skua_get_is_readable(struct broker *b, const struct queue *queue,
    int64_t offset);
void skua_get_release(struct broker *b, struct get_result *result);

#endif
