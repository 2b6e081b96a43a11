/* SPDX-License-Identifier: Apache-2.0 */
/* What services may do with connections they know by number. */
#include <skua/service.h>

#include "broker/broker.h"
#include "broker/notice.h"

struct by_number {
	struct loop_msg msg;
	uint64_t connection;
	int32_t code;
	size_t body_len;
	char **fields; /* end with NULL */
	char *body;
};

static struct loop *
loop_of(const struct skua_host *host, uint64_t connection)
{
	const struct broker *b = host->plugins->broker;
	size_t id = (size_t)(connection >> 48);

	return id < b->loop_count ? b->loop_list[id] : NULL;
}

static void
disconnect_here(struct loop *loop, struct loop_msg *msg)
{
	struct by_number *n = sk_container(msg, struct by_number, msg);
	struct conn *conn = skua_conn_find(loop, n->connection);

	if (conn != NULL)
		skua_conn_close(conn, "closed by a service");
	free(n);
}

void
skua_service_disconnect(struct skua_host *host, uint64_t connection)
{
	struct loop *loop = loop_of(host, connection);
	struct by_number *n;

	if (loop == NULL)
		return;
	n = sk_new(struct by_number);
	n->connection = connection;
	n->msg.fn = disconnect_here;
	skua_loop_post(loop, &n->msg);
}

static void
notify_here(struct loop *loop, struct loop_msg *msg)
{
	struct by_number *n = sk_container(msg, struct by_number, msg);
	struct conn *conn = skua_conn_find(loop, n->connection);

	if (conn != NULL)
		skua_notice_send(conn, n->code,
		    (const char *const *)n->fields,
		    skua_str_n(n->body, n->body_len));
	for (char **f = n->fields; *f != NULL; f++)
		free(*f);
	free(n->fields);
	free(n->body);
	free(n);
}

static char **
copy_fields(const char *const *fields)
{
	size_t n = 0;
	char **copy;

	while (fields != NULL && fields[n] != NULL)
		n++;
	copy = sk_new_array(n + 1, char *);
	for (size_t i = 0; i < n; i++)
		copy[i] = skua_mem_dup(skua_str_z(fields[i]));
	return copy;
}

int
skua_service_notify(struct skua_host *host, uint64_t connection, int32_t code,
    const char *const *fields, struct skua_str body)
{
	struct loop *loop = loop_of(host, connection);
	struct by_number *n;

	if (loop == NULL)
		return SKUA_ENOENT;
	n = sk_new(struct by_number);
	n->connection = connection;
	n->code = code;
	n->fields = copy_fields(fields);
	n->body = skua_mem_dup(body);
	n->body_len = body.len;
	n->msg.fn = notify_here;
	skua_loop_post(loop, &n->msg);
	return SKUA_OK;
}
