/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <skua/io.h>

#include "test.h"

static struct skua_io io;
static int calls_left; /* the call that fails */

static bool
fails_now(void)
{
	return calls_left-- == 0;
}

static int
bad_open(const char *path, int flags, int mode)
{
	skua_io_replace(NULL);
	int fd = fails_now() ? SKUA_ENOSPC : skua_io()->open(path, flags, mode);
	skua_io_replace(&io);
	return fd;
}

static int
bad_pwrite(int fd, const void *bytes, size_t len, int64_t at)
{
	int rc;

	skua_io_replace(NULL);
	if (fails_now()) {
		(void)skua_io()->pwrite(fd, bytes, len / 2, at);
		rc = SKUA_ENOSPC;
	} else {
		rc = skua_io()->pwrite(fd, bytes, len, at);
	}
	skua_io_replace(&io);
	return rc;
}

static int
bad_sync(int fd)
{
	(void)fd;
	return fails_now() ? SKUA_EIO : SKUA_OK;
}

static int
bad_rename(const char *from, const char *to)
{
	return fails_now() ? SKUA_EIO : rename(from, to) == 0 ? SKUA_OK : -1;
}

static void
break_call(int n)
{
	io = *skua_io();
	io.open = bad_open;
	io.pwrite = bad_pwrite;
	io.sync = bad_sync;
	io.rename = bad_rename;
	calls_left = n;
	skua_io_replace(&io);
}

static void
file_is(const char *path, const char *expected)
{
	size_t len;
	char *text;

	assert_ok(skua_file_read(path, 100, &text, &len));
	assert_string_equal(expected, text);
	assert_int_equal(strlen(expected), len);
	free(text);
}

static void
a_replaced_file_keeps_the_previous_as_bak(void **state)
{
	char *folder = test_folder();
	const char *path = test_path(folder, "f"), *bak = test_path(folder,
	    "f.bak");

	(void)state;
	assert_ok(skua_file_replace(path, "one", 3));
	assert_ok(skua_file_replace(path, "two", 3));
	file_is(path, "two");
	file_is(bak, "one");
	assert_ok(skua_file_replace(path, "", 0));
	file_is(path, "");
	test_folder_remove(folder);
}

static void
a_failure_at_any_call_leaves_the_old_text_whole(void **state)
{
	char *folder = test_folder();
	const char *path = test_path(folder, "f");
	int rc = SKUA_EIO;

	(void)state;
	assert_ok(skua_file_replace(path, "old", 3));
	for (int n = 0; rc != SKUA_OK; n++) {
		assert_in_range(n, 0, 10);
		break_call(n);
		rc = skua_file_replace(path, "new text", 8);
		skua_io_replace(NULL);
		file_is(path, rc == SKUA_OK ? "new text" : "old");
	}
	test_folder_remove(folder);
}

static void
reading_says_what_is_wrong(void **state)
{
	char *folder = test_folder(), *text;
	const char *path = test_path(folder, "f");
	size_t len;

	(void)state;
	assert_int_equal(SKUA_ENOENT, skua_file_read(path, 10, &text, &len));
	test_write_file(path, "12345678901", 11);
	assert_int_equal(SKUA_ELIMIT, skua_file_read(path, 10, &text, &len));
	test_folder_remove(folder);
}

static int
count_entry(void *arg, const char *name, bool is_folder, int64_t size)
{
	(void)name;
	*(int64_t *)arg += is_folder ? 1000 : size;
	return SKUA_OK;
}

static void
folders_are_made_with_parents_and_listed(void **state)
{
	char *folder = test_folder();
	int64_t sum = 0;

	(void)state;
	assert_ok(skua_io()->mkdir(test_path(folder, "a/b/c")));
	assert_ok(skua_io()->mkdir(test_path(folder, "a/b/c")));
	test_write_file(test_path(folder, "f"), "12345", 5);
	assert_ok(skua_io()->list(folder, count_entry, &sum));
	assert_int_equal(1005, sum);
	assert_int_equal(SKUA_ENOENT,
	    skua_io()->list(test_path(folder, "none"), count_entry, &sum));
	test_folder_remove(folder);
}

static void
a_short_file_reads_short(void **state)
{
	char *folder = test_folder(), bytes[10];
	int fd = skua_io()->open(test_path(folder, "f"), O_RDWR | O_CREAT, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_ok(skua_io()->pwrite(fd, "abc", 3, 2));
	assert_int_equal(5, skua_io()->pread(fd, bytes, 10, 0));
	assert_memory_equal("\0\0abc", bytes, 5);
	assert_int_equal(0, skua_io()->pread(fd, bytes, 10, 5));
	assert_ok(skua_io()->close(fd));
	test_folder_remove(folder);
}

static int
entry_is(void *arg, const char *name, bool is_folder, int64_t size)
{
	(void)arg;
	assert_false(is_folder);
	assert_int_equal(strcmp(name, "file") == 0 ? 5 : -1, size);
	return SKUA_OK;
}

/* A folder may come from anywhere: nobody waits at a pipe, and nothing is written
 * or removed where a link leads. */
static void
only_regular_files_are_opened(void **state)
{
	char *folder = test_folder(), *text;
	const struct skua_io *real = skua_io();
	size_t len;
	int fd;

	(void)state;
	test_write_file(test_path(folder, "file"), "12345", 5);
	assert_int_equal(0, mkfifo(test_path(folder, "pipe"), 0600));
	assert_int_equal(0, symlink("file", test_path(folder, "link")));
	assert_int_equal(0, symlink("/", test_path(folder, "away")));
	assert_int_equal(SKUA_ENOTFILE,
	    real->open(test_path(folder, "pipe"), O_RDONLY, 0));
	assert_int_equal(SKUA_ENOTFILE,
	    real->open(test_path(folder, "pipe"), O_WRONLY, 0));
	assert_int_equal(SKUA_ENOTFILE,
	    real->open(test_path(folder, "pipe"), O_RDWR | O_CREAT, 0600));
	assert_int_equal(SKUA_ENOTFILE, real->open(folder, O_RDONLY, 0));
	assert_int_equal(SKUA_ENOTFILE, real->open("/dev/null", O_RDWR, 0));
	assert_int_equal(SKUA_ENOTFILE,
	    real->open(test_path(folder, "link"), O_RDWR, 0));
	assert_ok(skua_file_read(test_path(folder, "link"), 10, &text, &len));
	assert_string_equal("12345", text);
	free(text);
	assert_ok(real->list(folder, entry_is, NULL));
	assert_int_equal(SKUA_ENOTFILE,
	    real->list_own(test_path(folder, "away"), entry_is, NULL));
	assert_ok(real->list_own(folder, entry_is, NULL));
	fd = real->open(test_path(folder, "file"), O_RDONLY, 0);
	assert_ok(real->is_at(fd, test_path(folder, "file")));
	assert_int_equal(0, unlink(test_path(folder, "file")));
	assert_int_equal(SKUA_ENOENT, real->is_at(fd, test_path(folder, "file")));
	assert_ok(real->close(fd));
	test_folder_remove(folder);
}

static void
a_folder_is_held_by_one(void **state)
{
	char *folder = test_folder();
	int fd = skua_io()->lock_folder(folder), other;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(SKUA_EBUSY, skua_io()->lock_folder(folder));
	assert_ok(skua_io()->close(fd));
	other = skua_io()->lock_folder(folder);
	assert_true(other >= 0);
	assert_ok(skua_io()->close(other));
	test_folder_remove(folder);
}

static void
what_is_made_is_not_for_everybody(void **state)
{
	char *folder = test_folder();
	struct stat st;

	(void)state;
	assert_ok(skua_io()->mkdir(test_path(folder, "a/b")));
	assert_int_equal(0, stat(test_path(folder, "a/b"), &st));
	assert_int_equal(0, st.st_mode & 0027);
	assert_ok(skua_file_replace(test_path(folder, "f"), "x", 1));
	assert_int_equal(0, stat(test_path(folder, "f"), &st));
	assert_int_equal(0, st.st_mode & 0137);
	test_folder_remove(folder);
}

RUN(T(only_regular_files_are_opened), T(a_folder_is_held_by_one),
    T(what_is_made_is_not_for_everybody),
    T(a_replaced_file_keeps_the_previous_as_bak),
    T(a_failure_at_any_call_leaves_the_old_text_whole),
    T(reading_says_what_is_wrong), T(folders_are_made_with_parents_and_listed),
    T(a_short_file_reads_short))
