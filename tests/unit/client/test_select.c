/* SPDX-License-Identifier: Apache-2.0 */
/* Which queue a message goes to: by key, by selector, by a plug-in's. */
#include "send_scene.h"

static void
one_key_one_queue(void **state)
{
	struct skua_outgoing m = { .topic = "T", .body = SKUA_STR("x"),
		.hash_key = "customer 7" };
	char first[200], now[200];
	struct scene s;

	(void)state;
	begin(&s, NULL);
	for (int i = 0; i < 8; i++) {
		assert_ok(skua_producer_send(s.producer, &m, &s.sent, &s.e));
		(void)snprintf(i == 0 ? first : now, 200, "%s %d",
		    s.sent.broker, s.sent.queue_id);
		if (i > 0)
			assert_string_equal(first, now);
	}
	end(&s);
}

static uint32_t
pick_last(void *state, const struct skua_message *m, uint32_t count)
{
	unsigned *calls = state;

	(*calls)++;
	assert_text("T", m->topic);
	assert_text("red", m->tags);
	return count - 1;
}

static void
a_selector_decides(void **state)
{
	static const struct skua_selector last = { .size = sizeof(last),
		.state_size = sizeof(unsigned), .pick = pick_last };
	struct skua_producer_options o = { .size = sizeof(o),
		.selector = &last };
	struct skua_outgoing m = { .topic = "T", .tag = "red",
		.body = SKUA_STR("x") };
	struct scene s;

	(void)state;
	begin(&s, &o);
	for (int i = 0; i < 3; i++) {
		assert_ok(skua_producer_send(s.producer, &m, &s.sent, &s.e));
		assert_string_equal("b", s.sent.broker);
		assert_int_equal(1, s.sent.queue_id);
	}
	end(&s);
}

static void
a_plug_ins_selector_decides(void **state)
{
	static const char *const settings[] = { "property", "room", NULL };
	static const char *const properties[] = { "room", "12", NULL };
	struct skua_producer_options o = { .size = sizeof(o) };
	struct skua_outgoing m = { .topic = "T", .properties = properties };
	struct skua_selector_module module;
	struct scene s;
	char broker[sizeof(s.sent.broker)] = "";
	int32_t queue = -1;

	(void)state;
	assert_ok(skua_selector_open("hash", settings, &module, &s.e));
	o.selector = module.selector;
	o.selector_conf = module.conf;
	begin(&s, &o);
	for (int i = 0; i < 8; i++) {
		char body[] = { (char)('a' + i), '\0' };

		m.body = skua_str_z(body); /* hashed but for the setting */
		assert_ok(skua_producer_send(s.producer, &m, &s.sent, &s.e));
		if (i > 0)
			assert_string_equal(broker, s.sent.broker);
		if (i > 0)
			assert_int_equal(queue, s.sent.queue_id);
		strcpy(broker, s.sent.broker);
		queue = s.sent.queue_id;
	}
	end(&s);
	skua_selector_close(&module);
}

static void
assert_refused(int rc, const char *module, const char *const *settings,
    const char *sentence)
{
	struct skua_selector_module m;
	struct skua_error e;

	assert_int_equal(rc, skua_selector_open(module, settings, &m, &e));
	if (strstr(e.text, sentence) == NULL)
		fail_msg("\"%s\" has no \"%s\"", e.text, sentence);
}

static void
a_module_that_is_no_selector_is_refused(void **state)
{
	static const char *const wrong[] = { "propperty", "x", NULL };
	const char *folder = getenv("SKUA_PLUGIN_PATH");
	char path[4096];

	(void)state;
	assert_non_null(folder);
	(void)snprintf(path, sizeof(path), "%s/filter-tag.so", folder);
	assert_refused(SKUA_ENOENT, path, NULL, "provides no selector");
	assert_refused(SKUA_ENOENT, "nobody", NULL, "selector-nobody.so");
	assert_refused(SKUA_EABI, "/nowhere/selector-x.so", NULL, "could not");
	assert_refused(SKUA_ENOENT, "hash", wrong,
	    "plugin.selector-hash.property");
}

RUN(T(one_key_one_queue), T(a_selector_decides), T(a_plug_ins_selector_decides),
    T(a_module_that_is_no_selector_is_refused))
