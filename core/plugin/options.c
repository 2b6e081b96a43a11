/* SPDX-License-Identifier: Apache-2.0 */
/* Option rows: from the text in force to a plug-in's struct. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "conf/option.h"
#include "plugin/host.h"

static void
key_of(const struct skua_option *o, const char *prefix, char *key, size_t size)
{
	if ((o->flags & SKUA_OPT_GLOBAL) != 0)
		(void)snprintf(key, size, "%s", o->name);
	else
		(void)snprintf(key, size, "plugin.%s.%s", prefix, o->name);
}

int
skua_options_fill(const struct skua_option *options, const char *prefix,
    const struct settings *s, void *conf, struct skua_error *e)
{
	char key[256];

	for (const struct skua_option *o = options; o != NULL && o->name != NULL;
	     o++) {
		const char *text, *origin;
		int rc;

		key_of(o, prefix, key, sizeof(key));
		text = skua_settings_get(s, key);
		origin = skua_settings_origin(s, key);
		if (text == NULL)
			text = o->default_value == NULL ? "" : o->default_value;
		rc = skua_option_fill(o, key, text,
		    origin == NULL ? "default" : origin, conf, e);
		if (rc != SKUA_OK)
			return rc;
	}
	return SKUA_OK;
}

void
skua_options_free(const struct skua_option *options, void *conf)
{
	for (const struct skua_option *o = options; o != NULL && o->name != NULL;
	     o++)
		skua_option_clear(o, conf);
	free(conf);
}

static struct skua_host *
owner_of(const struct plugins *plugins, const char *key,
    const struct skua_option **option_r)
{
	char own[256];

	for (struct skua_host *h = plugins->hosts; h != NULL; h = h->next)
		for (const struct skua_option *o = h->plugin->options;
		     o != NULL && o->name != NULL; o++) {
			key_of(o, h->name, own, sizeof(own));
			if (strcmp(own, key) == 0) {
				*option_r = o;
				return h;
			}
		}
	return NULL;
}

bool
skua_plugins_option(const struct plugins *plugins, const char *key,
    const struct skua_option **option_r)
{
	return owner_of(plugins, key, option_r) != NULL;
}

int
skua_plugins_reconfigure(struct plugins *plugins, const char *key,
    struct skua_error *e)
{
	const struct skua_option *option;
	struct skua_host *h = owner_of(plugins, key, &option);
	void *conf, *old;
	int rc;

	if (h == NULL)
		return SKUA_OK;
	conf = skua_mem_new(1, h->plugin->conf_size);
	rc = skua_options_fill(h->plugin->options, h->name, plugins->settings,
	    conf, e);
	if (rc == SKUA_OK && h->plugin->reconfigure != NULL)
		rc = h->plugin->reconfigure(h, conf, e);
	if (rc != SKUA_OK) {
		skua_options_free(h->plugin->options, conf);
		return rc;
	}
	/* Loops may still read the old struct: it stays until the host goes. */
	old = h->conf;
	h->conf = conf;
	h->old_confs = skua_mem_grow(h->old_confs, h->old_conf_count + 1,
	    sizeof(*h->old_confs));
	h->old_confs[h->old_conf_count++] = old;
	return SKUA_OK;
}
