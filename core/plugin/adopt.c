/* SPDX-License-Identifier: Apache-2.0 */
/* A module for a program without a broker: <skua/selector.h>. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/selector.h>

#include "base/mem.h"
#include "plugin/host.h"

#define SUFFIX ".so"

struct skua_adopted {
	struct plugins plugins;
};

/* "/a/b/selector-x.so": "/a/b" and "selector-x". */
static int
split(const char *path, char **folder_r, char **name_r, struct skua_error *e)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash == NULL ? path : slash + 1;
	size_t len = strlen(file);

	if (len <= strlen(SUFFIX) ||
	    strcmp(file + len - strlen(SUFFIX), SUFFIX) != 0)
		return skua_fail(e, SKUA_EINVAL,
		    "%s: expected a module's file, NAME" SUFFIX, path);
	*folder_r = slash == NULL ? skua_mem_dup(skua_str_z(".")) :
				    skua_mem_dup(skua_str_n(path,
					(size_t)(slash - path)));
	*name_r = skua_mem_dup(skua_str_n(file, len - strlen(SUFFIX)));
	return SKUA_OK;
}

static int
set_all(struct settings *s, const char *plugin, const char *const *pairs,
    struct skua_error *e)
{
	char key[256];
	int rc = SKUA_OK;

	for (; pairs != NULL && pairs[0] != NULL && rc == SKUA_OK; pairs += 2) {
		(void)snprintf(key, sizeof(key), "plugin.%s.%s", plugin,
		    pairs[0]);
		rc = skua_settings_set(s, key, pairs[1], "program", e);
	}
	return rc;
}

static void
ignore(void *arg, const char *key, const char *origin)
{
	(void)arg;
	(void)key;
	(void)origin;
}

static int
load(struct skua_adopted *a, const char *path, const char *const *settings,
    struct skua_error *e)
{
	char *folder = NULL, *name = NULL;
	int rc = split(path, &folder, &name, e);

	if (rc != SKUA_OK)
		return rc;
	a->plugins.settings = skua_settings_new();
	rc = set_all(a->plugins.settings, name, settings, e);
	if (rc == SKUA_OK)
		rc = skua_plugins_load(&a->plugins, folder, name, e);
	if (rc == SKUA_OK)
		rc = skua_settings_check(a->plugins.settings, ignore, NULL, e);
	free(folder);
	free(name);
	return rc;
}

static int
check(struct skua_adopted *a, const char *path, const struct provider **p_r,
    struct skua_error *e)
{
	size_t at = 0;

	*p_r = skua_registry_next(&a->plugins.registry, PLUGIN_SELECTOR, &at);
	return *p_r != NULL ? SKUA_OK :
			      skua_fail(e, SKUA_ENOENT,
				  "%s provides no selector", path);
}

int
skua_adopt_selector(const char *path, const char *const *settings,
    struct skua_adopted **adopted_r, const struct skua_selector **ops_r,
    const void **conf_r, struct skua_error *e)
{
	struct skua_adopted *a = sk_new(struct skua_adopted);
	const struct provider *p;
	int rc = load(a, path, settings, e);

	if (rc == SKUA_OK)
		rc = check(a, path, &p, e);
	if (rc != SKUA_OK) {
		skua_adopt_end(a);
		return rc;
	}
	*adopted_r = a;
	*ops_r = p->ops;
	*conf_r = skua_host_conf(p->host);
	return SKUA_OK;
}

void
skua_adopt_end(struct skua_adopted *a)
{
	skua_plugins_unload(&a->plugins);
	if (a->plugins.settings != NULL)
		skua_settings_free(a->plugins.settings);
	free(a);
}
