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
				   "flushDiskType=ASYNC_FLUSH\n";
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
	assert_true(unused > 0);
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

RUN(T(a_file_of_rocketmq_loads_as_it_is), T(every_wrong_line_is_a_sentence),
    T(a_flood_of_complaints_stays_in_its_buffer),
    T(an_unknown_name_is_told_with_the_nearest),
    T(a_plug_ins_key_is_known_once_claimed), T(types_are_checked_when_set),
    T(a_list_has_whole_words))
