/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skua, the command: a table of commands, each with a table of options, from
 * which arguments are parsed and help is written.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdio.h>

#include <skua/client.h>

/* Exit statuses. */
enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

#define CLI_VALUES_MAX 64

struct cli;

struct cli_option {
	char letter;          /* 0: long form only */
	const char *name;     /* long form */
	const char *argument; /* in help; NULL: a flag */
	const char *help;
	bool many; /* may come several times */
};

struct cli_command {
	const char *name;    /* "topic create" */
	const char *summary; /* one line */
	const char *operands; /* in help: "[BODY|-]" */
	const struct cli_option *options; /* ends with a NULL name */
	int (*run)(struct cli *cli);
	const char *example;
};

struct cli {
	const struct cli_command *command;
	const char *values[CLI_VALUES_MAX]; /* by option, the last given */
	const char *list[CLI_VALUES_MAX];   /* of the option that may repeat */
	size_t list_count;
	int operand_count;
	char **operands;
	bool json;
};

extern const struct cli_command *const cli_commands[];

/* The value of an option of the command, by its long name; NULL: not given. */
const char *cli_value(const struct cli *cli, const char *name);
/* … or a sentence and NULL. */
const char *cli_need(const struct cli *cli, const char *name);
bool cli_int(const struct cli *cli, const char *name, int64_t dflt,
    int64_t *value_r);

/* Connects to -n, SKUA_NAMESRV or 127.0.0.1:9876; a sentence and NULL. */
struct skua_client *cli_connect(const struct cli *cli);
const char *cli_namesrv(const struct cli *cli);

/* "skua: …" on standard error; returns CLI_FAILED. */
int cli_fail(const char *fmt, ...) SKUA_PRINTF(1, 2);
/* Asks a nameserver (address NULL) or a broker and parses the answer. */
json_t *cli_ask_json(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields);
/* One JSON object as a line; takes the reference. */
void cli_print_json(json_t *json);

/* A table for people: columns as wide as their widest text. */
struct cli_table {
	size_t columns, rows, size;
	char **cells;
};
void cli_table_init(struct cli_table *t, size_t columns);
void cli_table_add(struct cli_table *t, const char *text);
void cli_table_print(struct cli_table *t); /* and frees */

#define CLI_NAMESRV                                                            \
	{ 'n', "namesrv", "HOST:PORT", "a nameserver [$SKUA_NAMESRV, or "      \
				       "127.0.0.1:9876]",                      \
	    false }
#define CLI_JSON { 0, "json", NULL, "write JSON, one object a line", false }
#define CLI_END { 0, NULL, NULL, NULL, false }

#endif
