/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include <skua/io.h>

#include "store_rig.h"
#include "test.h"

#define FILE_SIZE 8192

static int64_t
max_of(struct store_rig *s)
{
	struct skua_store_state r;

	s->ops->get_state(s->state, &r);
	return r.max_pos;
}

static void
what_is_appended_is_read(void **state)
{
	char *folder = test_folder();
	struct store_rig s;
	int64_t pos[20], synced;

	(void)state;
	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < 20; i++)
		pos[i] = store_put(&s, i, 150 + i);
	for (unsigned i = 0; i < 20; i++)
		assert_true(store_has(&s, pos[i], i));
	assert_false(store_has(&s, max_of(&s), 20));
	assert_false(store_has(&s, -1, 0));
	assert_ok(s.ops->sync(s.state, &synced));
	assert_int_equal(max_of(&s), synced);
	store_shut(&s);
	test_folder_remove(folder);
}

static void
a_batch_that_crosses_a_files_end_rolls_over(void **state)
{
	char *folder = test_folder(), *file;
	struct skua_append batch[12];
	struct store_rig s;
	size_t len;

	(void)state;
	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < 12; i++) {
		batch[i].bytes = test_record(i, 1000, &len);
		batch[i].len = (uint32_t)len;
	}
	assert_ok(s.ops->append(s.state, batch, 12));
	assert_int_equal(FILE_SIZE, batch[8].pos);
	for (unsigned i = 0; i < 12; i++) {
		assert_true(store_has(&s, batch[i].pos, i));
		free(batch[i].bytes);
	}
	assert_false(store_has(&s, batch[7].pos + batch[7].len, 8));
	store_shut(&s);
	file = test_read_file(
	    test_path(folder, "commitlog/00000000000000000000"), &len);
	assert_int_equal(FILE_SIZE, len);
	assert_memory_equal("\xcb\xd4\x31\x94",
	    file + batch[7].pos + batch[7].len + 4, 4);
	free(file);
	test_folder_remove(folder);
}

static void
a_record_larger_than_a_file_is_refused_and_changes_nothing(void **state)
{
	char *folder = test_folder();
	struct skua_append a;
	struct store_rig s;
	size_t len;

	(void)state;
	store_open(&s, "commitlog", folder);
	(void)store_put(&s, 1, 500);
	a.bytes = test_record(2, FILE_SIZE + 10, &len);
	a.len = (uint32_t)len;
	len = (size_t)max_of(&s);
	assert_int_equal(SKUA_ELIMIT, s.ops->append(s.state, &a, 1));
	assert_int_equal(len, max_of(&s));
	assert_true(store_has(&s, store_put(&s, 3, 500), 3));
	free(a.bytes);
	store_shut(&s);
	test_folder_remove(folder);
}

/* --- recovery --- */

struct found {
	unsigned numbers[64];
	size_t count;
};

static int
note(void *arg, const struct skua_record *record)
{
	struct found *f = arg;

	f->numbers[f->count++] = (unsigned)record->queue_offset;
	return SKUA_OK;
}

static void
recovers(const char *folder, bool clean, unsigned count, struct store_rig *s)
{
	struct found f = { .count = 0 };

	if (store_try(s, "commitlog", folder, clean, note, &f) != SKUA_OK)
		fail_msg("%s", s->rig.e.text);
	assert_int_equal(count, f.count);
}

static void
a_clean_and_an_unclean_stop_give_all_back(void **state)
{
	char *folder = test_folder();
	struct store_rig s;
	int64_t max;

	(void)state;
	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < 30; i++)
		(void)store_put(&s, i, 700);
	max = max_of(&s);
	store_shut(&s);
	for (int clean = 0; clean < 2; clean++) {
		recovers(folder, clean == 1, 30, &s);
		assert_int_equal(max, max_of(&s));
		store_shut(&s);
	}
	recovers(folder, true, 30, &s);
	assert_true(store_has(&s, store_put(&s, 30, 700), 30));
	store_shut(&s);
	test_folder_remove(folder);
}

/* Writes records, spoils the log (how 0: zeros), and recovers. */
static void
spoil_of(unsigned records, size_t from, size_t n, int how, unsigned expected)
{
	char *folder = test_folder(), *file;
	const char *path = test_path(folder,
	    "commitlog/00000000000000000000");
	struct store_rig s;
	size_t len;

	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < records; i++)
		(void)store_put(&s, i, 140);
	store_shut(&s);
	file = test_read_file(path, &len);
	for (size_t i = from; i < from + n; i++)
		file[i] = (char)(how == 0 ? 0 : file[i] ^ how);
	test_write_file(path, file, len);
	free(file);
	recovers(folder, false, expected, &s);
	/* The end is usable again, and stays so. */
	(void)store_put(&s, 9, 140);
	store_shut(&s);
	recovers(folder, false, expected + 1, &s);
	store_shut(&s);
	test_folder_remove(folder);
}

static void
spoil(size_t from, size_t n, int how, unsigned expected)
{
	spoil_of(3, from, n, how, expected);
}

static size_t
record_size(void)
{
	size_t len;

	free(test_record(0, 140, &len));
	return len;
}

static void
a_tail_torn_at_any_byte_is_cut(void **state)
{
	size_t len = record_size();

	(void)state;
	/* Of the properties (7 bytes) the format has no checksum. */
	for (size_t i = 0; i < len - 7; i++) {
		/* What is behind the tear was never written. */
		spoil(2 * len + i, len - i, 0, 2);
		if (i == 4)
			i = 80; /* the middle is like its neighbours */
	}
}

static void
a_garbled_body_at_the_tail_is_cut(void **state)
{
	size_t len = record_size();

	(void)state;
	for (size_t i = 88; i < 128; i += 3)
		spoil(2 * len + i, 1, 0x55, 2);
	for (size_t i = 0; i < 8; i++) /* size and magic */
		spoil(2 * len + i, 1, 0x55, 2);
}

static void
damage_in_the_middle_loses_only_itself(void **state)
{
	size_t len = record_size();

	(void)state;
	spoil(len + 90, 1, 0x55, 2);
	spoil(len, 8, 0x55, 2);
	spoil(len, len, 0, 2);
	spoil(0, 4, 0xff, 2);
}

static void
zeros_in_the_middle_end_no_log_that_was_stopped_orderly(void **state)
{
	char *folder = test_folder(), *file;
	const char *path = test_path(folder,
	    "commitlog/00000000000000000000");
	struct store_rig s;
	int64_t pos[3];
	size_t len;

	(void)state;
	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < 3; i++)
		pos[i] = store_put(&s, i, 140);
	store_shut(&s);
	file = test_read_file(path, &len);
	memset(file + pos[1], 0, (size_t)(pos[2] - pos[1]));
	test_write_file(path, file, len);
	free(file);
	recovers(folder, true, 2, &s);
	assert_true(store_has(&s, pos[2], 2));
	store_shut(&s);
	test_folder_remove(folder);
}

/* What a power cut takes of a log that was never synced, it takes in sectors. */
static void
the_log_ends_where_an_unsynced_sector_is_lost(void **state)
{
	size_t len = record_size();

	(void)state;
	/* The fourth of the records is in two sectors. */
	assert_int_equal(139, len);
	spoil_of(10, 512, 512, 0, 3);
	spoil_of(10, 450, 574, 0, 3);
	spoil_of(10, 3 * len, 512 - 3 * len, 0, 3);
	/* The twelfth begins in the last seven bytes of one. */
	assert_int_equal(1536 - 7, 11 * len);
	spoil_of(14, 11 * len, 7, 0, 11);
}

static void
a_file_of_another_size_is_refused_with_its_name(void **state)
{
	char *folder = test_folder();
	const char *path = test_path(folder,
	    "commitlog/00000000000000000000");
	struct store_rig s;

	(void)state;
	store_open(&s, "commitlog", folder);
	(void)store_put(&s, 1, 140);
	store_shut(&s);
	assert_int_equal(0, truncate(path, 5000));
	assert_int_equal(SKUA_ECORRUPT,
	    store_try(&s, "commitlog", folder, true, NULL, NULL));
	assert_non_null(strstr(s.rig.e.text, "00000000000000000000 has 5000"));
	store_shut(&s);
	test_folder_remove(folder);
}

static void
a_file_half_made_by_a_crash_is_finished(void **state)
{
	char *folder = test_folder();
	const char *path = test_path(folder,
	    "commitlog/00000000000000000000");
	struct store_rig s;

	(void)state;
	store_open(&s, "commitlog", folder);
	store_shut(&s);
	assert_int_equal(0, truncate(path, 5000));
	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < 20; i++)
		assert_true(store_has(&s, store_put(&s, i, 1000), i));
	store_shut(&s);
	test_folder_remove(folder);
}

static const char *
path_of_file(const char *folder, unsigned n)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "commitlog/%020u", n * FILE_SIZE);
	return test_path(folder, name);
}

static int64_t
size_of_file(const char *folder, unsigned n)
{
	struct stat st;

	assert_int_equal(0, stat(path_of_file(folder, n), &st));
	return st.st_size;
}

/* Of eight records to a file, what is behind the cut goes, and nothing else. */
static void
a_file_cut_short_in_the_middle_keeps_what_is_behind_it(void **state)
{
	static const int64_t sizes[] = { 0, 2500, FILE_SIZE - 1 };

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		char *folder = test_folder();
		unsigned left = i / 2 == 0 ? 16 : i / 2 == 1 ? 18 : 24;
		struct store_rig s;
		int64_t pos[24];

		store_open(&s, "commitlog", folder);
		for (unsigned k = 0; k < 24; k++)
			pos[k] = store_put(&s, k, 1000);
		assert_int_equal(2 * FILE_SIZE, pos[16]);
		store_shut(&s);
		assert_int_equal(0,
		    truncate(path_of_file(folder, 1), sizes[i / 2]));
		recovers(folder, i % 2 == 0, left, &s);
		assert_int_equal(FILE_SIZE, size_of_file(folder, 1));
		assert_true(store_has(&s, pos[16], 16));
		assert_true(store_has(&s, store_put(&s, 24, 1000), 24));
		store_shut(&s);
		test_folder_remove(folder);
	}
}

static void
nothing_is_written_unless_all_files_fit(void **state)
{
	char *folder = test_folder();
	struct store_rig s;

	(void)state;
	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < 24; i++)
		(void)store_put(&s, i, 1000);
	store_shut(&s);
	assert_int_equal(0, truncate(path_of_file(folder, 0), 5000));
	assert_int_equal(0, unlink(path_of_file(folder, 1)));
	assert_int_equal(SKUA_ECORRUPT,
	    store_try(&s, "commitlog", folder, true, NULL, NULL));
	assert_non_null(strstr(s.rig.e.text, "8192 is missing"));
	assert_int_equal(5000, size_of_file(folder, 0));
	store_shut(&s);
	test_folder_remove(folder);
}

static void
trimming_removes_whole_files_only(void **state)
{
	char *folder = test_folder();
	struct store_rig s;
	struct skua_slice pinned;
	int64_t pos[30], min;

	(void)state;
	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < 30; i++)
		pos[i] = store_put(&s, i, 1000);
	assert_ok(s.ops->read(s.state, pos[0], 0, &pinned));
	assert_ok(s.ops->trim(s.state, pos[12], &min));
	assert_int_equal(FILE_SIZE, min);
	assert_int_equal(0, access(test_path(folder,
	    "commitlog/00000000000000008192"), F_OK));
	assert_int_not_equal(0, access(test_path(folder,
	    "commitlog/00000000000000000000"), F_OK));
	assert_false(store_has(&s, pos[0], 0));
	assert_true(store_has(&s, pos[12], 12));
	assert_int_equal(0, pinned.bytes[0]); /* still mapped */
	s.ops->release(s.state, &pinned);
	store_shut(&s);
	test_folder_remove(folder);
}

/* --- faults --- */

static struct skua_io io;
static const struct skua_io *real;
static int pwrites_left, syncs_left;

static int
bad_pwrite(int fd, const void *bytes, size_t len, int64_t at)
{
	if (pwrites_left-- != 0)
		return real->pwrite(fd, bytes, len, at);
	(void)real->pwrite(fd, bytes, len / 2, at);
	return SKUA_ENOSPC;
}

static int
bad_sync(int fd)
{
	return syncs_left-- == 0 ? SKUA_EIO : real->sync(fd);
}

static void
faults(int write, int sync)
{
	real = skua_io();
	io = *real;
	io.pwrite = bad_pwrite;
	io.sync = bad_sync;
	pwrites_left = write;
	syncs_left = sync;
	skua_io_replace(&io);
}

static void
a_failed_write_stores_nothing_and_the_next_works(void **state)
{
	char *folder = test_folder();
	struct skua_append a;
	struct store_rig s;
	size_t len;
	int64_t max;

	(void)state;
	store_open(&s, "commitlog", folder);
	(void)store_put(&s, 0, 300);
	max = max_of(&s);
	a.bytes = test_record(1, 300, &len);
	a.len = (uint32_t)len;
	faults(0, -1);
	assert_int_equal(SKUA_ENOSPC, s.ops->append(s.state, &a, 1));
	skua_io_replace(NULL);
	assert_int_equal(max, max_of(&s));
	assert_int_equal(max, store_put(&s, 2, 300));
	free(a.bytes);
	store_shut(&s);
	recovers(folder, false, 2, &s);
	store_shut(&s);
	test_folder_remove(folder);
}

static void
a_failed_sync_poisons_for_ever(void **state)
{
	char *folder = test_folder();
	struct skua_append a;
	struct store_rig s;
	size_t len;
	int64_t synced = -7;

	(void)state;
	store_open(&s, "commitlog", folder);
	(void)store_put(&s, 0, 300);
	faults(-1, 0);
	assert_int_equal(SKUA_EPOISONED, s.ops->sync(s.state, &synced));
	skua_io_replace(NULL);
	assert_int_equal(SKUA_EPOISONED, s.ops->sync(s.state, &synced));
	assert_int_equal(-7, synced);
	a.bytes = test_record(1, 300, &len);
	a.len = (uint32_t)len;
	assert_int_equal(SKUA_EPOISONED, s.ops->append(s.state, &a, 1));
	free(a.bytes);
	store_shut(&s);
	test_folder_remove(folder);
}

/* --- threads --- */

static _Atomic int64_t last_pos = -1;
static _Atomic bool ended;

static void *
read_on(void *arg)
{
	struct store_rig *s = arg;
	intptr_t wrong = 0;

	while (!atomic_load(&ended)) {
		int64_t pos = atomic_load(&last_pos);
		struct skua_slice slice;
		struct skua_record r;

		if (pos < 0 || s->ops->read(s->state, pos, 0, &slice) != 0)
			continue; /* trimmed in between */
		wrong += skua_record_decode(slice.bytes, slice.len, &r) !=
			SKUA_OK || r.pos != pos || !skua_record_crc_ok(&r);
		s->ops->release(s->state, &slice);
	}
	return (void *)wrong;
}

static void
readers_beside_the_appender_see_whole_records(void **state)
{
	char *folder = test_folder();
	pthread_t thread[2];
	struct store_rig s;
	void *wrong;
	int64_t min;

	(void)state;
	store_open(&s, "commitlog", folder);
	for (int i = 0; i < 2; i++)
		assert_int_equal(0,
		    pthread_create(&thread[i], NULL, read_on, &s));
	for (unsigned i = 0; i < 2000; i++) {
		int64_t pos = store_put(&s, i, 200 + i % 500);

		atomic_store(&last_pos, pos);
		if (i % 100 == 99)
			assert_ok(s.ops->trim(s.state, pos - 3 * FILE_SIZE,
			    &min));
	}
	atomic_store(&ended, true);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(0, pthread_join(thread[i], &wrong));
		assert_null(wrong);
	}
	store_shut(&s);
	test_folder_remove(folder);
}

static const struct skua_io *sound_io;

static int
refuse_unlink(const char *path)
{
	(void)path;
	return SKUA_EIO;
}

/* The log still has what could not be removed, and tries again. */
static void
a_file_that_cannot_be_removed_stays_in_the_log(void **state)
{
	char *folder = test_folder();
	struct skua_io stuck;
	struct store_rig s;
	int64_t min = -1;

	(void)state;
	store_open(&s, "commitlog", folder);
	for (unsigned i = 0; i < 100; i++)
		(void)store_put(&s, i, 500);
	sound_io = skua_io();
	stuck = *sound_io;
	stuck.unlink = refuse_unlink;
	skua_io_replace(&stuck);
	assert_int_equal(SKUA_EIO,
	    s.ops->trim(s.state, (int64_t)3 * FILE_SIZE, &min));
	skua_io_replace(sound_io);
	assert_int_equal(0, min);
	assert_true(store_has(&s, 0, 0));
	assert_ok(s.ops->trim(s.state, (int64_t)3 * FILE_SIZE, &min));
	assert_int_equal(3 * FILE_SIZE, min);
	store_shut(&s);
	test_folder_remove(folder);
}

RUN(T(a_file_that_cannot_be_removed_stays_in_the_log),
    T(what_is_appended_is_read), T(a_batch_that_crosses_a_files_end_rolls_over),
    T(a_record_larger_than_a_file_is_refused_and_changes_nothing),
    T(a_clean_and_an_unclean_stop_give_all_back),
    T(a_tail_torn_at_any_byte_is_cut), T(a_garbled_body_at_the_tail_is_cut),
    T(damage_in_the_middle_loses_only_itself),
    T(zeros_in_the_middle_end_no_log_that_was_stopped_orderly),
    T(the_log_ends_where_an_unsynced_sector_is_lost),
    T(a_file_half_made_by_a_crash_is_finished),
    T(a_file_of_another_size_is_refused_with_its_name),
    T(a_file_cut_short_in_the_middle_keeps_what_is_behind_it),
    T(nothing_is_written_unless_all_files_fit),
    T(trimming_removes_whole_files_only),
    T(a_failed_write_stores_nothing_and_the_next_works),
    T(a_failed_sync_poisons_for_ever),
    T(readers_beside_the_appender_see_whole_records))
