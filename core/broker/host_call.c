/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of plug-ins to clients. */
#include <stdlib.h>

#include <skua/call.h>

#include "base/bytes.h"
#include "broker/host_put.h"
#include "broker/host_thread.h"
#include "broker/notice.h"

#define TIMEOUT_MAX_MS 3600000
#define CALL_FIELDS_MAX 64

struct host_call {
	struct client_call call;
	struct loop_msg msg;
	struct broker *broker;
	uint64_t connection;
	int64_t bytes;
	skua_reply_fn *fn;
	void *arg;
};

static void
free_call(struct client_call *call)
{
	free(sk_container(call, struct host_call, call));
}

static void
tell(struct host_call *c, int rc, const struct skua_reply *reply)
{
	c->fn(c->arg, rc, reply);
	skua_host_puts_give_back(c->broker, c->bytes);
}

static void
done(struct client_call *call, int rc, struct skua_request *response)
{
	struct host_call *c = sk_container(call, struct host_call, call);
	struct skua_reply reply = { .size = sizeof(reply) };

	if (rc == SKUA_OK) {
		reply.code = response->command.code;
		reply.remark = response->command.remark;
		reply.body = response->command.body;
		reply.fields = response;
	}
	tell(c, rc, rc == SKUA_OK ? &reply : NULL);
}

static void
start_here(struct loop *loop, struct loop_msg *msg)
{
	struct host_call *c = sk_container(msg, struct host_call, msg);
	struct conn *conn = skua_conn_find(loop, c->connection);
	bool ending = loop->stopping || atomic_load(&c->broker->stopping);

	if (conn != NULL && !ending) {
		skua_call_start(&c->call, conn);
		return;
	}
	tell(c, ending ? SKUA_ECANCELED : SKUA_ECLOSED, NULL);
	free(c->call.frame);
	free(c);
}

/* The frame; false for too many fields, or too long ones. */
static bool
encode(struct host_call *c, int32_t code, const char *const *fields,
    struct skua_str body)
{
	struct field list[CALL_FIELDS_MAX];
	struct command_out out = { .code = code, .fields = list };

	for (; fields != NULL && fields[0] != NULL; fields += 2) {
		if (out.field_count == CALL_FIELDS_MAX || fields[1] == NULL)
			return false;
		list[out.field_count].name = skua_str_z(fields[0]);
		list[out.field_count++].value = skua_str_z(fields[1]);
	}
	if (skua_command_bound(&out) + body.len > FRAME_MAX)
		return false;
	skua_call_encode(&c->call, &out, body);
	c->bytes = (int64_t)(sizeof(*c) + c->call.len);
	return true;
}

int
skua_client_call(struct skua_host *host, uint64_t connection, int32_t code,
    const char *const *fields, struct skua_str body, int64_t timeout_ms,
    skua_reply_fn *fn, void *arg)
{
	struct broker *b = host_broker(host);
	size_t loop = (size_t)(connection >> 48);
	struct host_call *c;
	int rc = SKUA_EINVAL;

	if (b == NULL)
		return SKUA_ENOTSUP;
	if (timeout_ms < 1 || timeout_ms > TIMEOUT_MAX_MS || fn == NULL)
		return SKUA_EINVAL;
	if (loop >= b->loop_count)
		return SKUA_ENOENT;
	c = sk_new(struct host_call);
	c->broker = b;
	c->connection = connection;
	c->call.timeout_ms = timeout_ms;
	c->call.done = done;
	c->call.free = free_call;
	c->fn = fn;
	c->arg = arg;
	c->msg.fn = start_here;
	if (encode(c, code, fields, body))
		rc = skua_host_puts_post(b, b->loop_list[loop], &c->msg,
		    c->bytes);
	if (rc == SKUA_OK)
		return rc;
	free(c->call.frame);
	free(c);
	return rc;
}

size_t
skua_producers(struct skua_host *host, struct skua_str group,
    uint64_t *connections, size_t n)
{
	const struct broker *b = host_broker(host);
	const struct session_client *c = NULL;
	struct map_entry *e;
	size_t count = 0;

	if (b == NULL)
		return 0;
	ASSERT_MAIN(b);
	e = skua_map_get(&b->sessions.producers, group);
	if (e != NULL)
		c = sk_container(e, struct producer_group, entry)->members.first;
	for (; c != NULL; c = session_client_next(c))
		if (count++ < n)
			connections[count - 1] = c->conn->id;
	return count;
}
