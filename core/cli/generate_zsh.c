/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/generate.h"

static const char head[] =
    "#compdef skua\n"
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# Completion of skua for zsh.  Made by `skua generate zsh'.\n"
    "\n"
    "# Only a broker nearby answers fast enough to be asked.\n"
    "_skua_ask() {\n"
    "\tlocal -a namesrv\n"
    "\tlocal i\n"
    "\n"
    "\tfor ((i = 2; i < CURRENT; i++)); do\n"
    "\t\tcase $words[i] in\n"
    "\t\t-n|--namesrv) namesrv=(-n \"$words[i + 1]\") ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\ttimeout 1 skua \"$@\" $namesrv 2>/dev/null\n"
    "}\n"
    "\n"
    "# Anybody may have made up these names: only those that a broker takes.\n"
    "_skua_names() {\n"
    "\tenv LC_ALL=C grep -E '" GENERATE_NAMES "'\n"
    "}\n"
    "\n"
    "# The second column, without its head.\n"
    "_skua_second() {\n"
    "\tawk -F '\\t' 'NR > 1 { print $2 }' | sort -u\n"
    "}\n"
    "\n"
    "_skua_values() {\n"
    "\tlocal -a all\n"
    "\n"
    "\tcase $1 in\n"
    "\tTOPIC) all=(${(f)\"$(_skua_ask topic list | _skua_names)\"}) ;;\n"
    "\tGROUP) all=(${(f)\"$(_skua_ask group list | _skua_names)\"}) ;;\n"
    "\tBROKER) all=(${(f)\"$(_skua_ask cluster -o tsv |\n"
    "\t\t_skua_second | _skua_names)\"}) ;;\n"
    "\tSETTING) all=(${(f)\"$(_skua_ask config list -o tsv |\n"
    "\t\t_skua_second | _skua_names)\"}) ;;\n"
    "\tPLUGIN) all=(${(f)\"$(skua plugin list -o tsv 2>/dev/null |\n"
    "\t\t_skua_second | _skua_names)\"}) ;;\n"
    "\tesac\n"
    "\tcompadd -a all\n"
    "}\n"
    "\n"
    "_skua() {\n"
    "\tlocal -a commands\n"
    "\tlocal command=$words[2]\n"
    "\n";

/* Single quotes, and what _arguments and _describe give a meaning to. */
static void
put(const char *text, const char *special)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			(void)fputs("'\\''", stdout);
		else if (strchr(special, *text) != NULL)
			(void)printf("\\%c", *text);
		else
			(void)fputc(*text, stdout);
}

static const struct generate_shell zsh = {
	.any = ":",
	.folder = ":_files -/",
	.file = ":_files",
	.words = { ":(", ")" },
	.names = { ":{_skua_values ", "}" },
};

static void
put_action(const struct cli_command *c, const char *argument)
{
	(void)fputc(':', stdout);
	put(argument, ":\\");
	generate_values(c, argument, &zsh);
}

static void
put_option(const struct cli_command *c, const struct cli_option *o)
{
	(void)fputs(" \\\n\t\t\t", stdout);
	if (o->letter != 0)
		(void)printf("%s{-%c,--%s}'[", o->many ? "'*'" : "", o->letter,
		    o->name);
	else
		(void)printf("'%s--%s[", o->many ? "*" : "", o->name);
	put(o->help, "[]:\\");
	(void)fputc(']', stdout);
	if (o->argument != NULL)
		put_action(c, o->argument);
	(void)fputc('\'', stdout);
}

static void
put_command(const struct cli_command *c)
{
	(void)printf("\t'%s')\n\t\t_arguments", c->name);
	for (const struct cli_option *o = c->options; o->name != NULL; o++)
		put_option(c, o);
	(void)fputs(" \\\n\t\t\t'(- *)'{-h,--help}'[show help]'", stdout);
	if (c->operands != NULL) {
		(void)printf(" \\\n\t\t\t'%s",
		    strstr(c->operands, "...") != NULL ? "*" : "1");
		put_action(c, c->operands);
		(void)fputc('\'', stdout);
	}
	(void)fputs(" ;;\n", stdout);
}

static void
put_verbs(void)
{
	char noun[32];

	(void)fputs("\tif ((CURRENT == 3)); then\n\t\tcase $command in\n",
	    stdout);
	for (size_t i = 0; generate_noun(i, noun) != NULL; i++) {
		if (generate_is_command(noun))
			continue;
		(void)printf("\t\t%s) commands=(", noun);
		GENERATE_EACH (c) {
			const char *verb = generate_verb(c, noun);

			if (verb == NULL)
				continue;
			(void)printf("\n\t\t\t'%s:", verb);
			put(c->summary, ":\\");
			(void)fputc('\'', stdout);
		}
		(void)fputs(") ;;\n", stdout);
	}
	(void)fputs("\t\tesac\n"
		    "\t\tif (($#commands)); then\n"
		    "\t\t\t_describe command commands\n"
		    "\t\t\treturn\n"
		    "\t\tfi\n"
		    "\tfi\n", stdout);
}

static void
put_nouns(void)
{
	char noun[32];

	(void)fputs("\tif ((CURRENT == 2)); then\n\t\tcommands=(", stdout);
	for (size_t i = 0; generate_noun(i, noun) != NULL; i++)
		(void)printf("%s%s", i == 0 ? "" : " ", noun);
	(void)fputs(" help --help --version)\n"
		    "\t\tcompadd -a commands\n"
		    "\t\treturn\n"
		    "\tfi\n", stdout);
}

/* Words before the options are taken away, so that _arguments counts right. */
static void
put_shift(void)
{
	char noun[32];
	const char *separator = "";

	(void)fputs("\tcase $command in\n\t", stdout);
	for (size_t i = 0; generate_noun(i, noun) != NULL; i++) {
		if (generate_is_command(noun))
			continue;
		(void)printf("%s%s", separator, noun);
		separator = "|";
	}
	(void)fputs(")\n"
		    "\t\tcommand+=\" $words[3]\"\n"
		    "\t\tshift words\n"
		    "\t\t((CURRENT--)) ;;\n"
		    "\tesac\n"
		    "\tshift words\n"
		    "\t((CURRENT--))\n", stdout);
}

void
generate_zsh(void)
{
	(void)fputs(head, stdout);
	put_nouns();
	put_verbs();
	put_shift();
	(void)fputs("\tcase $command in\n", stdout);
	GENERATE_EACH (c)
		put_command(c);
	(void)fputs("\tesac\n}\n\n_skua \"$@\"\n", stdout);
}
