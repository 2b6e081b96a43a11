/* SPDX-License-Identifier: Apache-2.0 */
/* What a record says about the files that are derived from it. */
#ifndef OFFLINE_RECORD_FACTS_H
#define OFFLINE_RECORD_FACTS_H

#include <skua/message.h>

/* A half message's or a rollback's own record is in no consume queue. */
bool offline_is_queued(const struct skua_record *r);

/* Whether a unit may have this tags code; has_ext: codes may be addresses in
 * consumequeue_ext. */
bool offline_tags_code_ok(const struct skua_record *r, int64_t code,
    bool has_ext);
/* The tags code a unit gets.  levels_ms: the delay levels, from 1. */
int64_t offline_tags_code(const struct skua_record *r,
    const int64_t *levels_ms, size_t levels);

/* Hashes of the keys by which the record is found, in the order in which they
 * are indexed. */
struct offline_hashes {
	int32_t *all; /* malloc'd */
	size_t size;
	size_t keys;  /* UNIQ_KEY and KEYS, each once, as many as are indexed */
	size_t tagged; /* the tag's behind them: RocketMQ indexes that as well */
	size_t count; /* and those that only RocketMQ indexes */
};
int offline_key_hashes(const struct skua_record *r, struct offline_hashes *h)
    SKUA_MUST_CHECK;

/* The other queues a record is in (multi-dispatch): *at starts at 0. */
bool offline_next_dispatch(const struct skua_record *r, size_t *at,
    struct skua_str *queue_r, int64_t *offset_r);

/* Whether the CRC over the whole record, if it has one, is right. */
bool offline_property_crc_ok(const struct skua_record *r, const uint8_t *bytes);

#endif
