/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "wire/command.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct command c;
	struct arena arena;
	int64_t size;

	skua_arena_init(&arena, 4096);
	while ((size = skua_frame_size(bytes, len)) > 0 &&
	    (size_t)size <= len) {
		if (skua_command_decode(bytes, (size_t)size, &arena, &c) ==
		    SKUA_OK)
			(void)skua_command_field(&c, "topic");
		bytes += size;
		len -= (size_t)size;
	}
	skua_arena_fini(&arena);
	return 0;
}
