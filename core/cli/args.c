/* SPDX-License-Identifier: Apache-2.0 */
/* From words to a command, its options and operands; mistakes. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

int
cli_find(int argc, char **argv, const struct cli_command **command_r)
{
	char two[64] = "";

	if (argc < 1)
		return 0;
	if (argc > 1)
		(void)snprintf(two, sizeof(two), "%s %s", argv[0], argv[1]);
	for (const struct cli_command *const *c = cli_commands; *c != NULL;
	     c++) {
		*command_r = *c;
		if (strcmp((*c)->name, argv[0]) == 0)
			return 1;
		if (strcmp((*c)->name, two) == 0)
			return 2;
	}
	return 0;
}

/* --- unknown commands --- */

static bool
is_of_noun(const struct cli_command *c, const char *noun)
{
	size_t len = strlen(noun);

	return strncmp(c->name, noun, len) == 0 && c->name[len] == ' ';
}

static bool
is_noun(const char *word)
{
	for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
		if (is_of_noun(*c, word))
			return true;
	return false;
}

static void
print_noun(const char *noun, FILE *to)
{
	say_to(to, "Usage:");
	for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
		if (is_of_noun(*c, noun))
			say_to(to, "  skua %-16s %s", (*c)->name,
			    (*c)->summary);
}

/* Whole names; the nouns alone; the verbs, when the noun is right. */
static const char *
nearest(const char *given, const char *noun)
{
	const char *names[128];
	size_t n = 0;

	for (const struct cli_command *const *c = cli_commands;
	     *c != NULL && n < 128; c++)
		if ((*c)->summary != NULL &&
		    (noun == NULL || is_of_noun(*c, noun)))
			names[n++] = (*c)->name;
	return skua_text_nearest(given, names, n);
}

static const char *
nearest_noun(const char *word, char noun[64])
{
	char nouns[128][64];
	const char *names[128], *near;
	size_t n = 0;

	for (const struct cli_command *const *c = cli_commands;
	     *c != NULL && n < 128; c++) {
		(void)snprintf(nouns[n], 64, "%.*s",
		    (int)strcspn((*c)->name, " "), (*c)->name);
		names[n] = nouns[n];
		n++;
	}
	near = skua_text_nearest(word, names, n);
	if (near != NULL)
		(void)snprintf(noun, 64, "%s", near);
	return near == NULL ? NULL : noun;
}

int
cli_unknown_command(int argc, char **argv)
{
	bool has_noun = is_noun(argv[0]);
	bool has_verb = argc > 1 && argv[1][0] != '-';
	char given[128], noun[64];
	const char *near;

	if (has_noun && !has_verb) {
		print_noun(argv[0], argc < 2 ? stderr : stdout);
		return argc < 2 ? CLI_USAGE : CLI_OK;
	}
	(void)snprintf(given, sizeof(given), "%s%s%s", argv[0],
	    has_verb ? " " : "", has_verb ? argv[1] : "");
	near = nearest(given, has_noun ? argv[0] : NULL);
	if (near == NULL && !has_noun)
		near = nearest_noun(argv[0], noun);
	if (near != NULL)
		(void)cli_fail("unknown command \"%s\"; did you mean \"%s\"?",
		    given, near);
	else
		(void)cli_fail("unknown command \"%s\"; `skua %s%s--help' "
			       "lists them", given, has_noun ? argv[0] : "",
		    has_noun ? " " : "");
	return CLI_USAGE;
}

/* --- options --- */

static const struct cli_option *
find_option(const struct cli_command *c, const char *word, const char **value_r)
{
	const char *equals = strchr(word, '=');
	size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);

	*value_r = NULL;
	for (const struct cli_option *o = c->options; o->name != NULL; o++) {
		if (word[0] == '-' && word[1] == '-' &&
		    strlen(o->name) == len - 2 &&
		    strncmp(o->name, word + 2, len - 2) == 0) {
			*value_r = equals == NULL ? NULL : equals + 1;
			return o;
		}
		if (word[0] == '-' && o->letter != 0 && word[1] == o->letter) {
			*value_r = word[2] == '\0' ? NULL : word + 2;
			return o;
		}
	}
	return NULL;
}

static int
unknown_option(const struct cli_command *c, const char *word)
{
	const char *names[CLI_VALUES_MAX], *near;
	size_t n = 0;
	char name[64];

	for (const struct cli_option *o = c->options; o->name != NULL; o++)
		names[n++] = o->name;
	word += strspn(word, "-");
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="),
	    word);
	near = strlen(name) > 1 ? skua_text_nearest(name, names, n) : NULL;
	if (near != NULL)
		(void)cli_fail("%s: unknown option --%s; did you mean --%s?",
		    c->name, name, near);
	else
		(void)cli_fail("%s: unknown option -%s%s; `skua %s --help' "
			       "lists them", c->name,
		    strlen(name) > 1 ? "-" : "", name, c->name);
	return CLI_USAGE;
}

/* "a|b|c" */
static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; *p != '\0';) {
		size_t n = strcspn(p, "|");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n + (p[n] == '|');
	}
	return false;
}

static int
check_word(const struct cli *cli, const struct cli_option *o, const char *value)
{
	char copy[128], *save = NULL;
	const char *names[16], *near;
	size_t n = 0;

	if (strchr(o->argument, '|') == NULL || has_word(o->argument, value))
		return CLI_OK;
	(void)snprintf(copy, sizeof(copy), "%s", o->argument);
	for (char *p = strtok_r(copy, "|", &save); p != NULL && n < 16;
	     p = strtok_r(NULL, "|", &save))
		names[n++] = p;
	near = skua_text_nearest(value, names, n);
	(void)cli_fail("%s: --%s %s: expected one of %s%s%s%s",
	    cli->command->name, o->name, value, o->argument,
	    near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
	    near == NULL ? "" : "?");
	return CLI_USAGE;
}

static int
take_value(struct cli *cli, const struct cli_option *o, const char *value)
{
	const struct cli_command *c = cli->command;

	if (o->argument != NULL && value == NULL) {
		(void)cli_fail("%s: --%s needs a value: %s", c->name, o->name,
		    o->argument);
		return CLI_USAGE;
	}
	if (o->argument == NULL && value != NULL) {
		(void)cli_fail("%s: --%s takes no value", c->name, o->name);
		return CLI_USAGE;
	}
	cli->values[o - c->options] = value == NULL ? "" : value;
	if (o->many && cli->list_count == CLI_VALUES_MAX) {
		(void)cli_fail("%s: --%s may come %d times at most", c->name,
		    o->name, CLI_VALUES_MAX);
		return CLI_USAGE;
	}
	if (o->many)
		cli->list[cli->list_count++] = value;
	return value == NULL ? CLI_OK : check_word(cli, o, value);
}

static int
choose_form(struct cli *cli)
{
	const char *form = cli_value(cli, "output");

	cli->form = form == NULL || strcmp(form, "table") == 0 ? OUT_TABLE :
	    strcmp(form, "tsv") == 0 ? OUT_TSV : OUT_JSON;
	if (cli_has(cli, "json") && form != NULL && cli->form != OUT_JSON) {
		(void)cli_fail("%s: --json or --output %s, not both",
		    cli->command->name, form);
		return CLI_USAGE;
	}
	if (cli_has(cli, "json"))
		cli->form = OUT_JSON;
	cli->json = cli->form == OUT_JSON;
	if (cli->operand_count > 0 && cli->command->operands == NULL) {
		(void)cli_fail("%s: unexpected argument \"%s\"",
		    cli->command->name, cli->operands[0]);
		return CLI_USAGE;
	}
	return CLI_OK;
}

static bool
is_operand(const char *word, bool only_operands)
{
	return only_operands || word[0] != '-' || word[1] == '\0';
}

int
cli_parse(struct cli *cli, int argc, char **argv)
{
	const struct cli_command *c = cli->command;
	bool only_operands = false;
	int rc = CLI_OK;

	for (int i = 0; i < argc && rc == CLI_OK; i++) {
		const struct cli_option *o;
		const char *value;

		if (is_operand(argv[i], only_operands)) {
			cli->operands[cli->operand_count++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			only_operands = true;
			continue;
		}
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			cli_print_help(c);
			exit(CLI_OK);
		}
		o = find_option(c, argv[i], &value);
		if (o == NULL)
			return unknown_option(c, argv[i]);
		if (o->argument != NULL && value == NULL && i + 1 < argc)
			value = argv[++i];
		rc = take_value(cli, o, value);
	}
	return rc == CLI_OK ? choose_form(cli) : rc;
}
