/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checkpoint beside an empty log, by what checks and by its coders.  A byte
 * of choices, then what both brokers write, then Skua's slots: they are brought
 * to their places, since nobody guesses a CRC, and the way there is all zeros.
 */
#include "base/crc32.h"
#include "fuzz.h"
#include "memory_io.h"
#include "offline/offline.h"
#include "wire/integrity.h"

enum { SEAL = 1, AGREE = 4, CUT = 16, LISTEN = 32 }; /* the first two: of each slot */

#define INPUT (1 + SKUA_CHECKPOINT_BYTES + SKUA_SLOTS * SKUA_SLOT_SIZE)

static void
found(void *arg, const struct offline_finding *f)
{
	(void)arg;
	MUST(f->text[0] != '\0' && f->part == OFFLINE_CHECKPOINT);
	fuzz_sink += strlen(f->text);
}

/* The slot's own bytes come back; whether it counts. */
static bool
put_slot(uint8_t *file, int i, const uint8_t *bytes, int choices)
{
	uint8_t *at = file + skua_slot_at(i);
	struct skua_slot slot;

	memcpy(at, bytes, SKUA_SLOT_SIZE);
	skua_slot_get(at, &slot);
	if ((choices & AGREE << i) != 0)
		slot.shared_crc = skua_crc32(file, SKUA_CHECKPOINT_BYTES);
	if ((choices & SEAL << i) != 0)
		slot.magic = SKUA_SLOT_MAGIC;
	skua_slot_put(at, &slot);
	MUST((choices & (SEAL | AGREE) << i) != 0 ||
	    memcmp(at, bytes, SKUA_SLOT_SIZE) == 0);
	if ((choices & SEAL << i) != 0)
		skua_slot_seal(at);
	return skua_slot_is_sound(at);
}

static size_t
make_file(const uint8_t *bytes, uint8_t file[SKUA_CHECKPOINT_SIZE],
    bool sound[SKUA_SLOTS])
{
	struct skua_checkpoint cp;

	memset(file, 0, SKUA_CHECKPOINT_SIZE);
	skua_checkpoint_get(bytes + 1, &cp);
	skua_checkpoint_put(file, &cp);
	MUST(memcmp(file, bytes + 1, SKUA_CHECKPOINT_BYTES) == 0);
	for (int i = 0; i < SKUA_SLOTS; i++)
		sound[i] = put_slot(file, i, bytes + 1 + SKUA_CHECKPOINT_BYTES +
			i * SKUA_SLOT_SIZE, bytes[0]);
	return (bytes[0] & CUT) != 0 ? (size_t)bytes[2] * 8 :
				       SKUA_CHECKPOINT_SIZE;
}

/* An empty log is at 0: nothing may be written. */
static void
judge(const uint8_t *file, size_t len, const bool sound[SKUA_SLOTS],
    int64_t damage)
{
	struct skua_checkpoint cp;
	struct skua_slot slot[SKUA_SLOTS];

	skua_checkpoint_get(file, &cp);
	MUST(damage > 0 || len >= SKUA_CHECKPOINT_BYTES);
	if (len < SKUA_CHECKPOINT_SIZE)
		return;
	MUST(damage > 0 ||
	    (cp.log_ms >= 0 && cp.queues_ms >= 0 && cp.keys_ms >= 0));
	for (int i = 0; i < SKUA_SLOTS; i++)
		skua_slot_get(file + skua_slot_at(i), &slot[i]);
	for (int i = 0; i < SKUA_SLOTS; i++)
		MUST(damage > 0 || !sound[i] ||
		    slot[i].shared_crc !=
			skua_crc32(file, SKUA_CHECKPOINT_BYTES) ||
		    slot[i].number <= 0 ||
		    (sound[1 - i] && slot[1 - i].number >= slot[i].number) ||
		    (slot[i].written_pos <= 0 && slot[i].synced_pos <= 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint8_t file[SKUA_CHECKPOINT_SIZE], all[INPUT] = { 0 };
	struct memory_file files[] = {
		{ "/s", NULL, 0 },
		{ "/s/commitlog", NULL, 0 },
		{ "/s/checkpoint", file, 0 },
	};
	/* Most of the time would go into sentences. */
	const struct offline_ear ear = { len > 0 && (bytes[0] & LISTEN) != 0 ?
		    found : NULL, NULL, NULL };
	struct offline_summary sum;
	struct offline *store;
	struct skua_error e;
	bool sound[SKUA_SLOTS];

	memcpy(all, bytes, len < INPUT ? len : INPUT);
	files[2].len = make_file(all, file, sound);
	memory_io_set(files, 3);
	MUST(skua_offline_open("/s", NULL, &ear, &store, &e) == SKUA_OK);
	MUST(skua_offline_check(store, &sum, &e) == SKUA_OK);
	judge(file, files[2].len, sound, sum.damage[OFFLINE_CHECKPOINT]);
	skua_offline_close(store);
	return 0;
}
