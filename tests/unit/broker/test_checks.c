/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "broker/checks.h"
#include "test.h"
#include "store_rig.h"
#include "wire/integrity.h"
#include "wire/record.h"

#define FILE_SIZE 8192 /* of a log file */
#define RECORD 200
#define MANY 600 /* entries of several pages, in several files */
#define ENTRY 16

static struct skua_index_entry
entry_at(int64_t pos)
{
	struct skua_index_entry entry = { pos, RECORD, pos * 31 };

	return entry;
}

/* Records of 200 bytes that do not cross files. */
static int64_t
pos_of(int64_t i)
{
	const int64_t in_file = FILE_SIZE / RECORD;

	return i / in_file * FILE_SIZE + i % in_file * RECORD;
}

static struct checks *
open_at(const char *folder, int64_t end_pos)
{
	struct skua_error e = { 0, "" };
	struct checks *c;

	assert_ok(skua_checks_open(folder, FILE_SIZE, &c, &e));
	assert_ok(skua_checks_cut(c, end_pos));
	return c;
}

static uint8_t *
record_of(unsigned i, size_t *len_r)
{
	return test_record(i, RECORD, len_r);
}

static void
add_some(struct checks *c, int64_t from, int64_t to)
{
	for (int64_t i = from; i < to; i++) {
		struct skua_index_entry entry = entry_at(pos_of(i));
		size_t len;
		uint8_t *record = record_of((unsigned)i, &len);

		skua_checks_add(c, record, len, &entry);
		free(record);
	}
	skua_checks_write(c);
}

static int
find(const struct checks *c, int64_t pos, struct check *check_r)
{
	struct check_cursor cursor = { .is_open = false };
	int rc = skua_checks_find(c, &cursor, pos, check_r);

	skua_check_cursor_close(&cursor);
	return rc;
}

static void
assert_found(const struct checks *c, struct check_cursor *cursor, int64_t i)
{
	struct skua_index_entry entry = entry_at(pos_of(i));
	struct check check;
	size_t len;
	uint8_t *record = record_of((unsigned)i, &len);

	assert_ok(skua_checks_find(c, cursor, pos_of(i), &check));
	assert_int_equal(skua_record_check(record, len), check.record);
	assert_int_equal(skua_unit_check(&entry), check.unit);
	free(record);
}

static void
each_record_has_its_own_in_any_order(void **state)
{
	char *folder = test_folder();
	struct checks *c = open_at(folder, 0);
	struct check_cursor cursor = { .is_open = false };

	(void)state;
	add_some(c, 0, MANY);
	for (int64_t i = 0; i < MANY; i++)
		assert_found(c, &cursor, i);
	for (int64_t i = MANY - 1; i >= 0; i -= 7)
		assert_found(c, &cursor, i);
	for (int64_t i = 0; i < MANY; i++)
		assert_found(c, &cursor, i * 389 % MANY);
	skua_check_cursor_close(&cursor);
	skua_checks_close(&c);
	test_folder_remove(folder);
}

static void
what_is_not_there_is_told_apart(void **state)
{
	char *folder = test_folder();
	struct checks *c = open_at(folder, 0);
	struct check check;

	(void)state;
	add_some(c, 0, 10);
	assert_int_equal(SKUA_ENOENT, find(c, 1, &check));
	assert_int_equal(SKUA_ENOENT, find(c, pos_of(10), &check));
	assert_int_equal(SKUA_ENOTSUP, find(c, 5 * FILE_SIZE, &check));
	assert_int_equal(SKUA_ENOENT, find(c, -1, &check));
	assert_int_equal(SKUA_ENOENT, find(c, (int64_t)1 << 47, &check));
	skua_checks_close(&c);
	test_folder_remove(folder);
}

static void
the_next_record_is_known(void **state)
{
	char *folder = test_folder();
	struct checks *c = open_at(folder, 0);
	struct check_cursor cursor = { .is_open = false };

	(void)state;
	add_some(c, 0, 10);
	assert_int_equal(pos_of(4), skua_checks_next(c, &cursor, pos_of(3)));
	assert_int_equal(pos_of(4),
	    skua_checks_next(c, &cursor, pos_of(3) + 1));
	assert_int_equal(-1, skua_checks_next(c, &cursor, pos_of(9)));
	skua_check_cursor_close(&cursor);
	skua_checks_close(&c);
	test_folder_remove(folder);
}

/* Others come to the places of records that are gone. */
static void
entries_behind_the_end_go(void **state)
{
	char *folder = test_folder();
	struct check_cursor cursor = { .is_open = false };
	struct checks *c = open_at(folder, 0);
	struct check check;

	(void)state;
	add_some(c, 0, MANY);
	skua_checks_close(&c);
	c = open_at(folder, pos_of(100));
	assert_found(c, &cursor, 99);
	skua_check_cursor_close(&cursor);
	assert_int_equal(SKUA_ENOENT, find(c, pos_of(100), &check));
	assert_int_equal(SKUA_ENOTSUP, find(c, pos_of(MANY - 1), &check));
	add_some(c, 100, MANY);
	assert_found(c, &cursor, 100);
	assert_found(c, &cursor, MANY - 1);
	skua_check_cursor_close(&cursor);
	skua_checks_close(&c);
	test_folder_remove(folder);
}

/* Without a cut all is still there to be looked up. */
static void
opening_keeps_everything(void **state)
{
	char *folder = test_folder();
	struct check_cursor cursor = { .is_open = false };
	struct checks *c = open_at(folder, 0);
	struct skua_error e = { 0, "" };

	(void)state;
	add_some(c, 0, MANY);
	skua_checks_close(&c);
	assert_ok(skua_checks_open(folder, FILE_SIZE, &c, &e));
	assert_found(c, &cursor, 0);
	assert_found(c, &cursor, MANY - 1);
	skua_check_cursor_close(&cursor);
	skua_checks_close(&c);
	test_folder_remove(folder);
}

static void
a_flipped_bit_is_seen_and_spares_the_others(void **state)
{
	char *folder = test_folder();
	const char *path;
	struct checks *c = open_at(folder, 0);
	struct check check;
	size_t len;
	char *bytes;

	(void)state;
	add_some(c, 0, 5);
	path = test_path(folder, "skua/checks/00000000000000000000");
	for (size_t bit = 0; bit < (size_t)ENTRY * 8; bit++) {
		bytes = test_read_file(path, &len);
		bytes[2 * ENTRY + bit / 8] ^= (char)(1 << bit % 8);
		test_write_file(path, bytes, len);
		assert_int_not_equal(SKUA_OK, find(c, pos_of(2), &check));
		assert_ok(find(c, pos_of(4), &check));
		bytes[2 * ENTRY + bit / 8] ^= (char)(1 << bit % 8);
		test_write_file(path, bytes, len);
		free(bytes);
	}
	assert_ok(find(c, pos_of(2), &check));
	skua_checks_close(&c);
	test_folder_remove(folder);
}

static void
files_go_with_those_of_the_log(void **state)
{
	char *folder = test_folder();
	struct checks *c = open_at(folder, 0);
	struct check check;

	(void)state;
	add_some(c, 0, MANY);
	assert_ok(skua_checks_sync(c));
	skua_checks_trim(c, 2 * FILE_SIZE);
	assert_int_equal(-1,
	    access(test_path(folder, "skua/checks/00000000000000000000"),
		F_OK));
	assert_int_equal(-1,
	    access(test_path(folder, "skua/checks/00000000000000008192"),
		F_OK));
	assert_int_equal(SKUA_ENOTSUP, find(c, 0, &check));
	assert_ok(find(c, 2 * FILE_SIZE, &check));
	skua_checks_close(&c);
	test_folder_remove(folder);
}

RUN(T(each_record_has_its_own_in_any_order), T(what_is_not_there_is_told_apart),
    T(the_next_record_is_known), T(entries_behind_the_end_go),
    T(opening_keeps_everything), T(a_flipped_bit_is_seen_and_spares_the_others),
    T(files_go_with_those_of_the_log))
