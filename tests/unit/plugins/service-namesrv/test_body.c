/* SPDX-License-Identifier: Apache-2.0 */
/* Registration bodies, well-formed and not. */
#include <zlib.h>

#include "fixture.h"

static const char plain[] =
    "{\"filterServerList\":[\"f:1\"],\"topicConfigSerializeWrapper\":"
    "{\"dataVersion\":{\"counter\":3,\"stateVersion\":1,\"timestamp\":9},"
    "\"topicConfigTable\":{\"T\":{\"order\":false,\"perm\":6,"
    "\"readQueueNums\":8,\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":"
    "\"T\",\"topicSysFlag\":1,\"writeQueueNums\":4},\"U\":{}},"
    "\"topicQueueMappingInfoMap\":{\"T\":{\"bname\":\"b\",\"currIdMap\":"
    "{0:0,1:2},\"dirty\":false,\"epoch\":5,\"scope\":\"__global__\","
    "\"topic\":\"T\",\"totalQueues\":2}}}}";

static size_t
put_block(char *to, const char *text)
{
	size_t n = strlen(text);

	to[0] = to[1] = to[2] = 0;
	to[3] = (char)n;
	memcpy(to + 4, text, n);
	return n + 4;
}

static size_t
put_count(char *to, unsigned n)
{
	to[0] = (char)(n >> 24);
	to[1] = (char)(n >> 16);
	to[2] = (char)(n >> 8);
	to[3] = (char)n;
	return 4;
}

/* The compressed form's content, before compression. */
static size_t
raw_form(char *raw, bool with_mappings)
{
	size_t n = put_block(raw,
	    "{\"counter\":3,\"stateVersion\":1,\"timestamp\":9}");

	n += put_count(raw + n, 2);
	n += put_block(raw + n, "T 8 4 6 SINGLE_TAG {}");
	n += put_block(raw + n, "U 16 16 6 SINGLE_TAG");
	n += put_block(raw + n, "[\"f:1\"]");
	if (!with_mappings)
		return n;
	n += put_count(raw + n, 1);
	return n + put_block(raw + n, "{\"bname\":\"b\",\"currIdMap\":{0:0},"
	    "\"topic\":\"T\",\"totalQueues\":1}");
}

static int
decode_raw(const char *raw, size_t n, int32_t version, struct body *body)
{
	unsigned char packed[4096];
	uLongf len = sizeof(packed);
	struct skua_error e;

	assert_int_equal(Z_OK, compress2(packed, &len, (const Bytef *)raw, n,
	    9));
	return body_decode(skua_str_n((char *)packed, len), true, version, 0,
	    body, &e);
}

static int
decode_text(const char *text, int32_t version, struct body *body)
{
	struct skua_error e;

	return body_decode(skua_str_z(text), false, version, 42, body, &e);
}

static void
a_plain_body_is_read(void **state)
{
	struct body body;

	(void)state;
	assert_int_equal(SKUA_OK, decode_text(plain, VERSION_NOW, &body));

	assert_int_equal(3, body.version.counter);
	assert_int_equal(1, body.version.state);
	assert_int_equal(2, body.n_topics);
	assert_true(skua_str_eq_z(body.topics[0].name, "T"));
	assert_int_equal(8, body.topics[0].conf.read_queues);
	assert_int_equal(4, body.topics[0].conf.write_queues);
	assert_int_equal(1, body.topics[0].conf.sys_flag);
	assert_int_equal(16, body.topics[1].conf.read_queues);
	assert_true(body.has_filters);
	assert_string_equal("f:1", body.filters[0]);
	assert_int_equal(1, body.n_mappings);
	assert_string_equal("{\"bname\":\"b\",\"currIdMap\":{0:0,1:2},"
	    "\"dirty\":false,\"epoch\":5,\"scope\":\"__global__\","
	    "\"topic\":\"T\",\"totalQueues\":2}",
	    body.mappings[0].mapping.legacy);
	assert_string_equal("{\"bname\":\"b\",\"currIdMap\":{\"0\":0,\"1\":2},"
	    "\"dirty\":false,\"epoch\":5,\"scope\":\"__global__\","
	    "\"topic\":\"T\",\"totalQueues\":2}",
	    body.mappings[0].mapping.standard);
	body_free(&body);
}

static void
an_old_broker_sends_the_bare_wrapper(void **state)
{
	struct body body;

	(void)state;
	assert_int_equal(SKUA_OK, decode_text("{\"dataVersion\":{\"counter\":2,"
	    "\"timestamp\":5},\"topicConfigTable\":{\"T\":{\"perm\":6}}}", 20,
	    &body));

	assert_int_equal(1, body.n_topics);
	assert_int_equal(2, body.version.counter);
	assert_false(body.has_filters);
	body_free(&body);
}

static void
no_body_means_no_topics(void **state)
{
	struct body body;

	(void)state;
	assert_int_equal(SKUA_OK, decode_text("", VERSION_NOW, &body));
	assert_int_equal(0, body.n_topics);
	assert_int_equal(0, body.version.timestamp_ms);
	body_free(&body);
}

static void
a_compressed_body_is_read(void **state)
{
	struct body body;
	char raw[1024];

	(void)state;
	assert_int_equal(SKUA_OK, decode_raw(raw, raw_form(raw, true),
	    VERSION_NOW, &body));

	assert_int_equal(2, body.n_topics);
	assert_true(skua_str_eq_z(body.topics[0].name, "T"));
	assert_int_equal(8, body.topics[0].conf.read_queues);
	assert_int_equal(4, body.topics[0].conf.write_queues);
	assert_int_equal(6, body.topics[0].conf.perm);
	assert_int_equal(16, body.topics[1].conf.read_queues);
	assert_string_equal("f:1", body.filters[0]);
	assert_int_equal(1, body.n_mappings);
	assert_string_equal("T", body.mappings[0].topic);
	body_free(&body);
}

static void
mappings_are_expected_since_5_0_only(void **state)
{
	struct body body;
	char raw[1024];
	size_t n = raw_form(raw, false);

	(void)state;
	assert_int_equal(SKUA_OK, decode_raw(raw, n, VERSION_V5_0_0 - 1,
	    &body));
	body_free(&body);
	assert_int_equal(SKUA_EPROTO, decode_raw(raw, n, VERSION_V5_0_0,
	    &body));
	body_free(&body);
}

static void
every_cut_of_a_compressed_body_is_an_error(void **state)
{
	struct body body;
	char raw[1024];
	size_t n = raw_form(raw, true);

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		assert_int_equal(SKUA_EPROTO, decode_raw(raw, cut, VERSION_NOW,
		    &body));
		body_free(&body);
	}
}

static void
every_flipped_byte_is_survived(void **state)
{
	struct body body;
	char raw[1024];
	size_t n = raw_form(raw, true);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			raw[i] = (char)(raw[i] ^ 1 << bit);
			(void)decode_raw(raw, n, VERSION_NOW, &body);
			body_free(&body);
			raw[i] = (char)(raw[i] ^ 1 << bit);
		}
	}
}

static void
every_cut_of_a_plain_body_is_an_error(void **state)
{
	struct skua_error e;
	struct body body;

	(void)state;
	for (size_t cut = 1; cut < sizeof(plain) - 1; cut++) {
		assert_int_not_equal(SKUA_OK, body_decode(skua_str_n(plain,
		    cut), false, VERSION_NOW, 0, &body, &e));
		body_free(&body);
	}
}

static void
a_bomb_is_refused(void **state)
{
	size_t size = INFLATED_MAX + 1024;
	char *zeros = calloc(1, size);
	uLongf len = compressBound(size);
	unsigned char *packed = malloc(len);
	struct skua_error e;
	struct body body;

	(void)state;
	assert_int_equal(Z_OK, compress2(packed, &len, (Bytef *)zeros, size,
	    1));
	assert_int_equal(SKUA_ELIMIT, body_decode(skua_str_n((char *)packed,
	    len), true, VERSION_NOW, 0, &body, &e));
	body_free(&body);
	free(zeros);
	free(packed);
}

static void
what_is_no_registration_is_an_error(void **state)
{
	static const char *const texts[] = { "[]", "7", "nonsense", "{",
		"{\"topicConfigSerializeWrapper\":3}",
		"{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":[]}}",
		"{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":"
		"{\"T\":1}}}",
		"{\"topicConfigSerializeWrapper\":{"
		"\"topicQueueMappingInfoMap\":{\"T\":{\"bname\":7}}}}",
		"{\"topicConfigSerializeWrapper\":{\"topicQueueMappingInfoMap"
		"\":{\"T\":{\"bname\":\"b\",\"currIdMap\":{\"x\":0}}}}}",
		"{\"filterServerList\":{}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct body body;

		assert_int_not_equal(SKUA_OK, decode_text(texts[i],
		    VERSION_NOW, &body));
		body_free(&body);
	}
}

/* One odd name does not take a broker's other topics along. */
static void
names_that_no_broker_takes_are_left_out(void **state)
{
	static const char text[] =
	    "{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":{"
	    "\"a\":{\"topicName\":\"\"},\"b\":{\"topicName\":\"$(x)\"},"
	    "\"c\":{\"topicName\":\"../c\"},\"d\":{\"topicName\":\"e\\u001b\"},"
	    "\"f\":{\"topicName\":\"%RETRY%f\"},\"T\":{\"topicName\":\"T\"}}}}";
	struct body body;

	(void)state;
	assert_int_equal(SKUA_OK, decode_text(text, VERSION_NOW, &body));
	assert_int_equal(2, body.n_topics);
	assert_int_equal(4, body.n_odd);
	body_free(&body);
}

static void
numbers_that_do_not_fit_are_the_default(void **state)
{
	struct body body;

	(void)state;
	assert_int_equal(SKUA_OK, decode_text("{\"topicConfigSerializeWrapper\""
	    ":{\"topicConfigTable\":{\"T\":{\"readQueueNums\":99999999999,"
	    "\"perm\":1e300,\"writeQueueNums\":\"7\"}}}}", VERSION_NOW,
	    &body));
	assert_int_equal(16, body.topics[0].conf.read_queues);
	assert_int_equal(6, body.topics[0].conf.perm);
	assert_int_equal(7, body.topics[0].conf.write_queues);
	body_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_body_is_read),
		cmocka_unit_test(an_old_broker_sends_the_bare_wrapper),
		cmocka_unit_test(no_body_means_no_topics),
		cmocka_unit_test(a_compressed_body_is_read),
		cmocka_unit_test(mappings_are_expected_since_5_0_only),
		cmocka_unit_test(every_cut_of_a_compressed_body_is_an_error),
		cmocka_unit_test(every_flipped_byte_is_survived),
		cmocka_unit_test(every_cut_of_a_plain_body_is_an_error),
		cmocka_unit_test(a_bomb_is_refused),
		cmocka_unit_test(what_is_no_registration_is_an_error),
		cmocka_unit_test(names_that_no_broker_takes_are_left_out),
		cmocka_unit_test(numbers_that_do_not_fit_are_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
