/* SPDX-License-Identifier: Apache-2.0 */
/* What hooks are told of a request, and what its answer keeps. */
#include "net/request.h"
#include "test.h"
#include "wire/codes.h"

static struct skua_request *request;
static struct arena arena;

/* A request with fields name, value, …, NULL, and a body. */
static void
ask(int32_t code, const char *const *fields, const char *body)
{
	struct command *c = &request->command;

	c->code = code;
	c->field_count = 0;
	for (; fields != NULL && *fields != NULL; fields += 2) {
		c->fields[c->field_count].name = skua_str_z(fields[0]);
		c->fields[c->field_count++].value = skua_str_z(fields[1]);
	}
	c->body = skua_str_z(body);
	request->arena = &arena;
	request->answer = request->own_answer;
	request->answer_size = ANSWER_FIELDS_OWN;
	request->answer_count = 0;
}
#define ASK(code, body, ...)                                                   \
	ask(code, (const char *const[]){ __VA_ARGS__, NULL }, body)

static bool
join(void *arg, struct skua_str name)
{
	char *to = arg;
	size_t len = strlen(to);

	(void)snprintf(to + len, 256 - len, "%.*s ", SKUA_STR_ARG(name));
	return true;
}

static void
names_are(int (*walk)(const struct skua_request *, skua_name_fn *, void *),
    const char *expected)
{
	char text[256] = "";

	assert_ok(walk(request, join, text));
	assert_string_equal(expected, text);
}

static void
topic_is(const char *expected)
{
	struct skua_str topic;
	bool one = skua_request_topic(request, &topic);

	assert_true(one == (expected != NULL));
	assert_true(skua_str_eq(topic, skua_str_z(expected)));
}

static void
group_is(const char *expected)
{
	struct skua_str group;
	bool one = skua_request_group(request, &group);

	assert_true(one == (expected != NULL));
	assert_true(skua_str_eq(group, skua_str_z(expected)));
}

static void
the_topic_is_what_the_handler_reads(void **state)
{
	(void)state;
	ASK(CODE_SEND_MESSAGE_V2, "", "topic", "Allowed", "b", "Forbidden", "a",
	    "p");
	topic_is("Forbidden");
	group_is("p");
	ASK(CODE_SEND_MESSAGE, "", "topic", "Forbidden", "b", "Allowed");
	topic_is("Forbidden");
	group_is(NULL);
	/* A field that comes twice: the last one counts, as for the handler. */
	ASK(CODE_SEND_MESSAGE_V2, "", "b", "Allowed", "b", "Forbidden");
	topic_is("Forbidden");
	ASK(CODE_GET_BROKER_CONFIG, "", "topic", "T", "group", "g");
	topic_is(NULL);
	group_is(NULL);
	ASK(9901, "", "topic", "T");
	topic_is(NULL);
}

static void
several_names_are_walked(void **state)
{
	static const char beat[] =
	    "{\"clientID\":\"c\",\"producerDataSet\":[{\"groupName\":\"p\"}],"
	    "\"consumerDataSet\":[{\"groupName\":\"g\",\"subscriptionDataSet\":"
	    "[{\"topic\":\"T\"},{\"topic\":\"U\"}]},{\"groupName\":\"h\"}]}";

	(void)state;
	ASK(CODE_HEART_BEAT, beat, "topic", "X", "group", "x");
	topic_is(NULL);
	group_is(NULL);
	names_are(skua_request_topics, "T U ");
	names_are(skua_request_groups, "p g h ");
	ASK(CODE_UNREGISTER_CLIENT, "", "producerGroup", "p", "consumerGroup",
	    "g");
	group_is(NULL);
	names_are(skua_request_groups, "p g ");
	ASK(CODE_UNREGISTER_CLIENT, "", "consumerGroup", "g");
	group_is("g");
	ASK(CODE_GET_CONSUME_STATS, "", "topicList", "T;;U", "consumerGroup",
	    "g");
	names_are(skua_request_topics, "T U ");
	ASK(CODE_LOCK_BATCH_MQ,
	    "{\"consumerGroup\":\"g\",\"mqSet\":[{\"topic\":\"T\"}]}", "x", "y");
	names_are(skua_request_topics, "T ");
	names_are(skua_request_groups, "g ");
	ASK(CODE_HEART_BEAT, "no JSON", "x", "y");
	assert_int_not_equal(SKUA_OK, skua_request_topics(request, join, NULL));
}

static void
codes_are_sorted_and_say_what_they_do(void **state)
{
	static const int32_t codes[] = {
#define REQUEST(code, name, operation, topic, group) (code),
#include "wire/codes.def"
#undef REQUEST
	};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const struct request_code *row =
		    skua_request_code_find(codes[i]);

		assert_true(i == 0 || codes[i - 1] < codes[i]);
		assert_non_null(row);
		assert_int_equal(codes[i], row->code);
		assert_true(row->operation > SKUA_OP_NONE);
	}
	assert_null(skua_request_code_find(9901));
	assert_null(skua_request_code_find(INT32_MIN));
	assert_string_equal("SEND_MESSAGE_V2", skua_request_name(310));
	assert_string_equal("", skua_request_name(9901));
}

static void
an_answer_keeps_names_and_any_number_of_fields(void **state)
{
	char name[16], want[16];

	(void)state;
	ASK(9901, "", "x", "y");
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "f%d", i);
		skua_answer_int(request, name, i);
	}
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(100, request->answer_count);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(want, sizeof(want), "f%d", i);
		assert_true(skua_str_eq_z(request->answer[i].name, want));
		assert_true(skua_str_eq_z(request->answer[i].value, want + 1));
	}
}

static int
set_up(void **state)
{
	(void)state;
	request = skua_request_new();
	skua_arena_init(&arena, 4096);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	skua_request_free(request);
	skua_arena_fini(&arena);
	return 0;
}

#define R(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN(R(the_topic_is_what_the_handler_reads), R(several_names_are_walked),
    R(codes_are_sorted_and_say_what_they_do),
    R(an_answer_keeps_names_and_any_number_of_fields))
