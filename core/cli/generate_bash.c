/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/generate.h"

static const char head[] =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# Completion of skua for bash.  Made by `skua generate bash'.\n"
    "# shellcheck shell=bash\n"
    "\n"
    "# Only a broker nearby answers fast enough to be asked.\n"
    "_skua_ask() {\n"
    "\tlocal namesrv=() i\n"
    "\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tcase ${COMP_WORDS[i]} in\n"
    "\t\t-n | --namesrv) namesrv=(-n \"${COMP_WORDS[i + 1]}\") ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\ttimeout 1 skua \"$@\" \"${namesrv[@]}\" 2>/dev/null\n"
    "}\n"
    "\n"
    "# The second column, without its head.\n"
    "_skua_second() {\n"
    "\tawk -F '\\t' 'NR > 1 { print $2 }' | sort -u\n"
    "}\n"
    "\n"
    "# Offers the lines of its input that begin with the word.  Anybody may have made\n"
    "# up these names: only those that a broker takes are offered, quoted, and\n"
    "# nothing of them is expanded.\n"
    "_skua_offer() {\n"
    "\tlocal cur=$1 name quoted\n"
    "\n"
    "\twhile IFS= read -r name; do\n"
    "\t\tprintf -v quoted %q \"$name\"\n"
    "\t\tif [[ $name == \"$cur\"* || $quoted == \"$cur\"* ]]; then\n"
    "\t\t\tCOMPREPLY+=(\"$quoted\")\n"
    "\t\tfi\n"
    "\tdone < <(env LC_ALL=C grep -E '" GENERATE_NAMES "')\n"
    "}\n"
    "\n"
    "# What may stand there: a kind, or words.\n"
    "_skua_complete() {\n"
    "\tlocal cur=$1\n"
    "\n"
    "\tcase $2 in\n"
    "\tANY) ;;\n"
    "\tTOPIC) _skua_offer \"$cur\" < <(_skua_ask topic list) ;;\n"
    "\tGROUP) _skua_offer \"$cur\" < <(_skua_ask group list) ;;\n"
    "\tBROKER) _skua_offer \"$cur\" < <(_skua_ask cluster -o tsv | _skua_second) ;;\n"
    "\tSETTING) _skua_offer \"$cur\" < <(_skua_ask config list -o tsv | _skua_second) ;;\n"
    "\tPLUGIN) _skua_offer \"$cur\" < <(skua plugin list -o tsv 2>/dev/null | _skua_second) ;;\n"
    "\tFOLDER | FILE)\n"
    "\t\t# Bash quotes the names of files.\n"
    "\t\tcompopt -o filenames 2>/dev/null\n"
    "\t\tif [ \"$2\" = FOLDER ]; then\n"
    "\t\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
    "\t\telse\n"
    "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "\t\tfi ;;\n"
    "\t*) mapfile -t COMPREPLY < <(compgen -W \"$2\" -- \"$cur\") ;;\n"
    "\tesac\n"
    "}\n";

static const char tail[] =
    "\n"
    "_skua() {\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "\tlocal command=${COMP_WORDS[1]} value verbs\n"
    "\n"
    "\tCOMPREPLY=()\n"
    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "\t\t_skua_complete \"$cur\" \"$_skua_nouns help --help --version\"\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tverbs=$(_skua_verbs \"$command\")\n"
    "\tif [ -n \"$verbs\" ]; then\n"
    "\t\tif [ \"$COMP_CWORD\" -eq 2 ]; then\n"
    "\t\t\t_skua_complete \"$cur\" \"$verbs\"\n"
    "\t\t\treturn\n"
    "\t\tfi\n"
    "\t\tcommand+=\" ${COMP_WORDS[2]}\"\n"
    "\tfi\n"
    "\tvalue=$(_skua_value \"$command $prev\")\n"
    "\tif [ -n \"$value\" ]; then\n"
    "\t\t_skua_complete \"$cur\" \"$value\"\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tcase $cur in\n"
    "\t-*) _skua_complete \"$cur\" \"$(_skua_options \"$command\") --help\" ;;\n"
    "\t*) _skua_complete \"$cur\" \"$(_skua_operand \"$command\")\" ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "complete -F _skua skua\n";

static void
put_nouns(void)
{
	char noun[32];

	(void)fputs("\n_skua_nouns='", stdout);
	for (size_t i = 0; generate_noun(i, noun) != NULL; i++)
		(void)printf("%s%s", i == 0 ? "" : " ", noun);
	(void)fputs("'\n\n_skua_verbs() {\n\tcase $1 in\n", stdout);
	for (size_t i = 0; generate_noun(i, noun) != NULL; i++) {
		const char *separator = "";

		if (generate_is_command(noun))
			continue;
		(void)printf("\t%s) echo '", noun);
		GENERATE_EACH (c) {
			const char *verb = generate_verb(c, noun);

			if (verb == NULL)
				continue;
			(void)printf("%s%s", separator, verb);
			separator = " ";
		}
		(void)fputs("' ;;\n", stdout);
	}
	(void)fputs("\tesac\n}\n", stdout);
}

static void
put_options(void)
{
	(void)fputs("\n_skua_options() {\n\tcase $1 in\n", stdout);
	GENERATE_EACH (c) {
		(void)printf("\t'%s') echo '", c->name);
		for (const struct cli_option *o = c->options; o->name != NULL;
		     o++)
			(void)printf("%s--%s", o == c->options ? "" : " ",
			    o->name);
		(void)fputs("' ;;\n", stdout);
	}
	(void)fputs("\tesac\n}\n", stdout);
}

static void
put_value(const struct cli_command *c, const char *argument)
{
	enum generate_kind kind = generate_kind_of(c, argument);
	char words[256];

	if (kind == KIND_WORDS)
		generate_words(argument, words, sizeof(words));
	(void)printf("echo '%s' ;;\n",
	    kind == KIND_WORDS ? words : generate_kind_name(kind));
}

static void
put_values(void)
{
	(void)fputs("\n# After an option that takes a value.\n"
		    "_skua_value() {\n\tcase $1 in\n", stdout);
	GENERATE_EACH (c)
		for (const struct cli_option *o = c->options; o->name != NULL;
		     o++) {
			if (o->argument == NULL)
				continue;
			(void)printf("\t'%s --%s'", c->name, o->name);
			if (o->letter != 0)
				(void)printf(" | '%s -%c'", c->name, o->letter);
			(void)fputs(") ", stdout);
			put_value(c, o->argument);
		}
	(void)fputs("\tesac\n}\n\n_skua_operand() {\n\tcase $1 in\n", stdout);
	GENERATE_EACH (c) {
		if (generate_kind_of(c, c->operands) == KIND_ANY)
			continue;
		(void)printf("\t'%s') ", c->name);
		put_value(c, c->operands);
	}
	(void)fputs("\t*) echo ANY ;;\n\tesac\n}\n", stdout);
}

void
generate_bash(void)
{
	(void)fputs(head, stdout);
	put_nouns();
	put_options();
	put_values();
	(void)fputs(tail, stdout);
}
