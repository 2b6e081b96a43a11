/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include <skua/io.h>

#include "made_store.h"
#include "test.h"
#include "wire/integrity.h"

static void
a_whole_store_is_clean_and_counted(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	made_check(&m, &f);
	made_assert_clean(&f);
	assert_int_equal(MADE_RECORDS, f.sum.records);
	assert_int_equal(MADE_RECORDS - 1, f.sum.units); /* one is a half */
	assert_int_equal(10, f.sum.keys);
	assert_int_equal(10, f.sum.entries);
	assert_int_equal(4, f.sum.queues);
	assert_int_equal(m.log_end, f.sum.log_to);
	made_store_free(&m);
}

/* Of the record's fields: where a changed bit is found, and as what. */
static const struct {
	const char *field;
	int64_t at;
	enum offline_part part;
	const char *kind;
} record_fields[] = {
	{ "size", 3, OFFLINE_LOG, "record" },
	{ "size, high", 0, OFFLINE_LOG, "record" },
	{ "magic", 4, OFFLINE_LOG, "record" },
	{ "magic, version", 7, OFFLINE_LOG, "record" },
	{ "body CRC", 8, OFFLINE_LOG, "record" },
	{ "queue id", 15, OFFLINE_QUEUES, "missing-unit" },
	{ "queue offset", 27, OFFLINE_LOG, "offset-gap" },
	{ "position", 35, OFFLINE_LOG, "record" },
	{ "IPv6 bit", 39, OFFLINE_LOG, "record" },
	{ "body length", 87, OFFLINE_LOG, "record" },
	{ "body", 88, OFFLINE_LOG, "record" },
	{ "topic length", 90, OFFLINE_LOG, "record" },
	{ "topic", 91, OFFLINE_LOG, "offset-gap" },
	{ "properties length", 93, OFFLINE_LOG, "record" },
	{ "tag", 99, OFFLINE_QUEUES, "unit" },
	{ "unique key", 111, OFFLINE_KEYS, "missing-entry" },
};

static void
every_field_of_a_record_is_looked_at(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	for (size_t i = 0; i < sizeof(record_fields) / sizeof(record_fields[0]);
	     i++) {
		/* The eighth record is in the middle of a file. */
		const struct made_record *r = &m.records[7];
		int64_t at;
		const char *name = made_log_file(r->pos, &at);
		uint8_t by = strcmp(record_fields[i].field, "IPv6 bit") == 0 ?
		    0x10 : 0x04;

		(void)made_flip(&m, name, at + record_fields[i].at, by);
		made_check(&m, &f);
		if (!made_has(&f, record_fields[i].part, record_fields[i].kind))
			print_message("%s\n", record_fields[i].field);
		made_assert_damage(&f, record_fields[i].part,
		    record_fields[i].kind);
		(void)made_flip(&m, name, at + record_fields[i].at, by);
	}
	made_check(&m, &f);
	made_assert_clean(&f);
	made_store_free(&m);
}

static void
a_broken_record_is_named_and_what_follows_is_read(void **state)
{
	struct made_findings f;
	struct made_store m;
	int64_t at;
	const char *name;

	(void)state;
	made_store(&m);
	name = made_log_file(m.records[7].pos, &at);
	(void)made_flip(&m, name, at + 88, 0xff);
	made_check(&m, &f);
	assert_int_equal(1, f.sum.holes);
	assert_int_equal(MADE_RECORDS - 1, f.sum.records);
	assert_string_equal("record", f.all[0].kind);
	assert_string_equal(name, f.all[0].file);
	assert_int_equal(at, f.all[0].offset);
	assert_int_equal(m.records[7].pos, f.all[0].pos);
	assert_string_equal("T", f.all[0].topic);
	assert_int_equal(3, f.all[0].queue_offset);
	/* What pointed to it is explained by it. */
	assert_int_equal(0, f.sum.damage[OFFLINE_QUEUES]);
	assert_int_equal(0, f.sum.damage[OFFLINE_KEYS]);
	made_store_free(&m);
}

static void
every_changed_bit_of_a_unit_is_found(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	for (int64_t offset = 0; offset < 7; offset++)
		for (int64_t byte = 0; byte < SKUA_CQ_UNIT_SIZE; byte++)
			for (int bit = 0; bit < 8; bit++) {
				int64_t at;
				const char *name = made_cq_file("T", 0, offset,
				    &at);

				(void)made_flip(&m, name, at + byte,
				    (uint8_t)(1 << bit));
				made_check(&m, &f);
				made_assert_damage(&f, OFFLINE_QUEUES, NULL);
				(void)made_flip(&m, name, at + byte,
				    (uint8_t)(1 << bit));
			}
	made_store_free(&m);
}

/* Bytes of an index file that mean something. */
static bool
matters(int64_t at)
{
	int64_t entries = skua_keys_entry_at(MADE_SLOTS, 0);

	/* Times of the header but for their order, entry 0, and the seconds of
	 * entry 1, which upstream counts otherwise. */
	return !(at >= SKUA_KEYS_AT_LAST_MS && at < SKUA_KEYS_AT_FIRST_POS) &&
	    !(at >= entries && at < entries + SKUA_KEYS_ENTRY_SIZE) &&
	    !(at >= entries + SKUA_KEYS_ENTRY_SIZE + 12 &&
		at < entries + SKUA_KEYS_ENTRY_SIZE + 16);
}

static void
every_changed_bit_of_an_index_file_is_found(void **state)
{
	struct made_findings f;
	struct made_store m;
	int64_t size = skua_keys_file_size(MADE_SLOTS, MADE_ENTRIES);

	(void)state;
	made_store(&m);
	for (int64_t at = 0; at < size; at++)
		for (int bit = 0; bit < 8 && matters(at); bit++) {
			const char *name = "index/20261121000000000";

			/* Less than a second changes no entry. */
			if (at >= 6 && at < 8)
				continue;
			(void)made_flip(&m, name, at, (uint8_t)(1 << bit));
			made_check(&m, &f);
			if (!made_has(&f, OFFLINE_KEYS, NULL))
				print_message("byte %d bit %d\n", (int)at, bit);
			made_assert_damage(&f, OFFLINE_KEYS, NULL);
			(void)made_flip(&m, name, at, (uint8_t)(1 << bit));
		}
	made_store_free(&m);
}

static void
a_torn_end_is_a_note_after_an_abrupt_stop_only(void **state)
{
	struct made_findings f;
	struct made_store m;
	int64_t at;
	const char *name;

	(void)state;
	made_store(&m);
	name = made_log_file(m.log_end, &at);
	(void)made_flip(&m, name, at + 40, 1);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_LOG, "tail");
	made_put(&m, "abort", "1");
	made_check(&m, &f);
	assert_int_equal(2, f.count);
	assert_int_equal(0, f.sum.damage[OFFLINE_LOG]);
	assert_int_equal(1, f.sum.notes[OFFLINE_LOG]);
	assert_int_equal(1, f.sum.notes[OFFLINE_STORE]);
	made_store_free(&m);
}

static void
what_the_queues_lack_after_an_abrupt_stop_is_a_note(void **state)
{
	struct made_findings f;
	struct made_store m;
	int64_t at;
	const char *name;

	(void)state;
	made_store(&m);
	name = made_cq_file("T", 0, 4, &at);
	assert_int_equal(0, unlink(made_path(&m, name)));
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_QUEUES, "missing-unit");
	assert_int_equal(4, f.all[0].queue_offset);
	made_put(&m, "abort", "1");
	made_check(&m, &f);
	assert_int_equal(0, f.sum.damage[OFFLINE_QUEUES]);
	assert_int_equal(1, f.sum.notes[OFFLINE_QUEUES]);
	made_store_free(&m);
}

static void
what_retention_took_is_not_missed(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	assert_int_equal(0,
	    unlink(made_path(&m, "commitlog/00000000000000000000")));
	made_check(&m, &f);
	made_assert_clean(&f);
	assert_int_equal(MADE_LOG_SIZE, f.sum.log_from);
	made_store_free(&m);
}

static void
a_missing_log_file_is_a_hole(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	assert_int_equal(0,
	    unlink(made_path(&m, "commitlog/00000000000000000512")));
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_LOG, "file-missing");
	made_assert_damage(&f, OFFLINE_LOG, "record");
	made_assert_damage(&f, OFFLINE_LOG, "offset-gap");
	assert_int_equal(1, f.sum.holes);
	assert_int_equal(m.log_end, f.sum.log_to);
	made_store_free(&m);
}

static void
a_short_log_file_is_told_and_the_others_are_read(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	assert_int_equal(0, truncate(made_path(&m,
		"commitlog/00000000000000000512"), 200));
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_LOG, "file-size");
	made_assert_damage(&f, OFFLINE_LOG, "record");
	assert_int_equal(m.log_end, f.sum.log_to);
	made_store_free(&m);
}

static void
files_that_do_not_belong_are_told(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	made_put(&m, "commitlog/copy", "x");
	made_put(&m, "index/old", "x");
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_LOG, "foreign-file");
	made_assert_damage(&f, OFFLINE_KEYS, "foreign-file");
	made_store_free(&m);
}

static void
a_deleted_topic_leaves_records_and_may_come_again(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	made_put(&m, "config/topics.json", "{\"topicConfigTable\":{\"T\":{}}}");
	assert_int_equal(0, unlink(made_path(&m, "consumequeue/"
		"SCHEDULE_TOPIC_XXXX/2/00000000000000000000")));
	assert_int_equal(0, rmdir(made_path(&m, "consumequeue/"
		"SCHEDULE_TOPIC_XXXX/2")));
	assert_int_equal(0, rmdir(made_path(&m, "consumequeue/"
		"SCHEDULE_TOPIC_XXXX")));
	made_check(&m, &f);
	assert_int_equal(1, f.count);
	assert_string_equal("deleted-topic", f.all[0].kind);
	assert_int_equal(OFFLINE_NOTE, f.all[0].severity);
	made_store_free(&m);
}

/* Those of topics that were removed are of no topic that came later. */
static void
records_below_a_life_have_no_units(void **state)
{
	char line[128], seal[JSON_SEAL_LEN + 1];
	struct offline_repaired done;
	struct made_findings f;
	struct skua_error e;
	struct offline *s;
	struct made_store m;
	int n;

	(void)state;
	made_store(&m);
	n = snprintf(line, sizeof(line),
	    "{\"begins\":%lld,\"counter\":2,\"topic\":\"T\"",
	    (long long)m.log_end);
	skua_json_seal(seal, line, (size_t)n);
	(void)snprintf(line + n, sizeof(line) - (size_t)n, "%s\n", seal);
	assert_ok(skua_io()->mkdir(made_path(&m, "skua")));
	made_put(&m, "skua/lives.journal", line);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_QUEUES, "stray-unit");
	assert_false(made_has(&f, OFFLINE_QUEUES, "missing-unit"));

	/* They are taken out, and not put there again. */
	assert_ok(skua_offline_open(m.folder, NULL, NULL, &s, &e));
	assert_ok(skua_offline_check(s, &f.sum, &e));
	assert_ok(skua_offline_repair(s, &(struct offline_plan){ .levels = 0 },
	    &done, &e));
	skua_offline_close(s);
	assert_int_equal(0, done.units);
	made_check(&m, &f);
	assert_false(made_has(&f, OFFLINE_QUEUES, NULL));

	line[4] ^= 1;
	made_put(&m, "skua/lives.journal", line);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_STORE, "lives");
	made_store_free(&m);
}

/* Twenty bytes for each message that would be missing are not written. */
static void
an_offset_that_no_log_can_reach_is_damage(void **state)
{
	struct offline_repaired done;
	struct made_findings f;
	struct skua_error e;
	struct offline *s;
	struct made_store m;
	const char *file;
	int64_t at;

	(void)state;
	made_store(&m);
	/* The fourth byte of eight: 2^32 messages on. */
	file = made_log_file(m.records[4].pos, &at);
	(void)made_flip(&m, file, at + 20 + 3, 1);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_LOG, "offset-jump");
	assert_ok(skua_offline_open(m.folder, NULL, NULL, &s, &e));
	assert_ok(skua_offline_check(s, &f.sum, &e));
	assert_ok(skua_offline_repair(s, &(struct offline_plan){ .levels = 0 },
	    &done, &e));
	skua_offline_close(s);
	assert_in_range(done.units, 0, 100);
	made_store_free(&m);
}

static void
a_checkpoint_must_not_be_ahead(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	for (int64_t at = 0; at < 24; at += 8) {
		(void)made_flip(&m, "checkpoint", at + 2, 2);
		made_check(&m, &f);
		made_assert_damage(&f, OFFLINE_CHECKPOINT, "checkpoint");
		assert_int_equal(at, f.all[0].offset);
		(void)made_flip(&m, "checkpoint", at + 2, 2);
	}
	made_put(&m, "checkpoint", "short");
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_CHECKPOINT, "checkpoint");
	made_store_free(&m);
}

static void
json_files_must_be_what_their_names_say(void **state)
{
	static const struct {
		const char *name, *text;
	} wrong[] = {
		{ "config/topics.json", "" },
		{ "config/topics.json", "[]" },
		{ "config/topics.json", "{}" },
		{ "config/topics.json", "{\"topicConfigTable\":{\"T\":1}}" },
		{ "config/topics.json",
		    "{\"topicConfigTable\":{\"T\":{\"topicName\":\"U\"}}}" },
		{ "config/topics.json",
		    "{\"topicConfigTable\":{\"T\":{\"perm\":99}}}" },
		{ "config/consumerOffset.json", "{\"offsetTable\":{\"T@g" },
		{ "config/consumerOffset.json",
		    "{\"offsetTable\":{\"Tg\":{0:1}}}" },
		{ "config/consumerOffset.json",
		    "{\"offsetTable\":{\"T@g\":{\"x\":1}}}" },
		{ "config/consumerOffset.json",
		    "{\"offsetTable\":{\"T@g\":{0:-7}}}" },
		{ "config/subscriptionGroup.json",
		    "{\"subscriptionGroupTable\":{\"g\":{\"groupName\":7,"
		    "\"retryQueueNums\":\"many\"}}}" },
		{ "config/topics.json.bak", "{" },
	};
	struct made_findings f;
	struct made_store m;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		made_store(&m);
		made_put(&m, wrong[i].name, wrong[i].text);
		made_check(&m, &f);
		/* A broken copy beside a whole file is only worth a note. */
		if (strstr(wrong[i].name, ".bak") != NULL)
			assert_int_equal(1, f.sum.notes[OFFLINE_CONFIG]);
		else
			made_assert_damage(&f, OFFLINE_CONFIG, "config");
		made_store_free(&m);
	}
}

static void
a_folder_that_is_no_store_is_refused(void **state)
{
	struct skua_error e;
	struct offline *store;
	char *folder = test_folder();

	(void)state;
	assert_int_equal(SKUA_ENOENT,
	    skua_offline_open(folder, NULL, NULL, &store, &e));
	assert_int_equal(SKUA_ENOENT, skua_offline_open(
		test_path(folder, "none"), NULL, NULL, &store, &e));
	test_folder_remove(folder);
}

static void
a_log_in_several_folders_is_one(void **state)
{
	struct made_findings f;
	struct made_store m;
	bool named = false;
	char logs[1024];

	(void)state;
	made_store(&m);
	assert_int_equal(0, mkdir(made_path(&m, "more"), 0755));
	(void)snprintf(logs, sizeof(logs), "%s/commitlog:%s/more", m.folder,
	    m.folder);
	(void)snprintf(logs + 512, 512, "%s",
	    made_path(&m, "commitlog/00000000000000000512"));
	assert_int_equal(0, rename(logs + 512,
		made_path(&m, "more/00000000000000000512")));
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_LOG, "file-missing");
	m.logs = logs;
	made_check(&m, &f);
	made_assert_clean(&f);
	assert_int_equal(MADE_RECORDS, f.sum.records);
	/* The file that is damaged is named where it is. */
	(void)made_flip(&m, "more/00000000000000000512", 4, 1);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_LOG, "record");
	for (size_t i = 0; i < f.count; i++)
		named |= strcmp(made_path(&m, "more/00000000000000000512"),
			     f.all[i].file) == 0;
	assert_true(named);
	made_put(&m, "more/00000000000000000000", "");
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_LOG, "file-twice");
	made_store_free(&m);
}

RUN(T(a_whole_store_is_clean_and_counted),
    T(every_field_of_a_record_is_looked_at),
    T(a_broken_record_is_named_and_what_follows_is_read),
    T(every_changed_bit_of_a_unit_is_found),
    T(every_changed_bit_of_an_index_file_is_found),
    T(a_torn_end_is_a_note_after_an_abrupt_stop_only),
    T(what_the_queues_lack_after_an_abrupt_stop_is_a_note),
    T(what_retention_took_is_not_missed), T(a_missing_log_file_is_a_hole),
    T(a_short_log_file_is_told_and_the_others_are_read),
    T(files_that_do_not_belong_are_told),
    T(a_deleted_topic_leaves_records_and_may_come_again),
    T(records_below_a_life_have_no_units),
    T(an_offset_that_no_log_can_reach_is_damage),
    T(a_checkpoint_must_not_be_ahead),
    T(json_files_must_be_what_their_names_say),
    T(a_folder_that_is_no_store_is_refused),
    T(a_log_in_several_folders_is_one))
