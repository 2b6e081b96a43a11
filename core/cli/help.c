/* SPDX-License-Identifier: Apache-2.0 */
/* Help, from the tables. */
#include <string.h>

#include "cli/cli.h"

#define NOUN_WIDTH 14
#define LEFT 30

void
cli_print_overview(FILE *to)
{
	say_to(to, "Usage: skua COMMAND [OPTION]...");
	say_to(to, "Works with Skua and Apache RocketMQ.");
	say_end(to);
	say_to(to, "Commands:");
	for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
		if ((*c)->summary != NULL)
			say_to(to, "  %-*s %s", NOUN_WIDTH, (*c)->name,
			    (*c)->summary);
	say_end(to);
	say_to(to, "`skua COMMAND --help' tells more about one.");
	say_to(to, "Exit status: 0 done, 1 it failed, 2 the command line is "
		   "wrong, 3 no such topic,");
	say_to(to, "group, message or setting, 4 no nameserver or broker "
		   "answered.");
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
	say("  %-*s %s", LEFT, left, o->help);
}

void
cli_print_help(const struct cli_command *c)
{
	say("Usage: skua %s [OPTION]...%s%s", c->name,
	    c->operands == NULL ? "" : " ",
	    c->operands == NULL ? "" : c->operands);
	if (c->summary != NULL)
		say("%s.", c->summary);
	say_end(stdout);
	for (const struct cli_option *o = c->options; o->name != NULL; o++)
		print_option(o);
	say("  %-*s %s", LEFT, "-h, --help", "show this help");
	if (c->example == NULL)
		return;
	say_end(stdout);
	say("Example:");
	say("  %s", c->example);
}
