/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/store.h>

#include "base/bytes.h"
#include "test.h"
#include "wire/record.h"

static const struct skua_addr v4 = { .ip = { 10, 0, 0, 1 }, .len = 4,
	.port = 1234 };
static const struct skua_addr v6 = { .ip = { 0x20, 1, [15] = 9 }, .len = 16,
	.port = 65535 };

static uint8_t *
record(const struct skua_addr *born, const struct skua_addr *store,
    struct skua_str topic, size_t *size_r)
{
	struct skua_message m = { .flag = 3, .sys_flag = SKUA_SYS_COMPRESSED,
		.reconsume_times = 2, .born_timestamp_ms = 1234567890123,
		.prepared_offset = 9, .born_host = *born,
		.properties = SKUA_STR("TAGS\1A"), .topic = topic };
	struct record_in in = { .message = &m, .store_host = store,
		.queue_id = 5, .body = SKUA_STR("hello"),
		.properties_tail = SKUA_STR("X\1y\2") };
	size_t size = *size_r = skua_record_size(&in);
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	skua_record_encode(bytes, &in, size);
	skua_record_set_queue_offset(bytes, 77);
	skua_record_set_pos(bytes, 1000000007);
	skua_record_set_store_timestamp(bytes, 99);
	return bytes;
}

static void
check(const struct skua_addr *born, const struct skua_addr *store,
    const char *topic)
{
	struct skua_record r;
	size_t size;
	uint8_t *bytes = record(born, store, skua_str_z(topic), &size);

	assert_ok(skua_record_decode(bytes, size, &r));
	assert_int_equal(size, r.size);
	assert_int_equal(77, r.queue_offset);
	assert_int_equal(1000000007, r.pos);
	assert_int_equal(99, r.store_timestamp_ms);
	assert_true(r.born_timestamp_ms == 1234567890123);
	assert_int_equal(born->port, r.born_host.port);
	assert_int_equal(store->port, r.store_host.port);
	assert_memory_equal(born->ip, r.born_host.ip, born->len);
	assert_memory_equal(store->ip, r.store_host.ip, store->len);
	assert_text("hello", r.body);
	assert_text(topic, r.topic);
	assert_text("TAGS\1A\2X\1y\2", r.properties);
	assert_true(skua_record_crc_ok(&r));
	free(bytes);
}

static void
records_come_back_with_either_kind_of_address(void **state)
{
	(void)state;
	check(&v4, &v4, "T");
	check(&v6, &v4, "T");
	check(&v4, &v6, "T");
	check(&v6, &v6, "T");
}

static void
a_long_topic_makes_a_record_of_version_2(void **state)
{
	char topic[256];

	(void)state;
	memset(topic, 't', 255);
	topic[255] = '\0';
	check(&v4, &v4, topic);
	topic[127] = '\0';
	check(&v4, &v4, topic);
}

static void
every_truncation_is_refused(void **state)
{
	struct skua_record r;
	size_t size;
	uint8_t *bytes = record(&v4, &v6, skua_str_z("T"), &size);

	(void)state;
	for (size_t n = 0; n < size; n++) {
		uint8_t *cut = malloc(n + 1);

		assert_non_null(cut);
		memcpy(cut, bytes, n);
		assert_int_equal(SKUA_EPROTO, skua_record_decode(cut, n, &r));
		free(cut);
	}
	free(bytes);
}

static void
sizes_that_lie_are_refused(void **state)
{
	static const uint32_t lies[] = { 0, 1, 90, 0x7fffffff, 0x80000000,
		0xffffffff };
	struct skua_record r;
	size_t size;
	uint8_t *bytes = record(&v4, &v4, skua_str_z("T"), &size);

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		put_be32(bytes, lies[i]);
		assert_int_equal(SKUA_EPROTO,
		    skua_record_decode(bytes, size, &r));
	}
	put_be32(bytes, (uint32_t)size);
	for (size_t i = 0; i < 6; i++) {
		put_be32(bytes + 84, lies[i]); /* body */
		assert_int_equal(SKUA_EPROTO,
		    skua_record_decode(bytes, size, &r));
	}
	free(bytes);
}

static void
a_changed_body_shows_in_its_crc(void **state)
{
	struct skua_record r;
	size_t size;
	uint8_t *bytes = record(&v4, &v4, skua_str_z("T"), &size);

	(void)state;
	bytes[88] ^= 1;
	assert_ok(skua_record_decode(bytes, size, &r));
	assert_false(skua_record_crc_ok(&r));
	free(bytes);
}

static void
the_crc_is_that_of_zlib_without_its_sign(void **state)
{
	(void)state;
	assert_int_equal(0xcbf43926 & 0x7fffffff, skua_body_crc("123456789", 9));
	assert_int_equal(0, skua_body_crc(NULL, 0));
}

RUN(T(records_come_back_with_either_kind_of_address),
    T(a_long_topic_makes_a_record_of_version_2), T(every_truncation_is_refused),
    T(sizes_that_lie_are_refused), T(a_changed_body_shows_in_its_crc),
    T(the_crc_is_that_of_zlib_without_its_sign))
