/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lua filters: a subscription of type LUA carries its script; and scripts are
 * bound on the server to (group, topic), so that no client changes.
 *
 * A script that fails, or spends its budget, delivers the message: a filter
 * never loses one.
 */
#include <stdio.h>
#include <stdlib.h>

#include <skua/filter.h>
#include <skua/host.h>
#include <skua/script.h>
#include <skua/version.h>

#include "bindings.h"

struct lua_conf {
	const char *bind, *clients;
	int64_t instructions, time_us, memory;
};

struct lua_plugin {
	struct bindings *bindings;
	int64_t judged, rejected, failed; /* atomic */
};

struct lua_filter {
	struct skua_script *script;
	struct lua_plugin *plugin;
	struct skua_host *host;
	int64_t told_ms; /* of the last failure in the log */
	char name[256];
};

static struct skua_script_limits
limits_of(const struct lua_conf *conf)
{
	struct skua_script_limits l = { conf->instructions, conf->time_us,
		conf->memory };

	return l;
}

static bool
is_word(const char *list, struct skua_str word)
{
	while (*list != '\0') {
		size_t n = strcspn(list, ", ");

		if (n > 0 &&
		    (skua_str_eq(skua_str_n(list, n), word) ||
			(n == 1 && *list == '*')))
			return true;
		list += n;
		list += strspn(list, ", ");
	}
	return false;
}

/* A script is work that its sender does not do: who may send one is for the
 * operator to say. */
static int
may_send_scripts(const struct lua_conf *conf,
    const struct skua_subscription *sub, struct skua_error *e)
{
	if (is_word(conf->clients, sub->group))
		return SKUA_OK;
	return skua_fail(e, SKUA_EPERM,
	    "Lua expressions of the group \"%.*s\" are not taken: it is not in "
	    "luaFromClients of filter-lua",
	    SKUA_STR_ARG(sub->group));
}

static int
try_script(const struct lua_conf *conf, const char *name, struct skua_str text,
    struct skua_error *e)
{
	struct skua_script_limits limits = limits_of(conf);
	struct skua_script *script;
	int rc = skua_script_new(name, text, &limits, &script, e);

	if (rc == SKUA_OK)
		skua_script_free(script);
	return rc;
}

static int
lua_check(struct skua_host *host, const struct skua_subscription *sub,
    struct skua_error *e)
{
	const struct lua_conf *conf = skua_host_conf(host);
	int rc = may_send_scripts(conf, sub, e);

	return rc != SKUA_OK ? rc :
			       try_script(conf, "subscription", sub->expression,
				   e);
}

static int
lua_compile(struct skua_host *host, const struct skua_subscription *sub,
    void **instance_r, struct skua_error *e)
{
	struct lua_plugin *plugin = skua_host_data(host);
	struct skua_script_limits limits = limits_of(skua_host_conf(host));
	struct skua_str text = sub->expression;
	struct lua_filter *f;
	int rc;

	*instance_r = NULL;
	if (sub->expression_type.len > 0) {
		rc = may_send_scripts(skua_host_conf(host), sub, e);
		if (rc != SKUA_OK)
			return rc;
	}
	/* Without a type this is about the script bound on the server. */
	if (sub->expression_type.len == 0 &&
	    !bindings_text(plugin->bindings, sub->group, sub->topic, &text))
		return SKUA_OK;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	f->plugin = plugin;
	f->host = host;
	(void)snprintf(f->name, sizeof(f->name), "%.*s@%.*s",
	    SKUA_STR_ARG(sub->group), SKUA_STR_ARG(sub->topic));
	rc = skua_script_new(f->name, text, &limits, &f->script, e);
	if (rc != SKUA_OK) {
		free(f);
		return rc;
	}
	*instance_r = f;
	return SKUA_OK;
}

static void
lua_release(void *instance)
{
	struct lua_filter *f = instance;

	skua_script_free(f->script);
	free(f);
}

static void
count(int64_t *cell)
{
	(void)__atomic_fetch_add(cell, 1, __ATOMIC_RELAXED);
}

static void
note_failure(struct lua_filter *f, const struct skua_error *e)
{
	int64_t now = skua_mono_ms();

	count(&f->plugin->failed);
	if (f->told_ms != 0 && now - f->told_ms < 1000)
		return;
	f->told_ms = now;
	skua_log(SKUA_LOG_WARNING, skua_host_name(f->host),
	    "%s: %s; the message is delivered", f->name, e->text);
}

static void
judge(struct lua_filter *f, const struct skua_record *record, uint8_t *keep)
{
	struct skua_error e;
	bool wanted;

	count(&f->plugin->judged);
	if (skua_script_judge(f->script, record, &wanted, &e) != SKUA_OK) {
		note_failure(f, &e);
	} else if (!wanted) {
		*keep = 0;
		count(&f->plugin->rejected);
	}
}

static size_t
lua_match(void *instance, const struct skua_candidate *candidates, size_t n,
    uint8_t *keep, int64_t until_ns)
{
	for (size_t i = 0; i < n; i++) {
		if (!keep[i] || candidates[i].record == NULL)
			continue;
		judge(instance, candidates[i].record, &keep[i]);
		if (skua_mono_ns() >= until_ns)
			return i + 1;
	}
	return n;
}

static size_t
lua_memory(const void *instance)
{
	const struct lua_filter *f = instance;

	return sizeof(*f) + skua_script_memory(f->script);
}

static uint64_t
lua_bound(struct skua_host *host, struct skua_str group, struct skua_str topic)
{
	const struct lua_plugin *plugin = skua_host_data(host);

	return bindings_version(plugin->bindings, group, topic);
}

static const struct skua_filter lua_filter = {
	.size = sizeof(struct skua_filter),
	.needs_record = true,
	.check = lua_check,
	.compile = lua_compile,
	.release = lua_release,
	.match = lua_match,
	.bound = lua_bound,
	.memory = lua_memory,
};

static int
check_script(void *arg, const char *name, struct skua_str text,
    struct skua_error *e)
{
	return try_script(skua_host_conf(arg), name, text, e);
}

static void
watch(void *arg)
{
	struct skua_host *host = arg;
	struct lua_plugin *plugin = skua_host_data(host);

	bindings_refresh(plugin->bindings);
}

static int
provide(struct skua_host *host, struct lua_plugin *plugin)
{
	const struct skua_metric metrics[] = {
		{ .name = "skua_filter_lua_judged_total",
		    .type = SKUA_COUNTER, .help = "Messages a Lua filter has judged.",
		    .cell = &plugin->judged },
		{ .name = "skua_filter_lua_rejected_total",
		    .type = SKUA_COUNTER, .help = "Messages a Lua filter did not want.",
		    .cell = &plugin->rejected },
		{ .name = "skua_filter_lua_failed_total",
		    .type = SKUA_COUNTER, .help = "Failures of Lua filters; the messages were delivered.",
		    .cell = &plugin->failed },
	};
	const char *name = skua_host_name(host), *at = strchr(name, '@');
	char type[64];
	int rc = SKUA_OK;

	for (size_t i = 0; i < 3 && rc == SKUA_OK; i++)
		rc = skua_host_metric(host, &metrics[i]);
	/* A second instance has its own bindings; its type is LUA@name. */
	(void)snprintf(type, sizeof(type), "LUA%s", at == NULL ? "" : at);
	return rc == SKUA_OK ? skua_provide_filter(host, type, &lua_filter) :
			       rc;
}

static void
unload(struct skua_host *host)
{
	struct lua_plugin *plugin = skua_host_data(host);

	bindings_free(plugin->bindings);
	free(plugin);
}

static int
load(struct skua_host *host, struct skua_error *e)
{
	const struct lua_conf *conf = skua_host_conf(host);
	struct lua_plugin *plugin = calloc(1, sizeof(*plugin));
	int rc;

	if (plugin == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	skua_host_set_data(host, plugin);
	rc = bindings_new(conf->bind, check_script, host, &plugin->bindings, e);
	if (rc != SKUA_OK) {
		free(plugin);
		return rc;
	}
	rc = provide(host, plugin);
	if (rc == SKUA_OK && *conf->bind != '\0')
		rc = skua_host_timer(host, 1000, 1000, watch, host);
	if (rc != SKUA_OK)
		unload(host);
	return rc;
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_STRING("bind", struct lua_conf, bind, 0, "",
	    "Scripts by group and topic: GROUP@TOPIC=FILE;… (* stands for "
	    "any).  A changed file takes effect within a second."),
	SKUA_OPT_ROW_STRING("luaFromClients", struct lua_conf, clients, 0, "",
	    "Groups, with commas, whose consumers may send scripts of their "
	    "own in subscriptions of type LUA; *: all; empty: none."),
	SKUA_OPT_ROW_INT("instructions", struct lua_conf, instructions, 0, 1000,
	    1000000000, "100000", "instructions", "Budget of one message."),
	SKUA_OPT_ROW_INT("time", struct lua_conf, time_us, 0, 100, 10000000,
	    "5000", "us", "Budget of one message, in the thread's processor time."),
	SKUA_OPT_ROW_INT("memory", struct lua_conf, memory, 0, 65536,
	    1073741824, "1048576", "bytes", "Budget of one script's state."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "filter-lua",
	.version = SKUA_VERSION,
	.descr = "subscriptions and server-side filters as Lua scripts",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct lua_conf),
	.load = load,
	.unload = unload,
};
