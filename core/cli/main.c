/* SPDX-License-Identifier: Apache-2.0 */
/* skua: finds the command and runs it. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"

static int
run(int argc, char **argv)
{
	struct cli cli = { .json = false };
	int words = cli_find(argc, argv, &cli.command), rc;
	char **operands;

	if (words == 0)
		return cli_unknown_command(argc, argv);
	operands = sk_new_array((size_t)argc + 1, char *);
	cli.operands = operands;
	rc = cli_parse(&cli, argc - words, argv + words);
	if (rc == CLI_OK)
		rc = cli.command->run(&cli);
	free(operands);
	if (fflush(stdout) != 0 && rc == CLI_OK)
		rc = cli_fail("could not write: standard output is closed");
	return rc;
}

/* "skua help topic create" is "skua topic create --help". */
static int
help(int argc, char **argv)
{
	const struct cli_command *command;

	if (argc == 0)
		cli_print_overview(stdout);
	else if (cli_find(argc, argv, &command) > 0)
		cli_print_help(command);
	else
		return cli_unknown_command(argc, argv);
	return CLI_OK;
}

int
main(int argc, char **argv)
{
	/* A command says itself what went wrong. */
	skua_log_set_level(SKUA_LOG_ERROR);
	(void)setlocale(LC_CTYPE, "");
	if (argc < 2) {
		cli_print_overview(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help(argc - 2, argv + 2);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		say("skua %s", PACKAGE_VERSION);
		return CLI_OK;
	}
	return run(argc - 1, argv + 1);
}
