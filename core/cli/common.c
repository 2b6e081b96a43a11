/* SPDX-License-Identifier: Apache-2.0 */
/* What commands share: values, connections, listings. */
#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"

const char *
cli_value(const struct cli *cli, const char *name)
{
	for (size_t i = 0; cli->command->options[i].name != NULL; i++)
		if (strcmp(cli->command->options[i].name, name) == 0)
			return cli->values[i];
	return NULL;
}

bool
cli_has(const struct cli *cli, const char *name)
{
	return cli_value(cli, name) != NULL;
}

static const struct cli_option *
option_of(const struct cli *cli, const char *name)
{
	const struct cli_option *o = cli->command->options;

	while (o->name != NULL && strcmp(o->name, name) != 0)
		o++;
	return o;
}

const char *
cli_need(const struct cli *cli, const char *name)
{
	const char *value = cli_value(cli, name);
	const struct cli_option *o = option_of(cli, name);

	if (value == NULL && o->letter != 0)
		(void)cli_fail("%s: -%c %s is needed", cli->command->name,
		    o->letter, o->argument);
	else if (value == NULL)
		(void)cli_fail("%s: --%s %s is needed", cli->command->name,
		    name, o->argument);
	return value;
}

const char *
cli_subject(struct cli *cli, const char *name)
{
	const char *value = cli_value(cli, name);

	if (value != NULL || cli->operand_count == 0)
		return cli_need(cli, name);
	cli->operand_count--;
	return *cli->operands++;
}

bool
cli_no_more(const struct cli *cli)
{
	if (cli->operand_count == 0)
		return true;
	(void)cli_fail("%s: unexpected argument \"%s\"", cli->command->name,
	    cli->operands[0]);
	return false;
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

bool
cli_int_in(const struct cli *cli, const char *name, int64_t dflt, int64_t min,
    int64_t max, int64_t *value_r)
{
	if (!cli_int(cli, name, dflt, value_r))
		return false;
	if (*value_r >= min && *value_r <= max)
		return true;
	(void)cli_fail("%s: --%s %lld: expected %lld to %lld",
	    cli->command->name, name, (long long)*value_r, (long long)min,
	    (long long)max);
	return false;
}

bool
cli_real(const struct cli *cli, const char *name, double *value)
{
	const char *text = cli_value(cli, name);
	char *end;

	if (text == NULL)
		return true;
	*value = strtod(text, &end);
	if (end != text && *end == '\0' && *value > 0 && *value < 1e12)
		return true;
	(void)cli_fail("%s: --%s: \"%s\" is no positive number",
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

int
cli_with_client(const struct cli *cli, cli_connected_fn *fn, void *arg)
{
	struct skua_client *client = cli_connect(cli);
	int rc;

	if (client == NULL)
		return CLI_FAILED;
	rc = fn(cli, client, arg);
	skua_client_free(&client);
	return rc;
}

void
cli_changed(const struct cli *cli, const char *done, const char *kind,
    const char *name, const struct skua_broker *broker)
{
	const struct out_column columns[] = {
		{ "", "result", OUT_TEXT },
		{ "", kind, OUT_TEXT },
		{ "", "broker", OUT_TEXT },
		{ "", "address", OUT_TEXT },
		{ NULL, NULL, OUT_TEXT },
	};
	struct out o;

	if (cli->form == OUT_TABLE) {
		say("%s %s on %s (%s)", done, name, broker->name,
		    broker->address);
		return;
	}
	cli_listing(cli, &o, columns);
	out_text(&o, done);
	out_text(&o, name);
	out_text(&o, broker->name);
	out_text(&o, broker->address);
	(void)out_end(&o);
}

void
cli_listing(const struct cli *cli, struct out *o,
    const struct out_column *columns)
{
	out_begin(o, cli->form, stdout, out_has_colours(stdout), columns);
}

void
cli_listing_end(const struct cli *cli, struct out *o, const char *why, ...)
{
	char *text;
	va_list ap;

	if (out_end(o) > 0 || cli->form != OUT_TABLE)
		return;
	va_start(ap, why);
	if (vasprintf(&text, why, ap) >= 0) {
		(void)cli_fail("%s", text);
		free(text);
	}
	va_end(ap);
}

void
cli_print_json(json_t *json)
{
	say_json(stdout, json);
	json_decref(json);
}

char *
cli_base64(struct skua_str s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = skua_mem_new(1, (s.len + 2) / 3 * 4 + 1), *to = text;

	for (size_t i = 0; i < s.len; i += 3) {
		unsigned v = (unsigned)(unsigned char)s.p[i] << 16;

		if (i + 1 < s.len)
			v |= (unsigned)(unsigned char)s.p[i + 1] << 8;
		if (i + 2 < s.len)
			v |= (unsigned char)s.p[i + 2];
		*to++ = digits[v >> 18];
		*to++ = digits[v >> 12 & 63];
		*to++ = i + 1 < s.len ? digits[v >> 6 & 63] : '=';
		*to++ = i + 2 < s.len ? digits[v & 63] : '=';
	}
	return text;
}

static _Atomic int interrupted; /* threads look at it */

static void
on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

const _Atomic int *
cli_catch_interrupt(void)
{
	struct sigaction action = { .sa_handler = on_interrupt };

	action.sa_flags = (int)SA_RESETHAND; /* the second one ends all */
	(void)sigaction(SIGINT, &action, NULL);
	return &interrupted;
}
