/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages: before they are stored (struct skua_message), and as stored
 * (struct skua_record, a decoded view of one commit log record, which is also
 * how a message travels to a consumer).
 *
 * Upstream: org.apache.rocketmq.common.message.MessageDecoder,
 * org.apache.rocketmq.store.MessageExtEncoder.
 */
#ifndef SKUA_MESSAGE_H
#define SKUA_MESSAGE_H

#include <skua/error.h>
#include <skua/name.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

#define SKUA_PROPERTIES_MAX 32767

/* sysFlag */
enum skua_sys_flag {
	SKUA_SYS_COMPRESSED = 0x1,
	SKUA_SYS_MULTI_TAGS = 0x2,
	SKUA_SYS_TRANSACTION = 0xc, /* mask */
	SKUA_SYS_PREPARED = 0x4,
	SKUA_SYS_COMMIT = 0x8,
	SKUA_SYS_ROLLBACK = 0xc,
	SKUA_SYS_BORN_V6 = 0x10,
	SKUA_SYS_STORE_V6 = 0x20,
	SKUA_SYS_UNWRAP = 0x40,
	SKUA_SYS_INNER_BATCH = 0x80,
	SKUA_SYS_COMPRESSION = 0x700, /* mask: 0 or 3 zlib, 1 lz4, 2 zstd */
};

/* A message on its way to the store.  Every view is borrowed for the call that
 * hands it over. */
struct skua_message {
	struct skua_str topic;
	int32_t queue_id; /* < 0: a selector shall choose */
	int32_t flag;
	int32_t sys_flag;
	int32_t reconsume_times;
	int64_t born_timestamp_ms;
	int64_t prepared_offset; /* of the half message, else 0 */
	struct skua_addr born_host;
	struct skua_str properties; /* text: name 0x01 value 0x02 … */
	struct skua_str body;       /* as the client sent it */
	/* Views into properties, filled when the text is set. */
	struct skua_str tags, keys, unique_key;
	void *reserved[4];
};

/* A stored message.  Views point into the record's bytes. */
struct skua_record {
	const uint8_t *bytes; /* size of them: what was decoded */
	int32_t size;
	int32_t magic;
	uint32_t body_crc;
	int32_t queue_id;
	int32_t flag;
	int64_t queue_offset;
	int64_t pos;
	int32_t sys_flag;
	int64_t born_timestamp_ms;
	int64_t store_timestamp_ms;
	struct skua_addr born_host, store_host;
	int32_t reconsume_times;
	int64_t prepared_offset;
	struct skua_str body, topic, properties;
	void *reserved[2];
};

/* Decodes one record at the start of len bytes.  SKUA_EPROTO when the bytes
 * are no complete record.  Does not check the body's CRC. */
SKUA_API int skua_record_decode(const void *bytes, size_t len,
    struct skua_record *record_r) SKUA_MUST_CHECK;

/* Whether the body's CRC is the one stored. */
SKUA_API bool skua_record_crc_ok(const struct skua_record *record);

/* The value of a property in a property text; an empty view when absent. */
SKUA_API struct skua_str skua_property(struct skua_str properties,
    const char *name);

/* Walks a property text: *at starts at 0; false at the end. */
SKUA_API bool skua_property_next(struct skua_str properties, size_t *at,
    struct skua_str *name_r, struct skua_str *value_r);

/* One of count choices by a key's hash: when choices are added, as few keys as
 * can be go elsewhere.  count > 0. */
SKUA_API uint32_t skua_hash_choice(struct skua_str key, uint32_t count);
/* Java's String.hashCode of UTF-8 text: the tags code and key hash. */
SKUA_API int32_t skua_java_hash(struct skua_str text);

/* The hash of "topic#key" by which index files chain keys; not negative. */
SKUA_API int32_t skua_key_hash(struct skua_str topic, struct skua_str key);

/* CRC-32 with the top bit cleared, as records and registrations carry it. */
SKUA_API uint32_t skua_body_crc(const void *bytes, size_t len);

/* The offset message id: 32 (IPv4) or 56 (IPv6) upper-case hex digits and a
 * NUL.  Returns the length. */
#define SKUA_MSG_ID_SIZE 57
SKUA_API size_t skua_msg_id_format(char id[SKUA_MSG_ID_SIZE],
    const struct skua_addr *store_host, int64_t pos);
SKUA_API int skua_msg_id_parse(struct skua_str id,
    struct skua_addr *store_host_r, int64_t *pos_r) SKUA_MUST_CHECK;

/* The uncompressed body in malloc'd memory (*body_r, freed by the caller), at
 * most limit bytes; SKUA_ENOTSUP for an unknown compression. */
SKUA_API int skua_body_decompress(int32_t sys_flag, struct skua_str body,
    size_t limit, char **body_r, size_t *len_r) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
