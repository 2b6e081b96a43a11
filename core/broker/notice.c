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

/* --- calls --- */

static _Thread_local struct client_call *calls; /* of this loop */

static void
on_timer_closed(uv_handle_t *timer)
{
	struct client_call *call = timer->data;

	skua_conn_unref(call->conn);
	free(call->frame);
	call->free(call);
}

static void
end_call(struct client_call *call, int status, struct skua_request *reply)
{
	HASH_DEL(calls, call);
	call->done(call, status, reply);
	uv_close((uv_handle_t *)&call->timer, on_timer_closed);
}

static void
on_timeout(uv_timer_t *timer)
{
	struct client_call *call = timer->data;

	skua_loop_enter(call->conn->loop);
	end_call(call, SKUA_ETIMEOUT, NULL);
}

void
skua_call_start(struct client_call *call, struct conn *conn)
{
	struct loop *loop = conn->loop;

	ASSERT_LOOP(loop);
	call->conn = skua_conn_ref(conn);
	HASH_ADD_INT(calls, opaque, call);
	sk_must(uv_timer_init(&loop->uv, &call->timer));
	call->timer.data = call;
	sk_must(uv_timer_start(&call->timer, on_timeout,
	    (uint64_t)call->timeout_ms, 0));
	if (loop->stopping)
		end_call(call, SKUA_ECANCELED, NULL);
	else if (conn->closing)
		end_call(call, SKUA_ECLOSED, NULL);
	else if (skua_conn_is_full(conn))
		end_call(call, SKUA_EBUSY, NULL);
	else
		skua_conn_send(conn, call->frame, call->len);
}

void
skua_call_encode(struct client_call *call, struct command_out *out,
    struct skua_str body)
{
	out->opaque = call->opaque = next_opaque();
	call->frame = skua_mem_new(1, skua_command_bound(out) + body.len);
	call->len = skua_command_encode(call->frame, out, body.len);
	skua_str_copy(call->frame + call->len, body);
	call->len += body.len;
}

bool
skua_call_answered(struct skua_request *response)
{
	struct client_call *call;

	HASH_FIND_INT(calls, &response->command.opaque, call);
	if (call == NULL || call->conn != response->conn)
		return false;
	end_call(call, SKUA_OK, response);
	return true;
}

/* Those of one connection, or (NULL) all. */
static void
end_calls(const struct conn *conn, int status)
{
	struct client_call *call, *next;

	HASH_ITER(hh, calls, call, next)
		if (conn == NULL || call->conn == conn)
			end_call(call, status, NULL);
}

void
skua_calls_connection_closed(const struct conn *conn)
{
	end_calls(conn, SKUA_ECLOSED);
}

void
skua_calls_end_all(void)
{
	end_calls(NULL, SKUA_ECANCELED);
}

/* --- relayed requests --- */

struct relay {
	struct client_call call;
	struct loop_msg msg;
	struct conn *conn; /* until it is on its way */
	struct skua_request *request;
};

static void
free_relay(struct client_call *call)
{
	free(sk_container(call, struct relay, call));
}

static void
pass_on(struct skua_request *request, const struct command *c)
{
	skua_answer_body(request, c->body.p, c->body.len);
	if (c->remark.p == NULL)
		skua_answer(request, c->code, NULL);
	else
		skua_answer(request, c->code, "%.*s", SKUA_STR_ARG(c->remark));
}

static void
relayed(struct client_call *call, int status, struct skua_request *reply)
{
	struct skua_request *request =
	    sk_container(call, struct relay, call)->request;

	if (status == SKUA_OK)
		pass_on(request, &reply->command);
	else if (status == SKUA_ECANCELED)
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the broker is stopping");
	else
		skua_answer(request, 207,
		    "consumer <" SKUA_STR_FMT "> <" SKUA_STR_FMT "> timeout",
		    SKUA_STR_ARG(skua_request_field(request, "consumerGroup")),
		    SKUA_STR_ARG(skua_request_field(request, "clientId")));
}

static void
start_relay(struct loop *loop, struct loop_msg *msg)
{
	struct relay *r = sk_container(msg, struct relay, msg);
	struct conn *conn = r->conn;

	(void)loop;
	skua_call_start(&r->call, conn);
	skua_conn_unref(conn);
}

void
skua_notice_relay(struct conn *conn, struct skua_request *request,
    int64_t timeout_ms)
{
	struct relay *r = sk_new(struct relay);
	const struct command *c = &request->command;
	struct command_out out = { .code = c->code, .fields = c->fields,
		.field_count = c->field_count };

	skua_call_encode(&r->call, &out, c->body);
	r->call.timeout_ms = timeout_ms;
	r->call.done = relayed;
	r->call.free = free_relay;
	r->conn = skua_conn_ref(conn);
	r->request = request;
	r->msg.fn = start_relay;
	skua_loop_post(conn->loop, &r->msg);
}
