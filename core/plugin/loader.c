/* SPDX-License-Identifier: Apache-2.0 */
/* Modules: find, check, open, load in the order of their needs, unload. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/mem.h"
#include "plugin/host.h"

#define NAME_MAX_LEN 64
#define SUFFIX ".so"

const char *
skua_module_search_path(const char *setting)
{
	const char *env = getenv("SKUA_PLUGIN_PATH");

	if (env != NULL && *env != '\0')
		return env;
	return setting != NULL && *setting != '\0' ? setting : SKUA_PLUGIN_DIR;
}

static int
refuse(struct module *m, struct skua_error *e, int code, const char *why)
{
	(void)skua_fail(e, code, "%s: %s", m->path, why);
	skua_module_close(m);
	return code;
}

static int
check_abi(struct module *m, struct skua_error *e)
{
	const struct skua_plugin *p = m->plugin;
	const char *file = strrchr(m->path, '/');
	char why[256];

	file = file == NULL ? m->path : file + 1;
	if (p->abi_major != SKUA_ABI_MAJOR || p->abi_minor > SKUA_ABI_MINOR) {
		(void)snprintf(why, sizeof(why),
		    "was built for plug-in ABI %u.%u; this broker has %d.%d",
		    p->abi_major, p->abi_minor, SKUA_ABI_MAJOR, SKUA_ABI_MINOR);
		return refuse(m, e, SKUA_EABI, why);
	}
	if (p->size != sizeof(struct skua_plugin)) {
		(void)snprintf(why, sizeof(why),
		    "its descriptor has %u bytes; ABI %d.%d has %zu", p->size,
		    SKUA_ABI_MAJOR, SKUA_ABI_MINOR, sizeof(*p));
		return refuse(m, e, SKUA_EABI, why);
	}
	if (p->name == NULL || p->version == NULL || p->descr == NULL ||
	    p->load == NULL)
		return refuse(m, e, SKUA_EABI,
		    "its descriptor lacks name, version, descr or load");
	if (strncmp(file, p->name, strlen(p->name)) != 0 ||
	    strcmp(file + strlen(p->name), SUFFIX) != 0) {
		(void)snprintf(why, sizeof(why),
		    "holds the plug-in \"%.64s\"; file and plug-in must have "
		    "one name",
		    p->name);
		return refuse(m, e, SKUA_EABI, why);
	}
	return SKUA_OK;
}

int
skua_module_open(const char *path, struct module *m, struct skua_error *e)
{
	m->path = skua_mem_dup(skua_str_z(path));
	m->plugin = NULL;
	m->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (m->handle == NULL) {
		(void)skua_fail(e, SKUA_EABI, "could not open the module: %s",
		    dlerror());
		free(m->path);
		return SKUA_EABI;
	}
	m->plugin = dlsym(m->handle, "skua_plugin");
	if (m->plugin == NULL)
		return refuse(m, e, SKUA_EABI,
		    "is no Skua plug-in: it has no symbol skua_plugin");
	return check_abi(m, e);
}

void
skua_module_close(struct module *m)
{
	if (m->handle != NULL)
		(void)dlclose(m->handle);
	free(m->path);
	memset(m, 0, sizeof(*m));
}

struct search {
	const char *folder;
	module_found_fn *fn;
	void *arg;
	char **seen;
	size_t seen_count;
};

bool
skua_module_is_meant(const char *name)
{
	size_t n = strcspn(name, "-");

	for (int kind = 0; kind < PLUGIN_KIND_COUNT; kind++) {
		const char *word = skua_plugin_kind_name((enum plugin_kind)kind);

		if (strlen(word) == n && memcmp(word, name, n) == 0)
			return true;
	}
	return false;
}

static int
search_entry(void *arg, const char *file, bool is_folder, int64_t size)
{
	struct search *s = arg;
	size_t len = strlen(file), name_len = len - strlen(SUFFIX);
	char name[NAME_MAX_LEN], path[4096];

	(void)size;
	if (is_folder || len <= strlen(SUFFIX) || name_len >= sizeof(name) ||
	    strcmp(file + name_len, SUFFIX) != 0)
		return SKUA_OK;
	(void)snprintf(name, sizeof(name), "%.*s", (int)name_len, file);
	for (size_t i = 0; i < s->seen_count; i++)
		if (strcmp(s->seen[i], name) == 0)
			return SKUA_OK; /* an earlier folder has it */
	s->seen = skua_mem_grow(s->seen, s->seen_count + 1, sizeof(char *));
	s->seen[s->seen_count++] = skua_mem_dup(skua_str_z(name));
	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, file);
	return s->fn(s->arg, name, path);
}

int
skua_module_search(const char *search_path, module_found_fn *fn, void *arg)
{
	struct search s = { .fn = fn, .arg = arg };
	char *folders = skua_mem_dup(skua_str_z(search_path)), *save = NULL;
	int rc = SKUA_OK;

	for (char *f = strtok_r(folders, ":", &save); f != NULL && rc == SKUA_OK;
	     f = strtok_r(NULL, ":", &save)) {
		s.folder = f;
		rc = skua_io()->list(f, search_entry, &s);
		if (rc == SKUA_ENOENT)
			rc = SKUA_OK;
	}
	for (size_t i = 0; i < s.seen_count; i++)
		free(s.seen[i]);
	free(s.seen);
	free(folders);
	return rc;
}

/* --- loading --- */

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

	for (size_t i = 0; i < h->old_conf_count; i++)
		skua_options_free(options, h->old_confs[i]);
	free(h->old_confs);
	if (h->conf != NULL)
		skua_options_free(options, h->conf);
	skua_host_free_timers(h);
	free(h->metrics);
	if (h->module != NULL)
		(void)dlclose(h->module);
	free(h->path);
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
	struct module m;
	struct skua_host *h;
	int rc;

	(void)skua_module_search(plugins->search_path, locate, w);
	if (w->path == NULL)
		return skua_fail(e, SKUA_ENOENT,
		    "plug-in %s: no file %s" SUFFIX " in %s", w->instance,
		    w->module, plugins->search_path);
	rc = skua_module_open(w->path, &m, e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "plug-in %s: ", w->instance);
	h = sk_new(struct skua_host);
	h->plugins = plugins;
	h->plugin = m.plugin;
	h->module = m.handle;
	h->path = m.path;
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
			const char *kind =
			    skua_plugin_kind_name(r->providers[i].kind);
			size_t n = strlen(kind);

			met = strncmp(*need, kind, n) == 0 &&
			    (*need)[n] == ':' &&
			    strcmp(*need + n + 1, r->providers[i].name) == 0;
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

	e->text[0] = '\0';
	if (h->plugin->conf_size > 0) {
		h->conf = skua_mem_new(1, h->plugin->conf_size);
		rc = skua_options_fill(h->plugin->options, h->name,
		    plugins->settings, h->conf, e);
	}
	if (rc == SKUA_OK)
		rc = h->plugin->load(h, e);
	if (rc != SKUA_OK) {
		if (e->text[0] == '\0')
			(void)skua_fail(e, rc, "%s", skua_strerror(rc));
		skua_registry_remove_host(&plugins->registry, h);
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
}

void
skua_plugins_unload(struct plugins *plugins)
{
	unload_rest(plugins->hosts);
	skua_registry_fini(&plugins->registry);
	while (plugins->hosts != NULL) {
		struct skua_host *h = plugins->hosts;

		plugins->hosts = h->next;
		free_host(h);
	}
	free(plugins->search_path);
	plugins->search_path = NULL;
}
