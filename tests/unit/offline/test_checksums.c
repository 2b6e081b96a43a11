/* SPDX-License-Identifier: Apache-2.0 */
/* Skua's own checksums: damage that RocketMQ's formats do not show. */
#include <fcntl.h>
#include <unistd.h>

#include "made_store.h"
#include "test.h"
#include "wire/integrity.h"

static void
a_whole_store_of_skua_is_clean(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store_with_checks(&m);
	made_check(&m, &f);
	made_assert_clean(&f);
	assert_int_equal(MADE_RECORDS, f.sum.checks);
	made_store_free(&m);
}

/* Those of the body are under its CRC, the others under the check. */
static void
every_changed_bit_of_a_record_is_found(void **state)
{
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store_with_checks(&m);
	for (int i = 0; i < 2; i++) {
		const struct made_record *r = &m.records[i == 0 ? 1 : 6];
		int64_t from;
		const char *name = made_log_file(r->pos, &from);

		for (int64_t bit = 0; bit < 8 * r->size; bit++) {
			(void)made_flip(&m, name, from + bit / 8,
			    (uint8_t)(1 << bit % 8));
			made_check(&m, &f);
			made_assert_damage(&f, OFFLINE_LOG, NULL);
			(void)made_flip(&m, name, from + bit / 8,
			    (uint8_t)(1 << bit % 8));
		}
	}
	made_store_free(&m);
}

static void
every_changed_bit_of_a_checksum_is_found(void **state)
{
	static const struct {
		const char *name;
		int64_t from, len;
		enum offline_part part;
	} all[] = {
		{ SKUA_CHECKS_FOLDER "/00000000000000000000", 16, 32,
		    OFFLINE_CHECKS },
		{ SKUA_SEALS_FOLDER "/20261121000000000", 0, 8, OFFLINE_KEYS },
		{ "checkpoint", 512, SKUA_SLOT_SIZE, OFFLINE_CHECKPOINT },
		{ "checkpoint", 1024, SKUA_SLOT_SIZE, OFFLINE_CHECKPOINT },
	};
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store_with_checks(&m);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (int64_t bit = 0; bit < 8 * all[i].len; bit++) {
			int64_t at = all[i].from + bit / 8;

			(void)made_flip(&m, all[i].name, at,
			    (uint8_t)(1 << bit % 8));
			made_check(&m, &f);
			made_assert_damage(&f, all[i].part, NULL);
			(void)made_flip(&m, all[i].name, at,
			    (uint8_t)(1 << bit % 8));
		}
	made_store_free(&m);
}

/* Times of its header and spare bytes, which nothing else holds. */
static void
a_sealed_index_file_is_held_to_every_bit(void **state)
{
	int64_t end = skua_keys_entry_at(MADE_SLOTS, MADE_ENTRIES);
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store_with_checks(&m);
	for (int64_t at = 0; at < end; at++) {
		(void)made_flip(&m, "index/20261121000000000", at, 1);
		made_check(&m, &f);
		made_assert_damage(&f, OFFLINE_KEYS, NULL);
		(void)made_flip(&m, "index/20261121000000000", at, 1);
	}
	made_store_free(&m);
}

/* Another broker went on in it: the seal is of fewer entries. */
static void
a_seal_may_be_of_the_past(void **state)
{
	const struct skua_seal seal = { SKUA_SEAL_MAGIC, 1, MADE_ENTRIES - 1 };
	struct made_findings f;
	struct made_store m;
	uint8_t bytes[SKUA_SEAL_SIZE];

	(void)state;
	made_store_with_checks(&m);
	skua_seal_put(bytes, &seal);
	test_write_file(made_path(&m, SKUA_SEALS_FOLDER "/20261121000000000"),
	    bytes, sizeof(bytes));
	made_check(&m, &f);
	made_assert_clean(&f);
	bytes[11] += 2; /* of more than there are */
	test_write_file(made_path(&m, SKUA_SEALS_FOLDER "/20261121000000000"),
	    bytes, sizeof(bytes));
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_KEYS, "index-seal");
	made_store_free(&m);
}

static void
a_record_that_is_gone_is_missed(void **state)
{
	struct made_findings f;
	struct made_store m;
	const struct made_record *last;
	int64_t at;
	const char *name;
	char zeros[MADE_LOG_SIZE] = { 0 };
	int fd;

	(void)state;
	made_store_with_checks(&m);
	last = &m.records[MADE_RECORDS - 1];
	name = made_log_file(last->pos, &at);
	fd = open(made_path(&m, name), O_WRONLY);
	assert_int_equal(last->size, pwrite(fd, zeros, (size_t)last->size,
		at));
	(void)close(fd);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_CHECKS, "dangling-check");
	made_assert_damage(&f, OFFLINE_CHECKPOINT, "checkpoint");
	made_put(&m, "abort", "1");
	made_check(&m, &f);
	assert_int_equal(0, f.sum.damage[OFFLINE_CHECKS]);
	made_store_free(&m);
}

/* What RocketMQ appended has no checksum, what was cut no end. */
static void
checks_may_be_missing_and_end_anywhere(void **state)
{
	static const char name[] = SKUA_CHECKS_FOLDER "/00000000000000000512";
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store_with_checks(&m);
	assert_int_equal(0, unlink(made_path(&m,
		SKUA_CHECKS_FOLDER "/00000000000000000000")));
	assert_int_equal(0, truncate(made_path(&m, name),
		SKUA_CHECK_SIZE + 3));
	made_check(&m, &f);
	assert_int_equal(1, f.count);
	assert_int_equal(OFFLINE_NOTE, f.all[0].severity);
	assert_string_equal(name, f.all[0].file);
	assert_true(f.sum.checks > 0 && f.sum.checks < MADE_RECORDS);
	made_store_free(&m);
}

static void
checks_are_in_the_order_of_the_log(void **state)
{
	static const char name[] = SKUA_CHECKS_FOLDER "/00000000000000000000";
	struct made_findings f;
	struct made_store m;
	size_t len;
	char *text, first[SKUA_CHECK_SIZE];

	(void)state;
	made_store_with_checks(&m);
	text = test_read_file(made_path(&m, name), &len);
	assert_true(len >= 3 * SKUA_CHECK_SIZE);
	memcpy(first, text, sizeof(first));
	memmove(text, text + SKUA_CHECK_SIZE, SKUA_CHECK_SIZE);
	memcpy(text + SKUA_CHECK_SIZE, first, sizeof(first));
	test_write_file(made_path(&m, name), text, len);
	free(text);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_CHECKS, "check-entry");
	made_store_free(&m);
}

static void
a_json_file_is_what_was_sealed(void **state)
{
	static const char name[] = "config/subscriptionGroup.json";
	char text[128] = "{\"subscriptionGroupTable\":{}";
	struct made_findings f;
	struct made_store m;

	(void)state;
	made_store(&m);
	skua_json_seal(text + strlen(text), text, strlen(text));
	made_put(&m, name, text);
	made_check(&m, &f);
	made_assert_clean(&f);
	*strchr(text, 'G') = 'H'; /* in the table's name: RocketMQ adds one */
	made_put(&m, name, text);
	made_check(&m, &f);
	made_assert_damage(&f, OFFLINE_CONFIG, "config");
	assert_non_null(strstr(f.all[0].text, "crc32"));
	made_store_free(&m);
}

RUN(T(a_whole_store_of_skua_is_clean),
    T(every_changed_bit_of_a_record_is_found),
    T(every_changed_bit_of_a_checksum_is_found),
    T(a_sealed_index_file_is_held_to_every_bit),
    T(a_seal_may_be_of_the_past), T(a_record_that_is_gone_is_missed),
    T(checks_may_be_missing_and_end_anywhere),
    T(checks_are_in_the_order_of_the_log), T(a_json_file_is_what_was_sealed))
