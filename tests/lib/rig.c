/* SPDX-License-Identifier: Apache-2.0 */
/* See rig.h. */
#include "base/log.h"
#include "rig.h"
#include "test.h"

int
rig_try(struct rig *rig, const char *names, const char *const *settings)
{
	const char *shipped = getenv("SKUA_PLUGIN_PATH");
	const char *own = getenv("SKUA_TEST_MODULES");
	char path[8192];

	memset(rig, 0, sizeof(*rig));
	skua_log_set_level(SKUA_LOG_ERROR);
	rig->plugins.settings = skua_settings_new();
	for (; settings != NULL && *settings != NULL; settings += 2)
		assert_ok(skua_settings_set(rig->plugins.settings, settings[0],
		    settings[1], "test", &rig->e));
	(void)snprintf(path, sizeof(path), "%s:%s", own == NULL ? "" : own,
	    shipped == NULL ? "" : shipped);
	return skua_plugins_load(&rig->plugins, path, names, &rig->e);
}

const struct provider *
rig_load(struct rig *rig, const char *names, const char *const *settings,
    enum plugin_kind kind, const char *name)
{
	const struct provider *p;

	if (rig_try(rig, names, settings) != SKUA_OK)
		fail_msg("%s", rig->e.text);
	p = skua_registry_find(&rig->plugins.registry, kind, name);
	assert_non_null(p);
	return p;
}

void
rig_free(struct rig *rig)
{
	skua_plugins_unload(&rig->plugins);
	skua_settings_free(rig->plugins.settings);
}
