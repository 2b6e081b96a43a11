/* SPDX-License-Identifier: Apache-2.0 */
/* Which queues have something to write or to sync, and doing it. */
#include <stdlib.h>

#include <skua/io.h>

#include "cq.h"

#define SYNC_TOGETHER_FROM 64 /* queues */

/* Pairs with next_busy_queue: either the worker sees the change, or it has taken
 * the mark away before and the queue is listed again. */
void
cq_mark_busy(struct cq_state *s, struct cq *q)
{
	struct cq *head;

	if (s->folder == NULL || atomic_exchange(&q->is_busy, true))
		return;
	head = atomic_load_explicit(&s->busy, memory_order_relaxed);
	do
		q->next_busy = head;
	while (!atomic_compare_exchange_weak_explicit(&s->busy, &head, q,
	    memory_order_release, memory_order_relaxed));
}

static struct cq *
next_busy_queue(struct cq **list)
{
	struct cq *q = *list;

	if (q != NULL) {
		*list = q->next_busy;
		(void)atomic_exchange(&q->is_busy, false);
	}
	return q;
}

static int
failed_at(struct cq_state *s, struct cq *q, int rc)
{
	skua_log(SKUA_LOG_ERROR, "index-cq", "could not write the queue %s: %s",
	    q->key, skua_strerror(rc));
	cq_mark_busy(s, q);
	return rc;
}

static int
write_out(struct cq_state *s, struct cq *q)
{
	int rc = SKUA_OK;

	cq_lock(s, q);
	if (!q->is_removed)
		rc = cq_write_out(s, q);
	if (q->dirty && !q->is_unsynced && !q->is_removed) {
		q->is_unsynced = true;
		q->next_unsynced = s->unsynced;
		s->unsynced = q;
	}
	cq_unlock(s, q);
	return rc == SKUA_OK ? SKUA_OK : failed_at(s, q, rc);
}

/* Lists live until close: so do their queues. */
static int
write_busy(struct cq_state *s)
{
	struct cq *list = atomic_exchange_explicit(&s->busy, NULL,
	    memory_order_acquire);
	struct cq *q;
	int first = SKUA_OK;

	while ((q = next_busy_queue(&list)) != NULL) {
		int rc = write_out(s, q);

		first = first == SKUA_OK ? rc : first;
	}
	return first;
}

static int
sync_each(struct cq_state *s, struct cq *list)
{
	int first = SKUA_OK;

	for (struct cq *q = list; q != NULL; q = q->next_unsynced) {
		int rc = SKUA_OK;

		cq_lock(s, q);
		q->is_unsynced = false;
		if (!q->is_removed)
			rc = cq_sync(s, q);
		cq_unlock(s, q);
		if (rc != SKUA_OK)
			(void)failed_at(s, q, rc);
		first = first == SKUA_OK ? rc : first;
	}
	return first;
}

/* Very many files are synced as one.  What is written meanwhile is dirty again,
 * and busy. */
static int
sync_together(struct cq_state *s, struct cq *list)
{
	int rc;

	for (struct cq *q = list; q != NULL; q = q->next_unsynced) {
		cq_lock(s, q);
		q->is_unsynced = q->dirty = q->is_new = false;
		cq_unlock(s, q);
	}
	rc = skua_io()->sync_all(s->folder);
	if (rc == SKUA_OK)
		return SKUA_OK;
	s->sync_failed = true;
	skua_log(SKUA_LOG_ERROR, "index-cq", "could not sync %s: %s",
	    s->folder, skua_strerror(rc));
	return rc;
}

static int
sync_unsynced(struct cq_state *s)
{
	struct cq *list = s->unsynced;
	size_t n = 0;
	int rc;

	s->unsynced = NULL;
	for (struct cq *q = list; q != NULL; q = q->next_unsynced)
		n++;
	rc = n > SYNC_TOGETHER_FROM ? sync_together(s, list) :
				      sync_each(s, list);
	/* What was lost then is not found by syncing again. */
	return rc == SKUA_OK && s->sync_failed ? SKUA_EPOISONED : rc;
}

int
cq_flush(void *state, bool durable)
{
	struct cq_state *s = state;
	int rc, sync_rc = SKUA_OK;

	if (s->folder == NULL)
		return SKUA_OK;
	rc = write_busy(s);
	if (durable)
		sync_rc = sync_unsynced(s);
	return rc == SKUA_OK ? sync_rc : rc;
}
