/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/files.h>

#include "test.h"
#include "wire/integrity.h"

static void
names_are_20_digits_of_a_number_that_fits(void **state)
{
	static const char *const wrong[] = { "", "0", "0000000000000000000",
		"000000000000000000000", "0000000000000000000a",
		"-0000000000000000001", "09223372036854775808",
		"99999999999999999999" };
	char name[SKUA_FILE_NAME_LEN + 1];
	int64_t from = -1;

	(void)state;
	skua_file_name(name, 1073741824);
	assert_string_equal("00000000001073741824", name);
	assert_true(skua_file_name_parse(name, &from));
	assert_true(from == 1073741824);
	assert_true(skua_file_name_parse("09223372036854775807", &from));
	assert_true(from == INT64_MAX);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(skua_file_name_parse(wrong[i], &from));
}

static void
a_blank_tells_how_much_is_left(void **state)
{
	static const uint8_t bytes[] = { 0, 0, 1, 2, 0xcb, 0xd4, 0x31, 0x94 };
	uint8_t p[SKUA_BLANK_SIZE];

	(void)state;
	skua_blank_put(p, 0x102);
	assert_memory_equal(bytes, p, sizeof(bytes));
	assert_true(skua_blank_is(p, 0x102));
	assert_false(skua_blank_is(p, 0x103));
	p[7] ^= 1;
	assert_false(skua_blank_is(p, 0x102));
}

static void
a_unit_of_a_queue_is_20_bytes(void **state)
{
	static const uint8_t bytes[] = { 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 91,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe };
	const struct skua_index_entry e = { 256, 91, -2 };
	const struct skua_index_entry blank = { 0, SKUA_CQ_BLANK_LEN, 0 };
	const struct skua_index_entry zero = { 0, 0, 0 };
	uint8_t p[SKUA_CQ_UNIT_SIZE];
	struct skua_index_entry back;

	(void)state;
	skua_cq_put(p, &e);
	assert_memory_equal(bytes, p, sizeof(bytes));
	skua_cq_get(p, &back);
	assert_memory_equal(&e, &back, offsetof(struct skua_index_entry, len));
	assert_true(back.len == 91 && back.tags_code == -2);
	assert_true(skua_cq_is_used(&e));
	assert_false(skua_cq_is_used(&blank));
	assert_false(skua_cq_is_used(&zero));
}

static void
index_files_come_back(void **state)
{
	const struct skua_keys_header h = { 1, 2, 3, 4, 5, 6 };
	const struct skua_keys_entry e = { 7, 8, 9, 10 };
	uint8_t p[SKUA_KEYS_HEADER_SIZE];
	struct skua_keys_header h2;
	struct skua_keys_entry e2;

	(void)state;
	skua_keys_header_put(p, &h);
	skua_keys_header_get(p, &h2);
	assert_memory_equal(&h, &h2, sizeof(h));
	assert_int_equal(6, p[SKUA_KEYS_AT_COUNT + 3]);
	skua_keys_entry_put(p, &e);
	skua_keys_entry_get(p, &e2);
	assert_true(e2.hash == 7 && e2.pos == 8 && e2.seconds == 9 &&
	    e2.previous == 10);
	assert_true(skua_keys_file_size(5000000, 20000000) == 420000040);
	assert_true(skua_keys_slot_at(100, 301) == 44);
	assert_true(skua_keys_entry_at(100, 1) == 460);
}

static void
seconds_of_an_entry_stay_in_their_range(void **state)
{
	(void)state;
	assert_int_equal(2, skua_keys_seconds(1000, 3999));
	assert_int_equal(0, skua_keys_seconds(1000, 1));
	assert_int_equal(0, skua_keys_seconds(0, 5000));
	assert_int_equal(INT32_MAX, skua_keys_seconds(1, INT64_MAX));
}

static void
a_checkpoint_comes_back(void **state)
{
	const struct skua_checkpoint c = { 1, 2, 3, 4, 5 };
	const struct skua_slot slot = { SKUA_SLOT_MAGIC, 7, 8, 9, 10, 11 };
	uint8_t p[SKUA_CHECKPOINT_BYTES];
	struct skua_checkpoint back;
	struct skua_slot slot_back;

	(void)state;
	skua_checkpoint_put(p, &c);
	skua_checkpoint_get(p, &back);
	assert_memory_equal(&c, &back, sizeof(c));
	assert_int_equal(5, p[39]);
	skua_slot_put(p, &slot);
	skua_slot_get(p, &slot_back);
	assert_memory_equal(&slot, &slot_back, sizeof(slot));
	assert_memory_equal("SKUA", p, 4);
	assert_int_equal(9, p[23]);
	/* Sectors of their own. */
	assert_int_equal(512, skua_slot_at(0));
	assert_int_equal(1024, skua_slot_at(1));
}

/* Every bit but the magic's own place is under the checksum. */
static void
a_flipped_bit_in_a_slot_is_seen(void **state)
{
	const struct skua_slot slot = { SKUA_SLOT_MAGIC, 0, 8, 9, 10, 11 };
	uint8_t p[SKUA_SLOT_SIZE];

	(void)state;
	skua_slot_put(p, &slot);
	assert_false(skua_slot_is_sound(p));
	skua_slot_seal(p);
	assert_true(skua_slot_is_sound(p));
	for (size_t bit = 0; bit < 8 * sizeof(p); bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(skua_slot_is_sound(p));
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void
a_flipped_bit_in_a_check_entry_is_seen(void **state)
{
	const struct skua_check_entry e = { 0x123456789abc, 0xdeadbeef,
		0xcafebabe };
	struct skua_check_entry back;
	uint8_t p[SKUA_CHECK_SIZE];

	(void)state;
	skua_check_put(p, &e);
	skua_check_get(p, &back);
	assert_int_equal(e.pos, back.pos);
	assert_int_equal(e.record, back.record);
	assert_int_equal(e.unit, back.unit);
	assert_true(skua_check_is_sound(p));
	for (size_t bit = 0; bit < 8 * sizeof(p); bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(skua_check_is_sound(p));
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void
a_sealed_text_is_told_from_a_changed_one(void **state)
{
	char text[64] = "{\"a\":1";
	size_t len = strlen(text);

	(void)state;
	skua_json_seal(text + len, text, len);
	assert_string_equal("{\"a\":1,\"crc32\":\"a702fc6e\"}", text);
	len = strlen(text);
	assert_false(skua_json_is_sealed_wrong(text, len));
	text[5] = '2';
	assert_true(skua_json_is_sealed_wrong(text, len));
	assert_false(skua_json_is_sealed_wrong("{\"a\":1}", 7));
	assert_false(skua_json_is_sealed_wrong("", 0));
}

RUN(T(names_are_20_digits_of_a_number_that_fits),
    T(a_blank_tells_how_much_is_left), T(a_unit_of_a_queue_is_20_bytes),
    T(index_files_come_back), T(seconds_of_an_entry_stay_in_their_range),
    T(a_checkpoint_comes_back), T(a_flipped_bit_in_a_slot_is_seen),
    T(a_flipped_bit_in_a_check_entry_is_seen),
    T(a_sealed_text_is_told_from_a_changed_one))
