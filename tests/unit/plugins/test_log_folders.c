/* SPDX-License-Identifier: Apache-2.0 */
/* The commit log in several folders, and in some that are only read. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdatomic.h>

#include <skua/io.h>

#include "store_rig.h"
#include "test.h"

#define FILE_SIZE "8192"
#define RECORD 1800 /* four to a file */

static struct skua_io io;
static _Atomic(const char *) full; /* folders of that name have no room */

static int
disk_of(const char *path, int64_t *total_r, int64_t *free_r)
{
	*total_r = 1000;
	*free_r = full != NULL && strstr(path, full) != NULL ? 50 : 900;
	return SKUA_OK;
}

static void
with_disks(const char *full_name)
{
	full = full_name;
	/* Not beside a store that is open: its threads use the table. */
	io = *skua_io();
	io.disk = disk_of;
	skua_io_replace(&io);
}

static int
found_one(void *arg, const struct skua_record *record)
{
	(void)record;
	++*(int *)arg;
	return SKUA_OK;
}

/* paths, read_only: "A,B" below folder.  *found_r: the records. */
static int
open_in(struct store_rig *s, const char *folder, const char *paths,
    const char *read_only, int *found_r)
{
	const struct skua_store_start start = { .clean = true };
	const char *settings[] = { "mappedFileSizeCommitLog", FILE_SIZE,
		"storePathCommitLog", paths, "readOnlyCommitLogStorePaths",
		read_only, NULL };
	const struct provider *p;
	int rc;

	memset(s, 0, sizeof(*s));
	*found_r = 0;
	p = rig_load(&s->rig, "store-commitlog", settings, PLUGIN_STORE,
	    "commitlog");
	s->ops = p->ops;
	s->state = calloc(1, s->ops->state_size);
	assert_non_null(s->state);
	rc = s->ops->open(s->state, p->host, folder, &s->rig.e);
	s->is_open = rc == SKUA_OK;
	return rc != SKUA_OK ?
	    rc :
	    s->ops->recover(s->state, &start, found_one, found_r, &s->rig.e);
}

static unsigned
files_in(const char *folder, const char *name)
{
	DIR *d = opendir(test_path(folder, name));
	const struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

struct paths {
	char a[512], both[1024];
};

static char *
two_folders(struct paths *p)
{
	char *folder = test_folder();

	(void)snprintf(p->a, sizeof(p->a), "%s/a", folder);
	(void)snprintf(p->both, sizeof(p->both), "%s/a, %s/b", folder, folder);
	return folder;
}

static void
put_many(struct store_rig *s, unsigned from, unsigned count, int64_t *pos)
{
	for (unsigned i = from; i < from + count; i++)
		pos[i] = store_put(s, i, RECORD);
}

static void
assert_all(struct store_rig *s, unsigned count, const int64_t *pos)
{
	for (unsigned i = 0; i < count; i++)
		assert_true(store_has(s, pos[i], i));
}

static void
files_go_in_turns_and_are_found_again(void **state)
{
	struct paths p;
	char *folder = two_folders(&p);
	struct store_rig s;
	int64_t pos[40];
	int found;

	(void)state;
	with_disks(NULL);
	assert_ok(open_in(&s, folder, p.both, "", &found));
	put_many(&s, 0, 40, pos);
	assert_all(&s, 40, pos);
	store_shut(&s);
	assert_true(files_in(folder, "a") >= 4);
	assert_true(files_in(folder, "b") >= 4);
	assert_ok(open_in(&s, folder, p.both, "", &found));
	assert_int_equal(40, found);
	assert_all(&s, 40, pos);
	store_shut(&s);
	skua_io_replace(NULL);
	test_folder_remove(folder);
}

static void
a_full_disk_takes_no_new_file_while_another_can(void **state)
{
	struct paths p;
	char *folder = two_folders(&p);
	struct store_rig s;
	struct skua_store_state st;
	int64_t pos[40];
	unsigned in_b;
	int found;

	(void)state;
	with_disks(NULL);
	assert_ok(open_in(&s, folder, p.both, "", &found));
	full = "/b";
	put_many(&s, 0, 8, pos);
	in_b = files_in(folder, "b");
	put_many(&s, 8, 28, pos);
	assert_true(files_in(folder, "b") <= in_b + 1);
	assert_true(files_in(folder, "a") >= 6);
	/* the emptiest disk counts for the log as a whole */
	s.ops->get_state(s.state, &st);
	assert_int_equal(900, st.disk_free);
	/* none has room: all go on being used */
	full = "/";
	put_many(&s, 36, 4, pos);
	assert_all(&s, 40, pos);
	store_shut(&s);
	skua_io_replace(NULL);
	test_folder_remove(folder);
}

static void
a_folder_that_is_only_read_gets_no_file(void **state)
{
	struct paths p;
	char *folder = two_folders(&p);
	struct store_rig s;
	int64_t pos[24];
	unsigned in_a;
	int found;

	(void)state;
	with_disks(NULL);
	assert_ok(open_in(&s, folder, p.a, "", &found));
	put_many(&s, 0, 12, pos);
	store_shut(&s);
	in_a = files_in(folder, "a");
	/* upstream names it in both lists */
	assert_ok(open_in(&s, folder, p.both, p.a, &found));
	assert_int_equal(12, found);
	put_many(&s, 12, 12, pos);
	assert_int_equal(in_a, files_in(folder, "a"));
	assert_true(files_in(folder, "b") >= 2);
	assert_all(&s, 24, pos);
	store_shut(&s);
	assert_ok(open_in(&s, folder, p.both, p.a, &found));
	assert_int_equal(24, found);
	assert_all(&s, 24, pos);
	store_shut(&s);
	skua_io_replace(NULL);
	test_folder_remove(folder);
}

/* The last file of a folder that is only read has no record any more. */
static void
a_damaged_end_in_a_folder_that_is_only_read_stays(void **state)
{
	static const char last[] = "a/00000000000000016384";
	char garbage[8192], *bytes;
	struct paths p;
	char *folder = two_folders(&p);
	struct store_rig s;
	int64_t pos[16];
	size_t len;
	int found;

	(void)state;
	with_disks(NULL);
	assert_ok(open_in(&s, folder, p.a, "", &found));
	put_many(&s, 0, 12, pos);
	store_shut(&s);
	memset(garbage, 0x55, sizeof(garbage));
	test_write_file(test_path(folder, last), garbage, sizeof(garbage));
	for (unsigned i = 12; i < 16; i += 2) {
		assert_ok(open_in(&s, folder, p.both, p.a, &found));
		assert_int_equal(i - 4, found);
		put_many(&s, i, 2, pos);
		assert_all(&s, 8, pos);
		store_shut(&s);
	}
	assert_int_equal(24576, pos[12]);
	bytes = test_read_file(test_path(folder, last), &len);
	assert_int_equal(sizeof(garbage), len);
	assert_memory_equal(garbage, bytes, len);
	free(bytes);
	skua_io_replace(NULL);
	test_folder_remove(folder);
}

static void
a_folder_that_is_missing_is_no_shorter_log(void **state)
{
	struct paths p;
	char *folder = two_folders(&p);
	struct store_rig s;
	int64_t pos[24];
	int found;

	(void)state;
	with_disks(NULL);
	assert_ok(open_in(&s, folder, p.both, "", &found));
	put_many(&s, 0, 24, pos);
	store_shut(&s);
	assert_int_equal(SKUA_ECORRUPT,
	    open_in(&s, folder, p.a, "", &found));
	assert_non_null(strstr(s.rig.e.text, "is missing"));
	store_shut(&s);
	skua_io_replace(NULL);
	test_folder_remove(folder);
}

RUN(T(files_go_in_turns_and_are_found_again),
    T(a_full_disk_takes_no_new_file_while_another_can),
    T(a_folder_that_is_only_read_gets_no_file),
    T(a_damaged_end_in_a_folder_that_is_only_read_stays),
    T(a_folder_that_is_missing_is_no_shorter_log))
