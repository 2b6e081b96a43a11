/* SPDX-License-Identifier: Apache-2.0 */
/* Modules: loaded in the order of their needs, and unloaded. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rcu.h"
#include "plugin/guard.h"
#include "plugin/host.h"

#define SUFFIX ".so"

struct wanted {
	char *instance;
	char *module;
	char *path;
};

struct wish_list {
	struct wanted *wanted;
	size_t count;
};

static void
wish(struct wish_list *list, const char *instance, size_t len)
{
	struct wanted *w;
	const char *at;

	for (size_t i = 0; i < list->count; i++)
		if (strlen(list->wanted[i].instance) == len &&
		    memcmp(list->wanted[i].instance, instance, len) == 0)
			return;
	list->wanted = skua_mem_grow(list->wanted, list->count + 1, sizeof(*w));
	w = &list->wanted[list->count++];
	at = memchr(instance, '@', len);
	w->instance = skua_mem_dup(skua_str_n(instance, len));
	w->module = skua_mem_dup(skua_str_n(instance,
	    at == NULL ? len : (size_t)(at - instance)));
	w->path = NULL;
}

static int
wish_found(void *arg, const char *name, const char *path)
{
	(void)path;
	if (skua_module_is_meant(name))
		wish(arg, name, strlen(name));
	return SKUA_OK;
}

static int
by_instance(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return strcmp(x->instance, y->instance);
}

/* "*" stands for every module found, in the order of their names. */
static void
make_wish_list(const char *names, const char *search_path,
    struct wish_list *list)
{
	for (const char *p = names; *p != '\0';) {
		size_t n;

		p += strspn(p, ", ");
		n = strcspn(p, ", ");
		if (n == 1 && *p == '*') {
			size_t from = list->count;

			(void)skua_module_search(search_path, wish_found, list);
			qsort(list->wanted + from, list->count - from,
			    sizeof(*list->wanted), by_instance);
		} else if (n > 0) {
			wish(list, p, n);
		}
		p += n;
	}
}

static int
locate(void *arg, const char *name, const char *path)
{
	struct wanted *w = arg;

	if (strcmp(w->module, name) == 0 && w->path == NULL)
		w->path = skua_mem_dup(skua_str_z(path));
	return SKUA_OK;
}

static void
free_host(struct skua_host *h)
{
	const struct skua_option *options = h->plugin->options;

	if (h->conf != NULL)
		skua_options_free(options, h->conf);
	skua_host_free_timers(h);
	skua_host_free_metrics(h);
	skua_module_close(h->module);
	free(h->name);
	free(h);
}

static void
claim_options(struct plugins *plugins, const struct skua_host *h)
{
	char key[256];

	for (const struct skua_option *o = h->plugin->options;
	     o != NULL && o->name != NULL; o++) {
		(void)snprintf(key, sizeof(key),
		    (o->flags & SKUA_OPT_GLOBAL) != 0 ? "%.0s%s" :
							"plugin.%s.%s",
		    h->name, o->name);
		skua_settings_claim(plugins->settings, key, o);
	}
}

static int
open_host(struct plugins *plugins, struct wanted *w, struct skua_error *e)
{
	struct module *m;
	struct skua_host *h;

	(void)skua_module_search(plugins->search_path, locate, w);
	if (w->path == NULL)
		return skua_fail(e, SKUA_ENOENT,
		    "plug-in %s: no file %s" SUFFIX " in %s", w->instance,
		    w->module, plugins->search_path);
	skua_guard_begin("was opened", w->instance, w->path);
	m = skua_module_open(w->path, e);
	skua_guard_end();
	if (m == NULL)
		return skua_fail_prefix(e, e->code, "plug-in %s: ",
		    w->instance);
	h = sk_new(struct skua_host);
	h->plugins = plugins;
	h->plugin = m->plugin;
	h->module = m;
	h->path = m->path;
	h->name = skua_mem_dup(skua_str_z(w->instance));
	h->next = plugins->hosts;
	plugins->hosts = h;
	claim_options(plugins, h);
	return SKUA_OK;
}

static bool
needs_are_met(const struct plugins *plugins, const struct skua_host *h,
    const char **missing_r)
{
	const char *const *need = h->plugin->needs;

	for (; need != NULL && *need != NULL; need++) {
		const struct registry *r = &plugins->registry;
		bool met = false;

		for (size_t i = 0; i < r->count && !met; i++) {
			const struct provider *p = r->providers[i];
			const char *kind = skua_plugin_kind_name(p->kind);
			size_t n = strlen(kind);

			met = strncmp(*need, kind, n) == 0 &&
			    (*need)[n] == ':' &&
			    strcmp(*need + n + 1, p->name) == 0;
		}
		if (!met) {
			*missing_r = *need;
			return false;
		}
	}
	return true;
}

static int
load_host(struct plugins *plugins, struct skua_host *h, struct skua_error *e)
{
	int rc = SKUA_OK;

	skua_plugin_will_say(e);
	if (h->plugin->conf_size > 0) {
		h->conf = skua_mem_new(1, h->plugin->conf_size);
		rc = skua_options_fill(h->plugin->options, h->name,
		    plugins->settings, h->conf, e);
	}
	if (rc == SKUA_OK) {
		skua_guard_begin("was loaded", h->name, h->path);
		rc = skua_plugin_said(h->plugin->load(h, e), e);
		skua_guard_end();
	}
	if (rc != SKUA_OK) {
		skua_registry_remove_host(&plugins->registry, h);
		skua_declared_remove_host(plugins, h);
		return skua_fail_prefix(e, rc, "plug-in %s (%s): ", h->name,
		    h->path);
	}
	h->loaded = true;
	return SKUA_OK;
}

/* In rounds: whoever has what it needs is loaded. */
static int
load_in_order(struct plugins *plugins, struct skua_error *e)
{
	bool progress = true;

	while (progress) {
		progress = false;
		for (struct skua_host *h = plugins->hosts; h != NULL;
		     h = h->next) {
			const char *missing;
			int rc;

			if (h->loaded || !needs_are_met(plugins, h, &missing))
				continue;
			rc = load_host(plugins, h, e);
			if (rc != SKUA_OK)
				return rc;
			progress = true;
		}
	}
	for (struct skua_host *h = plugins->hosts; h != NULL; h = h->next) {
		const char *missing = NULL;

		if (!h->loaded && !needs_are_met(plugins, h, &missing))
			return skua_fail(e, SKUA_ENOENT,
			    "plug-in %s (%s) needs %s, which no plug-in "
			    "provides",
			    h->name, h->path, missing);
	}
	return SKUA_OK;
}

int
skua_plugins_load(struct plugins *plugins, const char *search_path,
    const char *names, struct skua_error *e)
{
	struct wish_list list = { NULL, 0 };
	int rc = SKUA_OK;

	plugins->search_path = skua_mem_dup(skua_str_z(search_path));
	make_wish_list(names, search_path, &list);
	if (list.count == 0)
		rc = skua_fail(e, SKUA_ENOENT, "no plug-in was found in %s",
		    search_path);
	/* Hosts are pushed in front: open them in reverse. */
	for (size_t i = list.count; i > 0 && rc == SKUA_OK; i--)
		rc = open_host(plugins, &list.wanted[i - 1], e);
	if (rc == SKUA_OK)
		rc = load_in_order(plugins, e);
	for (size_t i = 0; i < list.count; i++) {
		free(list.wanted[i].instance);
		free(list.wanted[i].module);
		free(list.wanted[i].path);
	}
	free(list.wanted);
	if (rc != SKUA_OK)
		skua_plugins_unload(plugins);
	return rc;
}

static void
unload_rest(struct skua_host *h)
{
	if (h == NULL)
		return;
	unload_rest(h->next);
	if (h->loaded && h->plugin->unload != NULL)
		h->plugin->unload(h);
	h->loaded = false;
	skua_declared_remove_host(h->plugins, h);
}

void
skua_plugins_unload(struct plugins *plugins)
{
	unload_rest(plugins->hosts);
	/* No loop runs: old confs go while their modules are there. */
	skua_rcu_drain();
	skua_registry_fini(&plugins->registry);
	while (plugins->hosts != NULL) {
		struct skua_host *h = plugins->hosts;

		plugins->hosts = h->next;
		free_host(h);
	}
	free(plugins->search_path);
	plugins->search_path = NULL;
}
