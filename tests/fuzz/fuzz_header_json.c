/* SPDX-License-Identifier: Apache-2.0 */
/* What was decoded, encoded again, decodes to the same. */
#include "fuzz.h"
#include "wire/header_json.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct command a, b;
	struct arena arena;

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	skua_arena_init(&arena, 4096);
	if (skua_header_json_decode(skua_str_n((const char *)bytes, len),
		&arena, &a) == SKUA_OK) {
		struct command_out out = { .code = a.code, .opaque = a.opaque,
			.flag = a.flag, .fields = a.fields,
			.field_count = a.field_count, .remark = a.remark };
		size_t bound = skua_header_json_bound(&out);
		uint8_t *text = malloc(bound);
		size_t n = skua_header_json_encode(text, &out);

		MUST(n <= bound);
		MUST(skua_header_json_decode(skua_str_n((char *)text, n),
			 &arena, &b) == SKUA_OK);
		MUST(a.code == b.code && a.opaque == b.opaque);
		MUST(a.field_count == b.field_count);
		for (size_t i = 0; i < a.field_count; i++)
			MUST(skua_str_eq(a.fields[i].value, b.fields[i].value));
		free(text);
	}
	skua_arena_fini(&arena);
	return 0;
}
