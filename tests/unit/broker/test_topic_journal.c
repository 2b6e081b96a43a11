/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/io.h>

#include "base/rcu.h"
#include "broker/topic_journal.h"
#include "test.h"

#define MANY 1200 /* so many that changes are lines of a journal */
#define JOURNAL "skua/topics.journal"
#define TABLE "config/topics.json"
#define LIVES "skua/lives.journal"

/* --- a table without a broker around it --- */

static int
sync_nothing(void *state, int64_t *synced_pos_r)
{
	(void)state;
	*synced_pos_r = 0;
	return SKUA_OK;
}

static const struct skua_store empty_store = { .sync = sync_nothing };

static struct broker *
open_at(char *folder)
{
	struct broker *b = calloc(1, sizeof(*b));
	struct skua_error e = { 0, "" };

	assert_non_null(b);
	b->settings = skua_settings_new();
	atomic_init(&b->conf, skua_conf_new(b->settings));
	skua_topics_init(&b->topics);
	skua_lives_init(&b->lives);
	b->log.folder = folder;
	b->log.store = &empty_store;
	assert_ok(skua_lives_load(b, test_path(folder, LIVES), &e));
	assert_ok(skua_topics_load(b, test_path(folder, TABLE), &e));
	assert_ok(skua_topic_journal_load(b, test_path(folder, JOURNAL), &e));
	/* The first registration told them all. */
	skua_topics_forget_changes(&b->topics);
	return b;
}

/* As a kill does: nothing more is written. */
static void
leave(struct broker *b)
{
	skua_topic_journal_close(b);
	skua_topics_forget_changes(&b->topics);
	skua_rcu_drain();
	skua_topics_fini(&b->topics);
	skua_lives_fini(&b->lives);
	skua_conf_free((struct conf *)(uintptr_t)broker_conf(b));
	skua_settings_free(b->settings);
	free(b);
}

static void
put(struct broker *b, const char *name, int32_t queues)
{
	struct topic_conf c = { .read_queues = queues, .write_queues = queues,
		.perm = PERM_READ | PERM_WRITE };

	assert_non_null(skua_topic_put(b, skua_str_z(name), &c));
}

static int32_t
queues_of(const struct broker *b, const char *name)
{
	const struct topic *t = skua_topic_find(&b->topics, skua_str_z(name));

	return t == NULL ? -1 : skua_topic_conf(t)->read_queues;
}

static bool
is_there(const char *folder, const char *name)
{
	FILE *f = fopen(test_path(folder, name), "r");

	if (f != NULL)
		(void)fclose(f);
	return f != NULL;
}

/* What was told to the nameservers is told once. */
static void
save(struct broker *b)
{
	skua_topics_save(b);
	skua_topics_forget_changes(&b->topics);
}

static char *
folder_of_many(void)
{
	char *folder = test_folder(), name[32];
	struct broker *b = open_at(folder);

	assert_ok(skua_io()->mkdir(test_path(folder, "config")));
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "many-%d", i);
		put(b, name, 1);
	}
	save(b);
	leave(b);
	return folder;
}

/* --- a disk on which tables cannot be written --- */

static const struct skua_io *whole;

static int
refuse_table(const char *from, const char *to)
{
	return strstr(to, "topics.json") != NULL ? SKUA_ENOSPC :
						   whole->rename(from, to);
}

static void
refuse_tables(struct skua_io *io)
{
	whole = skua_io();
	*io = *whole;
	io->rename = refuse_table;
	skua_io_replace(io);
}

/* --- the tests --- */

static void
a_change_among_many_is_a_line(void **state)
{
	char *folder = folder_of_many();
	struct broker *b = open_at(folder);
	size_t before, after, len;

	(void)state;
	assert_int_equal(1, queues_of(b, "many-7"));
	free(test_read_file(test_path(folder, TABLE), &before));
	put(b, "new", 3);
	put(b, "many-7", 2);
	save(b);
	free(test_read_file(test_path(folder, TABLE), &after));
	assert_int_equal(before, after);
	free(test_read_file(test_path(folder, JOURNAL), &len));
	assert_in_range(len, 100, 2000);
	leave(b);

	b = open_at(folder);
	assert_int_equal(3, queues_of(b, "new"));
	assert_int_equal(2, queues_of(b, "many-7"));
	skua_topics_save_all(b);
	assert_false(is_there(folder, JOURNAL));
	leave(b);

	b = open_at(folder);
	assert_int_equal(3, queues_of(b, "new"));
	leave(b);
	test_folder_remove(folder);
}

static void
few_are_written_whole(void **state)
{
	char *folder = test_folder();
	struct broker *b = open_at(folder);

	(void)state;
	assert_ok(skua_io()->mkdir(test_path(folder, "config")));
	put(b, "one", 1);
	save(b);
	assert_false(is_there(folder, JOURNAL));
	leave(b);
	b = open_at(folder);
	assert_int_equal(1, queues_of(b, "one"));
	leave(b);
	test_folder_remove(folder);
}

/* A start behind a crash, on a disk that takes no table: the lines that only
 * the old journal has stay, whatever else changes. */
static void
a_journal_stays_until_its_table_is_written(void **state)
{
	char *folder = folder_of_many();
	struct broker *b = open_at(folder);
	struct skua_io io;

	(void)state;
	put(b, "early", 3);
	save(b);
	leave(b);

	b = open_at(folder);
	refuse_tables(&io);
	skua_topics_save_all(b);
	put(b, "late", 2);
	save(b);
	assert_true(b->topics.unsaved);
	leave(b);
	skua_io_replace(whole);

	b = open_at(folder);
	assert_int_equal(3, queues_of(b, "early"));
	leave(b);
	test_folder_remove(folder);
}

/* The same in one process, whose table failed after a removal. */
static void
a_removal_is_not_undone_by_a_journal(void **state)
{
	char *folder = folder_of_many();
	struct broker *b = open_at(folder);
	struct skua_io io;

	(void)state;
	refuse_tables(&io);
	assert_ok(skua_topic_remove(b, skua_str_z("many-3")));
	save(b);
	put(b, "late", 2);
	save(b);
	/* Lines of a journal would not tell of what is gone. */
	assert_false(is_there(folder, JOURNAL));
	assert_true(b->topics.unsaved);
	skua_io_replace(whole);
	save(b);
	assert_false(b->topics.unsaved);
	leave(b);

	b = open_at(folder);
	assert_int_equal(-1, queues_of(b, "many-3"));
	assert_int_equal(2, queues_of(b, "late"));
	leave(b);
	test_folder_remove(folder);
}

/* However many change at once: what is told does not grow with what is there. */
static void
many_changes_among_more_are_told_alone(void **state)
{
	char *folder = test_folder(), name[32];
	struct broker *b = open_at(folder);

	(void)state;
	for (int i = 0; i < 20 * MANY; i++) {
		(void)snprintf(name, sizeof(name), "many-%d", i);
		put(b, name, 1);
	}
	skua_topics_forget_changes(&b->topics);
	for (int i = 0; i < 6 * MANY; i++) { /* each name three times */
		(void)snprintf(name, sizeof(name), "many-%d", i / 3);
		put(b, name, 2);
	}
	assert_false(b->topics.changed_all);
	assert_int_equal(2 * MANY, b->topics.changed_count);
	skua_topics_forget_changes(&b->topics);
	put(b, "many-0", 3);
	assert_int_equal(1, b->topics.changed_count);
	leave(b);
	test_folder_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_change_among_many_is_a_line),
		T(few_are_written_whole),
		T(a_journal_stays_until_its_table_is_written),
		T(a_removal_is_not_undone_by_a_journal),
		T(many_changes_among_more_are_told_alone),
	};
	int failed;

	skua_rcu_register();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	skua_rcu_unregister();
	return failed;
}
