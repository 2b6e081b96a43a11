/* SPDX-License-Identifier: Apache-2.0 */
/* The route of a topic, in both dialects. */
#include "fixture.h"

static struct tables tables;

static int
two_brokers(void **state)
{
	struct enrolment a = someone("b", 0, "10.0.0.1:10911");
	struct enrolment s = someone("b", 1, "10.0.0.2:10911");

	(void)state;
	tables_init(&tables);
	a.acting_master = a.knows_acting = true;
	s.acting_master = s.knows_acting = true;
	a.zone = s.zone = skua_str_z("North");
	enrol_topics(&tables, &a, "T:6 rmq_sys_SYNC_BROKER_MEMBER_b:6", 1);
	enrol_topics(&tables, &s, "T:6 U:6", 1);
	return 0;
}

static int
no_brokers(void **state)
{
	(void)state;
	check_invariants(&tables);
	tables_fini(&tables);
	return 0;
}

static void
expect_route(struct route_query *query, const char *topic, const char *text)
{
	char *found = route_text(&tables, query, topic);

	assert_non_null(found);
	assert_string_equal(text, found);
	free(found);
}

#define QUEUES(perm)                                                           \
	"\"queueDatas\":[{\"brokerName\":\"b\",\"perm\":" perm                 \
	",\"readQueueNums\":4,\"topicSysFlag\":0,\"writeQueueNums\":4}]"
#define BROKER(addrs, zone)                                                    \
	"{\"brokerDatas\":[{\"brokerAddrs\":{" addrs                           \
	"},\"brokerName\":\"b\",\"cluster\":\"c\",\"enableActingMaster\":"     \
	"true,\"zoneName\":\"" zone "\"}],\"filterServerTable\":{},"

static void
legacy_keys_are_bare(void **state)
{
	struct route_query query = { .standard = false };

	(void)state;
	expect_route(&query, "T", BROKER("0:\"10.0.0.1:10911\","
	    "1:\"10.0.0.2:10911\"", "North") QUEUES("6") "}");
}

static void
standard_keys_are_quoted(void **state)
{
	struct route_query query = { .standard = true };

	(void)state;
	expect_route(&query, "T", BROKER("\"0\":\"10.0.0.1:10911\","
	    "\"1\":\"10.0.0.2:10911\"", "North") QUEUES("6") "}");
}

static void
standard_text_is_ascii(void **state)
{
	struct enrolment a = someone("b", 0, "10.0.0.1:10911");
	struct route_query legacy = { .order_conf = "b:4" };
	struct route_query standard = { .standard = true,
		.order_conf = "b:4" };

	(void)state;
	a.acting_master = a.knows_acting = true;
	a.zone = skua_str_z("\xc3\xa9\xf0\x9f\x90\xa6\xff\"");
	enrol_topics(&tables, &a, "T:6 U:6", 2);
	expect_route(&legacy, "T", BROKER("0:\"10.0.0.1:10911\","
	    "1:\"10.0.0.2:10911\"", "\xc3\xa9\xf0\x9f\x90\xa6\xff\\\"")
	    "\"orderTopicConf\":\"b:4\"," QUEUES("6") "}");
	expect_route(&standard, "T", BROKER("\"0\":\"10.0.0.1:10911\","
	    "\"1\":\"10.0.0.2:10911\"",
	    "\\u00E9\\uD83D\\uDC26\\uFFFD\\\"")
	    "\"orderTopicConf\":\"b:4\"," QUEUES("6") "}");
}

static void
an_unknown_topic_has_no_route(void **state)
{
	struct route_query query = { .standard = true };

	(void)state;
	assert_null(route_text(&tables, &query, "nothing"));
}

static void
a_slave_is_shown_as_acting_master(void **state)
{
	struct route_query plain = { .standard = false };
	struct route_query acting = { .acting_master = true };
	struct outcome outcome;

	(void)state;
	memset(&outcome, 0, sizeof(outcome));
	leave(&tables, skua_str_z("c"), skua_str_z("b"),
	    skua_str_z("10.0.0.1:10911"), false, &outcome);

	expect_route(&plain, "T", BROKER("1:\"10.0.0.2:10911\"", "North")
	    QUEUES("4") "}");
	expect_route(&acting, "T", BROKER("0:\"10.0.0.2:10911\"", "North")
	    QUEUES("4") "}");
	expect_route(&acting, "rmq_sys_SYNC_BROKER_MEMBER_b",
	    BROKER("1:\"10.0.0.2:10911\"", "North") QUEUES("4") "}");
}

static void
a_zone_sees_its_own_brokers_and_orphans(void **state)
{
	struct route_query same = { .zone = SKUA_STR("north") };
	struct route_query other = { .zone = SKUA_STR("south") };
	struct outcome outcome;

	(void)state;
	memset(&outcome, 0, sizeof(outcome));
	expect_route(&same, "T", BROKER("0:\"10.0.0.1:10911\","
	    "1:\"10.0.0.2:10911\"", "North") QUEUES("6") "}");
	expect_route(&other, "T", "{\"brokerDatas\":[],\"filterServerTable\":"
	    "{},\"queueDatas\":[]}");
	leave(&tables, skua_str_z("c"), skua_str_z("b"),
	    skua_str_z("10.0.0.1:10911"), false, &outcome);
	expect_route(&other, "T", BROKER("1:\"10.0.0.2:10911\"", "North")
	    QUEUES("4") "}");
}

static void
filter_servers_and_mappings_are_shown(void **state)
{
	static const char text[] = "{\"filterServerList\":[\"f:1\",\"f:2\"],"
	    "\"topicConfigSerializeWrapper\":{\"topicConfigTable\":{\"T\":"
	    "{\"perm\":6,\"readQueueNums\":4,\"writeQueueNums\":4},\"U\":{}},"
	    "\"topicQueueMappingInfoMap\":{\"T\":{\"bname\":\"b\","
	    "\"currIdMap\":{0:0},\"topic\":\"T\",\"totalQueues\":1}}}}";
	struct enrolment who = someone("b", 0, "10.0.0.1:10911");
	struct route_query query = { .standard = true };
	struct outcome outcome;
	struct skua_error e;
	struct body body;

	(void)state;
	who.acting_master = true;
	assert_int_equal(SKUA_OK, body_decode(skua_str_z(text), false,
	    VERSION_NOW, 5, &body, &e));
	enrol(&tables, &who, &body, &outcome);
	body_free(&body);

	expect_route(&query, "T", "{\"brokerDatas\":[{\"brokerAddrs\":"
	    "{\"0\":\"10.0.0.1:10911\",\"1\":\"10.0.0.2:10911\"},"
	    "\"brokerName\":\"b\",\"cluster\":\"c\",\"enableActingMaster\":"
	    "true}],\"filterServerTable\":{\"10.0.0.1:10911\":[\"f:1\","
	    "\"f:2\"]}," QUEUES("6") ",\"topicQueueMappingByBroker\":{\"b\":"
	    "{\"bname\":\"b\",\"currIdMap\":{\"0\":0},\"dirty\":false,"
	    "\"epoch\":0,\"scope\":\"__global__\",\"topic\":\"T\","
	    "\"totalQueues\":1}}}");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, two_brokers, no_brokers)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(legacy_keys_are_bare),
		TEST(standard_keys_are_quoted),
		TEST(standard_text_is_ascii),
		TEST(an_unknown_topic_has_no_route),
		TEST(a_slave_is_shown_as_acting_master),
		TEST(a_zone_sees_its_own_brokers_and_orphans),
		TEST(filter_servers_and_mappings_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
