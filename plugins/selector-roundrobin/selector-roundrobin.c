/* SPDX-License-Identifier: Apache-2.0 */
/* Each message goes to the next queue in turn. */
#include <skua/selector.h>
#include <skua/version.h>

struct turn {
	uint32_t next;
};

static uint32_t
pick(void *state, const struct skua_message *message, uint32_t queue_count)
{
	struct turn *t = state;

	(void)message;
	return t->next++ % queue_count;
}

static const struct skua_selector roundrobin = {
	.size = sizeof(struct skua_selector),
	.state_size = sizeof(struct turn),
	.pick = pick,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_selector(host, "round-robin", &roundrobin);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "selector-roundrobin",
	.version = SKUA_VERSION,
	.descr = "send each message to the next queue in turn",
	.license = "Apache-2.0",
	.load = load,
};
