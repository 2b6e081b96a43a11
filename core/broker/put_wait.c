/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for flush and replication, oldest first. */
#include <skua/host.h>

#include "broker/park.h"
#include "broker/put.h"

void
skua_put_wait(struct loop_state *s, struct put_wait *w, int64_t end_pos)
{
	w->next = NULL;
	w->end_pos = end_pos;
	w->since_ms = skua_mono_ms();
	*s->waits_end = w;
	s->waits_end = &w->next;
}

static void
end_first(struct loop_state *s, int32_t code)
{
	struct put_wait *w = s->waits_first;

	s->waits_first = w->next;
	if (s->waits_first == NULL)
		s->waits_end = &s->waits_first;
	w->done(s, w, code);
}

void
skua_put_release(struct loop_state *s)
{
	int64_t pos = skua_log_safe_pos(&s->broker->log);

	while (s->waits_first != NULL && s->waits_first->end_pos <= pos)
		end_first(s, SKUA_CODE_SUCCESS);
}

static void
release_here(struct loop *loop, struct loop_msg *msg)
{
	struct loop_state *s = loop->data;

	(void)msg;
	atomic_store(&s->durable_posted, false);
	skua_put_release(s);
	skua_park_rerun_hidden(s);
}

void
skua_put_durable(struct broker *b)
{
	for (size_t i = 0; i < b->loop_count; i++) {
		struct loop_state *s = b->loops[i].data;

		if (s == NULL || atomic_exchange(&s->durable_posted, true))
			continue;
		s->durable_msg.fn = release_here;
		skua_loop_post(s->loop, &s->durable_msg);
	}
}

/* The message is stored, but not as safe as asked: 10, or 12.  A poisoned
 * store has lost the right to say so. */
static int32_t
late_code(const struct broker *b, const struct put_wait *w)
{
	if (atomic_load(&b->log.error) != SKUA_OK)
		return SKUA_CODE_SERVICE_NOT_AVAILABLE;
	return !b->log.flush->answers_at_once &&
		atomic_load(&b->log.flushed_pos) < w->end_pos ?
	    SKUA_CODE_FLUSH_DISK_TIMEOUT :
	    SKUA_CODE_FLUSH_SLAVE_TIMEOUT;
}

void
skua_put_expire(struct loop_state *s)
{
	const struct conf *conf = broker_conf(s->broker);
	int64_t limit = skua_mono_ms() - conf->flush_timeout_ms;
	bool poisoned = atomic_load(&s->broker->log.error) != SKUA_OK;

	while (s->waits_first != NULL &&
	    (poisoned || s->waits_first->since_ms <= limit))
		end_first(s, late_code(s->broker, s->waits_first));
}

void
skua_put_drop_waiting(struct loop_state *s)
{
	while (s->waits_first != NULL)
		end_first(s, PUT_ENDING);
}
