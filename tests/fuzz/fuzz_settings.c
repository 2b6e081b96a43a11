/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/properties.h>

#include "conf/conf.h"
#include "fuzz.h"

static int
set(void *arg, unsigned line, const char *key, const char *value)
{
	struct skua_error e;

	(void)line;
	/* A complaint is as good as a value. */
	return skua_settings_set(arg, key, value, "fuzz:1", &e) == SKUA_ENOMEM ?
	    SKUA_ENOMEM :
	    SKUA_OK;
}

static void
unused(void *arg, const char *key, const char *origin)
{
	(void)arg;
	fuzz_sink += strlen(key) + strlen(origin);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct settings *s = skua_settings_new();
	struct skua_error e;

	if (skua_properties_parse(skua_str_n((const char *)bytes, len), set,
		s) == SKUA_OK &&
	    skua_settings_check(s, unused, NULL, &e) == SKUA_OK)
		skua_conf_free(skua_conf_new(s));
	skua_settings_free(s);
	return 0;
}
