/* SPDX-License-Identifier: Apache-2.0 */
/* See integrity.h. */
#include <stdio.h>

#include "base/crc32.h"
#include "wire/integrity.h"

#define JSON_SEAL_HEAD ",\"crc32\":\""

_Static_assert(sizeof(JSON_SEAL_HEAD) - 1 + 8 + 2 == JSON_SEAL_LEN,
    "what is written is as long as the header says");

/* --- checkpoint --- */

static uint32_t
slot_crc(const uint8_t *slot)
{
	return skua_crc32(slot + SKUA_SLOT_AT_NUMBER,
	    SKUA_SLOT_SIZE - SKUA_SLOT_AT_NUMBER);
}

void
skua_slot_seal(uint8_t slot[SKUA_SLOT_SIZE])
{
	skua_put_be32(slot + SKUA_SLOT_AT_CRC, slot_crc(slot));
}

bool
skua_slot_is_sound(const uint8_t slot[SKUA_SLOT_SIZE])
{
	return skua_get_be32(slot) == SKUA_SLOT_MAGIC &&
	    skua_get_be32(slot + SKUA_SLOT_AT_CRC) == slot_crc(slot);
}

/* --- records and units --- */

static uint16_t
self_check(const uint8_t *entry)
{
	uint32_t crc = skua_crc32c(skua_crc32c(0, entry, 6), entry + 8, 8);

	return (uint16_t)(crc ^ crc >> 16);
}

void
skua_check_put(uint8_t p[SKUA_CHECK_SIZE], const struct skua_check_entry *e)
{
	uint16_t self;

	skua_put_be64(p, (uint64_t)e->pos << 16);
	skua_put_be32(p + 8, e->record);
	skua_put_be32(p + 12, e->unit);
	self = self_check(p);
	p[6] = (uint8_t)(self >> 8);
	p[7] = (uint8_t)self;
}

bool
skua_check_is_sound(const uint8_t p[SKUA_CHECK_SIZE])
{
	return (uint16_t)(p[6] << 8 | p[7]) == self_check(p);
}

uint32_t
skua_unit_check(const struct skua_index_entry *unit)
{
	uint8_t bytes[SKUA_CQ_UNIT_SIZE];

	skua_cq_put(bytes, unit);
	return skua_crc32c(0, bytes, sizeof(bytes));
}

/* --- JSON --- */

void
skua_json_seal(char seal[JSON_SEAL_LEN + 1], const char *text, size_t len)
{
	(void)snprintf(seal, JSON_SEAL_LEN + 1, JSON_SEAL_HEAD "%08x\"}",
	    skua_crc32(text, len));
}

bool
skua_json_is_sealed_wrong(const char *text, size_t len)
{
	char seal[JSON_SEAL_LEN + 1];
	const char *tail = text + len - JSON_SEAL_LEN;

	if (len < JSON_SEAL_LEN ||
	    memcmp(tail, JSON_SEAL_HEAD, sizeof(JSON_SEAL_HEAD) - 1) != 0)
		return false;
	skua_json_seal(seal, text, len - JSON_SEAL_LEN);
	return memcmp(tail, seal, JSON_SEAL_LEN) != 0;
}
