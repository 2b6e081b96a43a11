/* SPDX-License-Identifier: Apache-2.0 */
/* A log of two files and everything else that a store may have, checked. */
#include "fuzz.h"
#include "memory_io.h"
#include "offline/offline.h"

#define FILE_SIZE 128

static void
found(void *arg, const struct offline_finding *f)
{
	(void)arg;
	MUST(f->text[0] != '\0' && f->kind != NULL);
	fuzz_sink += strlen(f->text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t first = len < FILE_SIZE ? len : FILE_SIZE;
	const struct memory_file files[] = {
		{ "/s", NULL, 0 },
		{ "/s/commitlog", NULL, 0 },
		{ "/s/commitlog/00000000000000000000", bytes, first },
		{ "/s/commitlog/00000000000000000128", bytes + first,
		    len - first },
	};
	/* Most of the time would go into sentences. */
	const struct offline_ear ear = { len % 4 == 3 ? found : NULL, NULL,
		NULL };
	struct offline_summary sum;
	struct offline *store;
	struct skua_error e;

	memory_io_set(files, len > first ? 4 : 3);
	if (skua_offline_open("/s", NULL, &ear, &store, &e) != SKUA_OK)
		return 0;
	if (skua_offline_check(store, &sum, &e) == SKUA_OK)
		MUST(sum.bytes <= (int64_t)len);
	skua_offline_close(store);
	return 0;
}
