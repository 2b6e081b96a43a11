/* SPDX-License-Identifier: Apache-2.0 */
/* skua config list | get | set: settings of brokers that run. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/commands.h"

#define NAMESRV_ROW                                                            \
	{ 0, "of-namesrv", NULL, "the nameserver's own, not brokers'", false }

static const struct out_column columns[] = {
	{ "BROKER", "broker", OUT_TEXT },
	{ "NAME", "name", OUT_TEXT },
	{ "VALUE", "value", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

struct work {
	const struct cli *cli;
	struct out out;
	const char **pairs; /* set: name, value, ..., NULL */
	size_t count;       /* of names */
};

static void
show(struct work *w, const struct skua_broker *broker,
    const struct skua_setting *s)
{
	out_text(&w->out, broker->name);
	out_text(&w->out, s->name);
	out_text(&w->out, s->value);
}

/* For each broker, or for the nameserver. */
static int
run_at(const struct cli *cli, struct skua_client *client, cli_broker_fn *fn,
    struct work *w)
{
	const struct skua_broker namesrv = { .name = "nameserver" };
	int rc;

	w->cli = cli;
	cli_listing(cli, &w->out, columns);
	rc = cli_has(cli, "of-namesrv") ?
	    fn(client, &namesrv, w) :
	    cli_each_broker(cli, client, fn, w);
	(void)out_end(&w->out);
	return rc;
}

static int
no_setting(const struct skua_settings *s, const char *name)
{
	const char **names = sk_new_array(s->count + 1, const char *);
	int rc;

	for (size_t i = 0; i < s->count; i++)
		names[i] = s->settings[i].name;
	rc = cli_no_name("setting", name, names, s->count);
	free((void *)(uintptr_t)names);
	return rc;
}

static const struct cli_option options[] = {
	CLI_NAMESRV,
	CLI_BROKER,
	NAMESRV_ROW,
	CLI_OUTPUT,
	CLI_END,
};

/* --- list, get --- */

static int
show_all(struct work *w, const struct skua_broker *broker,
    const struct skua_settings *s)
{
	for (size_t i = 0; i < s->count; i++)
		show(w, broker, &s->settings[i]);
	return CLI_OK;
}

static int
show_named(struct work *w, const struct skua_broker *broker,
    const struct skua_settings *s)
{
	for (int i = 0; i < w->cli->operand_count; i++) {
		struct skua_setting one = { w->cli->operands[i],
			skua_setting(s, w->cli->operands[i]) };

		if (one.value == NULL)
			return no_setting(s, one.name);
		show(w, broker, &one);
	}
	return CLI_OK;
}

/* All of them, or those that operands name. */
static int
show_at(struct skua_client *client, const struct skua_broker *broker, void *arg)
{
	struct work *w = arg;
	struct skua_settings *s;
	struct skua_error e;
	int rc = skua_admin_settings(client, broker->address, &s, &e);

	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	rc = w->cli->operand_count == 0 ? show_all(w, broker, s) :
					  show_named(w, broker, s);
	skua_admin_free(s);
	return rc;
}

static int
show_settings(const struct cli *cli, struct skua_client *client, void *arg)
{
	return run_at(cli, client, show_at, arg);
}

static int
run_list(struct cli *cli)
{
	struct work w = { .count = 0 };

	return cli_with_client(cli, show_settings, &w);
}

const struct cli_command cmd_config_list = {
	.name = "config list",
	.summary = "List the settings in force",
	.options = options,
	.run = run_list,
	.example = "skua config list -b broker-a",
};

static int
run_get(struct cli *cli)
{
	if (cli->operand_count > 0)
		return run_list(cli);
	(void)cli_fail("config get: expected names of settings");
	return CLI_USAGE;
}

const struct cli_command cmd_config_get = {
	.name = "config get",
	.summary = "Show settings in force",
	.operands = "SETTING...",
	.options = options,
	.run = run_get,
	.example = "skua config get flushDiskType fileReservedTime",
};

/* --- set --- */

/* Apache RocketMQ takes any name without a word. */
static int
check_names(const struct work *w, const struct skua_settings *s)
{
	int rc = CLI_OK;

	for (size_t i = 0; i < w->count && rc == CLI_OK; i++)
		if (skua_setting(s, w->pairs[2 * i]) == NULL)
			rc = no_setting(s, w->pairs[2 * i]);
	return rc;
}

/* What it says afterwards is what counts. */
static int
show_result(struct work *w, const struct skua_broker *broker,
    const struct skua_settings *s)
{
	int rc = CLI_OK;

	for (size_t i = 0; i < w->count; i++) {
		const char *name = w->pairs[2 * i], *wanted = w->pairs[2 * i + 1];
		struct skua_setting one = { name, skua_setting(s, name) };

		if (one.value == NULL || strcmp(one.value, wanted) != 0)
			rc = cli_fail("%s: %s is \"%s\" still, not \"%s\"",
			    broker->name, name,
			    one.value == NULL ? "" : one.value, wanted);
		else
			show(w, broker, &one);
	}
	return rc;
}

static int
set_at(struct skua_client *client, const struct skua_broker *broker, void *arg)
{
	struct work *w = arg;
	struct skua_settings *before, *after;
	struct skua_error e;
	int rc = skua_admin_settings(client, broker->address, &before, &e);

	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	rc = check_names(w, before);
	skua_admin_free(before);
	if (rc != CLI_OK)
		return rc;
	rc = skua_admin_set(client, broker->address, w->pairs, &e);
	if (rc == SKUA_OK)
		rc = skua_admin_settings(client, broker->address, &after, &e);
	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	rc = show_result(w, broker, after);
	skua_admin_free(after);
	return rc;
}

static int
set(const struct cli *cli, struct skua_client *client, void *arg)
{
	return run_at(cli, client, set_at, arg);
}

static int
run_set(struct cli *cli)
{
	struct work w = { .count = (size_t)cli->operand_count };
	int rc;

	w.pairs = sk_new_array(2 * w.count + 1, const char *);
	for (size_t i = 0; i < w.count; i++) {
		char *word = cli->operands[i], *equals = strchr(word, '=');

		if (equals == NULL || equals == word) {
			(void)cli_fail("config set: \"%s\": expected "
				       "NAME=VALUE", word);
			free((void *)(uintptr_t)w.pairs);
			return CLI_USAGE;
		}
		*equals = '\0';
		w.pairs[2 * i] = word;
		w.pairs[2 * i + 1] = equals + 1;
	}
	if (w.count > 0) {
		rc = cli_with_client(cli, set, &w);
	} else {
		(void)cli_fail("config set: expected NAME=VALUE");
		rc = CLI_USAGE;
	}
	free((void *)(uintptr_t)w.pairs);
	return rc;
}

const struct cli_command cmd_config_set = {
	.name = "config set",
	.summary = "Change settings of brokers that run",
	.operands = "SETTING=VALUE...",
	.options = options,
	.run = run_set,
	.example = "skua config set -b broker-a fileReservedTime=48",
};
