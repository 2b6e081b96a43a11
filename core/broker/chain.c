/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled filters, cached per loop by group, topic and expression. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "broker/chain.h"
#include "broker/filter_cost.h"

#define COMPILED_MAX 4096 /* beyond it the cache starts anew */

struct compiled {
	UT_hash_handle hh;
	uint64_t binding; /* of all bound filters, combined */
	struct chain chain;
	char key[];
};

static void
free_compiled(struct compiled *c)
{
	for (size_t i = 0; i < c->chain.count; i++)
		c->chain.links[i].filter->release(c->chain.links[i].instance);
	free(c);
}

/* group \0 topic \0 type \0 expression, in the turn's arena. */
static struct skua_str
key_of(struct loop_state *s, const struct skua_subscription *sub)
{
	const struct skua_str parts[] = { sub->group, sub->topic,
		sub->expression_type, sub->expression };
	size_t len = 0;
	char *p, *to;

	for (size_t i = 0; i < 4; i++)
		len += parts[i].len + 1;
	p = to = skua_arena_alloc(&s->loop->arena, len);
	if (p == NULL)
		return skua_str_n(NULL, 0);
	for (size_t i = 0; i < 4; i++) {
		skua_str_copy(to, parts[i]);
		to += parts[i].len;
		*to++ = '\0';
	}
	return skua_str_n(p, len);
}

static uint64_t
binding_of(struct broker *b, const struct skua_subscription *sub)
{
	const struct provider *p;
	uint64_t all = 0;

	for (size_t at = 0; (p = skua_registry_next(&b->plugins.registry,
				 PLUGIN_FILTER, &at)) != NULL;) {
		const struct skua_filter *f = p->ops;

		if (f->bound != NULL)
			all = all * 1000003 +
			    f->bound(p->host, sub->group, sub->topic);
	}
	return all;
}

static int
add_link(struct chain *chain, const struct provider *p,
    const struct skua_subscription *sub, struct skua_error *e)
{
	const struct skua_filter *f = p->ops;
	void *instance = NULL;
	int rc;

	if (chain->count == CHAIN_LINKS_MAX)
		return skua_fail(e, SKUA_ELIMIT,
		    "more than %d filters for one subscription",
		    CHAIN_LINKS_MAX);
	rc = f->compile(p->host, sub, &instance, e);
	if (rc != SKUA_OK || instance == NULL)
		return rc;
	if (f->needs_record && chain->first_record == CHAIN_LINKS_MAX)
		chain->first_record = chain->count;
	chain->links[chain->count].filter = f;
	chain->links[chain->count++].instance = instance;
	return SKUA_OK;
}

static const struct provider *
filter_of_type(const struct broker *b, struct skua_str type,
    struct skua_error *e)
{
	const struct provider *p;
	char name[32];

	if (type.len == 0)
		type = (struct skua_str)SKUA_STR("TAG");
	if (type.len < sizeof(name)) {
		skua_str_copy(name, type);
		name[type.len] = '\0';
		p = skua_registry_find(&b->plugins.registry, PLUGIN_FILTER,
		    name);
		if (p != NULL)
			return p;
	}
	(void)skua_fail(e, SKUA_ENOTSUP,
	    "The broker does not support consumer to filter message by %.*s",
	    SKUA_STR_ARG(type));
	return NULL;
}

static int
build(struct broker *b, const struct skua_subscription *sub,
    struct chain *chain, struct skua_error *e)
{
	struct skua_subscription unnamed = *sub;
	const struct provider *p = filter_of_type(b, sub->expression_type, e);
	int rc;

	chain->first_record = CHAIN_LINKS_MAX;
	if (p == NULL)
		return SKUA_ENOTSUP;
	rc = add_link(chain, p, sub, e);
	unnamed.expression_type = unnamed.expression = skua_str_n(NULL, 0);
	for (size_t at = 0; rc == SKUA_OK &&
	     (p = skua_registry_next(&b->plugins.registry, PLUGIN_FILTER,
		  &at)) != NULL;) {
		const struct skua_filter *f = p->ops;

		if (f->bound != NULL &&
		    f->bound(p->host, sub->group, sub->topic) != 0)
			rc = add_link(chain, p, &unnamed, e);
	}
	return rc;
}

static void
forget_all(struct loop_state *s)
{
	struct compiled *c, *next;

	HASH_ITER(hh, s->compiled, c, next) {
		HASH_DEL(s->compiled, c);
		free_compiled(c);
	}
	s->compiled_count = 0;
}

void
skua_chain_drop_all(struct loop_state *s)
{
	forget_all(s);
}

int
skua_chain_get(struct loop_state *s, const struct skua_subscription *sub,
    const struct chain **chain_r, struct skua_error *e)
{
	struct skua_str key = key_of(s, sub);
	uint64_t binding = binding_of(s->broker, sub);
	struct compiled *c;
	int rc;

	if (key.p == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	HASH_FIND(hh, s->compiled, key.p, key.len, c);
	if (c != NULL && c->binding == binding) {
		*chain_r = c->chain.count == 0 ? NULL : &c->chain;
		return SKUA_OK;
	}
	if (c != NULL) {
		HASH_DEL(s->compiled, c);
		s->compiled_count--;
		free_compiled(c);
	}
	if (s->compiled_count >= COMPILED_MAX)
		forget_all(s);
	c = skua_mem_new(1, sizeof(*c) + key.len);
	skua_str_copy(c->key, key);
	c->binding = binding;
	rc = build(s->broker, sub, &c->chain, e);
	if (rc != SKUA_OK) {
		free_compiled(c);
		return rc;
	}
	if (c->chain.first_record < c->chain.count)
		c->chain.cost = skua_filter_cost(s->broker, sub->group,
		    sub->topic);
	HASH_ADD_KEYPTR(hh, s->compiled, c->key, key.len, c);
	s->compiled_count++;
	*chain_r = c->chain.count == 0 ? NULL : &c->chain;
	return SKUA_OK;
}

int
skua_chain_check(struct broker *b, struct skua_str type,
    struct skua_str expression, struct skua_error *e)
{
	const struct provider *p = filter_of_type(b, type, e);
	const struct skua_filter *f;

	if (p == NULL)
		return SKUA_ENOTSUP;
	f = p->ops;
	return f->check == NULL ?
	    SKUA_OK :
	    f->check(skua_host_conf(p->host), expression, e);
}
