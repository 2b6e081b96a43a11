/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/generate.h"

static const char head[] =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# Completion of skua for fish.  Made by `skua generate fish'.\n"
    "\n"
    "# Only a broker nearby answers fast enough to be asked.\n"
    "function __skua_ask\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l namesrv\n"
    "\tfor i in (seq (count $words))\n"
    "\t\tif contains -- $words[$i] -n --namesrv; and test $i -lt (count $words)\n"
    "\t\t\tset -l next (math $i + 1)\n"
    "\t\t\tset namesrv -n $words[$next]\n"
    "\t\tend\n"
    "\tend\n"
    "\ttimeout 1 skua $argv $namesrv 2>/dev/null\n"
    "end\n"
    "\n"
    "# Anybody may have made up these names: only those that a broker takes.\n"
    "function __skua_names\n"
    "\tenv LC_ALL=C grep -E '" GENERATE_NAMES "'\n"
    "end\n"
    "\n"
    "# The second column, without its head.\n"
    "function __skua_second\n"
    "\tawk -F '\\t' 'NR > 1 { print $2 }' | sort -u\n"
    "end\n"
    "\n"
    "function __skua_values\n"
    "\tswitch $argv[1]\n"
    "\t\tcase TOPIC\n"
    "\t\t\t__skua_ask topic list | __skua_names\n"
    "\t\tcase GROUP\n"
    "\t\t\t__skua_ask group list | __skua_names\n"
    "\t\tcase BROKER\n"
    "\t\t\t__skua_ask cluster -o tsv | __skua_second | __skua_names\n"
    "\t\tcase SETTING\n"
    "\t\t\t__skua_ask config list -o tsv | __skua_second | __skua_names\n"
    "\t\tcase PLUGIN\n"
    "\t\t\tskua plugin list -o tsv 2>/dev/null | __skua_second | __skua_names\n"
    "\tend\n"
    "end\n"
    "\n"
    "# Whether the command line begins with these words.\n"
    "function __skua_at\n"
    "\tset -l words (commandline -opc)\n"
    "\ttest (count $words) -gt (count $argv); or return 1\n"
    "\tfor i in (seq (count $argv))\n"
    "\t\tset -l next (math $i + 1)\n"
    "\t\ttest \"$words[$next]\" = \"$argv[$i]\"; or return 1\n"
    "\tend\n"
    "end\n"
    "\n"
    "# Whether it is exactly these.\n"
    "function __skua_after\n"
    "\ttest (count (commandline -opc)) -eq (math (count $argv) + 1); and __skua_at $argv\n"
    "end\n"
    "\n"
    "complete -c skua -f\n"
    "complete -c skua -n __skua_after -l help -s h -d 'show help'\n"
    "complete -c skua -n __skua_after -l version -s V -d 'show the version'\n";

static void
put(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			(void)fputc('\\', stdout);
		(void)fputc(*text, stdout);
	}
}

static const struct generate_shell fish = {
	.any = "",
	.folder = " -a '(__fish_complete_directories)'",
	.file = " -a '(__fish_complete_path)'",
	.words = { " -a '", "'" },
	.names = { " -a '(__skua_values ", ")'" },
};

static void
put_option(const struct cli_command *c, const struct cli_option *o)
{
	(void)printf("complete -c skua -n '__skua_at %s' -l %s", c->name,
	    o->name);
	if (o->letter != 0)
		(void)printf(" -s %c", o->letter);
	if (o->argument != NULL) {
		(void)fputs(" -x", stdout);
		generate_values(c, o->argument, &fish);
	}
	(void)fputs(" -d '", stdout);
	put(o->help);
	(void)fputs("'\n", stdout);
}

static void
put_nouns(void)
{
	char noun[32];

	for (size_t i = 0; generate_noun(i, noun) != NULL; i++) {
		(void)printf("complete -c skua -n __skua_after -a %s", noun);
		if (generate_is_command(noun))
			GENERATE_EACH (c)
				if (strcmp(c->name, noun) == 0) {
					(void)fputs(" -d '", stdout);
					put(c->summary);
					(void)fputc('\'', stdout);
				}
		(void)fputc('\n', stdout);
	}
}

static void
put_command(const struct cli_command *c)
{
	const char *blank = strchr(c->name, ' ');

	(void)fputc('\n', stdout);
	if (blank != NULL) {
		(void)printf("complete -c skua -n '__skua_after %.*s' -a %s -d '",
		    (int)(blank - c->name), c->name, blank + 1);
		put(c->summary);
		(void)fputs("'\n", stdout);
	}
	for (const struct cli_option *o = c->options; o->name != NULL; o++)
		put_option(c, o);
	if (generate_kind_of(c, c->operands) == KIND_ANY)
		return;
	(void)printf("complete -c skua -n '__skua_at %s'", c->name);
	generate_values(c, c->operands, &fish);
	(void)fputc('\n', stdout);
}

void
generate_fish(void)
{
	(void)fputs(head, stdout);
	put_nouns();
	GENERATE_EACH (c)
		put_command(c);
}
