/* SPDX-License-Identifier: Apache-2.0 */
/* A route for the scenarios: what it does is in the topic's name. */
#include <skua/route.h>

static enum skua_route_verdict
copy_many(struct skua_route_call *call, const struct skua_message *message)
{
	int n = 0;

	while (skua_route_copy(call, message) == SKUA_OK)
		n++;
	return n == 16 ? SKUA_ROUTE_STORE : SKUA_ROUTE_REJECT;
}

static enum skua_route_verdict
copy_once(struct skua_route_call *call, const struct skua_message *message)
{
	struct skua_message copy = *message;

	copy.topic = skua_str_z("Copied");
	copy.queue_id = 0;
	return skua_route_copy(call, &copy) == SKUA_OK ? SKUA_ROUTE_STORE :
							 SKUA_ROUTE_DROP;
}

static void
redirect(struct skua_message *message, const char *topic, int32_t queue)
{
	message->topic = skua_str_z(topic);
	message->queue_id = queue;
}

static enum skua_route_verdict
mark(struct skua_route_call *call, struct skua_message *message)
{
	return skua_route_set_property(call, message, "mark",
		   skua_str_z("yes")) == SKUA_OK &&
		message->unique_key.len > 0 ?
	    SKUA_ROUTE_STORE :
	    SKUA_ROUTE_DROP;
}

static enum skua_route_verdict
route(struct skua_host *host, struct skua_route_call *call,
    struct skua_message *message)
{
	struct skua_str topic = message->topic;

	(void)host;
	if (skua_str_eq_z(topic, "RedirectMe"))
		redirect(message, "Redirected", 0);
	else if (skua_str_eq_z(topic, "Anywhere"))
		redirect(message, "Redirected", -1);
	else if (skua_str_eq_z(topic, "TooFar"))
		redirect(message, "Redirected", 40);
	else if (skua_str_eq_z(topic, "Nowhere"))
		redirect(message, "NoSuchTopic", 0);
	else if (skua_str_eq_z(topic, "CopyMe"))
		return copy_once(call, message);
	else if (skua_str_eq_z(topic, "CopyMuch"))
		return copy_many(call, message);
	else if (skua_str_eq_z(topic, "MarkMe"))
		return mark(call, message);
	else if (skua_str_eq_z(topic, "DropMe"))
		return SKUA_ROUTE_DROP;
	else if (skua_str_eq_z(topic, "Strange"))
		return (enum skua_route_verdict)7;
	else if (skua_str_eq_z(topic, "RejectMe")) {
		skua_route_reject(call, 16, "not on my watch");
		return SKUA_ROUTE_REJECT;
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
