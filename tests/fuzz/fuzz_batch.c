/* SPDX-License-Identifier: Apache-2.0 */
/* A batch's body, walked as core/broker/handle_send.c does: i32 size, i32
 * magic, i32 crc, i32 flag, i32 n body, i16 n properties. */
#include "base/bytes.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct reader r = reader_of(bytes, len);

	while (r.error == SKUA_OK && r.p < r.end) {
		const uint8_t *from = r.p;
		int32_t size = read_be32(&r);
		struct skua_str body, properties;

		(void)read_bytes(&r, 12);
		body = read_str(&r, read_be32(&r));
		properties = read_str(&r, (int16_t)read_be16(&r));
		MUST(r.error != SKUA_OK || r.p > from);
		if (r.error == SKUA_OK && r.p - from != size)
			break;
		for (size_t i = 0; i < body.len; i++)
			fuzz_sink += (unsigned char)body.p[i];
		for (size_t i = 0; i < properties.len; i++)
			fuzz_sink += (unsigned char)properties.p[i];
	}
	return 0;
}
