/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commit log records: layout, encoding, and the fields patched at the append.
 *
 *	 0 i32 size		20 i64 queue offset	 48 born host (4|16 + i32)
 *	 4 i32 magic		28 i64 position		 56 i64 store timestamp
 *	 8 i32 body CRC		36 i32 sysFlag		 64 store host
 *	12 i32 queue id		40 i64 born timestamp	 72 i32 reconsume times
 *	16 i32 flag					 76 i64 prepared offset
 *	84 i32 n, body | u8 (v2: i16) n, topic | i16 n, properties
 *
 * Offsets from 56 on grow by 12 per IPv6 host.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include <skua/files.h>
#include <skua/message.h>

#define RECORD_MAGIC_V1 ((int32_t)SKUA_RECORD_MAGIC_V1)
#define RECORD_MAGIC_V2 ((int32_t)SKUA_RECORD_MAGIC_V2)
/* Of size, magic … up to the born host: always at the same place. */
#define RECORD_FIXED_MIN 91

/* The pieces of a record that is being encoded: properties come as the
 * client's text and a tail the broker adds. */
struct record_in {
	const struct skua_message *message;
	struct skua_str properties_tail;
	const struct skua_addr *store_host;
	int32_t queue_id;
	struct skua_str body;
};

size_t skua_record_size(const struct record_in *in);
/* Writes all but queue offset, position and store timestamp. */
void skua_record_encode(uint8_t *to, const struct record_in *in, size_t size);

void skua_record_set_queue_offset(uint8_t *record, int64_t offset);
void skua_record_set_store_timestamp(uint8_t *record, int64_t ms);

/* A checksum of an encoded record without its body, which has its own. */
uint32_t skua_record_check(const uint8_t *record, size_t len);

#endif
