/* SPDX-License-Identifier: Apache-2.0 */
/* One index file, or two of the same bytes, beside an empty log. */
#include "fuzz.h"
#include "memory_io.h"
#include "offline/offline.h"

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
	static const uint8_t log[16];
	const struct memory_file files[] = {
		{ "/s", NULL, 0 },
		{ "/s/commitlog", NULL, 0 },
		{ "/s/commitlog/00000000000000000000", log, sizeof(log) },
		{ "/s/index", NULL, 0 },
		{ "/s/index/20261121000000000", bytes, len },
		{ "/s/index/20261121000000001", bytes, len },
	};
	/* Most of the time would go into sentences. */
	const struct offline_ear ear = { len % 4 == 3 ? found : NULL, NULL,
		NULL };
	struct offline_summary sum;
	struct offline *store;
	struct skua_error e;

	memory_io_set(files, len % 2 == 0 ? 5 : 6);
	MUST(skua_offline_open("/s", NULL, &ear, &store, &e) == SKUA_OK);
	MUST(skua_offline_check(store, &sum, &e) == SKUA_OK);
	MUST(sum.entries == 0 && sum.records == 0);
	skua_offline_close(store);
	return 0;
}
