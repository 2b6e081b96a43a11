/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "wire/header_binary.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct command a, b;

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	if (skua_header_binary_decode(skua_str_n((const char *)bytes, len),
		&a) == SKUA_OK) {
		struct command_out out = { .code = a.code, .opaque = a.opaque,
			.flag = a.flag, .fields = a.fields,
			.field_count = a.field_count, .remark = a.remark };
		size_t bound = skua_header_binary_bound(&out);
		uint8_t *text = malloc(bound);
		size_t n = skua_header_binary_encode(text, &out);

		MUST(n <= bound);
		MUST(skua_header_binary_decode(skua_str_n((char *)text, n),
			 &b) == SKUA_OK);
		MUST(a.code == b.code && a.field_count == b.field_count);
		free(text);
	}
	return 0;
}
