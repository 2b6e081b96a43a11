/* SPDX-License-Identifier: Apache-2.0 */
/* Help, from the tables. */
#include <string.h>

#include "cli/cli.h"

#define NOUN_WIDTH 14
#define LEFT 30

void
cli_print_overview(FILE *to)
{
	(void)fputs("Usage: skua COMMAND [OPTION]...\n"
		    "Works with Skua and Apache RocketMQ.\n\nCommands:\n",
	    to);
	for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
		if ((*c)->summary != NULL)
			(void)fprintf(to, "  %-*s %s\n", NOUN_WIDTH,
			    (*c)->name, (*c)->summary);
	(void)fputs("\n`skua COMMAND --help' tells more about one.\n"
		    "Exit status: 0 done, 1 it failed, 2 the command line is "
		    "wrong, 3 no such topic,\ngroup, message or setting, 4 no "
		    "nameserver or broker answered.\n",
	    to);
}

static void
print_option(const struct cli_option *o)
{
	char left[96];

	(void)snprintf(left, sizeof(left), "%c%c%s --%s%s%s",
	    o->letter == 0 ? ' ' : '-', o->letter == 0 ? ' ' : o->letter,
	    o->letter == 0 ? " " : ",", o->name,
	    o->argument == NULL ? "" : " ",
	    o->argument == NULL ? "" : o->argument);
	(void)printf("  %-*s %s\n", LEFT, left, o->help);
}

void
cli_print_help(const struct cli_command *c)
{
	(void)printf("Usage: skua %s [OPTION]...%s%s\n", c->name,
	    c->operands == NULL ? "" : " ",
	    c->operands == NULL ? "" : c->operands);
	if (c->summary != NULL)
		(void)printf("%s.\n", c->summary);
	(void)fputc('\n', stdout);
	for (const struct cli_option *o = c->options; o->name != NULL; o++)
		print_option(o);
	(void)printf("  %-*s %s\n", LEFT, "-h, --help", "show this help");
	if (c->example != NULL)
		(void)printf("\nExample:\n  %s\n", c->example);
}
