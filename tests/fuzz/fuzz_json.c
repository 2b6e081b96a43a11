/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/json.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct skua_jsonw w;
	struct skua_str text;
	json_t *a, *b;

	if (skua_json_parse(skua_str_n((const char *)bytes, len), &a) !=
	    SKUA_OK)
		return 0;
	skua_jsonw_init(&w);
	skua_jsonw_tree(&w, a);
	if (skua_jsonw_finish(&w, &text) == SKUA_OK &&
	    skua_json_parse(text, &b) == SKUA_OK)
		json_decref(b);
	skua_jsonw_free(&w);
	json_decref(a);
	return 0;
}
