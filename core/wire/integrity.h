/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Skua's own checksums in a store folder: whether they are right, for who writes
 * them and for who only looks.  Layouts are in skua/files.h.
 */
#ifndef WIRE_INTEGRITY_H
#define WIRE_INTEGRITY_H

#include <skua/files.h>

/* A slot of the checkpoint: sets its CRC, and says whether it is right. */
void skua_slot_seal(uint8_t slot[SKUA_SLOT_SIZE]);
bool skua_slot_is_sound(const uint8_t slot[SKUA_SLOT_SIZE]);

/* An entry of skua/checks, with its own checksum. */
void skua_check_put(uint8_t p[SKUA_CHECK_SIZE],
    const struct skua_check_entry *e);
bool skua_check_is_sound(const uint8_t p[SKUA_CHECK_SIZE]);
/* What such an entry holds of a unit. */
uint32_t skua_unit_check(const struct skua_index_entry *unit);

/* A JSON text's last member: ,"crc32":"89abcdef"} */
#define JSON_SEAL_LEN 20

/* What seals the len bytes of text: it takes the place of the last brace. */
void skua_json_seal(char seal[JSON_SEAL_LEN + 1], const char *text, size_t len);
/* False, too, for a text without a seal: that is of Apache RocketMQ, or of an
 * editor that took it out, and then being JSON must do. */
bool skua_json_is_sealed_wrong(const char *text, size_t len);

#endif
