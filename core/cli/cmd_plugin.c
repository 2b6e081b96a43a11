/* SPDX-License-Identifier: Apache-2.0 */
/* skua plugin list | info: modules on the plug-in path, without a broker. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "plugin/host.h"

static const struct cli_option options[] = {
	{ 0, "path", "FOLDER:…", "where to look [$SKUA_PLUGIN_PATH, or where "
				 "plug-ins are installed]", false },
	CLI_JSON,
	CLI_END,
};

/* The kind is the first word of the name: filter-tag. */
static void
kind_of(const struct skua_plugin *p, char kind[32])
{
	(void)snprintf(kind, 32, "%.*s", (int)strcspn(p->name, "-"), p->name);
}

static json_t *
options_json(const struct skua_option *o)
{
	static const char *const types[] = { "", "bool", "int", "string" };
	json_t *list = json_array();

	for (; o != NULL && o->name != NULL; o++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:b,s:b,s:I,s:I,s:s?,s:s?}", "name",
			o->name, "type", types[o->type], "default",
			o->default_value == NULL ? "" : o->default_value,
			"global", (o->flags & SKUA_OPT_GLOBAL) != 0, "live",
			(o->flags & SKUA_OPT_LIVE) != 0, "min",
			(json_int_t)o->min, "max", (json_int_t)o->max, "unit",
			o->unit, "help", o->help));
	return list;
}

static json_t *
plugin_json(const struct module *m)
{
	const struct skua_plugin *p = m->plugin;
	char kind[32], abi[16];

	kind_of(p, kind);
	(void)snprintf(abi, sizeof(abi), "%u.%u", p->abi_major, p->abi_minor);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s?,s:o}", "kind", kind,
	    "name", p->name, "version", p->version, "abi", abi, "path", m->path,
	    "description", p->descr, "license", p->license, "settings",
	    options_json(p->options));
}

static void
print_option(const struct skua_plugin *p, const struct skua_option *o)
{
	if ((o->flags & SKUA_OPT_GLOBAL) != 0)
		(void)printf("  %s", o->name);
	else
		(void)printf("  plugin.%s.%s", p->name, o->name);
	(void)printf(" = %s%s%s%s\n", o->default_value == NULL ? "" :
							   o->default_value,
	    o->unit == NULL ? "" : " ", o->unit == NULL ? "" : o->unit,
	    (o->flags & SKUA_OPT_LIVE) != 0 ? "  (may change live)" : "");
	(void)printf("      %s", o->help == NULL ? "" : o->help);
	if (o->type == SKUA_OPT_INT)
		(void)printf("  [%" PRId64 " to %" PRId64 "]", o->min, o->max);
	(void)fputc('\n', stdout);
}

struct listing {
	const struct cli *cli;
	struct cli_table table;
	const char *wanted; /* info */
	int rc;
	size_t shown;
};

static int
list_one(void *arg, const char *name, const char *path)
{
	struct listing *l = arg;
	struct skua_error e;
	struct module m;
	char kind[32], abi[16];

	if (!skua_module_is_meant(name))
		return SKUA_OK;
	if (skua_module_open(path, &m, &e) != SKUA_OK) {
		l->rc = cli_fail("%s", e.text);
		return SKUA_OK;
	}
	if (l->cli->json) {
		cli_print_json(plugin_json(&m));
	} else {
		kind_of(m.plugin, kind);
		(void)snprintf(abi, sizeof(abi), "%u.%u", m.plugin->abi_major,
		    m.plugin->abi_minor);
		cli_table_add(&l->table, kind);
		cli_table_add(&l->table, m.plugin->name);
		cli_table_add(&l->table, m.plugin->version);
		cli_table_add(&l->table, abi);
		cli_table_add(&l->table, m.plugin->descr);
	}
	skua_module_close(&m);
	return SKUA_OK;
}

static const char *
search_path(const struct cli *cli)
{
	const char *path = cli_value(cli, "path");

	return path != NULL ? path : skua_module_search_path(NULL);
}

static int
run_list(struct cli *cli)
{
	static const char *const heads[] = { "KIND", "NAME", "VERSION", "ABI",
		"WHAT IT DOES" };
	struct listing l = { .cli = cli, .rc = CLI_OK };

	cli_table_init(&l.table, 5);
	for (size_t i = 0; !cli->json && i < 5; i++)
		cli_table_add(&l.table, heads[i]);
	if (skua_module_search(search_path(cli), list_one, &l) != SKUA_OK)
		l.rc = cli_fail("could not read %s", search_path(cli));
	cli_table_print(&l.table);
	return l.rc;
}

const struct cli_command cmd_plugin_list = {
	.name = "plugin list",
	.summary = "List plug-ins",
	.options = options,
	.run = run_list,
	.example = "skua plugin list --json",
};

static void
print_info(const struct module *m)
{
	const struct skua_plugin *p = m->plugin;
	char kind[32];

	kind_of(p, kind);
	(void)printf("name     %s\nkind     %s\nversion  %s\nABI      %u.%u\n"
		     "path     %s\nlicense  %s\n\n%s\n",
	    p->name, kind, p->version, p->abi_major, p->abi_minor, m->path,
	    p->license == NULL ? "-" : p->license, p->descr);
	if (p->options != NULL && p->options->name != NULL)
		(void)fputs("\nSettings:\n", stdout);
	for (const struct skua_option *o = p->options;
	     o != NULL && o->name != NULL; o++)
		print_option(p, o);
}

static int
info_one(void *arg, const char *name, const char *path)
{
	struct listing *l = arg;
	struct skua_error e;
	struct module m;

	if (strcmp(name, l->wanted) != 0)
		return SKUA_OK;
	l->shown++;
	if (skua_module_open(path, &m, &e) != SKUA_OK) {
		l->rc = cli_fail("%s", e.text);
		return SKUA_OK;
	}
	if (l->cli->json)
		cli_print_json(plugin_json(&m));
	else
		print_info(&m);
	skua_module_close(&m);
	return SKUA_OK;
}

static int
run_info(struct cli *cli)
{
	struct listing l = { .cli = cli, .rc = CLI_OK };

	if (cli->operand_count != 1)
		return cli_fail("plugin info: expected the name of a plug-in");
	l.wanted = cli->operands[0];
	(void)skua_module_search(search_path(cli), info_one, &l);
	if (l.shown == 0)
		return cli_fail("no plug-in %s in %s; `skua plugin list' shows "
				"them", l.wanted, search_path(cli));
	return l.rc;
}

const struct cli_command cmd_plugin_info = {
	.name = "plugin info",
	.summary = "Show one plug-in and its settings",
	.operands = "NAME",
	.options = options,
	.run = run_info,
	.example = "skua plugin info store-commitlog",
};
