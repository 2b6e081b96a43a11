/* SPDX-License-Identifier: Apache-2.0 */
/* A route for the scenarios: what it does is in the topic's name. */
#include <skua/route.h>

static enum skua_route_verdict
route(struct skua_host *host, struct skua_route_call *call,
    struct skua_message *message)
{
	(void)host;
	if (skua_str_eq_z(message->topic, "RedirectMe")) {
		message->topic = skua_str_z("Redirected");
		message->queue_id = 0;
	} else if (skua_str_eq_z(message->topic, "CopyMe")) {
		struct skua_message copy = *message;

		copy.topic = skua_str_z("Copied");
		copy.queue_id = 0;
		if (skua_route_copy(call, &copy) != SKUA_OK)
			return SKUA_ROUTE_DROP;
	} else if (skua_str_eq_z(message->topic, "RejectMe")) {
		skua_route_reject(call, 16, "not on my watch");
		return SKUA_ROUTE_REJECT;
	} else if (skua_str_eq_z(message->topic, "DropMe")) {
		return SKUA_ROUTE_DROP;
	} else if (skua_str_eq_z(message->topic, "MarkMe")) {
		if (skua_route_set_property(call, message, "mark",
			skua_str_z("yes")) != SKUA_OK)
			return SKUA_ROUTE_DROP;
	}
	return SKUA_ROUTE_STORE;
}

static const struct skua_route ops = {
	.size = sizeof(struct skua_route),
	.route = route,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_route(host, "test", &ops);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "route-test",
	.version = "1",
	.descr = "redirect, copy, reject, drop or mark by the topic's name",
	.license = "Apache-2.0",
	.load = load,
};
