/* SPDX-License-Identifier: Apache-2.0 */
/* skua: finds the command, parses its options, writes help. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"

static void
print_overview(FILE *to)
{
	(void)fputs("Usage: skua COMMAND [OPTION]...\n"
		    "Works with Skua and Apache RocketMQ.\n\nCommands:\n",
	    to);
	for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
		(void)fprintf(to, "  %-14s %s\n", (*c)->name, (*c)->summary);
	(void)fputs("\n`skua COMMAND --help' tells more about one.\n", to);
}

static void
print_help(const struct cli_command *c)
{
	(void)printf("Usage: skua %s [OPTION]... %s\n%s.\n\n", c->name,
	    c->operands == NULL ? "" : c->operands, c->summary);
	for (const struct cli_option *o = c->options; o->name != NULL; o++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "%c%c%s --%s%s%s",
		    o->letter == 0 ? ' ' : '-', o->letter == 0 ? ' ' : o->letter,
		    o->letter == 0 ? " " : ",", o->name,
		    o->argument == NULL ? "" : " ",
		    o->argument == NULL ? "" : o->argument);
		(void)printf("  %-28s %s\n", left, o->help);
	}
	(void)printf("  -h, --help                   show this help\n");
	if (c->example != NULL)
		(void)printf("\nExample:\n  %s\n", c->example);
}

/* How many words of argv name the command: 1 or 2; 0 when none does. */
static int
find_command(int argc, char **argv, const struct cli_command **command_r)
{
	char two[64] = "";

	if (argc > 2)
		(void)snprintf(two, sizeof(two), "%s %s", argv[1], argv[2]);
	for (const struct cli_command *const *c = cli_commands; *c != NULL;
	     c++) {
		*command_r = *c;
		if (strcmp((*c)->name, argv[1]) == 0)
			return 1;
		if (strcmp((*c)->name, two) == 0)
			return 2;
	}
	return 0;
}

static int
unknown_command(int argc, char **argv)
{
	const char *names[64], *near;
	char given[128];
	size_t n = 0, len = strlen(argv[1]);
	bool is_prefix = false;

	for (const struct cli_command *const *c = cli_commands;
	     *c != NULL && n < 64; c++) {
		names[n++] = (*c)->name;
		is_prefix |= strncmp((*c)->name, argv[1], len) == 0 &&
		    (*c)->name[len] == ' ';
	}
	if (is_prefix &&
	    (argc < 3 || argv[2][0] == '-')) {
		(void)fprintf(argc < 3 ? stderr : stdout, "Usage:\n");
		for (size_t i = 0; i < n; i++)
			if (strncmp(names[i], argv[1], len) == 0)
				(void)fprintf(argc < 3 ? stderr : stdout,
				    "  skua %-16s %s\n", names[i],
				    cli_commands[i]->summary);
		return argc < 3 ? CLI_USAGE : CLI_OK;
	}
	(void)snprintf(given, sizeof(given), "%s%s%s", argv[1],
	    argc > 2 && argv[2][0] != '-' && is_prefix ? " " : "",
	    argc > 2 && argv[2][0] != '-' && is_prefix ? argv[2] : "");
	near = skua_text_nearest(given, names, n);
	(void)cli_fail("unknown command \"%s\"%s%s%s", given,
	    near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
	    near == NULL ? "; `skua --help' lists them" : "\"?");
	return CLI_USAGE;
}

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

	for (const struct cli_option *o = c->options; o->name != NULL; o++)
		names[n++] = o->name;
	near = skua_text_nearest(word + strspn(word, "-"), names, n);
	(void)cli_fail("%s: unknown option %s%s%s%s", c->name, word,
	    near == NULL ? "" : "; did you mean --", near == NULL ? "" : near,
	    near == NULL ? "" : "?");
	return CLI_USAGE;
}

/* Options and operands in any order; "--" ends the options. */
static int
parse(struct cli *cli, int argc, char **argv)
{
	const struct cli_command *c = cli->command;
	bool only_operands = false;

	cli->operands = calloc((size_t)argc + 1, sizeof(char *));
	for (int i = 0; i < argc; i++) {
		const struct cli_option *o;
		const char *value;

		if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
			cli->operands[cli->operand_count++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			only_operands = true;
			continue;
		}
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			print_help(c);
			exit(CLI_OK);
		}
		o = find_option(c, argv[i], &value);
		if (o == NULL)
			return unknown_option(c, argv[i]);
		if (o->argument != NULL && value == NULL)
			value = i + 1 < argc ? argv[++i] : NULL;
		if (o->argument != NULL && value == NULL) {
			(void)cli_fail("%s: --%s needs a value: %s", c->name,
			    o->name, o->argument);
			return CLI_USAGE;
		}
		cli->values[o - c->options] = value == NULL ? "" : value;
		if (o->many && cli->list_count < CLI_VALUES_MAX)
			cli->list[cli->list_count++] = value;
	}
	cli->json = cli_value(cli, "json") != NULL;
	if (cli->operand_count > 0 && c->operands == NULL) {
		(void)cli_fail("%s: unexpected argument \"%s\"", c->name,
		    cli->operands[0]);
		return CLI_USAGE;
	}
	return CLI_OK;
}

int
main(int argc, char **argv)
{
	struct cli cli = { .json = false };
	int words, rc;

	/* A command says itself what went wrong. */
	skua_log_set_level(SKUA_LOG_ERROR);
	if (argc < 2) {
		print_overview(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_overview(stdout);
		return CLI_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		(void)printf("skua %s\n", PACKAGE_VERSION);
		return CLI_OK;
	}
	words = find_command(argc, argv, &cli.command);
	if (words == 0)
		return unknown_command(argc, argv);
	rc = parse(&cli, argc - 1 - words, argv + 1 + words);
	if (rc == CLI_OK)
		rc = cli.command->run(&cli);
	free(cli.operands);
	if (rc == CLI_OK && fflush(stdout) != 0)
		rc = cli_fail("could not write: standard output is closed");
	return rc;
}
