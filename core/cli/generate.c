/* SPDX-License-Identifier: Apache-2.0 */
/* See generate.h: what the generators share, and the command. */
#include <string.h>

#include "cli/commands.h"
#include "cli/generate.h"

/* --- kinds --- */

static const char *const kind_names[] = {
	[KIND_ANY] = "ANY",
	[KIND_TOPIC] = "TOPIC",
	[KIND_GROUP] = "GROUP",
	[KIND_BROKER] = "BROKER",
	[KIND_PLUGIN] = "PLUGIN",
	[KIND_SETTING] = "SETTING",
	[KIND_FOLDER] = "FOLDER",
	[KIND_FILE] = "FILE",
	[KIND_WORDS] = "WORDS",
};

/* Arguments whose words are well known, though others are taken. */
static const struct {
	const char *argument, *words;
} known[] = {
	{ "WHEN", "first last now" },
	{ "TYPE", "TAG SQL92 LUA" },
};

const char *
generate_kind_name(enum generate_kind kind)
{
	return kind_names[kind];
}

static bool
begins_with(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

enum generate_kind
generate_kind_of(const struct cli_command *c, const char *argument)
{
	const char *verb = strchr(c->name, ' ');

	if (argument == NULL)
		return KIND_ANY;
	argument += *argument == '[';
	/* New names, and those of a folder, are not to be asked for. */
	if ((verb != NULL && strcmp(verb, " create") == 0 &&
		strchr(argument, '|') == NULL) ||
	    (begins_with(c->name, "store ") && begins_with(argument, "TOPIC")))
		return KIND_ANY;
	for (size_t i = KIND_TOPIC; i < KIND_WORDS; i++)
		if (begins_with(argument, kind_names[i]))
			return (enum generate_kind)i;
	if (strcmp(argument, "DIR") == 0 || begins_with(argument, "PATH"))
		return KIND_FOLDER;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(argument, known[i].argument) == 0)
			return KIND_WORDS;
	return strchr(argument, '|') != NULL &&
		strcspn(argument, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
		    strlen(argument) ?
	    KIND_WORDS :
	    KIND_ANY;
}

void
generate_words(const char *argument, char *to, size_t size)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(argument, known[i].argument) == 0)
			argument = known[i].words;
	(void)snprintf(to, size, "%s", argument);
	for (char *p = to; *p != '\0'; p++)
		if (*p == '|')
			*p = ' ';
}

void
generate_values(const struct cli_command *c, const char *argument,
    const struct generate_shell *shell)
{
	enum generate_kind kind = generate_kind_of(c, argument);
	char words[256];

	switch (kind) {
	case KIND_ANY:
		(void)fputs(shell->any, stdout);
		break;
	case KIND_FOLDER:
		(void)fputs(shell->folder, stdout);
		break;
	case KIND_FILE:
		(void)fputs(shell->file, stdout);
		break;
	case KIND_WORDS:
		generate_words(argument, words, sizeof(words));
		(void)printf("%s%s%s", shell->words[0], words,
		    shell->words[1]);
		break;
	case KIND_TOPIC:
	case KIND_GROUP:
	case KIND_BROKER:
	case KIND_PLUGIN:
	case KIND_SETTING:
		(void)printf("%s%s%s", shell->names[0],
		    generate_kind_name(kind), shell->names[1]);
		break;
	}
}

/* --- nouns and verbs --- */

const char *
generate_noun(size_t n, char noun[32])
{
	char last[32] = "";

	GENERATE_EACH (c) {
		(void)snprintf(noun, 32, "%.*s", (int)strcspn(c->name, " "),
		    c->name);
		if (strcmp(noun, last) == 0)
			continue; /* commands of a noun stand together */
		if (n-- == 0)
			return noun;
		memcpy(last, noun, sizeof(last));
	}
	return NULL;
}

bool
generate_is_command(const char *noun)
{
	GENERATE_EACH (c)
		if (strcmp(c->name, noun) == 0)
			return true;
	return false;
}

const char *
generate_verb(const struct cli_command *c, const char *noun)
{
	size_t len = strlen(noun);

	return strncmp(c->name, noun, len) == 0 && c->name[len] == ' ' ?
	    c->name + len + 1 :
	    NULL;
}

/* --- the command --- */

static const struct cli_option options[] = { CLI_END };

static int
run(struct cli *cli)
{
	static const struct {
		const char *what;
		void (*generate)(void);
	} all[] = {
		{ "bash", generate_bash },
		{ "zsh", generate_zsh },
		{ "fish", generate_fish },
		{ "man", generate_man },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (cli->operand_count == 1 &&
		    strcmp(cli->operands[0], all[i].what) == 0) {
			all[i].generate();
			return CLI_OK;
		}
	(void)cli_fail("generate: expected bash, zsh, fish or man");
	return CLI_USAGE;
}

const struct cli_command cmd_generate = {
	.name = "generate",
	.operands = "bash|zsh|fish|man",
	.options = options,
	.run = run,
};
