/* SPDX-License-Identifier: Apache-2.0 */
/* The typed snapshot. */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/option.h"

static void
derive_own_properties(struct conf *conf)
{
	size_t size = strlen(conf->region) + strlen(conf->cluster) + 64;
	char *text = sk_new_array(size, char);
	int n = snprintf(text, size,
	    "MSG_REGION\1%s\2TRACE_ON\1%s\2CLUSTER\1%s\2", conf->region,
	    conf->trace_on ? "true" : "false", conf->cluster);

	conf->own_properties = skua_str_n(text, (size_t)n);
}

struct conf *
skua_conf_new(const struct settings *s)
{
	struct conf *conf = sk_new(struct conf);
	const struct skua_option *o;

	/* What is in force was checked when it was set. */
	for (size_t i = 0; (o = skua_settings_core_row(i)) != NULL; i++)
		sk_assert(skua_option_fill(o, o->name,
			      skua_settings_get(s, o->name), "", conf,
			      NULL) == SKUA_OK);
	derive_own_properties(conf);
	return conf;
}

void
skua_conf_free(struct conf *conf)
{
	const struct skua_option *o;

	for (size_t i = 0; (o = skua_settings_core_row(i)) != NULL; i++)
		skua_option_clear(o, conf);
	free((void *)(uintptr_t)conf->own_properties.p);
	free(conf);
}

bool
skua_conf_list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p != '\0';) {
		size_t n;

		p += strspn(p, ", ");
		n = strcspn(p, ", ");
		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}
