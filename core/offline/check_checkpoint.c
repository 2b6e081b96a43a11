/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoint: a hint where recovery may begin, so it must not be ahead. */
#include <stdio.h>

#include "base/crc32.h"
#include "offline/check.h"

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
tell_plain(struct check *c, int64_t offset, const char *text)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_CHECKPOINT, "checkpoint");

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
			tell_plain(c, 8 * i, "a time before 1970");
		else if (c->sum->records > 0 && times[i].ms > c->newest_ms)
			tell(c, ahead, 8 * i, times[i].what, times[i].ms,
			    c->newest_ms);
	}
}

static void
judge_own(struct check *c, const struct skua_checkpoint *cp, const uint8_t *p)
{
	if (cp->own_magic != SKUA_CHECKPOINT_OWN)
		return;
	if (skua_crc32(p + SKUA_CHECKPOINT_AT_WRITTEN_POS, 8) != cp->own_crc)
		tell_plain(c, SKUA_CHECKPOINT_AT_WRITTEN_POS,
		    "the CRC of the written position is wrong");
	else if (cp->written_pos > c->sum->log_to)
		tell(c, OFFLINE_DAMAGE, SKUA_CHECKPOINT_AT_WRITTEN_POS,
		    "the written position", cp->written_pos, c->sum->log_to);
}

void
check_checkpoint(struct check *c)
{
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
		p = window_view(&w, 0, SKUA_CHECKPOINT_BYTES, &n);
		if (p == NULL || n < SKUA_CHECKPOINT_BYTES) {
			tell_plain(c, 0, "the file is too short");
		} else {
			skua_checkpoint_get(p, &cp);
			judge_times(c, &cp);
			judge_own(c, &cp, p);
		}
	} else if (rc != SKUA_ENOENT) {
		tell_plain(c, 0, "the file cannot be read");
	}
	window_close(&w);
}
