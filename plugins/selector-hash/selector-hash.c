/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages with one key go to one queue: the property `property`, else KEYS,
 * else the body.  Jump consistent hashing, so that adding a queue moves only
 * the share of keys that it takes.
 */
#include <stdlib.h>
#include <string.h>

#include <skua/host.h>
#include <skua/selector.h>
#include <skua/version.h>

struct hash_conf {
	const char *property;
};

struct hash_state {
	char *property;
};

static int
init(void *state, const void *conf, struct skua_error *e)
{
	const struct hash_conf *c = conf;
	struct hash_state *s = state;

	s->property = strdup(c->property);
	return s->property != NULL ? SKUA_OK :
				     skua_fail(e, SKUA_ENOMEM, "out of memory");
}

static void
fini(void *state)
{
	struct hash_state *s = state;

	free(s->property);
}

static uint32_t
pick(void *state, const struct skua_message *message, uint32_t queue_count)
{
	const struct hash_state *s = state;
	struct skua_str key = skua_property(message->properties, s->property);

	if (key.len == 0)
		key = message->keys;
	if (key.len == 0)
		key = message->body;
	return skua_hash_choice(key, queue_count);
}

static const struct skua_selector hash_selector = {
	.size = sizeof(struct skua_selector),
	.state_size = sizeof(struct hash_state),
	.init = init,
	.fini = fini,
	.pick = pick,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_selector(host, "hash", &hash_selector);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_STRING("property", struct hash_conf, property, 0,
	    "__SHARDINGKEY", "The message property whose value is hashed."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "selector-hash",
	.version = SKUA_VERSION,
	.descr = "send messages with one key to one queue",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct hash_conf),
	.load = load,
};
