/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of skua/checks beside a log with two records in it.  A byte says which
 * of the entries that follow get a checksum that is right.
 */
#include "fuzz.h"
#include "memory_io.h"
#include "offline/offline.h"
#include "wire/integrity.h"
#include "wire/record.h"

#define RECORD 99
#define LOG (2 * RECORD + SKUA_BLANK_SIZE)
#define BYTES_MAX 256

static void
found(void *arg, const struct offline_finding *f)
{
	(void)arg;
	MUST(f->text[0] != '\0' && f->kind != NULL);
	fuzz_sink += strlen(f->text);
}

/* Topic T, queue 0, tag A. */
static void
make_record(uint8_t *p, uint8_t pos, uint8_t queue_offset)
{
	skua_put_be32(p, RECORD);
	skua_put_be32(p + 4, SKUA_RECORD_MAGIC_V1);
	p[27] = queue_offset;
	p[35] = pos;
	p[88] = 1;
	p[89] = 'T';
	p[91] = 7;
	memcpy(p + 92, "TAGS\1A\2", 7);
}

static void
seal(uint8_t *entries, size_t len, int which)
{
	for (size_t at = 0; at + SKUA_CHECK_SIZE <= len;
	     at += SKUA_CHECK_SIZE, which >>= 1) {
		struct skua_check_entry e, back;

		skua_check_get(entries + at, &e);
		if ((which & 1) == 0)
			continue;
		skua_check_put(entries + at, &e);
		skua_check_get(entries + at, &back);
		MUST(skua_check_is_sound(entries + at) && back.pos == e.pos &&
		    back.record == e.record && back.unit == e.unit);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint8_t log[LOG] = { 0 }, checks[BYTES_MAX];
	struct memory_file files[] = {
		{ "/s", NULL, 0 },
		{ "/s/commitlog", NULL, 0 },
		{ "/s/commitlog/00000000000000000000", log, sizeof(log) },
		{ "/s/skua/checks", NULL, 0 },
		{ "/s/skua/checks/00000000000000000000", checks, 0 },
	};
	const struct offline_ear ear = { len % 4 == 3 ? found : NULL, NULL,
		NULL };
	struct offline_summary sum;
	struct offline *store;
	struct skua_error e;

	if (len == 0 || len - 1 > sizeof(checks))
		return 0;
	make_record(log, 0, 0);
	make_record(log + RECORD, RECORD, 1);
	skua_blank_put(log + 2L * RECORD, SKUA_BLANK_SIZE);
	memcpy(checks, bytes + 1, len - 1);
	seal(checks, len - 1, bytes[0]);
	files[4].len = len - 1;
	memory_io_set(files, 5);
	MUST(skua_offline_open("/s", NULL, &ear, &store, &e) == SKUA_OK);
	MUST(skua_offline_check(store, &sum, &e) == SKUA_OK);
	/* A record is verified, or its entry is told, or it has none. */
	MUST(sum.records == 2 && sum.checks <= 2);
	MUST(len - 1 >= SKUA_CHECK_SIZE || sum.checks == 0);
	MUST(sum.checks == 0 ||
	    skua_record_check(log, RECORD) != 0);
	skua_offline_close(store);
	return 0;
}
