/* SPDX-License-Identifier: Apache-2.0 */
/* What plug-ins ask of the main thread, counted and told of once. */
#include <stdlib.h>

#include "broker/host_thread.h"

static void
begin(struct broker *b, void *arg)
{
	struct host_ask *ask = arg;

	if (atomic_load(&b->stopping))
		skua_host_ask_done(ask, SKUA_ECLOSED);
	else
		ask->begin(ask);
}

int
skua_host_ask(struct host_ask *ask)
{
	struct broker *b = ask->broker;
	struct host_asks *asks = &b->asks;
	int rc = SKUA_OK;

	(void)pthread_mutex_lock(&asks->lock);
	if (asks->closed)
		rc = SKUA_ECLOSED;
	else if (asks->count == HOST_ASKS_MAX)
		rc = SKUA_EBUSY;
	if (rc == SKUA_OK) {
		asks->count++;
		ask->next = asks->first;
		asks->first = ask;
		skua_broker_on_main(b, begin, ask);
	}
	(void)pthread_mutex_unlock(&asks->lock);
	return rc;
}

static void
unlink_ask(struct host_asks *asks, struct host_ask *ask)
{
	struct host_ask **at = &asks->first;

	(void)pthread_mutex_lock(&asks->lock);
	while (*at != ask)
		at = &(*at)->next;
	*at = ask->next;
	asks->count--;
	(void)pthread_mutex_unlock(&asks->lock);
}

void
skua_host_ask_done(struct host_ask *ask, int rc)
{
	if (ask->done == NULL)
		return;
	unlink_ask(&ask->broker->asks, ask);
	ask->done(ask->arg, rc);
	free(ask);
}

/* Somebody may still hold one; nobody asks any more. */
void
skua_host_asks_close(struct broker *b)
{
	struct host_asks *asks = &b->asks;

	(void)pthread_mutex_lock(&asks->lock);
	asks->closed = true;
	(void)pthread_mutex_unlock(&asks->lock);
	skua_loop_drain(&b->main);
	for (struct host_ask *a = asks->first; a != NULL; a = a->next) {
		skua_done_fn *done = a->done;

		a->done = NULL;
		done(a->arg, SKUA_ECLOSED);
	}
}

void
skua_host_asks_free(struct broker *b)
{
	struct host_ask *ask;

	while ((ask = b->asks.first) != NULL) {
		b->asks.first = ask->next;
		free(ask);
	}
	(void)pthread_mutex_destroy(&b->asks.lock);
}
