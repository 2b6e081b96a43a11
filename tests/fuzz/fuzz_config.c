/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte says which of the files under config/ the rest is. */
#include "fuzz.h"
#include "offline/config.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const names[] = { "topics.json",
		"consumerOffset.json", "subscriptionGroup.json",
		"delayOffset.json" };
	struct skua_error e;
	json_t *root = NULL;

	if (len == 0)
		return 0;
	if (skua_offline_config_check(names[bytes[0] % 4],
		skua_str_n((const char *)bytes + 1, len - 1), &root,
		&e) == SKUA_OK)
		MUST(json_is_object(root));
	else
		MUST(root == NULL && e.text[0] != '\0');
	json_decref(root);
	return 0;
}
