/* SPDX-License-Identifier: Apache-2.0 */
/* Disks that do not give back what is on them, rows of the lesser tables, files
 * that are nobody's, and queues whose records are all gone. */
#include <sys/stat.h>
#include <unistd.h>

#include <skua/io.h>

#include "made_store.h"
#include "offline/config.h"
#include "test.h"

#define BLOCK 4096 /* read apart when more cannot be */

/* --- a disk with one bad place --- */

static const struct skua_io *whole;
static struct skua_io broken;
static int64_t bad_at;
static int broken_fd = -1;
static const char *bad_name;

static int
open_noting(const char *path, int flags, int mode)
{
	int fd = whole->open(path, flags, mode);

	if (strstr(path, bad_name) != NULL)
		broken_fd = fd;
	return fd;
}

static int
close_noting(int fd)
{
	if (fd == broken_fd)
		broken_fd = -1;
	return whole->close(fd);
}

static ssize_t
pread_around(int fd, void *bytes, size_t len, int64_t at)
{
	if (fd == broken_fd && at <= bad_at && at + (int64_t)len > bad_at)
		return SKUA_EIO;
	return whole->pread(fd, bytes, len, at);
}

static void
break_at(const char *name, int64_t at)
{
	whole = skua_io();
	broken = *whole;
	broken.open = open_noting;
	broken.close = close_noting;
	broken.pread = pread_around;
	bad_name = name;
	bad_at = at;
	skua_io_replace(&broken);
}

static void
what_is_around_a_bad_block_is_read(void **state)
{
	char *folder = test_folder();
	const char *path = test_path(folder, "file");
	static uint8_t bytes[4 * BLOCK + 100];
	const uint8_t *view;
	struct window w;
	size_t n;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	test_write_file(path, bytes, sizeof(bytes));
	break_at("file", BLOCK + 7);
	window_init(&w, sizeof(bytes));
	assert_ok(window_open(&w, path));
	view = window_view(&w, 0, sizeof(bytes), &n);
	assert_int_equal(sizeof(bytes), n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(i / BLOCK == 1 ? 0 : 'x', view[i]);
	assert_int_equal(BLOCK, w.unreadable);
	assert_int_equal(BLOCK, w.unreadable_at);

	/* The last block is a short one. */
	bad_at = 4 * BLOCK + 99;
	window_shut(&w);
	w.unreadable = 0;
	assert_ok(window_open(&w, path));
	view = window_view(&w, 0, sizeof(bytes), &n);
	assert_int_equal('x', view[4 * BLOCK - 1]);
	assert_int_equal(0, view[4 * BLOCK]);
	assert_int_equal(100, w.unreadable);
	assert_int_equal(4 * BLOCK, w.unreadable_at);
	window_close(&w);
	skua_io_replace(whole);
	test_folder_remove(folder);
}

static void
a_bad_block_of_the_log_is_named(void **state)
{
	struct made_findings f;
	struct made_store m;
	int64_t at;
	const char *name;

	(void)state;
	made_store(&m);
	name = made_log_file(m.records[7].pos, &at);
	break_at(name, at);
	made_check(&m, &f);
	skua_io_replace(whole);
	made_assert_damage(&f, OFFLINE_LOG, "unreadable");
	assert_true(f.sum.records < MADE_RECORDS);
	/* Files before and behind are read all the same. */
	assert_true(f.sum.records > MADE_RECORDS / 2);
	made_check(&m, &f);
	made_assert_clean(&f);
	made_store_free(&m);
}

/* --- tables --- */

static const struct {
	const char *file, *text;
	bool right;
} tables[] = {
	{ "delayOffset.json", "{\"offsetTable\":{3:12,4:-1}}", true },
	{ "delayOffset.json", "{\"offsetTable\":{}}", true },
	{ "delayOffset.json", "{}", true },
	{ "delayOffset.json", "{\"offsetTable\":{3:\"12\"}}", false },
	{ "delayOffset.json", "{\"offsetTable\":{3:-2}}", false },
	{ "delayOffset.json", "{\"offsetTable\":{\"x\":1}}", false },
	{ "delayOffset.json", "{\"offsetTable\":{-1:1}}", false },
	{ "delayOffset.json", "{\"offsetTable\":[1]}", false },
	{ "consumerFilter.json", "{\"filterDataByTopic\":{\"T\":{}}}", true },
	{ "consumerFilter.json", "{\"filterDataByTopic\":{\"T\":1}}", false },
	{ "timermetrics", "{\"timingCount\":{\"T\":{\"count\":1}}}", true },
	{ "timermetrics", "{\"timingCount\":{\"T\":[]}}", false },
	{ "transactionMetrics", "{\"transactionCount\":3}", false },
	{ "consumerOffset.json", "{\"offsetTable\":{\"T@g\":{0:1}}}", true },
	{ "consumerOffset.json", "{\"offsetTable\":{\"T@\":{0:1}}}", false },
	{ "consumerOffset.json", "{\"offsetTable\":{\"T@g\":7}}", false },
	{ "consumerOffset.json", "{}", false },
	{ "topics.json", "{\"topicConfigTable\":{\"T\":[]}}", false },
	{ "subscriptionGroup.json", "{\"subscriptionGroupTable\":{\"g\":1}}",
	    false },
	{ "unheardOf.json", "{\"offsetTable\":7}", true },
	{ "unheardOf.json", "{\"dataVersion\":7}", false },
	{ "unheardOf.json", "[]", false },
	{ "unheardOf.json", "{", false },
	{ "unheardOf.json", "", false },
};

static void
rows_are_looked_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct skua_error e = { 0, "" };
		int rc = skua_offline_config_check(tables[i].file,
		    skua_str_z(tables[i].text), NULL, &e);

		if ((rc == SKUA_OK) != tables[i].right)
			print_message("%s %s\n", tables[i].file,
			    tables[i].text);
		assert_int_equal(tables[i].right ? SKUA_OK : SKUA_ECORRUPT, rc);
		assert_int_equal(tables[i].right, e.text[0] == '\0');
	}
}

/* --- the tree --- */

static void
files_that_are_no_queues_are_noted(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	made_put(&m, "consumequeue/readme", "x");
	made_put(&m, "consumequeue/T/notes", "x");
	assert_int_equal(0, mkdir(made_path(&m, "consumequeue/T/-1"), 0755));
	made_check(&m, &f);
	assert_int_equal(3, f.sum.notes[OFFLINE_QUEUES]);
	assert_int_equal(0, f.sum.damage[OFFLINE_QUEUES]);
	assert_int_equal(4, f.sum.queues);
	for (size_t i = 0; i < f.count; i++)
		assert_string_equal("foreign-file", f.all[i].kind);
	made_store_free(&m);
}

static void
every_part_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < OFFLINE_PARTS; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
			    skua_offline_part_name((enum offline_part)i),
			    skua_offline_part_name((enum offline_part)k));
}

/* Its units say at which offset it goes on. */
static void
a_queue_without_records_keeps_its_units(void **state)
{
	static const struct offline_plan plan = { .dry_run = false };
	struct offline_repaired done;
	struct offline_summary sum;
	struct made_findings f;
	struct made_store m;
	struct offline *store;
	struct skua_index_entry was, is;
	struct skua_error e;
	size_t len;
	int64_t at;
	const char *name;
	char *text;

	(void)state;
	made_store(&m);
	name = made_cq_file("SCHEDULE_TOPIC_XXXX", 2, 0, &at);
	text = test_read_file(made_path(&m, name), &len);
	skua_cq_get((const uint8_t *)text, &was);
	free(text);
	/* All files of the log up to the one behind its only record. */
	for (int64_t pos = 0; pos <= m.records[6].pos; pos += MADE_LOG_SIZE)
		assert_int_equal(0,
		    unlink(made_path(&m, made_log_file(pos, &at))));
	/* A unit that no record asked for. */
	(void)made_flip(&m, name, SKUA_CQ_UNIT_SIZE + 6, 0x7f);
	(void)made_flip(&m, name, SKUA_CQ_UNIT_SIZE + 11, 0x40);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_QUEUES, NULL);

	assert_ok(skua_offline_open(m.folder, NULL, NULL, &store, &e));
	assert_ok(skua_offline_check(store, &sum, &e));
	assert_ok(skua_offline_repair(store, &plan, &done, &e));
	skua_offline_close(store);
	text = test_read_file(made_path(&m, name), &len);
	assert_int_equal(MADE_CQ_UNITS * SKUA_CQ_UNIT_SIZE, len);
	skua_cq_get((const uint8_t *)text, &is);
	assert_int_equal(was.pos, is.pos);
	assert_int_equal(was.len, is.len);
	assert_int_equal(was.tags_code, is.tags_code);
	skua_cq_get((const uint8_t *)text + SKUA_CQ_UNIT_SIZE, &is);
	assert_false(skua_cq_is_used(&is));
	free(text);
	made_check(&m, &f);
	assert_int_equal(0, f.sum.damage[OFFLINE_QUEUES]);
	made_store_free(&m);
}

RUN(T(what_is_around_a_bad_block_is_read), T(a_bad_block_of_the_log_is_named),
    T(rows_are_looked_at), T(files_that_are_no_queues_are_noted),
    T(every_part_has_a_name_of_its_own),
    T(a_queue_without_records_keeps_its_units))
