/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to clients: built where they arise, sent on the client's loop. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/mem.h"
#include "broker/notice.h"

struct notice {
	struct loop_msg msg;
	struct conn *conn;
	const char *close_why;
	size_t len;
	uint8_t frame[];
};

static void
deliver(struct loop *loop, struct loop_msg *msg)
{
	struct notice *n = sk_container(msg, struct notice, msg);

	(void)loop;
	if (n->close_why != NULL)
		skua_conn_close(n->conn, n->close_why);
	else if (!n->conn->closing && !skua_conn_is_full(n->conn))
		skua_conn_send(n->conn, n->frame, n->len);
	skua_conn_unref(n->conn);
	free(n);
}

static void
post(struct notice *n, struct conn *conn)
{
	n->conn = skua_conn_ref(conn);
	n->msg.fn = deliver;
	skua_loop_post(conn->loop, &n->msg);
}

static int32_t
next_opaque(void)
{
	static _Atomic int32_t opaque;

	return atomic_fetch_add(&opaque, 1);
}

void
skua_notice_send(struct conn *conn, int32_t code, const char *const *fields,
    struct skua_str body)
{
	struct field list[16];
	struct command_out out = { .code = code, .opaque = next_opaque(),
		.flag = COMMAND_ONEWAY, .fields = list };
	struct notice *n;

	for (; fields != NULL && fields[0] != NULL && out.field_count < 16;
	     fields += 2) {
		list[out.field_count].name = skua_str_z(fields[0]);
		list[out.field_count++].value = skua_str_z(fields[1]);
	}
	n = skua_mem_new(1,
	    sizeof(*n) + skua_command_bound(&out) + body.len);
	n->len = skua_command_encode(n->frame, &out, body.len);
	skua_str_copy(n->frame + n->len, body);
	n->len += body.len;
	post(n, conn);
}

void
skua_notice_close(struct conn *conn, const char *why)
{
	struct notice *n = sk_new(struct notice);

	n->close_why = why;
	post(n, conn);
}

/* --- relayed requests --- */

struct relay {
	UT_hash_handle hh;
	int32_t opaque;
	struct loop_msg msg;
	struct conn *conn;
	struct skua_request *request;
	uv_timer_t timer;
	int64_t timeout_ms;
};

static _Thread_local struct relay *relays; /* of this loop */

static void
free_relay(uv_handle_t *timer)
{
	struct relay *r = timer->data;

	skua_conn_unref(r->conn);
	free(r);
}

static void
end_relay(struct relay *r)
{
	HASH_DEL(relays, r);
	uv_close((uv_handle_t *)&r->timer, free_relay);
}

static void
on_timeout(uv_timer_t *timer)
{
	struct relay *r = timer->data;

	skua_loop_enter(r->conn->loop);
	skua_answer(r->request, 207,
	    "consumer <" SKUA_STR_FMT "> <" SKUA_STR_FMT "> timeout",
	    SKUA_STR_ARG(skua_request_field(r->request, "consumerGroup")),
	    SKUA_STR_ARG(skua_request_field(r->request, "clientId")));
	end_relay(r);
}

static void
start_relay(struct loop *loop, struct loop_msg *msg)
{
	struct relay *r = sk_container(msg, struct relay, msg);
	const struct command *c = &r->request->command;
	struct command_out out = { .code = c->code, .opaque = next_opaque(),
		.fields = c->fields, .field_count = c->field_count };

	r->opaque = out.opaque;
	HASH_ADD_INT(relays, opaque, r);
	sk_must(uv_timer_init(&loop->uv, &r->timer));
	r->timer.data = r;
	sk_must(uv_timer_start(&r->timer, on_timeout, (uint64_t)r->timeout_ms, 0));
	if (!r->conn->closing)
		skua_conn_send_command(r->conn, &out, c->body);
}

void
skua_notice_relay(struct conn *conn, struct skua_request *request,
    int64_t timeout_ms)
{
	struct relay *r = sk_new(struct relay);

	r->conn = skua_conn_ref(conn);
	r->request = request;
	r->timeout_ms = timeout_ms;
	r->msg.fn = start_relay;
	skua_loop_post(conn->loop, &r->msg);
}

bool
skua_relay_answered(struct skua_request *response)
{
	const struct command *c = &response->command;
	struct relay *r;

	HASH_FIND_INT(relays, &c->opaque, r);
	if (r == NULL || r->conn != response->conn)
		return false;
	skua_answer_body(r->request, c->body.p, c->body.len);
	if (c->remark.p == NULL)
		skua_answer(r->request, c->code, NULL);
	else
		skua_answer(r->request, c->code, "%.*s",
		    SKUA_STR_ARG(c->remark));
	end_relay(r);
	return true;
}

void
skua_relay_end_all(void)
{
	struct relay *r, *next;

	HASH_ITER(hh, relays, r, next) {
		skua_answer(r->request, SKUA_CODE_SYSTEM_ERROR,
		    "the broker is stopping");
		end_relay(r);
	}
}
