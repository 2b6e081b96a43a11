/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that wait for flush and replication, oldest first. */
#include <stdlib.h>

#include <skua/host.h>

#include "broker/park.h"
#include "broker/put.h"

/* An answer that waits for flush and replication. */
struct awaiting {
	struct awaiting *next;
	struct conn *conn;
	int64_t end_pos;
	int64_t since_ms;
	int64_t size; /* bytes that count for the connection */
	int32_t request_code;
	const struct dispatch *dispatch;
	size_t len;
	uint8_t frame[]; /* with code 0 */
};

void
skua_put_answer_later(struct loop_state *s, const struct put_request *r,
    const struct command_out *out, int64_t end_pos)
{
	size_t size = sizeof(struct awaiting) + skua_command_bound(out);
	struct awaiting *a = skua_mem_grow(NULL, 1, size);

	a->size = (int64_t)size;
	skua_conn_hold_answer(r->conn, a->size);
	a->next = NULL;
	a->conn = skua_conn_ref(r->conn);
	a->end_pos = end_pos;
	a->since_ms = skua_mono_ms();
	a->request_code = r->code;
	a->dispatch = r->dispatch;
	a->len = skua_command_encode(a->frame, out, 0);
	*s->awaiting_end = a;
	s->awaiting_end = &a->next;
}

static void
free_awaiting(struct awaiting *a)
{
	skua_conn_unhold_answer(a->conn, a->size);
	skua_conn_unref(a->conn);
	free(a);
}

static void
drop_first(struct loop_state *s)
{
	struct awaiting *a = s->awaiting_first;

	s->awaiting_first = a->next;
	if (s->awaiting_first == NULL)
		s->awaiting_end = &s->awaiting_first;
	free_awaiting(a);
}

void
skua_put_release(struct loop_state *s)
{
	int64_t pos = skua_log_safe_pos(&s->broker->log);

	while (s->awaiting_first != NULL &&
	    s->awaiting_first->end_pos <= pos) {
		struct awaiting *a = s->awaiting_first;

		if (!a->conn->closing) {
			skua_dispatch_after(a->dispatch, a->request_code,
			    SKUA_CODE_SUCCESS, a->conn->id);
			skua_conn_send(a->conn, a->frame, a->len);
		}
		drop_first(s);
	}
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
late_code(const struct broker *b, const struct awaiting *a)
{
	if (atomic_load(&b->log.error) != SKUA_OK)
		return SKUA_CODE_SERVICE_NOT_AVAILABLE;
	return !b->log.flush->answers_at_once &&
		atomic_load(&b->log.flushed_pos) < a->end_pos ?
	    SKUA_CODE_FLUSH_DISK_TIMEOUT :
	    SKUA_CODE_FLUSH_SLAVE_TIMEOUT;
}

static void
answer_expired(struct loop_state *s, struct awaiting *a)
{
	struct command command;
	struct command_out out = { .flag = COMMAND_RESPONSE };

	if (a->conn->closing ||
	    skua_command_decode(a->frame, a->len, &s->loop->arena, &command) !=
		SKUA_OK)
		return;
	out.code = late_code(s->broker, a);
	out.opaque = command.opaque;
	out.codec = command.codec;
	out.fields = command.fields;
	out.field_count = command.field_count;
	skua_dispatch_after(a->dispatch, a->request_code, out.code,
	    a->conn->id);
	skua_conn_send_command(a->conn, &out, skua_str_n(NULL, 0));
}

void
skua_put_expire(struct loop_state *s)
{
	const struct conf *conf = broker_conf(s->broker);
	int64_t limit = skua_mono_ms() - conf->flush_timeout_ms;
	bool poisoned = atomic_load(&s->broker->log.error) != SKUA_OK;

	while (s->awaiting_first != NULL &&
	    (poisoned || s->awaiting_first->since_ms <= limit)) {
		answer_expired(s, s->awaiting_first);
		drop_first(s);
	}
}

void
skua_put_drop_waiting(struct loop_state *s)
{
	while (s->awaiting_first != NULL)
		drop_first(s);
}
