/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: bind, fill their tables of requests, hand commands on. */
#include <stdlib.h>

#include <skua/service.h>

#include "base/text.h"
#include "broker/notice.h"
#include "broker/park.h"
#include "broker/ports.h"
#include "net/addr.h"

#define VIP_DISTANCE 2 /* the VIP port is the broker's less this */

static void
on_command(struct conn *conn, const struct command *command)
{
	skua_dispatch_command(conn->user->data, conn, command);
}

static void
forget_session(struct broker *b, void *arg)
{
	skua_session_lost(b, arg);
	skua_conn_unref(arg);
}

/* A port of a service's own is its affair alone; the broker's ports are those of
 * all who have none. */
static void
tell_services(const struct port *port, uint64_t connection)
{
	const struct broker *b = port->broker;

	for (size_t i = 0; i < b->started_count; i++) {
		const struct provider *p = b->started[i];
		const struct skua_service *service = p->ops;
		bool is_its = port->service == NULL ?
		    service->port_setting == NULL :
		    p == port->service;

		if (is_its && service->disconnected != NULL)
			service->disconnected(p->host, connection);
	}
}

static void
on_closed(struct conn *conn)
{
	const struct port *port = conn->user->data;

	skua_calls_connection_closed(conn);
	if (conn->loop->data != NULL)
		skua_park_connection_closed(conn->loop->data);
	if (port->keeps_sessions)
		skua_broker_on_main(port->broker, forget_session,
		    skua_conn_ref(conn));
	/* A service that was stopped is not told. */
	if (!port->broker->stopped_services)
		tell_services(port, conn->id);
}

static int
add_port(struct broker *b, const char *what, int64_t number,
    struct port **port_r, struct skua_error *e)
{
	const struct conf *conf = broker_conf(b);
	struct skua_addr addr;
	struct port *port;
	int rc;

	if (b->port_count == BROKER_PORTS_MAX)
		return skua_fail(e, SKUA_ELIMIT, "more than %d ports",
		    BROKER_PORTS_MAX);
	if (number < 0 || number > 65535)
		return skua_fail(e, SKUA_EINVAL,
		    "the %s port %lld is not between 0 and 65535", what,
		    (long long)number);
	if (skua_addr_parse_ip(conf->bind_address, &addr) != SKUA_OK)
		return skua_fail(e, SKUA_EINVAL,
		    "bindAddress: \"%s\" is not an address", conf->bind_address);
	addr.port = (uint16_t)number;
	port = &b->ports[b->port_count];
	memset(port, 0, sizeof(*port));
	port->broker = b;
	port->what = what;
	port->user.command = on_command;
	port->user.closed = on_closed;
	port->user.idle_ms = conf->idle_seconds * 1000;
	port->user.data = port;
	rc = skua_listener_open(&port->listener, &addr, &port->user, e);
	if (rc != SKUA_OK)
		return skua_fail_prefix(e, rc, "%s port: ", what);
	b->port_count++;
	*port_r = port;
	return SKUA_OK;
}

int
skua_ports_add_broker(struct broker *b, struct skua_error *e)
{
	int64_t number = broker_conf(b)->listen_port;
	struct skua_error vip_error;
	struct port *port, *vip;
	int rc = add_port(b, "broker", number, &port, e);

	if (rc != SKUA_OK)
		return rc;
	port->keeps_sessions = true;
	skua_dispatch_add_core(&port->dispatch, 0);
	b->store_host.port = port->listener.addr.port;
	(void)skua_addr_format(&b->store_host, b->store_host_text);
	/* A port that the system chose has no neighbour that clients know. */
	if (number <= VIP_DISTANCE)
		return SKUA_OK;
	rc = add_port(b, "VIP", number - VIP_DISTANCE, &vip, &vip_error);
	if (rc != SKUA_OK) {
		skua_log(SKUA_LOG_WARNING, "broker", "%s; clients with "
		    "vipChannelEnabled will not find this broker",
		    vip_error.text);
		return SKUA_OK;
	}
	vip->keeps_sessions = true;
	skua_dispatch_add_core(&vip->dispatch, DISPATCH_NO_VIP);
	return SKUA_OK;
}

#define CODE_LEAST                                                             \
	(offsetof(struct skua_service_code, handle) + sizeof(skua_handle_fn *))

static int
add_code(struct dispatch *d, const struct provider *p,
    const struct skua_service_code *c, struct skua_error *e)
{
	struct dispatch_row *other = skua_dispatch_find(d, c->code);
	struct dispatch_row row = { .code = c->code, .service = p,
		.handle = c->handle, .operation = c->operation };

	if (other == NULL)
		skua_dispatch_add(d, &row);
	else if ((c->flags & SKUA_SERVICE_REPLACES) != 0)
		*other = row;
	else
		return skua_fail(e, SKUA_EEXIST,
		    "service %s: the request code %d (%s) is answered by %s%s "
		    "already",
		    p->name, c->code, skua_request_name(c->code),
		    other->service == NULL ? "the broker" : "the service ",
		    other->service == NULL ? "" : other->service->name);
	return SKUA_OK;
}

/* Rows are as large as the plug-in says. */
static int
add_codes(struct dispatch *d, const struct provider *p, struct skua_error *e)
{
	const struct skua_service *service = p->ops;
	const char *at = (const char *)service->codes;
	struct skua_service_code c;
	int rc = SKUA_OK;

	if (at == NULL)
		return SKUA_OK;
	if (service->code_size < CODE_LEAST || service->code_size > sizeof(c))
		return skua_fail(e, SKUA_EABI,
		    "service %s: its request codes have rows of %zu bytes; "
		    "this broker knows %zu to %zu",
		    p->name, service->code_size, CODE_LEAST, sizeof(c));
	for (; rc == SKUA_OK; at += service->code_size) {
		memset(&c, 0, sizeof(c));
		memcpy(&c, at, service->code_size);
		if (c.handle == NULL)
			break;
		rc = add_code(d, p, &c, e);
	}
	return rc;
}

int
skua_ports_add_service(struct broker *b, const struct provider *p,
    struct skua_error *e)
{
	const struct skua_service *service = p->ops;
	struct port *port;
	int64_t number = 0;
	const char *text;
	int rc = SKUA_OK;

	if (service->port_setting == NULL) {
		for (size_t i = 0; i < b->port_count && rc == SKUA_OK; i++)
			if (b->ports[i].service == NULL)
				rc = add_codes(&b->ports[i].dispatch, p, e);
		return rc;
	}
	text = skua_settings_get(b->settings, service->port_setting);
	if (text == NULL || !skua_text_int(skua_str_z(text), &number))
		return skua_fail(e, SKUA_EINVAL,
		    "service %s: %s is not a port number", p->name,
		    service->port_setting);
	rc = add_port(b, p->name, number, &port, e);
	if (rc != SKUA_OK)
		return rc;
	port->service = p;
	return add_codes(&port->dispatch, p, e);
}

const struct port *
skua_ports_find(const struct broker *b, const char *what)
{
	for (size_t i = 0; i < b->port_count; i++)
		if (strcmp(b->ports[i].what, what) == 0)
			return &b->ports[i];
	return NULL;
}

int
skua_ports_start(struct broker *b, struct skua_error *e)
{
	for (size_t i = 0; i < b->port_count; i++) {
		struct port *port = &b->ports[i];
		int rc;

		skua_dispatch_seal(&port->dispatch, b);
		rc = skua_listener_start(&port->listener, &b->main,
		    b->loop_list, b->loop_count);
		if (rc != SKUA_OK)
			return skua_fail(e, rc, "could not accept on the %s "
						"port", port->what);
	}
	return SKUA_OK;
}

void
skua_ports_close(struct broker *b)
{
	for (size_t i = 0; i < b->port_count; i++)
		skua_listener_close(&b->ports[i].listener);
}

void
skua_ports_fini(struct broker *b)
{
	for (size_t i = 0; i < b->port_count; i++)
		skua_dispatch_fini(&b->ports[i].dispatch);
}
