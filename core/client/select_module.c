/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A selector out of a plug-in.  A module links the broker's library, which knows
 * how to check and load it; libskua does not link it, so that only programs that
 * want a module need it: its two functions are found through the module.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>
#include <skua/producer.h>

#include "base/mem.h"

struct module_owner {
	void *handle;
	struct skua_adopted *adopted;
	skua_adopt_end_fn *end;
};

static bool
is_there(const char *path)
{
	int fd = skua_io()->open(path, O_RDONLY, 0);

	if (fd >= 0)
		(void)skua_io()->close(fd);
	return fd >= 0;
}

/* A path as it is; "hash" is selector-hash.so on the search path. */
static int
find(const char *module, char *path, size_t size, struct skua_error *e)
{
	const char *folders = getenv("SKUA_PLUGIN_PATH");

	if (strchr(module, '/') != NULL) {
		(void)snprintf(path, size, "%s", module);
		return SKUA_OK;
	}
	if (folders == NULL || *folders == '\0')
		folders = SKUA_PLUGIN_DIR;
	for (const char *f = folders; *f != '\0'; f += *f == ':') {
		size_t n = strcspn(f, ":");

		(void)snprintf(path, size, "%.*s/selector-%s.so", (int)n, f,
		    module);
		if (is_there(path))
			return SKUA_OK;
		f += n;
	}
	return skua_fail(e, SKUA_ENOENT, "no selector-%s.so in %s", module,
	    folders);
}

/* ISO C has no conversion from void * to a function's address; POSIX has. */
static void
find_function(void *handle, const char *name, void *fn_r)
{
	void *symbol = dlsym(handle, name);

	memcpy(fn_r, &symbol, sizeof(symbol));
}

static int
adopt(struct module_owner *o, const char *path, const char *const *settings,
    struct skua_selector_module *m, struct skua_error *e)
{
	skua_adopt_selector_fn *begin;

	o->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (o->handle == NULL)
		return skua_fail(e, SKUA_EABI, "could not open the module: %s",
		    dlerror());
	find_function(o->handle, "skua_adopt_selector", &begin);
	find_function(o->handle, "skua_adopt_end", &o->end);
	if (begin == NULL || o->end == NULL)
		return skua_fail(e, SKUA_EABI,
		    "%s: does not link libskuacore, or one that is older",
		    path);
	return begin(path, settings, &o->adopted, &m->selector, &m->conf, e);
}

int
skua_selector_open(const char *module, const char *const *settings,
    struct skua_selector_module *module_r, struct skua_error *e)
{
	struct skua_selector_module m = { NULL, NULL, NULL };
	struct module_owner *o;
	char path[4096];
	int rc = find(module, path, sizeof(path), e);

	if (rc != SKUA_OK)
		return rc;
	o = sk_new(struct module_owner);
	rc = adopt(o, path, settings, &m, e);
	m.owner = o;
	if (rc == SKUA_OK)
		*module_r = m;
	else
		skua_selector_close(&m);
	return rc;
}

void
skua_selector_close(struct skua_selector_module *m)
{
	struct module_owner *o = m->owner;

	memset(m, 0, sizeof(*m));
	if (o == NULL)
		return;
	if (o->adopted != NULL)
		o->end(o->adopted);
	if (o->handle != NULL)
		(void)dlclose(o->handle);
	free(o);
}
