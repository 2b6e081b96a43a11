/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"
#include "test.h"

static void
ignore(void *arg, const char *key, const char *origin)
{
	(void)key;
	(void)origin;
	++*(int *)arg;
}

static void
a_file_of_rocketmq_loads_as_it_is(void **state)
{
	static const char text[] = "brokerName = broker-a\nbrokerId=0\n"
				   "deleteWhen=04\nfileReservedTime = 48\n"
				   "flushDiskType=ASYNC_FLUSH\n"
				   "ackMessageThreadPoolNums=8\n"
				   "accessMessageInMemoryMaxRatio=40\n";
	struct settings *s = skua_settings_new();
	char *folder = test_folder(), complaints[512];
	struct skua_error e;
	int unused = 0;

	(void)state;
	test_write_file(test_path(folder, "b.conf"), text, sizeof(text) - 1);
	assert_ok(skua_settings_load(s, test_path(folder, "b.conf"), complaints,
	    sizeof(complaints)));
	assert_string_equal("", complaints);
	assert_string_equal("broker-a", skua_settings_get(s, "brokerName"));
	assert_non_null(strstr(skua_settings_origin(s, "brokerId"),
	    "b.conf:2"));
	assert_null(skua_settings_origin(s, "listenPort"));
	assert_ok(skua_settings_check(s, ignore, &unused, &e));
	/* The other one is as RocketMQ has it. */
	assert_int_equal(unused, 1);
	skua_settings_free(s);
	test_folder_remove(folder);
}

static void
every_wrong_line_is_a_sentence(void **state)
{
	static const char text[] = "listenPort=x\nbrokerId=1\n"
				   "autoCreateTopicEnable=maybe\n";
	struct settings *s = skua_settings_new();
	char *folder = test_folder(), complaints[1024];

	(void)state;
	test_write_file(test_path(folder, "b.conf"), text, sizeof(text) - 1);
	assert_int_equal(SKUA_EINVAL, skua_settings_load(s,
	    test_path(folder, "b.conf"), complaints, sizeof(complaints)));
	assert_non_null(strstr(complaints, "b.conf:1: listenPort = \"x\": "
					   "expected a whole number\n"));
	assert_non_null(strstr(complaints, "b.conf:3: autoCreateTopicEnable"));
	assert_string_equal("1", skua_settings_get(s, "brokerId"));
	skua_settings_free(s);
	test_folder_remove(folder);
}

static void
a_flood_of_complaints_stays_in_its_buffer(void **state)
{
	struct settings *s = skua_settings_new();
	char *folder = test_folder(), text[4000], complaints[64];
	size_t n = 0;

	(void)state;
	while (n < sizeof(text) - 20)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "listenPort=x\n");
	test_write_file(test_path(folder, "b.conf"), text, n);
	memset(complaints, 'z', sizeof(complaints));
	assert_int_equal(SKUA_EINVAL, skua_settings_load(s,
	    test_path(folder, "b.conf"), complaints, 60));
	assert_memory_equal("zzzz", complaints + 60, 4);
	skua_settings_free(s);
	test_folder_remove(folder);
}

static void
an_unknown_name_is_told_with_the_nearest(void **state)
{
	struct settings *s = skua_settings_new();
	struct skua_error e;
	int unused;

	(void)state;
	assert_ok(skua_settings_set(s, "lisenPort", "1", "b.conf:9", &e));
	assert_false(skua_settings_is_known(s, "lisenPort"));
	assert_int_equal(SKUA_ENOENT,
	    skua_settings_check(s, ignore, &unused, &e));
	assert_non_null(strstr(e.text, "b.conf:9: unknown setting "
	    "\"lisenPort\"; did you mean \"listenPort\"?"));
	skua_settings_free(s);
}

static void
a_plug_ins_key_is_known_once_claimed(void **state)
{
	static const struct skua_option option = { .name = "x",
		.type = SKUA_OPT_STRING, .default_value = "d" };
	struct settings *s = skua_settings_new();
	struct skua_error e;
	int unused = 0;

	(void)state;
	assert_ok(skua_settings_set(s, "plugin.p.x", "1", "-o", &e));
	skua_settings_claim(s, "plugin.p.x", &option);
	skua_settings_claim(s, "plugin.p.y", &option);
	assert_string_equal("1", skua_settings_get(s, "plugin.p.x"));
	assert_string_equal("d", skua_settings_get(s, "plugin.p.y"));
	assert_ok(skua_settings_check(s, ignore, &unused, &e));
	assert_int_equal(0, unused);
	skua_settings_free(s);
}

static void
types_are_checked_when_set(void **state)
{
	static const char *const wrong[][2] = { { "listenPort", "1.5" },
		{ "listenPort", "" }, { "autoCreateTopicEnable", "1" },
		{ "brokerId", "99999999999999999999" } };
	struct settings *s = skua_settings_new();
	struct skua_error e;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(SKUA_EINVAL, skua_settings_set(s, wrong[i][0],
		    wrong[i][1], "-o", &e));
	assert_ok(skua_settings_set(s, "autoCreateTopicEnable", "FALSE", "-o",
	    &e));
	skua_settings_free(s);
}

static void
a_list_has_whole_words(void **state)
{
	(void)state;
	assert_true(skua_conf_list_has("namesrv,broker", "broker"));
	assert_true(skua_conf_list_has("namesrv, broker", "broker"));
	assert_false(skua_conf_list_has("namesrv,brokers", "broker"));
	assert_false(skua_conf_list_has("", "broker"));
}

static void
a_value_is_held_against_its_row(void **state)
{
	static const struct {
		const char *key, *value, *expected;
	} wrong[] = {
		{ "listenPort", "65536", "0 to 65535" },
		{ "syncFlushTimeout", "-9223372036854775808", "1 to 3600000 ms" },
		{ "fileReservedTime", "9999999999999", "0 to 2147483647 hours" },
		{ "brokerClusterName", "../../../x", "letters" },
		{ "brokerName", ".", "letters" },
		{ "brokerIP1", "no.such.host", "an IP address" },
		{ "namesrvAddr", "a:1;b", "HOST:PORT" },
		{ "namesrvAddr", "a:65536", "HOST:PORT" },
		{ "namesrvAddr", "$(id):1", "HOST:PORT" },
		{ "logLevel", "zz", "error|warning" },
		{ "flushDiskType", "SYNC", "ASYNC_FLUSH|SYNC_FLUSH" },
		{ "regionId", "a\2b\1c", "no control characters" },
		{ "deleteWhen", "24", "hours" },
		{ "storePathRootDir", "", "a path" },
	};
	struct settings *s = skua_settings_new();
	struct skua_error e;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (skua_settings_set(s, wrong[i].key, wrong[i].value, "f:1",
			&e) != SKUA_EINVAL ||
		    skua_settings_try(s, wrong[i].key, wrong[i].value, "f:1",
			&e) != SKUA_EINVAL)
			fail_msg("%s = %s was taken", wrong[i].key,
			    wrong[i].value);
		if (strstr(e.text, wrong[i].expected) == NULL)
			fail_msg("\"%s\" does not say %s", e.text,
			    wrong[i].expected);
	}
	skua_settings_free(s);
}

static void
a_long_text_is_refused(void **state)
{
	struct settings *s = skua_settings_new();
	struct skua_error e;
	char *text = malloc(1100001);

	(void)state;
	memset(text, 'a', 1100000);
	text[1100000] = '\0';
	for (size_t i = 0; skua_settings_core_row(i) != NULL; i++) {
		const struct skua_option *o = skua_settings_core_row(i);

		if (o->type == SKUA_OPT_STRING)
			assert_int_equal(SKUA_EINVAL,
			    skua_settings_set(s, o->name, text, "f:1", &e));
	}
	assert_int_equal(SKUA_EINVAL,
	    skua_settings_set(s, "authConfigPath", text, "f:1", &e));
	free(text);
	skua_settings_free(s);
}

static void
every_default_passes_its_own_check(void **state)
{
	struct settings *s = skua_settings_new();
	const struct skua_option *o;

	(void)state;
	for (size_t i = 0; (o = skua_settings_core_row(i)) != NULL; i++) {
		assert_ok(skua_settings_try(s, o->name,
		    skua_settings_get(s, o->name), "default", NULL));
		assert_non_null(o->help);
		assert_true(o->help[strlen(o->help) - 1] == '.');
	}
	skua_conf_free(skua_conf_new(s));
	skua_settings_free(s);
}

static void
what_is_not_live_waits_for_the_next_start(void **state)
{
	static const char *const classes[] = { "BrokerConfig", NULL };
	struct settings *s = skua_settings_new();
	char *text;

	(void)state;
	assert_false(skua_settings_is_live(s, "brokerClusterName"));
	assert_true(skua_settings_is_live(s, "brokerPermission"));
	assert_ok(skua_settings_set_next(s, "brokerClusterName", "other", "update",
	    NULL));
	assert_string_equal("DefaultCluster",
	    skua_settings_get(s, "brokerClusterName"));
	text = skua_settings_format(s, classes);
	assert_non_null(strstr(text, "brokerClusterName=other\n"));
	free(text);
	skua_settings_free(s);
}

RUN(T(a_value_is_held_against_its_row), T(a_long_text_is_refused),
    T(every_default_passes_its_own_check),
    T(what_is_not_live_waits_for_the_next_start),
    T(a_file_of_rocketmq_loads_as_it_is), T(every_wrong_line_is_a_sentence),
    T(a_flood_of_complaints_stays_in_its_buffer),
    T(an_unknown_name_is_told_with_the_nearest),
    T(a_plug_ins_key_is_known_once_claimed), T(types_are_checked_when_set),
    T(a_list_has_whole_words))
