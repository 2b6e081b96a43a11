/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a store folder's files, as Apache RocketMQ lays them out: for
 * plug-ins that write them and for tools that read them without a broker.
 * Everything is big-endian.  Records themselves are in skua/message.h.
 *
 *	commitlog/NAME		records, closed by a blank
 *	consumequeue/TOPIC/ID/NAME	units
 *	index/YYYYMMDDhhmmssSSS	header, slots, entries
 *	checkpoint
 *
 * NAME is 20 digits: the position (commit log) or the byte in the queue
 * (consume queue) at which the file begins.
 *
 * The decoders look at exactly the bytes they name and take any value.
 * Upstream: store.CommitLog, ConsumeQueue, StoreCheckpoint, index.IndexFile.
 */
#ifndef SKUA_FILES_H
#define SKUA_FILES_H

#include <skua/index.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

/* What Skua keeps beside, ignored by Apache RocketMQ. */
#define SKUA_CHECKS_FOLDER "skua/checks" /* NAME: of the log file NAME */
#define SKUA_SEALS_FOLDER "skua/index"   /* NAME: of the index file NAME */

/* --- numbers --- */

static inline uint32_t
skua_get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t
skua_get_be64(const uint8_t *p)
{
	return (uint64_t)skua_get_be32(p) << 32 | skua_get_be32(p + 4);
}

static inline void
skua_put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static inline void
skua_put_be64(uint8_t *p, uint64_t v)
{
	skua_put_be32(p, (uint32_t)(v >> 32));
	skua_put_be32(p + 4, (uint32_t)v);
}

/* --- names --- */

#define SKUA_FILE_NAME_LEN 20

/* from is not negative. */
static inline void
skua_file_name(char name[SKUA_FILE_NAME_LEN + 1], int64_t from)
{
	name[SKUA_FILE_NAME_LEN] = '\0';
	for (int i = SKUA_FILE_NAME_LEN; i-- > 0; from /= 10)
		name[i] = (char)('0' + from % 10);
}

/* False for a name that is not 20 digits of a number that fits. */
static inline bool
skua_file_name_parse(const char *name, int64_t *from_r)
{
	int64_t from = 0;

	if (strlen(name) != SKUA_FILE_NAME_LEN)
		return false;
	for (; *name != '\0'; name++) {
		if (*name < '0' || *name > '9' ||
		    from > (INT64_MAX - (*name - '0')) / 10)
			return false;
		from = from * 10 + (*name - '0');
	}
	*from_r = from;
	return true;
}

/* --- commit log --- */

#define SKUA_RECORD_MAGIC_V1 0xDAA320A7u
#define SKUA_RECORD_MAGIC_V2 0xDAA320ABu /* a topic's length has two bytes */
#define SKUA_BLANK_MAGIC 0xCBD43194u
/* A record leaves at least so much of its file for the blank behind it. */
#define SKUA_BLANK_SIZE 8

/* The blank: how many bytes are left in the file, and the magic. */
static inline void
skua_blank_put(uint8_t p[SKUA_BLANK_SIZE], uint32_t room)
{
	skua_put_be32(p, room);
	skua_put_be32(p + 4, SKUA_BLANK_MAGIC);
}

static inline bool
skua_blank_is(const uint8_t p[SKUA_BLANK_SIZE], int64_t room)
{
	return skua_get_be32(p + 4) == SKUA_BLANK_MAGIC &&
	    (int64_t)skua_get_be32(p) == room;
}

/* --- consume queue --- */

#define SKUA_CQ_UNIT_SIZE 20
/* The record size in the units before the first of a queue that does not begin
 * at 0; position and tags code are 0. */
#define SKUA_CQ_BLANK_LEN 0x7fffffff

static inline void
skua_cq_put(uint8_t p[SKUA_CQ_UNIT_SIZE], const struct skua_index_entry *e)
{
	skua_put_be64(p, (uint64_t)e->pos);
	skua_put_be32(p + 8, (uint32_t)e->len);
	skua_put_be64(p + 12, (uint64_t)e->tags_code);
}

static inline void
skua_cq_get(const uint8_t p[SKUA_CQ_UNIT_SIZE], struct skua_index_entry *e)
{
	e->pos = (int64_t)skua_get_be64(p);
	e->len = (int32_t)skua_get_be32(p + 8);
	e->tags_code = (int64_t)skua_get_be64(p + 12);
}

static inline bool
skua_cq_is_blank(const struct skua_index_entry *e)
{
	return e->pos == 0 && e->len == SKUA_CQ_BLANK_LEN;
}

/* Neither a blank nor what was never written. */
static inline bool
skua_cq_is_used(const struct skua_index_entry *e)
{
	return e->pos >= 0 && e->len > 0 && !skua_cq_is_blank(e);
}

/* --- index file --- */

#define SKUA_KEYS_NAME_LEN 17 /* YYYYMMDDhhmmssSSS */
/* Of one record; those beyond are not indexed by Skua, and neither is a key that
 * it has already. */
#define SKUA_KEYS_PER_RECORD 64

#define SKUA_KEYS_HEADER_SIZE 40
#define SKUA_KEYS_SLOT_SIZE 4
#define SKUA_KEYS_ENTRY_SIZE 20

/* Where the header's fields are, for who changes one in place. */
#define SKUA_KEYS_AT_FIRST_MS 0
#define SKUA_KEYS_AT_LAST_MS 8
#define SKUA_KEYS_AT_FIRST_POS 16
#define SKUA_KEYS_AT_LAST_POS 24
#define SKUA_KEYS_AT_USED_SLOTS 32
#define SKUA_KEYS_AT_COUNT 36

struct skua_keys_header {
	int64_t first_ms, last_ms;   /* store times */
	int64_t first_pos, last_pos; /* of records */
	uint32_t used_slots;
	uint32_t count; /* of the next entry: entries begin at 1 */
};

struct skua_keys_entry {
	int32_t hash; /* skua_key_hash */
	int64_t pos;
	uint32_t seconds;  /* since the header's first_ms */
	uint32_t previous; /* entry of the same slot, 0 none */
};

static inline void
skua_keys_header_put(uint8_t p[SKUA_KEYS_HEADER_SIZE],
    const struct skua_keys_header *h)
{
	skua_put_be64(p + SKUA_KEYS_AT_FIRST_MS, (uint64_t)h->first_ms);
	skua_put_be64(p + SKUA_KEYS_AT_LAST_MS, (uint64_t)h->last_ms);
	skua_put_be64(p + SKUA_KEYS_AT_FIRST_POS, (uint64_t)h->first_pos);
	skua_put_be64(p + SKUA_KEYS_AT_LAST_POS, (uint64_t)h->last_pos);
	skua_put_be32(p + SKUA_KEYS_AT_USED_SLOTS, h->used_slots);
	skua_put_be32(p + SKUA_KEYS_AT_COUNT, h->count);
}

static inline void
skua_keys_header_get(const uint8_t p[SKUA_KEYS_HEADER_SIZE],
    struct skua_keys_header *h)
{
	h->first_ms = (int64_t)skua_get_be64(p + SKUA_KEYS_AT_FIRST_MS);
	h->last_ms = (int64_t)skua_get_be64(p + SKUA_KEYS_AT_LAST_MS);
	h->first_pos = (int64_t)skua_get_be64(p + SKUA_KEYS_AT_FIRST_POS);
	h->last_pos = (int64_t)skua_get_be64(p + SKUA_KEYS_AT_LAST_POS);
	h->used_slots = skua_get_be32(p + SKUA_KEYS_AT_USED_SLOTS);
	h->count = skua_get_be32(p + SKUA_KEYS_AT_COUNT);
}

static inline void
skua_keys_entry_put(uint8_t p[SKUA_KEYS_ENTRY_SIZE],
    const struct skua_keys_entry *e)
{
	skua_put_be32(p, (uint32_t)e->hash);
	skua_put_be64(p + 4, (uint64_t)e->pos);
	skua_put_be32(p + 12, e->seconds);
	skua_put_be32(p + 16, e->previous);
}

static inline void
skua_keys_entry_get(const uint8_t p[SKUA_KEYS_ENTRY_SIZE],
    struct skua_keys_entry *e)
{
	e->hash = (int32_t)skua_get_be32(p);
	e->pos = (int64_t)skua_get_be64(p + 4);
	e->seconds = skua_get_be32(p + 12);
	e->previous = skua_get_be32(p + 16);
}

/* The seconds an entry carries for a record stored at ms. */
static inline uint32_t
skua_keys_seconds(int64_t first_ms, int64_t ms)
{
	int64_t s = first_ms <= 0 ? 0 : (ms - first_ms) / 1000;

	return s < 0 ? 0 : s > INT32_MAX ? (uint32_t)INT32_MAX : (uint32_t)s;
}

/* Where in the file a hash's slot and the n-th entry are, and the file's
 * size. */
static inline int64_t
skua_keys_slot_at(int64_t slots, int32_t hash)
{
	return SKUA_KEYS_HEADER_SIZE + hash % slots * SKUA_KEYS_SLOT_SIZE;
}

static inline int64_t
skua_keys_entry_at(int64_t slots, uint32_t n)
{
	return SKUA_KEYS_HEADER_SIZE + slots * SKUA_KEYS_SLOT_SIZE +
	    (int64_t)n * SKUA_KEYS_ENTRY_SIZE;
}

static inline int64_t
skua_keys_file_size(int64_t slots, int64_t entries)
{
	return SKUA_KEYS_HEADER_SIZE + slots * SKUA_KEYS_SLOT_SIZE +
	    entries * SKUA_KEYS_ENTRY_SIZE;
}

/* --- Skua's checksum of an index file that is full --- */

#define SKUA_SEAL_SIZE 12
#define SKUA_SEAL_MAGIC 0x534b4958u /* "SKIX" */

struct skua_seal {
	uint32_t magic;
	uint32_t crc;   /* skua_body_crc of all up to the last entry */
	uint32_t count; /* of the header */
};

static inline void
skua_seal_put(uint8_t p[SKUA_SEAL_SIZE], const struct skua_seal *s)
{
	skua_put_be32(p, s->magic);
	skua_put_be32(p + 4, s->crc);
	skua_put_be32(p + 8, s->count);
}

static inline void
skua_seal_get(const uint8_t p[SKUA_SEAL_SIZE], struct skua_seal *s)
{
	s->magic = skua_get_be32(p);
	s->crc = skua_get_be32(p + 4);
	s->count = skua_get_be32(p + 8);
}

/* --- Skua's checksums of records and units --- */

/* One for each record that Skua appended, in their order:
 *
 *	0 u48 position	6 u16 of the entry	8 u32 record	12 u32 unit */
#define SKUA_CHECK_SIZE 16

struct skua_check_entry {
	int64_t pos;
	uint32_t record; /* of the record without its body */
	uint32_t unit;   /* of the queue's unit */
};

static inline void
skua_check_get(const uint8_t p[SKUA_CHECK_SIZE], struct skua_check_entry *e)
{
	e->pos = (int64_t)(skua_get_be64(p) >> 16);
	e->record = skua_get_be32(p + 8);
	e->unit = skua_get_be32(p + 12);
}

/* --- checkpoint --- */

#define SKUA_CHECKPOINT_SIZE 4096 /* of the file; the rest is 0 */
#define SKUA_CHECKPOINT_BYTES 40  /* that Apache RocketMQ writes as well */
/* What its later releases keep behind those, up to Skua's slots: at 40 a position
 * of the log below which 5.5 takes the queues for complete.  Skua does not know
 * it, and writes 0. */
#define SKUA_CHECKPOINT_SHARED 512

struct skua_checkpoint {
	/* Store times up to which each kind of file is on disk. */
	int64_t log_ms, queues_ms, keys_ms;
	int64_t master_pos;  /* flushed by the master, as a slave knows it */
	int64_t confirm_pos; /* confirmed by replicas */
};

static inline void
skua_checkpoint_put(uint8_t p[SKUA_CHECKPOINT_BYTES],
    const struct skua_checkpoint *c)
{
	skua_put_be64(p, (uint64_t)c->log_ms);
	skua_put_be64(p + 8, (uint64_t)c->queues_ms);
	skua_put_be64(p + 16, (uint64_t)c->keys_ms);
	skua_put_be64(p + 24, (uint64_t)c->master_pos);
	skua_put_be64(p + 32, (uint64_t)c->confirm_pos);
}

static inline void
skua_checkpoint_get(const uint8_t p[SKUA_CHECKPOINT_BYTES],
    struct skua_checkpoint *c)
{
	c->log_ms = (int64_t)skua_get_be64(p);
	c->queues_ms = (int64_t)skua_get_be64(p + 8);
	c->keys_ms = (int64_t)skua_get_be64(p + 16);
	c->master_pos = (int64_t)skua_get_be64(p + 24);
	c->confirm_pos = (int64_t)skua_get_be64(p + 32);
}

/* Skua's own, in sectors of their own behind: two slots, written in turns, so
 * that a torn write leaves the other.  The one with the greater number counts. */
#define SKUA_SLOTS 2
#define SKUA_SLOT_SIZE 40
#define SKUA_SLOT_MAGIC 0x534b5541u /* "SKUA" */
#define SKUA_SLOT_AT_CRC 4
#define SKUA_SLOT_AT_NUMBER 8

struct skua_slot {
	uint32_t magic;
	uint32_t crc;        /* of what follows */
	int64_t number;      /* of the write */
	int64_t written_pos; /* log and index are on disk below */
	int64_t synced_pos;  /* the log is on disk below */
	uint64_t shared_crc; /* of the first 40 bytes of the file */
};

static inline int64_t
skua_slot_at(int64_t i)
{
	return 512 * (1 + i);
}

static inline void
skua_slot_put(uint8_t p[SKUA_SLOT_SIZE], const struct skua_slot *s)
{
	skua_put_be32(p, s->magic);
	skua_put_be32(p + SKUA_SLOT_AT_CRC, s->crc);
	skua_put_be64(p + SKUA_SLOT_AT_NUMBER, (uint64_t)s->number);
	skua_put_be64(p + 16, (uint64_t)s->written_pos);
	skua_put_be64(p + 24, (uint64_t)s->synced_pos);
	skua_put_be64(p + 32, s->shared_crc);
}

static inline void
skua_slot_get(const uint8_t p[SKUA_SLOT_SIZE], struct skua_slot *s)
{
	s->magic = skua_get_be32(p);
	s->crc = skua_get_be32(p + SKUA_SLOT_AT_CRC);
	s->number = (int64_t)skua_get_be64(p + SKUA_SLOT_AT_NUMBER);
	s->written_pos = (int64_t)skua_get_be64(p + 16);
	s->synced_pos = (int64_t)skua_get_be64(p + 24);
	s->shared_crc = skua_get_be64(p + 32);
}

SKUA_END_DECLS

#endif
