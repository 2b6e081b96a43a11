/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "test.h"
#include "wire/command.h"

static const struct field fields[] = {
	{ SKUA_STR("topic"), SKUA_STR("T\"\\\n\x01\xc3\xa9") },
	{ SKUA_STR("empty"), SKUA_STR("") },
	{ SKUA_STR("n"), SKUA_STR("-12") },
};

static size_t
encode(enum command_codec codec, uint8_t *frame)
{
	struct command_out out = { .code = 10, .opaque = -5, .flag = 1,
		.codec = codec, .fields = fields, .field_count = 3,
		.remark = SKUA_STR("no \"way\"") };
	size_t n = skua_command_encode(frame, &out, 4);

	assert_true(n <= skua_command_bound(&out));
	memcpy(frame + n, "body", 4);
	return n + 4;
}

static void
check_decoded(const struct command *c)
{
	assert_int_equal(10, c->code);
	assert_int_equal(-5, c->opaque);
	assert_int_equal(COMMAND_RESPONSE, c->flag);
	assert_int_equal(COMMAND_VERSION, c->version);
	assert_text("no \"way\"", c->remark);
	assert_text("body", c->body);
	assert_int_equal(3, c->field_count);
	assert_text("T\"\\\n\x01\xc3\xa9", skua_command_field(c, "topic"));
	assert_text("", skua_command_field(c, "empty"));
	assert_non_null(skua_command_field(c, "empty").p);
	assert_null(skua_command_field(c, "topi").p);
}

static void
both_codecs_give_back_what_went_in(void **state)
{
	struct command c;
	struct arena a;
	uint8_t frame[1024];

	(void)state;
	skua_arena_init(&a, 1024);
	for (int codec = CODEC_JSON; codec <= CODEC_BINARY; codec++) {
		size_t n = encode((enum command_codec)codec, frame);

		assert_int_equal(n, skua_frame_size(frame, n));
		assert_ok(skua_command_decode(frame, n, &a, &c));
		check_decoded(&c);
		assert_int_equal(codec, c.codec);
	}
	skua_arena_fini(&a);
}

static void
the_size_is_known_from_four_bytes(void **state)
{
	static const struct {
		uint8_t bytes[4];
		int64_t size;
	} rows[] = {
		{ { 0, 0, 0, 4 }, 8 },
		{ { 0, 0, 0, 3 }, SKUA_EPROTO },
		{ { 0, 0, 0, 0 }, SKUA_EPROTO },
		{ { 0xff, 0xff, 0xff, 0xff }, SKUA_EPROTO },
		{ { 0x80, 0, 0, 0 }, SKUA_EPROTO },
		{ { 0x7f, 0xff, 0xff, 0xff }, SKUA_ELIMIT },
		{ { 0, 0xff, 0xff, 0xfc }, FRAME_MAX },
		{ { 0, 0xff, 0xff, 0xfd }, SKUA_ELIMIT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(rows[i].size,
		    skua_frame_size(rows[i].bytes, 4));
		for (size_t n = 0; n < 4; n++)
			assert_int_equal(0, skua_frame_size(rows[i].bytes, n));
	}
}

static void
a_header_longer_than_its_frame_is_refused(void **state)
{
	uint8_t frame[12] = { 0, 0, 0, 8, 0, 0, 0, 5, '{', '}' };
	struct command c;
	struct arena a;

	(void)state;
	skua_arena_init(&a, 64);
	assert_int_equal(SKUA_EPROTO, skua_command_decode(frame, 12, &a, &c));
	put_be32(frame + 4, 2);
	assert_ok(skua_command_decode(frame, 12, &a, &c));
	assert_int_equal(2, c.body.len);
	frame[4] = 2; /* no such codec */
	assert_int_equal(SKUA_EPROTO, skua_command_decode(frame, 12, &a, &c));
	skua_arena_fini(&a);
}

static void
every_byte_may_be_wrong(void **state)
{
	uint8_t frame[1024], *copy;
	struct command c;
	struct arena a;

	(void)state;
	skua_arena_init(&a, 1024);
	for (int codec = CODEC_JSON; codec <= CODEC_BINARY; codec++) {
		size_t n = encode((enum command_codec)codec, frame);

		for (size_t i = 4; i < n; i++)
			for (int bit = 0; bit < 8; bit++) {
				copy = malloc(n);
				assert_non_null(copy);
				memcpy(copy, frame, n);
				copy[i] ^= (uint8_t)(1 << bit);
				if (skua_command_decode(copy, n, &a, &c) ==
				    SKUA_OK)
					assert_in_range(c.field_count, 0,
					    FIELDS_MAX);
				skua_arena_reset(&a);
				free(copy);
			}
	}
	skua_arena_fini(&a);
}

static void
an_unknown_language_has_a_name(void **state)
{
	(void)state;
	assert_string_equal("JAVA", skua_language_name(0));
	assert_string_equal("NODE_JS", skua_language_name(13));
	assert_string_equal("OTHER", skua_language_name(14));
	assert_string_equal("OTHER", skua_language_name(255));
}

RUN(T(both_codecs_give_back_what_went_in), T(the_size_is_known_from_four_bytes),
    T(a_header_longer_than_its_frame_is_refused), T(every_byte_may_be_wrong),
    T(an_unknown_language_has_a_name))
