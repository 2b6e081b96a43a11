/* SPDX-License-Identifier: Apache-2.0 */
/* Option rows: from the text in force to a plug-in's struct. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rcu.h"
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

/* The row of a host's that the key is; NULL when it has none. */
static const struct skua_option *
row_of(const struct skua_host *h, const char *key)
{
	char own[256];

	for (const struct skua_option *o = h->plugin->options;
	     o != NULL && o->name != NULL; o++) {
		key_of(o, h->name, own, sizeof(own));
		if (strcmp(own, key) == 0)
			return o;
	}
	return NULL;
}

bool
skua_plugins_option(const struct plugins *plugins, const char *key,
    const struct skua_option **option_r)
{
	for (struct skua_host *h = plugins->hosts; h != NULL; h = h->next) {
		const struct skua_option *o = row_of(h, key);

		if (o != NULL) {
			*option_r = o;
			return true;
		}
	}
	return false;
}

/* A conf that nobody reads once every loop has passed a turn. */
struct old_conf {
	const struct skua_option *options;
	void *conf;
};

static void
free_old(void *arg)
{
	struct old_conf *old = arg;

	skua_options_free(old->options, old->conf);
	free(old);
}

static void
retire(const struct skua_host *h, void *conf)
{
	struct old_conf *old = sk_new(struct old_conf);

	old->options = h->plugin->options;
	old->conf = conf;
	skua_rcu_defer(free_old, old);
}

static int
tell(struct skua_host *h, const void *conf, struct skua_error *e)
{
	skua_plugin_will_say(e);
	return h->plugin->reconfigure == NULL ?
	    SKUA_OK :
	    skua_plugin_said(h->plugin->reconfigure(h, conf, e), e);
}

/* The new conf becomes the host's, and its old one next_conf. */
static int
reconfigure_one(struct plugins *plugins, struct skua_host *h,
    struct skua_error *e)
{
	void *conf = skua_mem_new(1, h->plugin->conf_size);
	int rc = skua_options_fill(h->plugin->options, h->name,
	    plugins->settings, conf, e);

	if (rc == SKUA_OK)
		rc = tell(h, conf, e);
	if (rc != SKUA_OK) {
		skua_options_free(h->plugin->options, conf);
		return rc;
	}
	h->next_conf = atomic_exchange(&h->conf, conf);
	atomic_fetch_add(&h->conf_version, 1);
	return SKUA_OK;
}

static void
take_back(struct skua_host *h)
{
	struct skua_error e;
	void *refused = atomic_exchange(&h->conf, h->next_conf);

	if (tell(h, h->conf, &e) != SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "plugin",
		    "%s does not take its old settings back: %s", h->name,
		    e.text);
	atomic_fetch_add(&h->conf_version, 1);
	h->next_conf = refused;
}

static int
check_live(const struct plugins *plugins, const char *key,
    struct skua_error *e)
{
	for (struct skua_host *h = plugins->hosts; h != NULL; h = h->next) {
		const struct skua_option *o = row_of(h, key);

		if (o != NULL && (o->flags & SKUA_OPT_LIVE) == 0)
			return skua_fail(e, SKUA_EPERM,
			    "%s is read at the start only: set it in the "
			    "settings file, and start again",
			    key);
	}
	return SKUA_OK;
}

int
skua_plugins_reconfigure(struct plugins *plugins, const char *key,
    struct skua_error *e)
{
	int rc = check_live(plugins, key, e);

	if (rc != SKUA_OK)
		return rc;
	for (struct skua_host *h = plugins->hosts; h != NULL && rc == SKUA_OK;
	     h = h->next)
		if (row_of(h, key) != NULL)
			rc = reconfigure_one(plugins, h, e);
	for (struct skua_host *h = plugins->hosts; h != NULL; h = h->next) {
		if (h->next_conf == NULL)
			continue;
		if (rc != SKUA_OK)
			take_back(h);
		retire(h, h->next_conf);
		h->next_conf = NULL;
	}
	return rc;
}
