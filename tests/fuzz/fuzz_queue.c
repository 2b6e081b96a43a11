/* SPDX-License-Identifier: Apache-2.0 */
/* Two consume queue files beside a log with one record in it. */
#include "fuzz.h"
#include "memory_io.h"
#include "offline/offline.h"

#define FILE_SIZE 60

static void
found(void *arg, const struct offline_finding *f)
{
	(void)arg;
	MUST(f->text[0] != '\0' && f->kind != NULL);
	fuzz_sink += strlen(f->text);
}

/* At position 0: topic T, queue 0, offset 1, tag A. */
static size_t
make_record(uint8_t p[128])
{
	memset(p, 0, 128);
	skua_put_be32(p, 99);
	skua_put_be32(p + 4, SKUA_RECORD_MAGIC_V1);
	p[27] = 1;
	p[88] = 1;
	p[89] = 'T';
	p[91] = 7;
	memcpy(p + 92, "TAGS\1A\2", 7);
	return 128;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t first = len < FILE_SIZE ? len : FILE_SIZE;
	uint8_t log[128];
	const struct memory_file files[] = {
		{ "/s", NULL, 0 },
		{ "/s/commitlog", NULL, 0 },
		{ "/s/commitlog/00000000000000000000", log, sizeof(log) },
		{ "/s/consumequeue", NULL, 0 },
		{ "/s/consumequeue/T", NULL, 0 },
		{ "/s/consumequeue/T/0", NULL, 0 },
		{ "/s/consumequeue/T/0/00000000000000000000", bytes, first },
		{ "/s/consumequeue/T/0/00000000000000000060", bytes + first,
		    len - first },
	};
	/* Most of the time would go into sentences. */
	const struct offline_ear ear = { len % 4 == 3 ? found : NULL, NULL,
		NULL };
	struct offline_summary sum;
	struct offline *store;
	struct skua_error e;

	(void)make_record(log);
	memory_io_set(files, len > first ? 8 : 7);
	MUST(skua_offline_open("/s", NULL, &ear, &store, &e) == SKUA_OK);
	MUST(skua_offline_check(store, &sum, &e) == SKUA_OK);
	MUST(sum.records == 1 && sum.units <= 1);
	/* One unit is right: the others are blank, or told. */
	MUST(sum.units == 1 || sum.damage[OFFLINE_QUEUES] > 0);
	skua_offline_close(store);
	return 0;
}
