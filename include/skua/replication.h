/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "replication": when does an append count as safe elsewhere?
 *
 * It knows nothing of flushing: an answer leaves when both have said yes.
 * Upstream: store.ha.HAService.
 */
#ifndef SKUA_REPLICATION_H
#define SKUA_REPLICATION_H

#include <skua/plugin.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

struct skua_replication {
	size_t size;
	size_t state_size;
	/* True: nobody is waited for. */
	bool answers_at_once;
	/* Main thread, after recovery. */
	int (*start)(void *state, struct skua_host *host, struct skua_error *e);
	/* As in struct skua_flush. */
	void (*appended)(void *state, int64_t end_pos);
	void (*stop)(void *state);
};

/* Any thread: answers up to pos may leave, as far as replication goes. */
SKUA_API void skua_replication_done(struct skua_host *host, int64_t pos);

SKUA_API int skua_provide_replication(struct skua_host *host, const char *name,
    const struct skua_replication *ops) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
