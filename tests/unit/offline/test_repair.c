/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <skua/io.h>

#include "made_store.h"
#include "test.h"
#include "wire/integrity.h"

#define T0 "consumequeue/T/0"

/* Checks, and repairs what was found. */
static int
repair_as(const struct made_store *m, const struct offline_plan *plan,
    struct offline_repaired *done)
{
	struct offline_summary sum;
	struct offline *store;
	struct skua_error e;
	int rc;

	assert_ok(skua_offline_open(m->folder, NULL, NULL, &store, &e));
	assert_ok(skua_offline_check(store, &sum, &e));
	rc = skua_offline_repair(store, plan, done, &e);
	skua_offline_close(store);
	return rc;
}

static int
repair(const struct made_store *m, bool dry_run, struct offline_repaired *done)
{
	const struct offline_plan plan = { .dry_run = dry_run };

	return repair_as(m, &plan, done);
}

static void
assert_clean(const struct made_store *m)
{
	struct made_findings f;

	made_check(m, &f);
	for (size_t i = 0; i < f.count; i++)
		print_message("%s %s: %s\n", f.all[i].kind, f.all[i].file,
		    f.all[i].text);
	assert_int_equal(0, f.count);
}

static void
repair_to_clean(const struct made_store *m, struct offline_repaired *done)
{
	assert_ok(repair(m, false, done));
	assert_clean(m);
	assert_int_equal(-1, access(made_path(m, "skua-repair"), F_OK));
}

static void
assert_same(const struct made_store *a, const struct made_store *b,
    const char *name)
{
	size_t len, other_len;
	char *text = test_read_file(made_path(a, name), &len);
	char *other = test_read_file(made_path(b, name), &other_len);

	assert_non_null(text);
	assert_non_null(other);
	assert_int_equal(len, other_len);
	assert_memory_equal(text, other, len);
	free(text);
	free(other);
}

static void
remove_queue(const struct made_store *m, const char *folder)
{
	char name[300];

	for (int64_t at = 0; at <= 80; at += 80) {
		(void)snprintf(name, sizeof(name), "%s/%020lld", folder,
		    (long long)at);
		(void)unlink(made_path(m, name));
	}
	assert_int_equal(0, rmdir(made_path(m, folder)));
}

static void
a_whole_store_is_left_alone(void **state)
{
	struct offline_repaired done;
	struct made_store m;

	(void)state;
	made_store(&m);
	assert_ok(repair(&m, false, &done));
	assert_int_equal(0, done.queues);
	assert_false(done.keys);
	assert_false(done.checkpoint);
	assert_int_equal(-1, access(made_path(&m, "lock"), F_OK));
	made_store_free(&m);
}

static void
a_damaged_queue_is_what_it_was(void **state)
{
	struct offline_repaired done;
	struct made_store m, whole;

	(void)state;
	made_store(&whole);
	made_store(&m);
	(void)made_flip(&m, T0 "/00000000000000000000", 43, 4);
	(void)made_flip(&m, T0 "/00000000000000000080", 11, 1);
	repair_to_clean(&m, &done);
	assert_int_equal(1, done.queues);
	assert_int_equal(7, done.units);
	assert_false(done.keys);
	assert_same(&m, &whole, T0 "/00000000000000000000");
	assert_same(&m, &whole, T0 "/00000000000000000080");
	made_store_free(&m);
	made_store_free(&whole);
}

static void
a_queue_that_is_gone_comes_back(void **state)
{
	struct offline_repaired done;
	struct made_store m, whole;

	(void)state;
	made_store(&whole);
	made_store(&m);
	remove_queue(&m, T0);
	remove_queue(&m, "consumequeue/SCHEDULE_TOPIC_XXXX/2");
	repair_to_clean(&m, &done);
	assert_int_equal(2, done.queues);
	assert_same(&m, &whole, T0 "/00000000000000000080");
	/* The time when it is due, by the level. */
	assert_same(&m, &whole,
	    "consumequeue/SCHEDULE_TOPIC_XXXX/2/00000000000000000000");
	made_store_free(&m);
	made_store_free(&whole);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
take_name(void *arg, const char *name, bool is_folder, int64_t size)
{
	char (*names)[64] = arg;
	size_t i = 0;

	(void)is_folder;
	(void)size;
	while (names[i][0] != '\0')
		i++;
	assert_true(i < 3);
	(void)snprintf(names[i], 64, "index/%.50s", name);
	return SKUA_OK;
}

/* Named after the time of their first record: only the bytes are the same. */
static void
index_comes_back(bool with_tags, int files, int entries)
{
	static const char *const were[] = { "index/20261121000000000",
		"index/20261121000000001", "index/20261121000000002" };
	struct offline_repaired done;
	struct made_store m, whole;
	char names[4][64] = { "" };

	(with_tags ? made_store_with_tags : made_store)(&whole);
	(with_tags ? made_store_with_tags : made_store)(&m);
	assert_clean(&m);
	(void)made_flip(&m, were[0],
	    skua_keys_entry_at(MADE_SLOTS, 3) + 2, 0x10);
	repair_to_clean(&m, &done);
	assert_true(done.keys);
	assert_int_equal(0, done.queues);
	assert_int_equal(files, done.key_files);
	assert_int_equal(entries, done.entries);
	assert_ok(skua_io()->list(made_path(&m, "index"), take_name, names));
	qsort(names, (size_t)files, sizeof(names[0]), by_name);
	for (int i = 0; i < files; i++) {
		assert_int_equal(0, rename(made_path(&m, names[i]),
			made_path(&m, were[i])));
		assert_same(&m, &whole, were[i]);
	}
	made_store_free(&m);
	made_store_free(&whole);
}

static void
damaged_index_files_are_what_they_were(void **state)
{
	(void)state;
	index_comes_back(false, 2, 10);
	index_comes_back(true, 3, 20);
}

/* Which of two times is right, only the checksum knows. */
static void
the_time_of_a_delayed_message_is_what_was_written(void **state)
{
	static const char name[] =
	    "consumequeue/SCHEDULE_TOPIC_XXXX/2/00000000000000000000";
	struct offline_repaired done;
	struct made_findings f;
	struct made_store m, whole;

	(void)state;
	made_store_with_checks(&whole);
	made_store_with_checks(&m);
	(void)made_flip(&m, name, 17, 0x10); /* minutes later */
	made_check(&m, &f);
	assert_int_equal(1, f.count);
	assert_string_equal("unit-check", f.all[0].kind);
	assert_string_equal(name, f.all[0].file);
	repair_to_clean(&m, &done);
	assert_same(&m, &whole, name);
	made_store_free(&m);
	made_store_free(&whole);
}

/* What they said of a record is not made up again. */
static void
damaged_checksums_are_taken_out(void **state)
{
	static const char name[] = SKUA_CHECKS_FOLDER "/00000000000000000512";
	struct offline_repaired done;
	struct made_findings f;
	struct made_store m, whole;
	int64_t at;
	const char *log;

	(void)state;
	made_store_with_checks(&whole);
	made_store_with_checks(&m);
	(void)made_flip(&m, name, SKUA_CHECK_SIZE + 9, 4);
	repair_to_clean(&m, &done);
	assert_true(done.sums);
	assert_int_equal(MADE_RECORDS - 1, done.checks);
	assert_same(&m, &whole, SKUA_CHECKS_FOLDER "/00000000000000000000");
	assert_same(&m, &whole, SKUA_CHECKS_FOLDER "/00000000000000001024");
	made_check(&m, &f);
	assert_int_equal(MADE_RECORDS - 1, f.sum.checks);
	/* Of a record that was changed, and of one that is lost, they stay. */
	log = made_log_file(m.records[0].pos, &at);
	(void)made_flip(&m, log, at + 100, 4);
	log = made_log_file(m.records[1].pos, &at);
	(void)made_flip(&m, log, at + 88, 4);
	(void)made_flip(&m, name, 9, 4);
	assert_ok(repair(&m, false, &done));
	assert_int_equal(MADE_RECORDS - 2, done.checks);
	made_check(&m, &f);
	assert_true(made_has(&f, OFFLINE_LOG, "record-check"));
	assert_int_equal(0, f.sum.damage[OFFLINE_CHECKS]);
	assert_same(&m, &whole, SKUA_CHECKS_FOLDER "/00000000000000000000");
	made_store_free(&m);
	made_store_free(&whole);
}

/* They would speak of other bytes. */
static void
seals_of_replaced_index_files_are_gone(void **state)
{
	struct offline_repaired done;
	struct made_store m;

	(void)state;
	made_store_with_checks(&m);
	(void)made_flip(&m, "index/20261121000000000",
	    skua_keys_entry_at(MADE_SLOTS, 3) + 2, 0x10);
	repair_to_clean(&m, &done);
	assert_int_equal(-1, access(made_path(&m,
		"skua/index/20261121000000000"), F_OK));
	made_store_free(&m);
}

static void
a_checkpoint_that_is_ahead_is_replaced(void **state)
{
	struct offline_repaired done;
	struct skua_slot slot;
	struct made_store m;
	uint8_t *bytes;
	size_t len;

	(void)state;
	made_store(&m);
	(void)made_flip(&m, "checkpoint", 2, 2);
	repair_to_clean(&m, &done);
	assert_true(done.checkpoint);
	bytes = (uint8_t *)test_read_file(made_path(&m, "checkpoint"), &len);
	assert_int_equal(SKUA_CHECKPOINT_SIZE, len);
	assert_true(skua_slot_is_sound(bytes + skua_slot_at(1)));
	skua_slot_get(bytes + skua_slot_at(1), &slot);
	/* All is read again, and nothing of it is taken for unfinished. */
	assert_int_equal(0, slot.written_pos);
	assert_int_equal(m.log_end, slot.synced_pos);
	free(bytes);
	made_store_free(&m);
}

static void
a_log_file_that_was_cut_short_gets_its_size_back_when_asked(void **state)
{
	const char *name = "commitlog/00000000000000000512";
	struct offline_plan plan = { .dry_run = true };
	struct offline_repaired done;
	struct made_store m;
	size_t len, cut = 100;
	char *file, *before;

	(void)state;
	made_store(&m);
	before = test_read_file(made_path(&m, name), &len);
	assert_int_equal(MADE_LOG_SIZE, len);
	assert_int_equal(0, truncate(made_path(&m, name), (off_t)cut));
	for (int i = 0; i < 3; i++) {
		assert_ok(repair_as(&m, &plan, &done));
		assert_int_equal(i == 0 ? 0 : 1, done.extended);
		file = test_read_file(made_path(&m, name), &len);
		assert_int_equal(i < 2 ? cut : MADE_LOG_SIZE, len);
		assert_memory_equal(before, file, cut);
		while (len > cut)
			assert_int_equal(0, file[--len]);
		free(file);
		plan.dry_run = i == 0;
		plan.extend = true;
	}
	free(before);
	made_store_free(&m);
}

static void
log_and_config_are_never_touched(void **state)
{
	struct offline_repaired done;
	struct made_findings f;
	struct made_store m, same;

	(void)state;
	made_store(&m);
	made_store(&same);
	for (int i = 0; i < 2; i++) {
		const struct made_store *s = i == 0 ? &m : &same;
		int64_t at;
		const char *name = made_log_file(m.records[7].pos, &at);

		(void)made_flip(s, name, at + 88, 0xff);
		made_put(s, "config/topics.json", "{");
		(void)made_flip(s, T0 "/00000000000000000000", 3, 4);
	}
	assert_ok(repair(&m, false, &done));
	assert_int_equal(1, done.queues);
	assert_same(&m, &same, "commitlog/00000000000000000000");
	assert_same(&m, &same, "commitlog/00000000000000000512");
	assert_same(&m, &same, "commitlog/00000000000000001024");
	assert_same(&m, &same, "config/topics.json");
	made_check(&m, &f);
	assert_int_equal(0, f.sum.damage[OFFLINE_QUEUES]);
	assert_true(f.sum.damage[OFFLINE_LOG] > 0);
	/* The unit of the lost record stays: it says what was there. */
	assert_same(&m, &same, T0 "/00000000000000000080");
	made_store_free(&m);
	made_store_free(&same);
}

/* Retention took the log's beginning: the queue goes on at its offset. */
static void
offsets_stay_when_the_log_begins_later(void **state)
{
	struct offline_repaired done;
	struct skua_index_entry e;
	struct made_store m;
	char *text;
	size_t len;

	(void)state;
	made_store(&m);
	assert_int_equal(0,
	    unlink(made_path(&m, "commitlog/00000000000000000000")));
	remove_queue(&m, T0);
	repair_to_clean(&m, &done);
	text = test_read_file(made_path(&m, T0 "/00000000000000000000"), &len);
	assert_int_equal(MADE_CQ_UNITS * SKUA_CQ_UNIT_SIZE, len);
	skua_cq_get((const uint8_t *)text, &e);
	assert_true(skua_cq_is_blank(&e));
	skua_cq_get((const uint8_t *)text + 3 * SKUA_CQ_UNIT_SIZE, &e);
	assert_int_equal(m.records[7].pos, e.pos);
	free(text);
	made_store_free(&m);
}

static void
foreign_files_go_with_what_is_replaced(void **state)
{
	struct offline_repaired done;
	struct made_store m;

	(void)state;
	made_store(&m);
	made_put(&m, T0 "/copy", "x");
	made_put(&m, "index/copy", "x");
	repair_to_clean(&m, &done);
	assert_int_equal(1, done.queues);
	assert_true(done.keys);
	made_store_free(&m);
}

static void
a_dry_run_changes_nothing(void **state)
{
	struct offline_repaired done;
	struct made_store m, same;

	(void)state;
	made_store(&m);
	made_store(&same);
	(void)made_flip(&m, T0 "/00000000000000000000", 3, 4);
	(void)made_flip(&same, T0 "/00000000000000000000", 3, 4);
	(void)made_flip(&m, "checkpoint", 2, 2);
	(void)made_flip(&same, "checkpoint", 2, 2);
	assert_ok(repair(&m, true, &done));
	assert_int_equal(1, done.queues);
	assert_true(done.checkpoint);
	assert_same(&m, &same, T0 "/00000000000000000000");
	assert_same(&m, &same, "checkpoint");
	assert_int_equal(-1, access(made_path(&m, "lock"), F_OK));
	made_store_free(&m);
	made_store_free(&same);
}

static void
a_store_in_use_is_refused(void **state)
{
	struct offline_repaired done;
	struct made_store m;
	int ends[2];
	pid_t pid;
	char byte;

	(void)state;
	made_store(&m);
	(void)made_flip(&m, T0 "/00000000000000000000", 3, 4);
	assert_int_equal(0, pipe(ends));
	pid = fork(); /* a process's own locks do not stop it */
	if (pid == 0) {
		int fd = skua_io()->open(made_path(&m, "lock"),
		    O_RDWR | O_CREAT, 0644);

		_exit(skua_io()->lock(fd) == SKUA_OK &&
			write(ends[1], "", 1) == 1 ? pause() : 1);
	}
	assert_int_equal(1, read(ends[0], &byte, 1));
	assert_int_equal(SKUA_EBUSY, repair(&m, false, &done));
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	repair_to_clean(&m, &done);
	made_store_free(&m);
}

/* --- the n-th operation that changes something fails --- */

static struct skua_io failing;
static const struct skua_io *real;
static int countdown;

static bool
fails(void)
{
	return countdown > 0 && --countdown == 0;
}

static int
failing_pwrite(int fd, const void *bytes, size_t len, int64_t at)
{
	return fails() ? SKUA_ENOSPC : real->pwrite(fd, bytes, len, at);
}

static int
failing_sync(int fd)
{
	return fails() ? SKUA_EIO : real->sync(fd);
}

static int
failing_sync_folder(const char *path)
{
	return fails() ? SKUA_EIO : real->sync_folder(path);
}

static int
failing_truncate(int fd, int64_t size)
{
	return fails() ? SKUA_ENOSPC : real->truncate(fd, size);
}

static int
failing_rename(const char *from, const char *to)
{
	return fails() ? SKUA_EIO : real->rename(from, to);
}

static int
failing_mkdir(const char *path)
{
	return fails() ? SKUA_ENOSPC : real->mkdir(path);
}

static int
failing_unlink(const char *path)
{
	return fails() ? SKUA_EIO : real->unlink(path);
}

static void
damage_much(const struct made_store *m)
{
	(void)made_flip(m, T0 "/00000000000000000000", 3, 4);
	(void)made_flip(m, "consumequeue/T/1/00000000000000000000", 3, 4);
	(void)made_flip(m, "index/20261121000000000",
	    skua_keys_entry_at(MADE_SLOTS, 3) + 2, 0x10);
	(void)made_flip(m, "checkpoint", 2, 2);
	(void)made_flip(m, SKUA_CHECKS_FOLDER "/00000000000000000000", 9, 4);
}

static void
whatever_fails_the_next_repair_succeeds(void **state)
{
	struct offline_repaired done;
	struct made_store m;
	int n = 0, rc;

	(void)state;
	real = skua_io();
	failing = *real;
	failing.pwrite = failing_pwrite;
	failing.sync = failing_sync;
	failing.sync_folder = failing_sync_folder;
	failing.truncate = failing_truncate;
	failing.rename = failing_rename;
	failing.mkdir = failing_mkdir;
	failing.unlink = failing_unlink;
	do {
		made_store_with_checks(&m);
		damage_much(&m);
		countdown = ++n;
		skua_io_replace(&failing);
		rc = repair(&m, false, &done);
		skua_io_replace(real);
		/* Nothing failed: there are no more operations. */
		assert_true((rc == SKUA_OK) == (countdown > 0));
		repair_to_clean(&m, &done);
		made_store_free(&m);
	} while (rc != SKUA_OK);
	assert_true(n > 20);
}

/* A link in place of what an interrupted repair left. */
static void
nothing_is_removed_behind_a_link(void **state)
{
	struct offline_repaired done;
	struct made_store m;

	(void)state;
	made_store_with_checks(&m);
	damage_much(&m);
	assert_int_equal(0, mkdir(made_path(&m, "precious"), 0700));
	made_put(&m, "precious/file", "precious");
	assert_int_equal(0, symlink("precious", made_path(&m, "skua-repair")));
	assert_int_not_equal(SKUA_OK, repair(&m, false, &done));
	assert_int_equal(0, access(made_path(&m, "precious/file"), F_OK));
	made_store_free(&m);
}

RUN(T(nothing_is_removed_behind_a_link),
    T(a_whole_store_is_left_alone), T(a_damaged_queue_is_what_it_was),
    T(a_queue_that_is_gone_comes_back),
    T(damaged_index_files_are_what_they_were),
    T(the_time_of_a_delayed_message_is_what_was_written),
    T(damaged_checksums_are_taken_out),
    T(seals_of_replaced_index_files_are_gone),
    T(a_checkpoint_that_is_ahead_is_replaced),
    T(a_log_file_that_was_cut_short_gets_its_size_back_when_asked),
    T(log_and_config_are_never_touched),
    T(offsets_stay_when_the_log_begins_later),
    T(foreign_files_go_with_what_is_replaced), T(a_dry_run_changes_nothing),
    T(a_store_in_use_is_refused), T(whatever_fails_the_next_repair_succeeds))
