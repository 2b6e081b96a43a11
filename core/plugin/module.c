/* SPDX-License-Identifier: Apache-2.0 */
/* One module: found on the path, opened, its descriptor checked and copied. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/mem.h"
#include "plugin/host.h"
#include "plugin/trust.h"

#define NAME_MAX_LEN 64
#define SUFFIX ".so"
/* A descriptor that ends before this is none, whatever its minor. */
#define DESCRIPTOR_LEAST                                                       \
	(offsetof(struct skua_plugin, load) + sizeof(void (*)(void)))
#define OPTION_LEAST (offsetof(struct skua_option, help) + sizeof(char *))
#define OPTIONS_MAX 1024

char *
skua_module_search_path(const char *setting)
{
	const char *env = getenv("SKUA_PLUGIN_PATH");
	size_t size;
	char *path;

	if (env != NULL && *env != '\0')
		return skua_mem_dup(skua_str_z(env));
	if (setting == NULL || *setting == '\0')
		return skua_mem_dup(skua_str_z(SKUA_PLUGIN_DIR));
	size = strlen(setting) + sizeof(":" SKUA_PLUGIN_DIR);
	path = skua_mem_new(1, size);
	(void)snprintf(path, size, "%s:" SKUA_PLUGIN_DIR, setting);
	return path;
}

static int
refuse(struct module *m, struct skua_error *e, int code, const char *why)
{
	(void)skua_fail(e, code, "%s: %s", m->path, why);
	skua_module_close(m);
	return code;
}

static int
check_abi(struct module *m, const struct skua_plugin *p, struct skua_error *e)
{
	char why[256];

	if (p->abi_major != SKUA_ABI_MAJOR || p->abi_minor > SKUA_ABI_MINOR) {
		(void)snprintf(why, sizeof(why),
		    "was built for plug-in ABI %u.%u; this broker has %d.%d",
		    p->abi_major, p->abi_minor, SKUA_ABI_MAJOR, SKUA_ABI_MINOR);
		return refuse(m, e, SKUA_EABI, why);
	}
	if (p->size < DESCRIPTOR_LEAST || p->size > sizeof(*p)) {
		(void)snprintf(why, sizeof(why),
		    "its descriptor has %u bytes; ABI %d.%d has %zu to %zu",
		    p->size, SKUA_ABI_MAJOR, SKUA_ABI_MINOR, DESCRIPTOR_LEAST,
		    sizeof(*p));
		return refuse(m, e, SKUA_EABI, why);
	}
	if (p->build == NULL || strcmp(p->build, SKUA_BUILD) != 0) {
		(void)snprintf(why, sizeof(why),
		    "was built with \"%.80s\"; this broker with \"%s\"",
		    p->build == NULL ? "" : p->build, SKUA_BUILD);
		return refuse(m, e, SKUA_EABI, why);
	}
	return SKUA_OK;
}

static int
check_names(struct module *m, const struct skua_plugin *p, struct skua_error *e)
{
	const char *file = strrchr(m->path, '/');
	char why[256];

	file = file == NULL ? m->path : file + 1;
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

/* Rows of the module's size become rows of ours. */
static int
copy_options(struct module *m, struct skua_error *e)
{
	struct skua_plugin *p = &m->copy;
	const char *from = (const char *)p->options;
	size_t n = 0, size = p->option_size;

	if (from == NULL)
		return SKUA_OK;
	if (size < OPTION_LEAST || size > sizeof(struct skua_option))
		return refuse(m, e, SKUA_EABI,
		    "the size of its option rows is not one of this ABI");
	do {
		if (n == OPTIONS_MAX)
			return refuse(m, e, SKUA_EABI,
			    "its options have no end");
		m->options = skua_mem_grow(m->options, n + 1,
		    sizeof(m->options[0]));
		memset(&m->options[n], 0, sizeof(m->options[n]));
		memcpy(&m->options[n], from + n * size, size);
	} while (m->options[n++].name != NULL);
	p->options = m->options;
	return SKUA_OK;
}

/* What an older minor does not have is NULL. */
static int
take_descriptor(struct module *m, const struct skua_plugin *p,
    struct skua_error *e)
{
	int rc = check_abi(m, p, e);

	if (rc != SKUA_OK)
		return rc;
	memset(&m->copy, 0, sizeof(m->copy));
	memcpy(&m->copy, p, p->size);
	m->plugin = &m->copy;
	rc = check_names(m, &m->copy, e);
	return rc == SKUA_OK ? copy_options(m, e) : rc;
}

struct module *
skua_module_open(const char *path, struct skua_error *e)
{
	struct module *m;
	const struct skua_plugin *p;
	char *real = NULL;

	if (skua_module_trust(path, &real, e) != SKUA_OK)
		return NULL;
	m = sk_new(struct module);
	m->path = skua_mem_dup(skua_str_z(path));
	/* The path that was looked at, not one that may lead elsewhere by now. */
	m->handle = dlopen(real, RTLD_NOW | RTLD_LOCAL);
	free(real);
	if (m->handle == NULL) {
		(void)skua_fail(e, SKUA_EABI, "could not open the module: %s",
		    dlerror());
		skua_module_close(m);
		return NULL;
	}
	p = dlsym(m->handle, "skua_plugin");
	if (p == NULL) {
		(void)refuse(m, e, SKUA_EABI,
		    "is no Skua plug-in: it has no symbol skua_plugin");
		return NULL;
	}
	return take_descriptor(m, p, e) == SKUA_OK ? m : NULL;
}

void
skua_module_close(struct module *m)
{
	if (m->handle != NULL)
		(void)dlclose(m->handle);
	free(m->options);
	free(m->path);
	free(m);
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
