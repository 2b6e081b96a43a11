/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "flush": when does an append count as durable?
 *
 * The core tells the policy how far the log reaches; the policy says how far
 * answers may go.  It usually owns a worker thread that calls skua_flush_sync.
 * Upstream: store.FlushManager, CommitLog.GroupCommitService.
 */
#ifndef SKUA_FLUSH_H
#define SKUA_FLUSH_H

#include <skua/plugin.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

struct skua_flush {
	size_t size;
	size_t state_size;
	/* True: an append is answered at once; appended is only a hint.  False:
	 * answers wait until skua_flush_done reaches them. */
	bool answers_at_once;
	/* Main thread, after recovery. */
	int (*start)(void *state, struct skua_host *host, struct skua_error *e);
	/* The log now reaches end_pos.  Any loop, once per batch, right after
	 * the append lock; must not block. */
	void (*appended)(void *state, int64_t end_pos);
	/* Main thread, after the last append: stops the worker.  The core
	 * itself makes the last sync. */
	void (*stop)(void *state);
};

/* Worker thread: makes the store durable up to its present end; the position
 * that is now safe in *synced_pos_r.  A failure poisons the store: no retry. */
SKUA_API int skua_flush_sync(struct skua_host *host, int64_t *synced_pos_r)
    SKUA_MUST_CHECK;

/* Any thread: how far the log reaches, and how far it is synced. */
SKUA_API void skua_flush_progress(struct skua_host *host, int64_t *end_pos_r,
    int64_t *synced_pos_r);

/* Any thread: answers up to pos may leave, as far as flushing goes. */
SKUA_API void skua_flush_done(struct skua_host *host, int64_t pos);

SKUA_API int skua_provide_flush(struct skua_host *host, const char *name,
    const struct skua_flush *ops) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
