/* SPDX-License-Identifier: Apache-2.0 */
/* Selectors: one state per loop and topic, made when first needed. */
#include <stdlib.h>

#include <skua/selector.h>

#include "base/hash.h"
#include "broker/selecting.h"

struct selector_state {
	UT_hash_handle hh;
	const struct provider *provider;
	uint64_t conf_version; /* of the plug-in's, when the state was made */
	void *state;
	char key[]; /* the topic's name */
};

static void
free_state(struct selector_state *st)
{
	const struct skua_selector *ops = st->provider->ops;

	if (ops->fini != NULL && st->state != NULL)
		ops->fini(st->state);
	free(st->state);
	free(st);
}

static struct selector_state *
new_state(const struct provider *provider, struct skua_str name)
{
	const struct skua_selector *ops = provider->ops;
	struct selector_state *st =
	    skua_mem_new(1, sizeof(*st) + name.len + 1);
	struct skua_error e;

	skua_str_copy(st->key, name);
	st->provider = provider;
	st->conf_version = skua_host_conf_version(provider->host);
	st->state = skua_mem_new(1, ops->state_size + 1);
	skua_plugin_will_say(&e);
	if (ops->init == NULL ||
	    skua_plugin_said(ops->init(st->state,
				 skua_host_conf(provider->host), &e),
		&e) == SKUA_OK)
		return st;
	skua_log(SKUA_LOG_WARNING, "broker", "selector %s: %s",
	    provider->name, e.text);
	free(st->state);
	free(st);
	return NULL;
}

/* Made again when another selector, or another configuration, is in force. */
static struct selector_state *
state_for(struct loop_state *s, const struct topic *topic,
    const struct provider *provider)
{
	struct skua_str name = topic->entry.key;
	struct selector_state *st;

	HASH_FIND(hh, s->selectors, name.p, name.len, st);
	if (st != NULL && st->provider == provider &&
	    st->conf_version == skua_host_conf_version(provider->host))
		return st;
	if (st != NULL) {
		HASH_DEL(s->selectors, st);
		free_state(st);
	}
	st = new_state(provider, name);
	if (st != NULL)
		HASH_ADD_KEYPTR(hh, s->selectors, st->key, name.len, st);
	return st;
}

int32_t
skua_select_queue(struct loop_state *s, struct topic *topic,
    const struct topic_conf *conf, const struct skua_message *message)
{
	const struct provider *p = conf->selector;
	uint32_t n = (uint32_t)(conf->write_queues > 0 ? conf->write_queues : 1);
	struct selector_state *st = NULL;
	const struct skua_selector *ops;

	if (p == NULL)
		p = skua_registry_find(&s->broker->plugins.registry,
		    PLUGIN_SELECTOR, broker_conf(s->broker)->selector);
	if (p != NULL)
		st = state_for(s, topic, p);
	if (st == NULL)
		return 0;
	ops = p->ops;
	return (int32_t)(ops->pick(st->state, message, n) % n);
}

void
skua_selecting_free(struct loop_state *s)
{
	struct selector_state *st, *next;

	HASH_ITER(hh, s->selectors, st, next) {
		HASH_DEL(s->selectors, st);
		free_state(st);
	}
}
