/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/files.h>

#include "broker/checkpoint.h"
#include "test.h"

#define FILE_SIZE 4096
#define FIRST_SLOT 512
#define SECOND_SLOT 1024

static struct checkpoint
read_back(const char *folder)
{
	struct checkpoint cp;

	skua_checkpoint_read(folder, &cp);
	return cp;
}

static void
write_one(const char *folder, int64_t number, int64_t pos)
{
	struct checkpoint cp = { .number = number - 1, .log_ms = 1000 + number,
		.written_pos = pos, .synced_pos = pos + 7 };

	assert_ok(skua_checkpoint_write(folder, &cp));
	assert_int_equal(number, cp.number);
}

static void
set_byte(const char *folder, size_t at, uint8_t change)
{
	size_t len;
	char *bytes = test_read_file(test_path(folder, "checkpoint"), &len);

	assert_int_equal(FILE_SIZE, len);
	bytes[at] = (char)((uint8_t)bytes[at] ^ change);
	test_write_file(test_path(folder, "checkpoint"), bytes, len);
	free(bytes);
}

static void
what_is_written_is_read(void **state)
{
	char *folder = test_folder();
	struct checkpoint cp;

	(void)state;
	for (int64_t n = 1; n <= 5; n++) {
		write_one(folder, n, n * 100);
		cp = read_back(folder);
		assert_int_equal(n, cp.number);
		assert_int_equal(1000 + n, cp.log_ms);
		assert_int_equal(n * 100, cp.written_pos);
		assert_int_equal(n * 100 + 7, cp.synced_pos);
		assert_false(cp.foreign);
	}
	test_folder_remove(folder);
}

static void
nothing_is_told_without_a_file_or_a_whole_one(void **state)
{
	char *folder = test_folder();
	struct checkpoint cp = read_back(folder);

	(void)state;
	assert_int_equal(-1, cp.written_pos);
	assert_true(cp.foreign);
	test_write_file(test_path(folder, "checkpoint"), "short", 5);
	cp = read_back(folder);
	assert_int_equal(-1, cp.synced_pos);
	assert_int_equal(0, cp.log_ms);
	cp = read_back(NULL);
	assert_int_equal(-1, cp.written_pos);
	test_folder_remove(folder);
}

/* A torn write leaves the other slot. */
static void
a_damaged_slot_leaves_the_one_before(void **state)
{
	char *folder = test_folder();
	struct checkpoint cp;

	(void)state;
	write_one(folder, 1, 100);
	write_one(folder, 2, 200);
	for (size_t at = 0; at < 40; at++) {
		/* the second write is in the first slot */
		set_byte(folder, FIRST_SLOT + at, 0x10);
		cp = read_back(folder);
		assert_int_equal(1, cp.number);
		assert_int_equal(100, cp.written_pos);
		set_byte(folder, FIRST_SLOT + at, 0x10);
	}
	assert_int_equal(200, read_back(folder).written_pos);
	set_byte(folder, FIRST_SLOT + 20, 1);
	set_byte(folder, SECOND_SLOT + 20, 1);
	assert_int_equal(-1, read_back(folder).written_pos);
	test_folder_remove(folder);
}

static void
what_another_broker_wrote_is_seen(void **state)
{
	char *folder = test_folder();
	struct checkpoint cp;

	(void)state;
	write_one(folder, 1, 100);
	for (size_t at = 0; at < 40; at++) {
		set_byte(folder, at, 1);
		assert_true(read_back(folder).foreign);
		set_byte(folder, at, 1);
	}
	assert_false(read_back(folder).foreign);
	/* its times are taken: the smallest that is set */
	set_byte(folder, 15, 2);
	cp = read_back(folder);
	assert_int_equal(1001, cp.log_ms);
	assert_int_equal(100, cp.written_pos);
	test_folder_remove(folder);
}

static void
the_file_has_the_size_that_upstream_maps(void **state)
{
	char *folder = test_folder(), *bytes;
	size_t len;

	(void)state;
	test_write_file(test_path(folder, "checkpoint"), "", 0);
	write_one(folder, 1, 100);
	bytes = test_read_file(test_path(folder, "checkpoint"), &len);
	assert_int_equal(FILE_SIZE, len);
	for (size_t at = 0; at < 24; at += 8)
		assert_int_equal(1001,
		    skua_get_be64((const uint8_t *)bytes + at));
	free(bytes);
	test_folder_remove(folder);
}

/* A position of a later release would be older than what is written now. */
static void
what_a_later_release_keeps_there_is_cleared(void **state)
{
	char *folder = test_folder(), *bytes;
	size_t len;

	(void)state;
	write_one(folder, 1, 100);
	for (size_t at = 40; at < 48; at++)
		set_byte(folder, at, 0x11);
	write_one(folder, 2, 200);
	bytes = test_read_file(test_path(folder, "checkpoint"), &len);
	for (size_t at = 40; at < FIRST_SLOT; at++)
		assert_int_equal(0, bytes[at]);
	free(bytes);
	assert_int_equal(200, read_back(folder).written_pos);
	test_folder_remove(folder);
}

RUN(T(what_is_written_is_read), T(what_a_later_release_keeps_there_is_cleared),
    T(nothing_is_told_without_a_file_or_a_whole_one),
    T(a_damaged_slot_leaves_the_one_before),
    T(what_another_broker_wrote_is_seen),
    T(the_file_has_the_size_that_upstream_maps))
