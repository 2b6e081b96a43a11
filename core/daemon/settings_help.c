/* SPDX-License-Identifier: Apache-2.0 */
/* skuad --help-settings. */
#include <inttypes.h>
#include <stdio.h>

#include "conf/settings.h"
#include "daemon/settings_help.h"

static void
print_range(const struct skua_option *o)
{
	switch (o->type) {
	case SKUA_OPT_BOOL:
		(void)printf("true or false");
		break;
	case SKUA_OPT_INT:
		(void)printf("%" PRId64 " to %" PRId64 "%s%s", o->min, o->max,
		    o->unit == NULL ? "" : " ", o->unit == NULL ? "" : o->unit);
		break;
	case SKUA_OPT_STRING:
		if (o->values != NULL)
			(void)printf("%s", o->values);
		else
			(void)printf("text");
		break;
	}
}

static void
print_option(const struct skua_option *o, const char *owner)
{
	if (owner != NULL && (o->flags & SKUA_OPT_GLOBAL) == 0)
		(void)printf("plugin.%s.", owner);
	(void)printf("%s=%s\n    ", o->name,
	    o->default_value == NULL ? "" : o->default_value);
	print_range(o);
	(void)printf("%s\n    %s\n\n",
	    (o->flags & SKUA_OPT_LIVE) != 0 ? "; may change while it runs" : "",
	    o->help == NULL ? "" : o->help);
}

void
skua_print_settings(const struct plugins *plugins)
{
	const struct skua_option *o;

	for (size_t i = 0; (o = skua_settings_core_row(i)) != NULL; i++)
		print_option(o, NULL);
	for (const struct skua_host *h = plugins->hosts; h != NULL; h = h->next)
		for (o = h->plugin->options; o != NULL && o->name != NULL; o++)
			print_option(o, h->name);
}
