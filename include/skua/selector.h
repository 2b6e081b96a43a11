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
	/* Optional.  conf as skua_host_conf. */
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

SKUA_END_DECLS

#endif
