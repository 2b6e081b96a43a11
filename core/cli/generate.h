/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is made from the tables of commands: completions for three shells, and
 * the headings of the manual page (`skua generate SHELL|man').
 */
#ifndef CLI_GENERATE_H
#define CLI_GENERATE_H

#include "cli/cli.h"

void generate_bash(void);
void generate_zsh(void);
void generate_fish(void);
void generate_man(void);

/* What may stand for an argument or operand; shells know how to list it. */
enum generate_kind {
	KIND_ANY,
	KIND_TOPIC,
	KIND_GROUP,
	KIND_BROKER,
	KIND_PLUGIN,
	KIND_SETTING,
	KIND_FOLDER,
	KIND_FILE,
	KIND_WORDS, /* of the argument itself, or well-known ones */
};
enum generate_kind generate_kind_of(const struct cli_command *c,
    const char *argument);
/* "TOPIC", as the scripts call it. */
const char *generate_kind_name(enum generate_kind kind);
/* The words of KIND_WORDS, separated by blanks. */
void generate_words(const char *argument, char *to, size_t size);

/* Names that a broker may have, as grep -E takes it, in single quotes: letters,
 * digits and "%|_.@-".  Completion offers no others. */
#define GENERATE_NAMES "^[0-9A-Za-z%_][-0-9A-Za-z%|_.@]*$"

/* How a shell is told what may stand there: what goes around the words, or
 * around the kind's name. */
struct generate_shell {
	const char *any, *folder, *file;
	const char *words[2], *names[2];
};
void generate_values(const struct cli_command *c, const char *argument,
    const struct generate_shell *shell);

/* The n-th different first word of commands; NULL: no more. */
const char *generate_noun(size_t n, char noun[32]);
/* Whether it is a command of its own. */
bool generate_is_command(const char *noun);
/* The command's second word; NULL when it has only one, or another noun. */
const char *generate_verb(const struct cli_command *c, const char *noun);

/* Each command that is shown. */
#define GENERATE_EACH(c)                                                       \
	for (const struct cli_command *const *c##_at = cli_commands, *c;       \
	     (c = *c##_at) != NULL; c##_at++)                                  \
		if (c->summary != NULL)

#endif
