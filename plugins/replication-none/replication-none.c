/* SPDX-License-Identifier: Apache-2.0 */
/* One broker, no copies: nobody is waited for, and it is always the master. */
#include <skua/replication.h>
#include <skua/version.h>

static int
none_start(void *state, struct skua_host *host, struct skua_error *e)
{
	(void)state;
	(void)host;
	(void)e;
	return SKUA_OK;
}

static void
none_appended(void *state, int64_t end_pos)
{
	(void)state;
	(void)end_pos;
}

static void
none_stop(void *state)
{
	(void)state;
}

static const struct skua_replication none_replication = {
	.size = sizeof(struct skua_replication),
	.answers_at_once = true,
	.start = none_start,
	.appended = none_appended,
	.stop = none_stop,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_replication(host, "none", &none_replication);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "replication-none",
	.version = SKUA_VERSION,
	.descr = "keep one copy only",
	.license = "Apache-2.0",
	.load = load,
};
