/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skua, the command: a table of commands, each with a table of options, from
 * which arguments are parsed, help is written, and completions are generated;
 * tests/lint/generated.sh compares the manual page with it.
 *
 * The argument of an option says what it is: "TOPIC", "GROUP", "BROKER",
 * "FOLDER", "FILE" and "PLUGIN" are completed with what there is, "a|b|c" are
 * the only words taken.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

#include <skua/admin.h>
#include <skua/client.h>

#include "cli/out.h"
#include "cli/say.h"

/* Exit statuses: in the manual page and in --help. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NOT_FOUND = 3,   /* no such topic, group, message, ... */
	CLI_UNREACHABLE = 4, /* no nameserver or broker answered */
};

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
	const char *summary; /* one line; NULL: not shown */
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
	enum out_form form; /* of listings: -o, --json */
};

extern const struct cli_command *const cli_commands[];

/* args.c: options and operands in any order; "--" ends the options.  CLI_OK, or
 * the exit status after a sentence. */
int cli_parse(struct cli *cli, int argc, char **argv);
/* How many words of argv (from its first) name a command; 0: none. */
int cli_find(int argc, char **argv, const struct cli_command **command_r);
/* A sentence with the nearest name, or the commands of a noun. */
int cli_unknown_command(int argc, char **argv);

/* help.c */
void cli_print_overview(FILE *to);
void cli_print_help(const struct cli_command *c);

/* --- values --- */

/* The value of an option of the command, by its long name; NULL: not given. */
const char *cli_value(const struct cli *cli, const char *name);
bool cli_has(const struct cli *cli, const char *name);
/* ... or a sentence and NULL. */
const char *cli_need(const struct cli *cli, const char *name);
/* ... or the first operand, which is then taken; else a sentence and NULL. */
const char *cli_subject(struct cli *cli, const char *name);
/* No operand is left; else a sentence. */
bool cli_no_more(const struct cli *cli);
bool cli_int(const struct cli *cli, const char *name, int64_t dflt,
    int64_t *value_r);
/* The same within bounds. */
bool cli_int_in(const struct cli *cli, const char *name, int64_t dflt,
    int64_t min, int64_t max, int64_t *value_r);
/* A positive number that may have a fraction; left alone when not given. */
bool cli_real(const struct cli *cli, const char *name, double *value);
/* "first" 0, "last" INT64_MAX, "now", "10m" for ten minutes ago (s, m, h, d),
 * milliseconds since 1970, YYYY-MM-DD, YYYY-MM-DDThh:mm[:ss], local time. */
bool cli_time(const struct cli *cli, const char *name, int64_t dflt,
    int64_t *ms_r);
#define CLI_TIMES                                                              \
	"first, last, now, 10m (ago: s, m, h, d), ms since 1970, "             \
	"YYYY-MM-DD or YYYY-MM-DDThh:mm:ss"

/* --- brokers --- */

/* Connects to -n, SKUA_NAMESRV or 127.0.0.1:9876; a sentence and NULL. */
struct skua_client *cli_connect(const struct cli *cli);
/* Connects, runs, ends. */
typedef int cli_connected_fn(const struct cli *cli, struct skua_client *client,
    void *arg);
int cli_with_client(const struct cli *cli, cli_connected_fn *fn, void *arg);
const char *cli_namesrv(const struct cli *cli);

/* brokers.c: the one that -b names, else every master, until one fails. */
typedef int cli_broker_fn(struct skua_client *client,
    const struct skua_broker *broker, void *arg);
int cli_each_broker(const struct cli *cli, struct skua_client *client,
    cli_broker_fn *fn, void *arg);

/* --- what went wrong --- */

/* "skua: ..." on standard error; returns CLI_FAILED. */
int cli_fail(const char *fmt, ...) SKUA_PRINTF(1, 2);
/* The sentence of e, and the exit status for rc. */
int cli_failed(int rc, const struct skua_error *e);
/* failure.c: `no topic "ordres"; did you mean "orders"?', when it is that. */
int cli_no_name(const char *what, const char *name, const char *const *known,
    size_t count);
int cli_topic_failed(struct skua_client *client, const char *topic, int rc,
    const struct skua_error *e);
/* CLI_OK, or the sentence for a name that is not there.  Brokers make a group of
 * itself when they are asked for its settings. */
int cli_check_topic(struct skua_client *client, const char *topic);
int cli_check_group(struct skua_client *client, const char *group);
int cli_group_failed(struct skua_client *client, const char *group, int rc,
    const struct skua_error *e);

/* --- output --- */

/* A listing on standard output in the form that was asked for. */
void cli_listing(const struct cli *cli, struct out *o,
    const struct out_column *columns);
/* Its end; a table without rows says why, on standard error. */
void cli_listing_end(const struct cli *cli, struct out *o, const char *why, ...)
    SKUA_PRINTF(3, 4);
/* What was changed: "created orders on broker-a (127.0.0.1:10911)", or the row
 * that says so. */
void cli_changed(const struct cli *cli, const char *done, const char *kind,
    const char *name, const struct skua_broker *broker);
/* malloc'd, for bytes that are no text. */
char *cli_base64(struct skua_str bytes);
/* From now on the first ^C only sets what this points to. */
const _Atomic int *cli_catch_interrupt(void);
/* One JSON object as a line; takes the reference. */
void cli_print_json(json_t *json);

#define CLI_NAMESRV                                                            \
	{ 'n', "namesrv", "HOST:PORT", "a nameserver, or several with ; "      \
				       "between [$SKUA_NAMESRV, or "           \
				       "127.0.0.1:9876]",                      \
	    false }
#define CLI_JSON { 0, "json", NULL, "write JSON, one object a line", false }
#define CLI_OUTPUT                                                             \
	CLI_JSON, { 'o', "output", "table|tsv|json", "write a table, "         \
		"tab-separated values, or JSON [table]", false }
#define CLI_BROKER                                                             \
	{ 'b', "broker", "BROKER", "only this one, by name or HOST:PORT "      \
				   "[every master]", false }
#define CLI_END { 0, NULL, NULL, NULL, false }

#endif
