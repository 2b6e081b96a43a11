/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "selector": picks the queue a message goes to.
 *
 * In the broker it is asked for a message without a queue (queueId < 0) and
 * for every message of a topic whose attribute `queue.selector` names it; in
 * libskua it is a producer's strategy.
 * Upstream: client.producer.MessageQueueSelector, SendMessageProcessor.
 */
#ifndef SKUA_SELECTOR_H
#define SKUA_SELECTOR_H

#include <skua/message.h>
#include <skua/plugin.h>

SKUA_BEGIN_DECLS

struct skua_selector {
	size_t size;
	size_t state_size; /* zeroed by the host: one state per loop and topic */
	/* Optional.  conf as skua_host_conf; pick may use it as well, fini may
	 * not.  After a change of the configuration fini and init are called
	 * again. */
	int (*init)(void *state, const void *conf, struct skua_error *e);
	void (*fini)(void *state);
	/* On the message's loop, never concurrently for one state; must not
	 * block.  queue_count > 0.  Returns a queue id below it; anything else
	 * is reduced modulo queue_count. */
	uint32_t (*pick)(void *state, const struct skua_message *message,
	    uint32_t queue_count);
};

SKUA_API int skua_provide_selector(struct skua_host *host, const char *name,
    const struct skua_selector *ops) SKUA_MUST_CHECK;

/* --- for programs that have no broker --- */

/* One selector out of one module.  libskua does not link these two: it finds
 * them by name in libskuacore, which every module links.  path: of the module's
 * file.  settings: option, value, …, NULL; may be NULL.  *ops_r and *conf_r are
 * good until skua_adopt_end. */
struct skua_adopted;
typedef int skua_adopt_selector_fn(const char *path,
    const char *const *settings, struct skua_adopted **adopted_r,
    const struct skua_selector **ops_r, const void **conf_r,
    struct skua_error *e);
SKUA_API skua_adopt_selector_fn skua_adopt_selector;
typedef void skua_adopt_end_fn(struct skua_adopted *adopted);
SKUA_API skua_adopt_end_fn skua_adopt_end;

SKUA_END_DECLS

#endif
