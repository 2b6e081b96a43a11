/* SPDX-License-Identifier: Apache-2.0 */
/* The nameserver as its peers see it: requests through a fake host. */
#include <unistd.h>

#include <skua/io.h>
#include <skua/message.h>

#include "fake_host.h"
#include "fixture.h"

extern const struct skua_plugin skua_plugin;

static char folder[] = "/tmp/skua-namesrv-XXXXXX";
static char below[64], kv_path[128], conf_path[128];
static struct skua_host *host;

static const char two_topics[] =
    "{\"filterServerList\":[],\"topicConfigSerializeWrapper\":{"
    "\"dataVersion\":{\"counter\":3,\"stateVersion\":0,\"timestamp\":9},"
    "\"topicConfigTable\":{\"T\":{\"perm\":6,\"readQueueNums\":8,"
    "\"topicSysFlag\":1,\"writeQueueNums\":8},\"U\":{\"perm\":6,"
    "\"topicSysFlag\":2}}}}";

static void
start(const char *const *more)
{
	const char *settings[32] = { "kvConfigPath", kv_path,
		"configStorePath", conf_path };
	struct skua_error e;
	size_t n = 4;

	while (more != NULL && *more != NULL)
		settings[n++] = *more++;
	host = fake_host_new(&skua_plugin, settings);
	if (fake_host_start(host, &e) != SKUA_OK)
		fail_msg("%s", e.text);
}

static int
set_up(void **state)
{
	(void)state;
	start(NULL);
	return 0;
}

/* A file, and what skua_file_replace may leave beside it. */
static void
remove_file(const char *path)
{
	static const char *const ends[] = { "", ".bak", ".tmp" };
	char name[300];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
}

static int
tear_down(void **state)
{
	(void)state;
	fake_host_free(host);
	remove_file(kv_path);
	remove_file(conf_path);
	(void)rmdir(below);
	return 0;
}

static void
restart(const char *const *more)
{
	fake_host_free(host);
	start(more);
}

#define CALL(code, ...)                                                        \
	fake_call(host, (code), VERSION_NOW, 1,                                \
	    (const char *const[]){ __VA_ARGS__, NULL }, skua_str_n(NULL, 0))
#define CALL_BODY(code, body, ...)                                             \
	fake_call(host, (code), VERSION_NOW, 1,                                \
	    (const char *const[]){ __VA_ARGS__, NULL }, skua_str_z(body))

static const struct fake_answer *
register_broker(const char *broker, const char *id, const char *addr,
    uint64_t connection, const char *body)
{
	const char *const fields[] = { "brokerName", broker, "brokerAddr",
		addr, "clusterName", "c", "haServerAddr", "h:1", "brokerId",
		id, NULL };

	return fake_call(host, 103, VERSION_NOW, connection, fields,
	    skua_str_z(body));
}

static void
a_registration_is_answered_and_routed(void **state)
{
	const struct fake_answer *a;

	(void)state;
	a = register_broker("b", "0", "a:1", 1, two_topics);
	assert_true(a->answered);
	assert_int_equal(0, a->code);
	assert_null(a->body);
	a = CALL(105, "topic", "T");

	assert_int_equal(0, a->code);
	assert_string_equal("{\"brokerDatas\":[{\"brokerAddrs\":{\"0\":\"a:1\"}"
	    ",\"brokerName\":\"b\",\"cluster\":\"c\",\"enableActingMaster\":"
	    "false}],\"filterServerTable\":{},\"queueDatas\":[{\"brokerName\":"
	    "\"b\",\"perm\":6,\"readQueueNums\":8,\"topicSysFlag\":1,"
	    "\"writeQueueNums\":8}]}", a->body);
	assert_int_equal(1, fake_metric(host, "skua_namesrv_brokers_alive"));
	assert_int_equal(2, fake_metric(host, "skua_namesrv_topics"));
}

static void
the_dialect_follows_version_and_wish(void **state)
{
	static const char *const plain[] = { "topic", "T", NULL };
	static const char *const wish[] = { "topic", "T",
		"acceptStandardJsonOnly", "TRUE", NULL };
	struct skua_str none = skua_str_n(NULL, 0);

	(void)state;
	register_broker("b", "0", "a:1", 1, two_topics);
	assert_non_null(strstr(fake_call(host, 105, 400, 1, plain, none)->body,
	    "{0:\"a:1\"}"));
	assert_non_null(strstr(fake_call(host, 105, 401, 1, plain, none)->body,
	    "{\"0\":\"a:1\"}"));
	assert_non_null(strstr(fake_call(host, 105, 400, 1, wish, none)->body,
	    "{\"0\":\"a:1\"}"));
}

static void
an_unknown_topic_is_17(void **state)
{
	const struct fake_answer *a = CALL(105, "topic", "N");

	(void)state;
	assert_int_equal(17, a->code);
	assert_string_equal("No topic route info in name server for the topic: "
	    "N\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for "
	    "further details.", a->remark);
}

static void
a_wrong_checksum_is_refused(void **state)
{
	char crc[16];

	(void)state;
	(void)snprintf(crc, sizeof(crc), "%u", skua_body_crc(two_topics,
	    strlen(two_topics)));
#define REGISTER(crc)                                                          \
	CALL_BODY(103, two_topics, "brokerName", "b", "brokerAddr", "a:1",     \
	    "clusterName", "c", "brokerId", "0", "bodyCrc32", crc)
	assert_string_equal("crc32 not match", REGISTER("12345")->remark);
	assert_int_equal(1, REGISTER("12345")->code);
	assert_int_equal(0, REGISTER("0")->code);
	assert_int_equal(0, REGISTER(crc)->code);
	assert_int_equal(1, REGISTER("x")->code);
}

static void
one_topic_of_an_unknown_broker_is_refused(void **state)
{
	const struct fake_answer *a = register_broker("b", "0", "a:1", 1,
	    "{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":{\"T\":{}"
	    "}}}");

	(void)state;
	assert_int_equal(1, a->code);
	assert_string_equal("register broker failed", a->remark);
	assert_null(strstr(CALL(106, NULL)->body, "\"b\""));
}

static void
a_slave_is_told_its_master_and_the_order_conf(void **state)
{
	const struct fake_answer *a;

	(void)state;
	CALL(100, "namespace", "ORDER_TOPIC_CONFIG", "key", "T", "value",
	    "b:8");
	register_broker("b", "0", "a:1", 1, two_topics);
	a = register_broker("b", "1", "a:2", 2, two_topics);

	assert_string_equal("a:1", fake_answer_field(a, "masterAddr"));
	assert_string_equal("h:1", fake_answer_field(a, "haServerAddr"));
	assert_string_equal("{\"table\":{\"T\":\"b:8\"}}", a->body);
	a = register_broker("b", "1", "a:2", 2, two_topics);
	assert_string_equal("a:1", fake_answer_field(a, "masterAddr"));
	assert_string_equal("{\"table\":{\"T\":\"b:8\"}}", a->body);
	assert_int_equal(1, fake_metric(host,
	    "skua_namesrv_registrations_repeated_total"));
}

static void
the_data_version_is_compared(void **state)
{
	static const char same[] =
	    "{\"counter\":3,\"stateVersion\":0,\"timestamp\":9}";
	const struct fake_answer *a;

	(void)state;
#define QUERY(body)                                                            \
	CALL_BODY(322, body, "brokerName", "b", "brokerAddr", "a:1",           \
	    "clusterName", "c", "brokerId", "0")
	a = QUERY(same);
	assert_string_equal("true", fake_answer_field(a, "changed"));
	assert_null(a->body);
	register_broker("b", "0", "a:1", 1, two_topics);
	a = QUERY(same);
	assert_string_equal("false", fake_answer_field(a, "changed"));
	assert_string_equal(same, a->body);
	a = QUERY("{\"counter\":4,\"timestamp\":9}");
	assert_string_equal("true", fake_answer_field(a, "changed"));
	assert_string_equal(same, a->body);
	assert_int_equal(1, QUERY("nonsense")->code);
}

static void
clusters_and_members_are_listed(void **state)
{
	(void)state;
	assert_string_equal("{\"brokerAddrTable\":{},\"clusterAddrTable\":{}}",
	    CALL(106, NULL)->body);
	register_broker("b", "0", "a:1", 1, two_topics);
	register_broker("b", "1", "a:2", 2, two_topics);

	assert_string_equal("{\"brokerAddrTable\":{\"b\":{\"brokerAddrs\":"
	    "{0:\"a:1\",1:\"a:2\"},\"brokerName\":\"b\",\"cluster\":\"c\","
	    "\"enableActingMaster\":false}},\"clusterAddrTable\":{\"c\":"
	    "[\"b\"]}}", CALL(106, NULL)->body);
	assert_string_equal("{\"brokerMemberGroup\":{\"brokerAddrs\":"
	    "{0:\"a:1\",1:\"a:2\"},\"brokerName\":\"b\",\"cluster\":\"c\"}}",
	    CALL(901, "clusterName", "c", "brokerName", "b")->body);
	assert_string_equal("{\"brokerMemberGroup\":{\"brokerAddrs\":{},"
	    "\"brokerName\":\"n\",\"cluster\":\"c\"}}",
	    CALL(901, "clusterName", "c", "brokerName", "n")->body);
}

static void
topics_are_listed(void **state)
{
	(void)state;
	register_broker("b", "0", "a:1", 1, two_topics);
	assert_string_equal("{\"topicList\":[\"T\",\"U\"]}",
	    CALL(206, NULL)->body);
	assert_string_equal("{\"topicList\":[\"T\",\"U\"]}",
	    CALL(224, "cluster", "c")->body);
	assert_string_equal("{\"topicList\":[]}",
	    CALL(224, "cluster", "x")->body);
	assert_string_equal("{\"brokerAddr\":\"a:1\",\"topicList\":[\"c\","
	    "\"b\"]}", CALL(304, NULL)->body);
	assert_string_equal("{\"topicList\":[\"T\"]}", CALL(311, NULL)->body);
	assert_string_equal("{\"topicList\":[\"U\"]}", CALL(312, NULL)->body);
	assert_string_equal("{\"topicList\":[\"U\"]}", CALL(313, NULL)->body);
	CALL_BODY(318, "enableTopicList=false\nenableAllTopicList=false\n",
	    NULL);
	assert_int_equal(1, CALL(206, NULL)->code);
	assert_string_equal("disable", CALL(311, NULL)->remark);
}

static void
write_permission_is_wiped_and_given(void **state)
{
	const struct fake_answer *a;

	(void)state;
	register_broker("b", "0", "a:1", 1, two_topics);
	a = CALL(205, "brokerName", "b");
	assert_string_equal("2", fake_answer_field(a, "wipeTopicCount"));
	assert_non_null(strstr(CALL(105, "topic", "T")->body, "\"perm\":4"));
	a = CALL(327, "brokerName", "b");
	assert_string_equal("2", fake_answer_field(a, "addTopicCount"));
	assert_non_null(strstr(CALL(105, "topic", "T")->body, "\"perm\":6"));
	a = CALL(327, "brokerName", "n");
	assert_string_equal("0", fake_answer_field(a, "addTopicCount"));
}

static void
topics_are_registered_and_deleted(void **state)
{
	static const char route[] = "{\"queueDatas\":[{\"brokerName\":\"b\","
	    "\"perm\":6,\"readQueueNums\":2,\"writeQueueNums\":2}]}";

	(void)state;
	assert_int_equal(0, CALL_BODY(217, route, "topic", "N")->code);
	assert_int_equal(17, CALL(105, "topic", "N")->code);
	register_broker("b", "0", "a:1", 1, two_topics);
	assert_int_equal(0, CALL_BODY(217, route, "topic", "N")->code);
	assert_non_null(strstr(CALL(105, "topic", "N")->body,
	    "\"readQueueNums\":2"));
	assert_int_equal(1, CALL_BODY(217, "x", "topic", "N")->code);
	assert_int_equal(0, CALL(216, "topic", "N")->code);
	assert_int_equal(17, CALL(105, "topic", "N")->code);
	assert_int_equal(0, CALL(216, "topic", "T", "clusterName", "c")->code);
	assert_int_equal(17, CALL(105, "topic", "T")->code);
}

static void
key_values_are_kept_across_a_restart(void **state)
{
	const struct fake_answer *a;

	(void)state;
	assert_int_equal(0, CALL(100, "namespace", "n", "key", "k", "value",
	    "v\"1")->code);
	assert_int_equal(0, CALL(100, "namespace", "n", "key", "l", "value",
	    "")->code);
	restart(NULL);
	a = CALL(101, "namespace", "n", "key", "k");
	assert_string_equal("v\"1", fake_answer_field(a, "value"));
	assert_string_equal("{\"table\":{\"k\":\"v\\\"1\",\"l\":\"\"}}",
	    CALL(219, "namespace", "n")->body);
	assert_int_equal(0, CALL(102, "namespace", "n", "key", "k")->code);
	assert_int_equal(22, CALL(101, "namespace", "n", "key", "k")->code);
	assert_int_equal(22, CALL(219, "namespace", "x")->code);
	assert_int_equal(1, CALL(100, "key", "k", "value", "v")->code);
	assert_int_equal(29, CALL(100, "namespace", "n", "key", "k", "value",
	    "\xff")->code);
}

static void
an_unreadable_key_value_file_stops_the_start(void **state)
{
	static const char *const bad[] = { "nonsense", "{}", "",
		"{\"configTable\":[]}", "{\"configTable\":{\"n\":1}}",
		"{\"configTable\":{\"n\":{\"k\":1}}}" };
	const char *const settings[] = { "kvConfigPath", kv_path, NULL };
	struct skua_error e;

	(void)state;
	assert_int_equal(SKUA_OK, skua_io()->mkdir(below));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct skua_host *other = fake_host_new(&skua_plugin,
		    settings);

		assert_int_equal(SKUA_OK, skua_file_replace(kv_path, bad[i],
		    strlen(bad[i])));
		assert_int_not_equal(SKUA_OK, fake_host_start(other, &e));
		assert_non_null(strstr(e.text, kv_path));
		fake_host_free(other);
	}
}

static void
a_key_value_file_lost_between_renames_is_found(void **state)
{
	char backup[300];

	(void)state;
	CALL(100, "namespace", "n", "key", "k", "value", "v");
	(void)snprintf(backup, sizeof(backup), "%s.bak", kv_path);
	assert_int_equal(0, rename(kv_path, backup));
	restart(NULL);
	assert_int_equal(0, CALL(101, "namespace", "n", "key", "k")->code);
}

static int
failing_rename(const char *from, const char *to)
{
	(void)from;
	(void)to;
	return SKUA_ENOSPC;
}

static void
a_change_that_cannot_be_written_is_not_made(void **state)
{
	struct skua_io broken = *skua_io();
	const struct skua_io *good = skua_io();

	(void)state;
	broken.rename = failing_rename;
	skua_io_replace(&broken);
	assert_int_equal(1, CALL(100, "namespace", "n", "key", "k", "value",
	    "v")->code);
	assert_int_equal(1, CALL_BODY(318, "orderMessageEnable=true",
	    NULL)->code);
	skua_io_replace(good);
	assert_int_equal(22, CALL(101, "namespace", "n", "key", "k")->code);
	assert_non_null(strstr(CALL(319, NULL)->body,
	    "\norderMessageEnable=false\n"));
}

static void
order_conf_is_in_the_route_when_enabled(void **state)
{
	(void)state;
	CALL(100, "namespace", "ORDER_TOPIC_CONFIG", "key", "T", "value",
	    "b:8");
	register_broker("b", "0", "a:1", 1, two_topics);
	assert_null(strstr(CALL(105, "topic", "T")->body, "orderTopicConf"));
	assert_int_equal(0, CALL_BODY(318, "orderMessageEnable=true",
	    NULL)->code);
	assert_non_null(strstr(CALL(105, "topic", "T")->body,
	    "\"orderTopicConf\":\"b:8\""));
	CALL_BODY(318, "returnOrderTopicConfigToBroker=false", NULL);
	assert_null(register_broker("b", "0", "a:1", 1, two_topics)->body);
}

static void
settings_are_shown_as_properties(void **state)
{
	const struct fake_answer *a = CALL(319, NULL);
	size_t lines = 0;

	(void)state;
	for (const char *p = a->body; *p != '\0'; p++)
		lines += *p == '\n';
	/* 22 of NamesrvConfig, 18 of NettyServerConfig; rocketmqHome only
	 * when set. */
	assert_int_equal(getenv("ROCKETMQ_HOME") == NULL ? 39 : 40, lines);
	assert_int_equal(0, strncmp(a->body, "bindAddress=0.0.0.0\n", 20));
	assert_non_null(strstr(a->body, "\nlistenPort=9876\n"));
	assert_non_null(strstr(a->body, "\nwaitSecondsForService=45\n"));
	assert_non_null(strstr(a->body,
	    "\nconfigBlackList=configBlackList;configStorePath;"
	    "kvConfigPath\n"));
	assert_null(strstr(a->body, "namesrvListenPort"));
}

static void
settings_change_unless_they_are_black(void **state)
{
	static const char *const black[] = { "kvConfigPath=/x",
		"rocketmqHome=/x", "configBlackList=", "configStorePath=/x" };
	char *text;
	size_t len;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct fake_answer *a = CALL_BODY(318, black[i], NULL);

		assert_int_equal(16, a->code);
		assert_string_equal("Can not update config in black list.",
		    a->remark);
	}
	assert_int_equal(0, CALL_BODY(318, "productEnvName = east\n"
	    "waitSecondsForService:7\nunknown=1\nlistenPort=9876", NULL)->code);
	assert_non_null(strstr(CALL(319, NULL)->body,
	    "\nproductEnvName=east\n"));
	assert_int_equal(SKUA_OK, skua_file_read(conf_path, 1 << 20, &text,
	    &len));
	assert_non_null(strstr(text, "\nwaitSecondsForService=7\n"));
	free(text);
	assert_int_equal(29, CALL_BODY(318, "orderMessageEnable=maybe",
	    NULL)->code);
	assert_int_equal(29, CALL_BODY(318, "waitSecondsForService=-1",
	    NULL)->code);
	assert_int_equal(29, CALL_BODY(318, "productEnvName=west\n"
	    "listenPort=1", NULL)->code);
	assert_non_null(strstr(CALL(319, NULL)->body,
	    "\nproductEnvName=east\n"));
	assert_int_equal(0, CALL(318, NULL)->code);
}

static void
a_young_nameserver_refuses_routes_when_told_to(void **state)
{
	static const char *const wait[] = { "needWaitForService", "true",
		NULL };

	(void)state;
	restart(wait);
	register_broker("b", "0", "a:1", 1, two_topics);
	assert_string_equal("name server not ready",
	    CALL(105, "topic", "T")->remark);
	assert_int_equal(1, CALL(105, "topic", "T")->code);
	fake_clock_advance(host, 45000);
	assert_int_equal(0, CALL(105, "topic", "T")->code);
}

static void
a_silent_broker_is_removed_within_a_scan(void **state)
{
	const struct fake_event *events;
	size_t n;

	(void)state;
	register_broker("b", "0", "a:1", 7, two_topics);
	fake_clock_advance(host, 115000);
	assert_int_equal(0, CALL(105, "topic", "T")->code);
	CALL(904, "clusterName", "c", "brokerAddr", "a:1", "brokerName", "b");
	fake_clock_advance(host, 120000);
	assert_int_equal(0, CALL(105, "topic", "T")->code);
	fake_clock_advance(host, 5001);
	assert_int_equal(17, CALL(105, "topic", "T")->code);
	events = fake_events(host, &n);
	assert_int_equal(1, n);
	assert_int_equal(7, events[0].connection);
	assert_int_equal(0, events[0].code);
	assert_int_equal(0, fake_metric(host, "skua_namesrv_brokers_alive"));
}

static void
a_lost_connection_unregisters_at_once(void **state)
{
	(void)state;
	register_broker("b", "0", "a:1", 7, two_topics);
	fake_disconnect(host, 8);
	assert_int_equal(0, CALL(105, "topic", "T")->code);
	fake_disconnect(host, 7);
	assert_int_equal(17, CALL(105, "topic", "T")->code);
}

static void
an_unregistration_is_told_to_the_others(void **state)
{
	static const char *const notify[] = { "notifyMinBrokerIdChanged",
		"true", NULL };
	const struct fake_event *events;
	size_t n;

	(void)state;
	restart(notify);
	for (int id = 0; id < 3; id++) {
		char text[2] = { (char)('0' + id), '\0' };
		char addr[4] = { 'a', ':', (char)('1' + id), '\0' };
		const char *const fields[] = { "brokerName", "b", "brokerAddr",
			addr, "clusterName", "c", "brokerId", text,
			"enableActingMaster", "true", NULL };

		fake_call(host, 103, VERSION_NOW, (uint64_t)id + 1, fields,
		    skua_str_z(two_topics));
	}
	fake_events_clear(host);
	CALL(104, "brokerName", "b", "brokerAddr", "a:1", "clusterName", "c",
	    "brokerId", "0");
	events = fake_events(host, &n);
	assert_int_equal(2, n);
	assert_int_equal(905, events[0].code);
	assert_int_equal(2, events[0].connection);
	assert_int_equal(3, events[1].connection);
	assert_string_equal("minBrokerId=1,brokerName=b,minBrokerAddr=a:2,"
	    "offlineBrokerAddr=a:1", events[0].text);
}

static void
a_query_without_its_field_finds_nothing(void **state)
{
	const struct fake_answer *a;

	(void)state;
	register_broker("b", "0", "a:1", 1, two_topics);
	assert_string_equal("No config item, Namespace: null Key: k",
	    CALL(101, "key", "k")->remark);
	assert_string_equal("No config item, Namespace: null",
	    CALL(219, NULL)->remark);
	a = CALL(105, NULL);
	assert_int_equal(17, a->code);
	assert_non_null(strstr(a->remark, "topic: null\n"));
	assert_non_null(strstr(CALL(105, "topic", "")->remark, "topic: \n"));
	assert_string_equal("{\"topicList\":[]}", CALL(224, NULL)->body);
	assert_string_equal("{\"brokerMemberGroup\":{\"brokerAddrs\":{}}}",
	    CALL(901, NULL)->body);
}

static void
missing_fields_are_named(void **state)
{
	static const struct {
		int32_t code;
		const char *field;
	} first[] = { { 100, "namespace" }, { 102, "namespace" },
		{ 103, "brokerName" }, { 104, "brokerName" },
		{ 205, "brokerName" }, { 216, "topic" }, { 217, "topic" },
		{ 322, "clusterName" }, { 327, "brokerName" },
		{ 904, "clusterName" } };

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		const struct fake_answer *a = CALL(first[i].code, NULL);

		assert_true(a->answered);
		assert_int_equal(1, a->code);
		assert_non_null(strstr(a->remark, first[i].field));
	}
	assert_int_equal(1, register_broker("b", "x", "a:1", 1, "")->code);
	assert_int_equal(1, register_broker("b", "0", "a:1", 1, "{")->code);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_registration_is_answered_and_routed),
		TEST(the_dialect_follows_version_and_wish),
		TEST(an_unknown_topic_is_17),
		TEST(a_wrong_checksum_is_refused),
		TEST(one_topic_of_an_unknown_broker_is_refused),
		TEST(a_slave_is_told_its_master_and_the_order_conf),
		TEST(the_data_version_is_compared),
		TEST(clusters_and_members_are_listed),
		TEST(topics_are_listed),
		TEST(write_permission_is_wiped_and_given),
		TEST(topics_are_registered_and_deleted),
		TEST(key_values_are_kept_across_a_restart),
		TEST(an_unreadable_key_value_file_stops_the_start),
		TEST(a_key_value_file_lost_between_renames_is_found),
		TEST(a_change_that_cannot_be_written_is_not_made),
		TEST(order_conf_is_in_the_route_when_enabled),
		TEST(settings_are_shown_as_properties),
		TEST(settings_change_unless_they_are_black),
		TEST(a_young_nameserver_refuses_routes_when_told_to),
		TEST(a_silent_broker_is_removed_within_a_scan),
		TEST(a_lost_connection_unregisters_at_once),
		TEST(an_unregistration_is_told_to_the_others),
		TEST(a_query_without_its_field_finds_nothing),
		TEST(missing_fields_are_named),
	};
	int rc;

	if (mkdtemp(folder) == NULL)
		return 1;
	/* In a folder that does not exist before the first write. */
	(void)snprintf(below, sizeof(below), "%s/namesrv", folder);
	(void)snprintf(kv_path, sizeof(kv_path), "%s/kvConfig.json", below);
	(void)snprintf(conf_path, sizeof(conf_path), "%s/namesrv.properties",
	    below);
	fake_clock_install(1700000000000, 1000000);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(folder);
	return rc;
}
