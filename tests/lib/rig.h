/* SPDX-License-Identifier: Apache-2.0 */
/* Plug-ins loaded as the broker does, without a broker. */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "plugin/host.h"

struct rig {
	struct plugins plugins;
	struct skua_error e;
};

/* settings: key, value, …, NULL.  Modules come from SKUA_PLUGIN_PATH and
 * SKUA_TEST_MODULES. */
int rig_try(struct rig *rig, const char *names, const char *const *settings);
/* Must succeed; the provider found must exist. */
const struct provider *rig_load(struct rig *rig, const char *names,
    const char *const *settings, enum plugin_kind kind, const char *name);
void rig_free(struct rig *rig);

#endif
