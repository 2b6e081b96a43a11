/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoint: a hint where recovery may begin, so it must not be ahead. */
#include <stdio.h>

#include "base/crc32.h"
#include "offline/check.h"
#include "wire/integrity.h"

static void
tell(struct check *c, enum offline_severity severity, int64_t offset,
    const char *what, int64_t is, int64_t limit)
{
	struct offline_finding f =
	    offline_finding(severity, OFFLINE_CHECKPOINT, "checkpoint");

	f.file = "checkpoint";
	f.offset = offset;
	offline_tell(c->store, &f, "%s %lld is ahead of the log's %lld", what,
	    (long long)is, (long long)limit);
}

static void
tell_plain(struct check *c, enum offline_severity severity, int64_t offset,
    const char *text)
{
	struct offline_finding f =
	    offline_finding(severity, OFFLINE_CHECKPOINT, "checkpoint");

	f.file = "checkpoint";
	f.offset = offset;
	offline_tell(c->store, &f, "%s", text);
}

static void
judge_times(struct check *c, const struct skua_checkpoint *cp)
{
	const struct { const char *what; int64_t ms; } times[] = {
		{ "the log's time", cp->log_ms },
		{ "the consume queues' time", cp->queues_ms },
		{ "the index files' time", cp->keys_ms },
	};
	/* Times run ahead of a log whose end a power cut took. */
	enum offline_severity ahead = c->store->has_abort ||
		c->store->is_open ? OFFLINE_NOTE : OFFLINE_DAMAGE;

	for (int i = 0; i < 3; i++) {
		if (times[i].ms < 0)
			tell_plain(c, OFFLINE_DAMAGE, 8 * i, "a time before 1970");
		else if (c->sum->records > 0 && times[i].ms > c->newest_ms)
			tell(c, ahead, 8 * i, times[i].what, times[i].ms,
			    c->newest_ms);
	}
}

/* Positions of the newest slot, if nobody else wrote to the file since. */
static void
judge_positions(struct check *c, const struct skua_slot *slot, int64_t at)
{
	const struct { const char *what; int64_t at, pos; } all[] = {
		{ "the written position", at + 16, slot->written_pos },
		{ "the synced position", at + 24, slot->synced_pos },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].pos > c->sum->log_to)
			tell(c, OFFLINE_DAMAGE, all[i].at, all[i].what,
			    all[i].pos, c->sum->log_to);
}

/* A slot was never written, is right, or was damaged; a power cut damages the
 * one that was being written. */
static void
judge_own(struct check *c, const uint8_t *p)
{
	static const uint8_t none[SKUA_SLOT_SIZE];
	uint64_t shared = skua_crc32(p, SKUA_CHECKPOINT_BYTES);
	struct skua_slot newest = { .number = 0 }, slot;
	int64_t newest_at = 0, damaged_at = 0;

	for (int64_t i = 0; i < SKUA_SLOTS; i++) {
		const uint8_t *bytes = p + skua_slot_at(i);

		skua_slot_get(bytes, &slot);
		if (!skua_slot_is_sound(bytes)) {
			if (memcmp(bytes, none, sizeof(none)) != 0)
				damaged_at = skua_slot_at(i);
		} else if (slot.number > newest.number) {
			newest = slot;
			newest_at = skua_slot_at(i);
		}
	}
	if (damaged_at > 0)
		tell_plain(c, newest_at > 0 && c->store->has_abort ?
			OFFLINE_NOTE : OFFLINE_DAMAGE, damaged_at,
		    "the CRC of this copy of Skua's positions is wrong");
	if (newest_at > 0 && newest.shared_crc == shared)
		judge_positions(c, &newest, newest_at);
}

void
check_checkpoint(struct check *c)
{
	uint8_t bytes[SKUA_CHECKPOINT_SIZE] = { 0 };
	struct skua_checkpoint cp;
	char path[OFFLINE_PATH];
	struct window w;
	const uint8_t *p;
	size_t n = 0;
	int rc;

	(void)snprintf(path, sizeof(path), "%s/checkpoint", c->store->folder);
	window_init(&w, SKUA_CHECKPOINT_SIZE);
	rc = window_open(&w, path);
	if (rc == SKUA_OK) {
		p = window_view(&w, 0, sizeof(bytes), &n);
		if (p == NULL || n < SKUA_CHECKPOINT_BYTES) {
			tell_plain(c, OFFLINE_DAMAGE, 0, "the file is too short");
		} else {
			memcpy(bytes, p, n);
			skua_checkpoint_get(bytes, &cp);
			judge_times(c, &cp);
			judge_own(c, bytes);
		}
	} else if (rc != SKUA_ENOENT) {
		tell_plain(c, OFFLINE_DAMAGE, 0, "the file cannot be read");
	}
	window_close(&w);
}
