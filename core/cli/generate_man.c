/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headings of the manual page, in mdoc: a section for each command, an item
 * for each option but those that all have.
 */
#include <string.h>

#include "cli/generate.h"

static bool
is_common(const struct cli_option *o)
{
	return strcmp(o->name, "namesrv") == 0 ||
	    strcmp(o->name, "json") == 0 || strcmp(o->name, "output") == 0;
}

/* Dashes and quotes stay what they are. */
static void
put(const char *text)
{
	for (; *text != '\0'; text++)
		if (strchr("-\\'\"", *text) != NULL)
			(void)printf(*text == '-' ? "\\-" : *text == '\\' ?
				"\\e" : *text == '"' ? "\\(dq" : "\\(aq");
		else
			(void)fputc(*text, stdout);
}

static void
put_item(const struct cli_option *o)
{
	(void)fputs(".It", stdout);
	if (o->letter != 0)
		(void)printf(" Fl %c%s", o->letter,
		    o->argument == NULL ? " ," : "");
	if (o->letter != 0 && o->argument != NULL) {
		(void)fputs(" Ar ", stdout);
		put(o->argument);
		(void)fputs(" ,", stdout);
	}
	(void)printf(" Fl -%s", o->name);
	if (o->argument != NULL) {
		(void)fputs(" Ar ", stdout);
		put(o->argument);
	}
	(void)fputc('\n', stdout);
}

static void
put_sentence(const char *text)
{
	if (*text >= 'a' && *text <= 'z') {
		(void)fputc(*text - 'a' + 'A', stdout);
		text++;
	}
	put(text);
	(void)fputs(".\n", stdout);
}

void
generate_man(void)
{
	GENERATE_EACH (c) {
		size_t items = 0;

		(void)printf(".Ss skua %s", c->name);
		if (c->operands != NULL) {
			(void)fputc(' ', stdout);
			put(c->operands);
		}
		(void)fputc('\n', stdout);
		put_sentence(c->summary);
		for (const struct cli_option *o = c->options; o->name != NULL;
		     o++) {
			if (is_common(o))
				continue;
			if (items++ == 0)
				(void)puts(".Bl -tag -width Ds");
			put_item(o);
			put_sentence(o->help);
		}
		if (items > 0)
			(void)puts(".El");
	}
}
