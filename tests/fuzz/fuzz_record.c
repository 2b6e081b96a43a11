/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "wire/record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct skua_record r;

	while (skua_record_decode(bytes, len, &r) == SKUA_OK) {
		char *body;
		size_t n;

		(void)skua_record_crc_ok(&r);
		(void)skua_property(r.properties, "TAGS");
		if (skua_body_decompress(r.sys_flag, r.body, 65536, &body,
			&n) == SKUA_OK) {
			MUST(n <= 65536);
			free(body);
		}
		bytes += r.size;
		len -= (size_t)r.size;
	}
	return 0;
}
