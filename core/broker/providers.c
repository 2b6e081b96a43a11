/* SPDX-License-Identifier: Apache-2.0 */
/* See providers.h. */
#include "broker/providers.h"

static const struct named {
	const char *key;
	enum plugin_kind kind;
	bool may_be_empty; /* then another setting decides */
} settings[] = {
	{ "store", PLUGIN_STORE, false },
	{ "index", PLUGIN_INDEX, false },
	{ "flush", PLUGIN_FLUSH, true },
	{ "replication", PLUGIN_REPLICATION, false },
	{ "queueSelector", PLUGIN_SELECTOR, false },
};
#define COUNT (sizeof(settings) / sizeof(settings[0]))

static int
check(const struct broker *b, const struct named *n, const char *value,
    struct skua_error *e)
{
	if (n->may_be_empty && *value == '\0')
		return SKUA_OK;
	return skua_registry_need(&b->plugins.registry, n->kind, value, e) !=
		NULL ?
	    SKUA_OK :
	    skua_fail_prefix(e, SKUA_ENOENT, "%s = \"%s\": ", n->key, value);
}

int
skua_providers_check(const struct broker *b, struct skua_error *e)
{
	int rc = SKUA_OK;

	for (size_t i = 0; i < COUNT && rc == SKUA_OK; i++)
		rc = check(b, &settings[i],
		    skua_settings_get(b->settings, settings[i].key), e);
	return rc;
}

int
skua_providers_check_value(const struct broker *b, const char *key,
    const char *value, struct skua_error *e)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(settings[i].key, key) == 0)
			return check(b, &settings[i], value, e);
	return SKUA_OK;
}
