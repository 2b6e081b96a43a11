/* SPDX-License-Identifier: Apache-2.0 */
/* What commands share: values, connections, messages, tables. */
#include <stdarg.h>
#include <stdlib.h>

#include <skua/json.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"

int
cli_fail(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("skua: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return CLI_FAILED;
}

const char *
cli_value(const struct cli *cli, const char *name)
{
	for (size_t i = 0; cli->command->options[i].name != NULL; i++)
		if (strcmp(cli->command->options[i].name, name) == 0)
			return cli->values[i];
	return NULL;
}

const char *
cli_need(const struct cli *cli, const char *name)
{
	const char *value = cli_value(cli, name);

	if (value == NULL)
		for (const struct cli_option *o = cli->command->options;
		     o->name != NULL; o++)
			if (strcmp(o->name, name) == 0)
				(void)cli_fail("%s: -%c %s is needed",
				    cli->command->name, o->letter, o->argument);
	return value;
}

bool
cli_int(const struct cli *cli, const char *name, int64_t dflt, int64_t *value_r)
{
	const char *text = cli_value(cli, name);

	*value_r = dflt;
	if (text == NULL || skua_text_int(skua_str_z(text), value_r))
		return true;
	(void)cli_fail("%s: --%s: \"%s\" is no whole number",
	    cli->command->name, name, text);
	return false;
}

const char *
cli_namesrv(const struct cli *cli)
{
	const char *value = cli_value(cli, "namesrv");

	if (value == NULL)
		value = getenv("SKUA_NAMESRV");
	return value == NULL || *value == '\0' ? "127.0.0.1:9876" : value;
}

struct skua_client *
cli_connect(const struct cli *cli)
{
	struct skua_client *client;
	struct skua_error e;

	if (skua_client_new(cli_namesrv(cli), &client, &e) == SKUA_OK)
		return client;
	(void)cli_fail("%s", e.text);
	return NULL;
}

json_t *
cli_ask_json(struct skua_client *client, const char *address, int32_t code,
    const char *const *fields)
{
	struct skua_error e;
	json_t *json = NULL;
	char *body;
	size_t len;

	if (skua_client_ask(client, address, code, fields, skua_str_n(NULL, 0),
		&body, &len, &e) != SKUA_OK) {
		(void)cli_fail("%s%s%s", address == NULL ? "" : address,
		    address == NULL ? "" : ": ", e.text);
		return NULL;
	}
	if (len == 0)
		json = json_object();
	else if (skua_json_parse(skua_str_n(body, len), &json) != SKUA_OK)
		(void)cli_fail("the answer is no JSON");
	free(body);
	return json;
}

void
cli_print_json(json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text != NULL)
		(void)puts(text);
	free(text);
	json_decref(json);
}

void
cli_table_init(struct cli_table *t, size_t columns)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns;
}

void
cli_table_add(struct cli_table *t, const char *text)
{
	if (t->rows == t->size) {
		t->size = t->size == 0 ? 64 : 2 * t->size;
		t->cells = skua_mem_grow(t->cells, t->size, sizeof(char *));
	}
	t->cells[t->rows++] = skua_mem_dup(skua_str_z(text));
}

void
cli_table_print(struct cli_table *t)
{
	size_t *width = sk_new_array(t->columns, size_t);

	for (size_t i = 0; i < t->rows; i++) {
		size_t len = strlen(t->cells[i]);

		if (len > width[i % t->columns])
			width[i % t->columns] = len;
	}
	for (size_t i = 0; i < t->rows; i++) {
		bool last = i % t->columns == t->columns - 1;

		(void)printf(last ? "%.*s%s\n" : "%-*s  ",
		    last ? (int)strlen(t->cells[i]) :
			   (int)width[i % t->columns],
		    t->cells[i], "");
	}
	for (size_t i = 0; i < t->rows; i++)
		free(t->cells[i]);
	free(t->cells);
	free(width);
}
