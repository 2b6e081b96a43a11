/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoint beside an empty log, by what checks and by its coders. */
#include "fuzz.h"
#include "memory_io.h"
#include "offline/offline.h"

static void
found(void *arg, const struct offline_finding *f)
{
	(void)arg;
	MUST(f->text[0] != '\0' && f->part == OFFLINE_CHECKPOINT);
	fuzz_sink += strlen(f->text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct memory_file files[] = {
		{ "/s", NULL, 0 },
		{ "/s/commitlog", NULL, 0 },
		{ "/s/checkpoint", bytes, len },
	};
	const struct offline_ear ear = { found, NULL, NULL };
	struct offline_summary sum;
	struct skua_checkpoint cp;
	struct offline *store;
	struct skua_error e;
	uint8_t back[SKUA_CHECKPOINT_BYTES];

	memory_io_set(files, 3);
	MUST(skua_offline_open("/s", &ear, &store, &e) == SKUA_OK);
	MUST(skua_offline_check(store, &sum, &e) == SKUA_OK);
	if (len >= sizeof(back)) {
		skua_checkpoint_get(bytes, &cp);
		skua_checkpoint_put(back, &cp);
		MUST(memcmp(back, bytes, sizeof(back)) == 0);
		/* An empty log is at 0: nothing may be written. */
		MUST(sum.damage[OFFLINE_CHECKPOINT] > 0 ||
		    (cp.log_ms >= 0 && cp.queues_ms >= 0 && cp.keys_ms >= 0));
	} else {
		MUST(sum.damage[OFFLINE_CHECKPOINT] > 0);
	}
	skua_offline_close(store);
	return 0;
}
