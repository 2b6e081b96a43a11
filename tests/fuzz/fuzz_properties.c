/* SPDX-License-Identifier: Apache-2.0 */
/* Both kinds of properties: a message's text, and .properties files. */
#include <skua/message.h>
#include <skua/properties.h>

#include "fuzz.h"

static int
visit(void *arg, unsigned line, const char *key, const char *value)
{
	*(size_t *)arg += strlen(key) + strlen(value) + line;
	return SKUA_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct skua_str text = skua_str_n((const char *)bytes, len);
	struct skua_str name, value;
	size_t sum = 0;

	for (size_t at = 0; skua_property_next(text, &at, &name, &value);) {
		MUST(name.p >= text.p && value.p > name.p);
		MUST(value.p + value.len <= text.p + text.len);
	}
	(void)skua_property(text, "TAGS");
	(void)skua_java_hash(text);
	if (skua_properties_parse(text, visit, &sum) != SKUA_OK)
		return 0;
	return 0;
}
