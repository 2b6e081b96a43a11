/* SPDX-License-Identifier: Apache-2.0 */
/* skua plugin list | info: modules on the plug-in path, without a broker. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "plugin/host.h"

static const struct cli_option options[] = {
	{ 0, "path", "FOLDER:…", "where to look [$SKUA_PLUGIN_PATH, or where "
				 "plug-ins are installed]", false },
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column columns[] = {
	{ "KIND", "kind", OUT_TEXT },
	{ "NAME", "name", OUT_TEXT },
	{ "VERSION", "version", OUT_TEXT },
	{ "ABI", "abi", OUT_TEXT },
	{ "WHAT IT DOES", "description", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

/* The kind is the first word of the name: filter-tag. */
static void
kind_of(const struct skua_plugin *p, char kind[32])
{
	(void)snprintf(kind, 32, "%.*s", (int)strcspn(p->name, "-"), p->name);
}

static const char *const types[] = { "", "bool", "int", "string" };

static json_t *
options_json(const struct skua_option *o)
{
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
		say_part(stdout, "  %s", o->name);
	else
		say_part(stdout, "  plugin.%s.%s", p->name, o->name);
	say(" = %s%s%s%s", o->default_value == NULL ? "" :
							   o->default_value,
	    o->unit == NULL ? "" : " ", o->unit == NULL ? "" : o->unit,
	    (o->flags & SKUA_OPT_LIVE) != 0 ? "  (may change live)" : "");
	say_part(stdout, "      %s", o->help == NULL ? "" : o->help);
	if (o->type == SKUA_OPT_INT)
		say_part(stdout, "  [%" PRId64 " to %" PRId64 "]", o->min, o->max);
	say_end(stdout);
}

struct listing {
	const struct cli *cli;
	struct out out;
	const char *wanted; /* info */
	int rc;
	size_t shown;
};

static int
list_one(void *arg, const char *name, const char *path)
{
	struct listing *l = arg;
	struct skua_error e;
	struct module *m;
	char kind[32], abi[16];

	if (!skua_module_is_meant(name))
		return SKUA_OK;
	m = skua_module_open(path, &e);
	if (m == NULL) {
		l->rc = cli_fail("%s", e.text);
		return SKUA_OK;
	}
	if (l->cli->json) {
		cli_print_json(plugin_json(m));
	} else {
		kind_of(m->plugin, kind);
		(void)snprintf(abi, sizeof(abi), "%u.%u", m->plugin->abi_major,
		    m->plugin->abi_minor);
		out_text(&l->out, kind);
		out_text(&l->out, m->plugin->name);
		out_text(&l->out, m->plugin->version);
		out_text(&l->out, abi);
		out_text(&l->out, m->plugin->descr);
	}
	skua_module_close(m);
	return SKUA_OK;
}

static const char *
search_path(const struct cli *cli)
{
	static char *usual; /* for the life of the command */
	const char *path = cli_value(cli, "path");

	if (path == NULL && usual == NULL)
		usual = skua_module_search_path(NULL);
	return path != NULL ? path : usual;
}

struct found {
	char **paths; /* and names: NAME, PATH */
	size_t count;
};

static int
remember(void *arg, const char *name, const char *path)
{
	struct found *f = arg;

	f->paths = skua_mem_grow(f->paths, f->count + 2, sizeof(char *));
	f->paths[f->count++] = skua_mem_dup(skua_str_z(name));
	f->paths[f->count++] = skua_mem_dup(skua_str_z(path));
	return SKUA_OK;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
run_list(struct cli *cli)
{
	struct listing l = { .cli = cli, .rc = CLI_OK };
	struct found f = { NULL, 0 };

	if (skua_module_search(search_path(cli), remember, &f) != SKUA_OK)
		l.rc = cli_fail("could not read %s", search_path(cli));
	if (f.count > 0)
		qsort(f.paths, f.count / 2, 2 * sizeof(char *), by_name);
	cli_listing(cli, &l.out, columns);
	for (size_t i = 0; i < f.count; i += 2)
		(void)list_one(&l, f.paths[i], f.paths[i + 1]);
	if (l.rc == CLI_OK)
		cli_listing_end(cli, &l.out, "no plug-in in %s: --path or "
		    "SKUA_PLUGIN_PATH says where else to look",
		    search_path(cli));
	else
		(void)out_end(&l.out);
	for (size_t i = 0; i < f.count; i++)
		free(f.paths[i]);
	free(f.paths);
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
	say("name     %s", p->name);
	say("kind     %s", kind);
	say("version  %s", p->version);
	say("ABI      %u.%u", p->abi_major, p->abi_minor);
	say("path     %s", m->path);
	say("license  %s", p->license == NULL ? "-" : p->license);
	say_end(stdout);
	say("%s", p->descr);
	if (p->options != NULL && p->options->name != NULL) {
		say_end(stdout);
		say("Settings:");
	}
	for (const struct skua_option *o = p->options;
	     o != NULL && o->name != NULL; o++)
		print_option(p, o);
}

static const struct out_column setting_columns[] = {
	{ "", "name", OUT_TEXT },
	{ "", "type", OUT_TEXT },
	{ "", "default", OUT_TEXT },
	{ "", "min", OUT_INT },
	{ "", "max", OUT_INT },
	{ "", "unit", OUT_TEXT },
	{ "", "global", OUT_BOOL },
	{ "", "live", OUT_BOOL },
	{ "", "help", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

static void
put_bound(struct out *to, const struct skua_option *o, int64_t bound)
{
	if (o->type == SKUA_OPT_INT)
		out_int(to, bound);
	else
		out_none(to);
}

/* A row for each setting. */
static void
put_settings(struct out *to, const struct skua_option *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		out_text(to, o->name);
		out_text(to, types[o->type]);
		out_text(to, o->default_value);
		put_bound(to, o, o->min);
		put_bound(to, o, o->max);
		out_text(to, o->unit);
		out_bool(to, (o->flags & SKUA_OPT_GLOBAL) != 0);
		out_bool(to, (o->flags & SKUA_OPT_LIVE) != 0);
		out_text(to, o->help);
	}
}

static int
info_one(void *arg, const char *name, const char *path)
{
	struct listing *l = arg;
	struct skua_error e;
	struct module *m;

	if (strcmp(name, l->wanted) != 0)
		return SKUA_OK;
	l->shown++;
	m = skua_module_open(path, &e);
	if (m == NULL) {
		l->rc = cli_fail("%s", e.text);
		return SKUA_OK;
	}
	if (l->cli->form == OUT_JSON) {
		cli_print_json(plugin_json(m));
	} else if (l->cli->form == OUT_TSV) {
		cli_listing(l->cli, &l->out, setting_columns);
		put_settings(&l->out, m->plugin->options);
		(void)out_end(&l->out);
	} else {
		print_info(m);
	}
	skua_module_close(m);
	return SKUA_OK;
}

static int
no_plugin(const struct cli *cli, const char *name)
{
	struct found f = { NULL, 0 };
	const char **names;
	int rc;

	(void)skua_module_search(search_path(cli), remember, &f);
	names = sk_new_array(f.count + 1, const char *);
	for (size_t i = 0; i < f.count; i += 2)
		names[i / 2] = f.paths[i];
	rc = cli_no_name("plug-in", name, names, f.count / 2);
	free((void *)(uintptr_t)names);
	for (size_t i = 0; i < f.count; i++)
		free(f.paths[i]);
	free(f.paths);
	return rc;
}

static int
run_info(struct cli *cli)
{
	struct listing l = { .cli = cli, .rc = CLI_OK };

	if (cli->operand_count != 1) {
		(void)cli_fail("plugin info: expected the name of a plug-in");
		return CLI_USAGE;
	}
	l.wanted = cli->operands[0];
	(void)skua_module_search(search_path(cli), info_one, &l);
	return l.shown == 0 ? no_plugin(cli, l.wanted) : l.rc;
}

const struct cli_command cmd_plugin_info = {
	.name = "plugin info",
	.summary = "Show one plug-in and its settings",
	.operands = "PLUGIN",
	.options = options,
	.run = run_info,
	.example = "skua plugin info store-commitlog",
};
