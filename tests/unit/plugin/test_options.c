/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "rig.h"
#include "test.h"

struct conf {
	bool on;
	int64_t n;
	const char *text;
};

static const struct skua_option options[] = {
	SKUA_OPT_ROW_BOOL("on", struct conf, on, 0, "true", "h"),
	SKUA_OPT_ROW_INT("n", struct conf, n, 0, -5, 10, "3", "ms", "h"),
	SKUA_OPT_ROW_STRING("text", struct conf, text, SKUA_OPT_GLOBAL, "dflt",
	    "h"),
	SKUA_OPT_END,
};

static struct conf *
fill(const char *key, const char *value, struct skua_error *e)
{
	struct settings *s = skua_settings_new();
	struct conf *conf = sk_new(struct conf);
	int rc = SKUA_OK;

	if (key != NULL)
		assert_ok(skua_settings_set(s, key, value, "f.conf:7", e));
	rc = skua_options_fill(options, "p", s, conf, e);
	skua_settings_free(s);
	if (rc == SKUA_OK)
		return conf;
	skua_options_free(options, conf);
	return NULL;
}

static void
defaults_fill_what_is_not_set(void **state)
{
	struct skua_error e;
	struct conf *conf = fill(NULL, NULL, &e);

	(void)state;
	assert_true(conf->on);
	assert_int_equal(3, conf->n);
	assert_string_equal("dflt", conf->text);
	skua_options_free(options, conf);
}

static void
keys_are_the_plug_ins_or_global(void **state)
{
	struct skua_error e;
	struct conf *conf = fill("plugin.p.n", "-5", &e);

	(void)state;
	assert_int_equal(-5, conf->n);
	skua_options_free(options, conf);
	conf = fill("text", "own", &e);
	assert_string_equal("own", conf->text);
	skua_options_free(options, conf);
	conf = fill("plugin.p.on", "FALSE", &e);
	assert_false(conf->on);
	skua_options_free(options, conf);
}

static void
a_wrong_value_says_where_and_what_is_expected(void **state)
{
	static const struct {
		const char *key, *value, *words;
	} rows[] = {
		{ "plugin.p.n", "11", "expected -5 to 10 ms" },
		{ "plugin.p.n", "-6", "expected -5 to 10 ms" },
		{ "plugin.p.n", "x", "expected a whole number" },
		{ "plugin.p.n", "", "expected a whole number" },
		{ "plugin.p.on", "yes", "expected true or false" },
	};
	struct skua_error e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_null(fill(rows[i].key, rows[i].value, &e));
		assert_non_null(strstr(e.text, "f.conf:7"));
		assert_non_null(strstr(e.text, rows[i].key));
		assert_non_null(strstr(e.text, rows[i].words));
	}
}

static void
a_changed_option_reaches_its_plug_in(void **state)
{
	const struct skua_option *option;
	struct skua_error e;
	struct rig rig;

	(void)state;
	assert_ok(rig_try(&rig, "hook-test", NULL));
	assert_true(skua_plugins_option(&rig.plugins, "plugin.hook-test.code",
	    &option));
	assert_true((option->flags & SKUA_OPT_LIVE) != 0);
	assert_ok(skua_settings_set(rig.plugins.settings,
	    "plugin.hook-test.code", "17", "test", &e));
	assert_ok(skua_plugins_reconfigure(&rig.plugins,
	    "plugin.hook-test.code", &e));
	assert_int_equal(SKUA_EINVAL, skua_settings_set(rig.plugins.settings,
	    "plugin.hook-test.code", "1000", "test", &e));
	assert_false(skua_plugins_option(&rig.plugins, "plugin.none.x",
	    &option));
	rig_free(&rig);
}

static int
set(struct rig *rig, const char *key, const char *value)
{
	assert_ok(skua_settings_set(rig->plugins.settings, key, value, "test",
	    &rig->e));
	return skua_plugins_reconfigure(&rig->plugins, key, &rig->e);
}

/* Its plug-in has looked at it in load, and will not look again. */
static void
an_option_that_is_not_live_stays(void **state)
{
	struct rig rig;

	(void)state;
	assert_ok(rig_try(&rig, "hook-test", NULL));
	assert_int_equal(SKUA_EPERM,
	    set(&rig, "plugin.hook-test.topic", "Other"));
	assert_non_null(strstr(rig.e.text, "read at the start only"));
	assert_string_equal("Forbidden",
	    *(const char *const *)skua_host_conf(rig.plugins.hosts));
	rig_free(&rig);
}

struct seen {
	int rows;
	int64_t value;
};

static void
see(void *arg, const char *instance, const struct skua_metric *m, int64_t value)
{
	struct seen *s = arg;

	assert_string_equal("hook-test", instance);
	assert_string_equal("skua_test_rows_total", m->name);
	assert_string_equal("Rows.", m->help);
	s->rows++;
	s->value = value;
}

static void
add_row(struct skua_host *host, const int64_t *cell)
{
	char name[] = "skua_test_rows_total", help[] = "Rows.";
	struct skua_metric m = { .name = name, .type = SKUA_COUNTER,
		.help = help, .cell = cell };

	assert_ok(skua_host_metric(host, &m));
	memset(name, 'x', sizeof(name) - 1);
	memset(help, 'x', sizeof(help) - 1);
	m.cell = NULL;
	assert_int_equal(SKUA_EINVAL, skua_host_metric(host, &m));
}

static void
a_metric_row_is_copied(void **state)
{
	struct seen seen = { 0, 0 };
	int64_t cell = 41;
	struct rig rig;

	(void)state;
	assert_ok(rig_try(&rig, "hook-test", NULL));
	add_row(rig.plugins.hosts, &cell);
	cell++;
	skua_metric_visit(rig.plugins.hosts, see, &seen);
	assert_int_equal(1, seen.rows);
	assert_int_equal(42, seen.value);
	rig_free(&rig);
}

static void
never(void *arg)
{
	fail_msg("called with %p", arg);
}

/* As in a producer that picks queues by a module. */
static void
without_a_main_thread_a_timer_is_refused(void **state)
{
	struct rig rig;

	(void)state;
	assert_ok(rig_try(&rig, "hook-test", NULL));
	assert_int_equal(SKUA_ENOTSUP,
	    skua_host_timer(rig.plugins.hosts, 0, 1, never, NULL));
	assert_int_equal(SKUA_ENOTSUP,
	    skua_host_post(rig.plugins.hosts, never, NULL));
	rig_free(&rig);
}

RUN(T(defaults_fill_what_is_not_set), T(keys_are_the_plug_ins_or_global),
    T(a_wrong_value_says_where_and_what_is_expected),
    T(a_changed_option_reaches_its_plug_in),
    T(an_option_that_is_not_live_stays), T(a_metric_row_is_copied),
    T(without_a_main_thread_a_timer_is_refused))
