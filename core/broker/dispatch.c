/* SPDX-License-Identifier: Apache-2.0 */
/* Request code -> handler. */
#include <stdlib.h>

#include <skua/hook.h>
#include <skua/service.h>

#include "broker/broker.h"
#include "broker/handlers.h"
#include "broker/state.h"
#include "wire/codes.h"

static const struct dispatch_row core_rows[] = {
#define REQUEST(name, flags, handler)                                          \
	{ CODE_##name, flags, handler, NULL, NULL, SKUA_OP_UNKNOWN },
#include "broker/requests.def"
#undef REQUEST
};

void
skua_dispatch_add(struct dispatch *d, const struct dispatch_row *row)
{
	d->rows = skua_mem_grow(d->rows, d->count + 1, sizeof(*row));
	d->rows[d->count++] = *row;
}

void
skua_dispatch_add_core(struct dispatch *d, unsigned without_flags)
{
	for (size_t i = 0; i < sizeof(core_rows) / sizeof(core_rows[0]); i++)
		if ((core_rows[i].flags & without_flags) == 0)
			skua_dispatch_add(d, &core_rows[i]);
}

void
skua_dispatch_fini(struct dispatch *d)
{
	free(d->rows);
	free(d->before);
	free(d->after);
}

static int
by_code(const void *a, const void *b)
{
	const struct dispatch_row *x = a, *y = b;

	return x->code < y->code ? -1 : x->code > y->code;
}

static void
add_hook(const struct provider ***list, size_t *n, const struct provider *p)
{
	*list = skua_mem_grow(*list, *n + 1, sizeof((*list)[0]));
	(*list)[(*n)++] = p;
}

/* What a row does not say itself, RocketMQ's table says. */
static void
take_operation(struct dispatch_row *row)
{
	const struct request_code *known = skua_request_code_find(row->code);

	if (row->operation == SKUA_OP_UNKNOWN && known != NULL)
		row->operation = known->operation;
}

void
skua_dispatch_seal(struct dispatch *d, struct broker *b)
{
	const struct provider *p;

	qsort(d->rows, d->count, sizeof(d->rows[0]), by_code);
	for (size_t i = 0; i < d->count; i++)
		take_operation(&d->rows[i]);
	for (size_t at = 0; (p = skua_registry_next(&b->plugins.registry,
				 PLUGIN_HOOK, &at)) != NULL;) {
		const struct skua_hook *hook = p->ops;

		if (hook->before != NULL)
			add_hook(&d->before, &d->before_count, p);
		if (hook->after != NULL)
			add_hook(&d->after, &d->after_count, p);
	}
}

struct dispatch_row *
skua_dispatch_find(const struct dispatch *d, int32_t code)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->rows[i].code == code)
			return &d->rows[i];
	return NULL;
}

static const struct dispatch_row *
find(const struct dispatch *d, int32_t code)
{
	size_t low = 0, high = d->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (d->rows[middle].code == code)
			return &d->rows[middle];
		if (d->rows[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool
is_refused(const struct dispatch *d, struct skua_request *request)
{
	for (size_t i = 0; i < d->before_count; i++) {
		const struct skua_hook *hook = d->before[i]->ops;
		struct skua_refusal refusal;

		refusal.code = SKUA_CODE_NO_PERMISSION;
		refusal.remark[0] = '\0';
		if (hook->before(d->before[i]->host, request, &refusal) == 0)
			continue;
		refusal.remark[sizeof(refusal.remark) - 1] = '\0';
		skua_answer(request, refusal.code, "%s", refusal.remark);
		return true;
	}
	return false;
}

void
skua_dispatch_after(const struct dispatch *d, int32_t request_code,
    int32_t answer_code, uint64_t connection)
{
	for (size_t i = 0; i < d->after_count; i++) {
		const struct skua_hook *hook = d->after[i]->ops;

		hook->after(d->after[i]->host, request_code, answer_code,
		    connection);
	}
}

static void
answered(struct skua_request *request, int32_t code)
{
	skua_dispatch_after(request->handler_data, request->command.code, code,
	    request->conn->id);
}

static void
run_again(struct loop *loop, struct loop_msg *msg)
{
	struct skua_request *r = sk_container(msg, struct skua_request, msg);
	struct loop_state *s = loop->data;
	const struct dispatch *d = r->handler_data;

	if (r->conn->closing || s == NULL) {
		skua_request_drop(r);
		return;
	}
	r->retried = true;
	find(d, r->command.code)->handler(s->broker, r);
}

void
skua_dispatch_again(struct skua_request *request)
{
	request->msg.fn = run_again;
	skua_loop_post(request->conn->loop, &request->msg);
}

/* A plug-in's: whatever it does, the peer gets an answer. */
static void
run_service(const struct dispatch_row *row, struct skua_request *request)
{
	row->handle(row->service->host, request);
	if (request->done || skua_request_is_oneway(request))
		return;
	skua_log(SKUA_LOG_ERROR, "broker",
	    "the service %s has not answered a request of code %d",
	    row->service->name, row->code);
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
	    "the service %s has not answered", row->service->name);
}

static void
run_row(struct broker *b, const struct dispatch_row *row,
    struct skua_request *request)
{
	if (row->handle != NULL)
		run_service(row, request);
	else if ((row->flags & DISPATCH_ELSEWHERE) != 0)
		skua_handler_elsewhere(b, request, row->handler, row->flags);
	else
		row->handler(b, request);
}

void
skua_dispatch_command(struct port *port, struct conn *conn,
    const struct command *command)
{
	const struct dispatch *d = &port->dispatch;
	const struct dispatch_row *row = find(d, command->code);
	struct skua_request *request = skua_request_begin(conn);

	if ((command->flag & COMMAND_RESPONSE) != 0) {
		skua_answer_from_client(port->broker, request);
		return;
	}
	request->handler_data = (void *)(uintptr_t)d;
	request->port = port->what;
	request->operation = row == NULL ? SKUA_OP_NONE : row->operation;
	if (d->after_count > 0)
		request->answered = answered;
	if (is_refused(d, request))
		return;
	if (row == NULL)
		skua_answer(request, SKUA_CODE_NOT_SUPPORTED,
		    " request type %d not supported", command->code);
	else
		run_row(port->broker, row, request);
}
