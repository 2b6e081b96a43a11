/* SPDX-License-Identifier: Apache-2.0 */
/* Removals of topics, and the table that is older or newer than they are. */
#include <skua/io.h>

#include "base/rcu.h"
#include "broker/topic_journal.h"
#include "test.h"

#define TABLE "config/topics.json"
#define LIVES "skua/lives.journal"

static int64_t log_end, log_min;

static int
sync_all(void *state, int64_t *synced_pos_r)
{
	(void)state;
	*synced_pos_r = log_end;
	return SKUA_OK;
}

static void
get_state(void *state, struct skua_store_state *r)
{
	(void)state;
	*r = (struct skua_store_state){ .min_pos = log_min,
		.max_pos = log_end };
}

static const struct skua_store store = { .sync = sync_all,
	.get_state = get_state };

static struct broker *
open_at(char *folder)
{
	struct broker *b = calloc(1, sizeof(*b));
	struct skua_error e = { 0, "" };

	assert_non_null(b);
	assert_ok(skua_io()->mkdir(test_path(folder, "config")));
	b->settings = skua_settings_new();
	atomic_init(&b->conf, skua_conf_new(b->settings));
	skua_topics_init(&b->topics);
	skua_lives_init(&b->lives);
	b->log.folder = folder;
	b->log.store = &store;
	atomic_init(&b->log.end_pos, log_end);
	assert_ok(skua_lives_load(b, test_path(folder, LIVES), &e));
	assert_ok(skua_topics_load(b, test_path(folder, TABLE), &e));
	skua_lives_raise_version(b);
	assert_ok(skua_lives_settle(b, log_min, log_end, &e));
	return b;
}

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
put(struct broker *b, const char *name)
{
	struct topic_conf c = { .read_queues = 1, .write_queues = 1,
		.perm = PERM_READ | PERM_WRITE };

	assert_non_null(skua_topic_put(b, skua_str_z(name), &c));
}

static struct topic *
find(const struct broker *b, const char *name)
{
	return skua_topic_find(&b->topics, skua_str_z(name));
}

static char *
folder_with_topic(void)
{
	char *folder = test_folder();
	struct broker *b;

	log_min = 0;
	log_end = 1000;
	b = open_at(folder);
	put(b, "T");
	skua_topics_save_all(b);
	leave(b);
	return folder;
}

static void
a_removal_is_done_before_its_table_is_written(void **state)
{
	char *folder = folder_with_topic();
	struct broker *b = open_at(folder);

	(void)state;
	assert_non_null(find(b, "T"));
	assert_ok(skua_topic_remove(b, skua_str_z("T")));
	leave(b); /* killed */
	b = open_at(folder);
	assert_null(find(b, "T"));
	/* Nor does the next change bring it back. */
	put(b, "other");
	skua_topics_save_all(b);
	leave(b);
	b = open_at(folder);
	assert_null(find(b, "T"));
	assert_non_null(find(b, "other"));
	leave(b);
	test_folder_remove(folder);
}

static void
a_later_topic_begins_at_the_removal(void **state)
{
	char *folder = folder_with_topic();
	struct broker *b = open_at(folder);

	(void)state;
	assert_int_equal(0, find(b, "T")->life_pos);
	assert_ok(skua_topic_remove(b, skua_str_z("T")));
	put(b, "T");
	assert_int_equal(1000, find(b, "T")->life_pos);
	skua_topics_save_all(b);
	leave(b);
	log_end = 2000;
	b = open_at(folder);
	assert_int_equal(1000, find(b, "T")->life_pos);
	/* A third life, of which the table was not written. */
	assert_ok(skua_topic_remove(b, skua_str_z("T")));
	put(b, "T");
	assert_int_equal(2000, find(b, "T")->life_pos);
	leave(b);
	b = open_at(folder);
	assert_null(find(b, "T"));
	assert_int_equal(2000, skua_life_pos(&b->lives, skua_str_z("T")));
	leave(b);
	test_folder_remove(folder);
}

/* It knew nothing of the removal, or made the topic again: it is there. */
static void
a_table_of_another_broker_is_believed(void **state)
{
	static const char text[] =
	    "{\"dataVersion\":{\"counter\":1},\"topicConfigTable\":{\"T\":"
	    "{\"topicName\":\"T\",\"readQueueNums\":1,\"writeQueueNums\":1,"
	    "\"perm\":6}}}";
	char *folder = folder_with_topic();
	struct broker *b = open_at(folder);

	(void)state;
	assert_ok(skua_topic_remove(b, skua_str_z("T")));
	leave(b);
	test_write_file(test_path(folder, TABLE), text, sizeof(text) - 1);
	b = open_at(folder);
	assert_non_null(find(b, "T"));
	assert_int_equal(1000, find(b, "T")->life_pos);
	leave(b);
	test_folder_remove(folder);
}

/* A log that lost its end goes on before the position. */
static void
a_life_does_not_begin_after_the_log(void **state)
{
	char *folder = folder_with_topic();
	struct broker *b = open_at(folder);

	(void)state;
	assert_ok(skua_topic_remove(b, skua_str_z("T")));
	put(b, "T");
	skua_topics_save_all(b);
	leave(b);
	log_end = 600;
	b = open_at(folder);
	assert_int_equal(600, find(b, "T")->life_pos);
	leave(b);
	log_end = 5000;
	b = open_at(folder);
	assert_int_equal(600, find(b, "T")->life_pos);
	leave(b);
	/* Once the log has none of those records, nothing is kept. */
	log_min = 700;
	b = open_at(folder);
	assert_int_equal(0, skua_map_count(&b->lives.map));
	assert_non_null(find(b, "T"));
	leave(b);
	test_folder_remove(folder);
}

static void
a_damaged_line_takes_no_other_along(void **state)
{
	char *folder = folder_with_topic(), *text;
	struct broker *b = open_at(folder);
	size_t len;

	(void)state;
	put(b, "U");
	assert_ok(skua_topic_remove(b, skua_str_z("T")));
	assert_ok(skua_topic_remove(b, skua_str_z("U")));
	leave(b);
	text = test_read_file(test_path(folder, LIVES), &len);
	text[12] ^= 1;
	test_write_file(test_path(folder, LIVES), text, len);
	free(text);
	b = open_at(folder);
	assert_int_equal(1, skua_map_count(&b->lives.map));
	leave(b);
	test_folder_remove(folder);
}

/* --- entries that the index could not take --- */

static int
refuse_entry(void *state, void *queue, int64_t offset,
    const struct skua_index_entry *entries, size_t n)
{
	(void)state;
	(void)queue;
	(void)offset;
	(void)entries;
	(void)n;
	return SKUA_EIO;
}

static int
queue_of(void *state, struct skua_str topic, int32_t id, void **queue_r)
{
	(void)state;
	(void)topic;
	(void)id;
	*queue_r = NULL;
	return SKUA_OK;
}

static int64_t
none(void *state, void *queue)
{
	(void)state;
	(void)queue;
	return 0;
}

static int
remove_queue(void *state, void *queue)
{
	(void)state;
	(void)queue;
	return SKUA_OK;
}

static int
take_batch(void *state, struct skua_append *batch, size_t n)
{
	(void)state;
	for (size_t i = 0; i < n; i++)
		batch[i].pos = log_end + (int64_t)i;
	return SKUA_OK;
}

static void
appended(void *state, int64_t end)
{
	(void)state;
	(void)end;
}

static void
unindexed_entries_go_with_their_topic(void **state)
{
	static const struct skua_index index = { .append = refuse_entry,
		.queue = queue_of, .max = none, .remove = remove_queue };
	static const struct skua_store taking = { .append = take_batch,
		.sync = sync_all, .get_state = get_state };
	static const struct skua_flush flush = { .appended = appended };
	static const struct skua_replication replication = {
		.appended = appended };
	char *folder = folder_with_topic();
	struct broker *b = open_at(folder);
	uint8_t bytes[256] = { 0 };
	struct skua_append append = { .bytes = bytes, .len = sizeof(bytes) };
	struct log_item item = { .indexed = true };
	int64_t end, ms;

	(void)state;
	b->log.index = &index;
	b->log.store = &taking;
	b->log.flush = &flush;
	b->log.replication = &replication;
	item.queue = skua_topic_need_queue(b, find(b, "T"), 0);
	assert_non_null(item.queue);
	assert_ok(skua_log_append(b, &append, &item, 1, &end, &ms));
	assert_int_equal(1, b->log.unindexed_count);
	assert_ok(skua_topic_remove(b, skua_str_z("T")));
	skua_rcu_drain();
	assert_int_equal(0, b->log.unindexed_count);
	skua_log_index_rest(&b->log);
	free(b->log.unindexed);
	leave(b);
	test_folder_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_removal_is_done_before_its_table_is_written),
		T(a_later_topic_begins_at_the_removal),
		T(a_table_of_another_broker_is_believed),
		T(a_life_does_not_begin_after_the_log),
		T(a_damaged_line_takes_no_other_along),
		T(unindexed_entries_go_with_their_topic),
	};
	int failed;

	skua_rcu_register();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	skua_rcu_unregister();
	return failed;
}
