/* SPDX-License-Identifier: Apache-2.0 */
/* Request code -> handler. */
#include <stdlib.h>

#include <skua/hook.h>
#include <skua/service.h>

#include "broker/broker.h"
#include "broker/handlers.h"

static const struct dispatch_row core_rows[] = {
#define REQUEST(code, name, flags, handler)                                    \
	{ code, flags, handler, NULL, NULL },
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
	free(d->hooks);
}

static int
by_code(const void *a, const void *b)
{
	const struct dispatch_row *x = a, *y = b;

	return x->code < y->code ? -1 : x->code > y->code;
}

void
skua_dispatch_seal(struct dispatch *d, struct broker *b)
{
	const struct provider *p;

	qsort(d->rows, d->count, sizeof(d->rows[0]), by_code);
	for (size_t at = 0; (p = skua_registry_next(&b->plugins.registry,
				 PLUGIN_HOOK, &at)) != NULL;) {
		d->hooks = skua_mem_grow(d->hooks, d->hook_count + 1,
		    sizeof(d->hooks[0]));
		d->hooks[d->hook_count++] = p;
	}
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
	struct skua_refusal refusal = { .code = SKUA_CODE_NO_PERMISSION };

	for (size_t i = 0; i < d->hook_count; i++) {
		const struct skua_hook *hook = d->hooks[i]->ops;

		if (hook->before == NULL ||
		    hook->before(d->hooks[i]->host, request, &refusal) == 0)
			continue;
		skua_answer(request, refusal.code, "%s", refusal.remark);
		return true;
	}
	return false;
}

void
skua_dispatch_after(const struct dispatch *d, int32_t request_code,
    int32_t answer_code, uint64_t connection)
{
	for (size_t i = 0; i < d->hook_count; i++) {
		const struct skua_hook *hook = d->hooks[i]->ops;

		if (hook->after != NULL)
			hook->after(d->hooks[i]->host, request_code,
			    answer_code, connection);
	}
}

static void
answered(struct skua_request *request, int32_t code)
{
	skua_dispatch_after(request->handler_data, request->command.code, code,
	    request->conn->id);
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
	if (d->hook_count > 0) {
		request->answered = answered;
		if (is_refused(d, request))
			return;
	}
	if (row == NULL)
		skua_answer(request, SKUA_CODE_NOT_SUPPORTED,
		    " request type %d not supported", command->code);
	else if (row->handle != NULL)
		row->handle(row->service->host, request);
	else if ((row->flags & DISPATCH_ELSEWHERE) != 0)
		skua_handler_elsewhere(port->broker, request, row->handler,
		    row->flags);
	else
		row->handler(port->broker, request);
}
