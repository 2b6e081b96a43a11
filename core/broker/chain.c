/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled filters, cached per loop by group, topic and expression, within a
 * budget of bytes. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "broker/chain.h"
#include "broker/filter_cost.h"

struct compiled {
	UT_hash_handle hh;
	struct compiled *newer, *older; /* by when they were asked for */
	size_t key_len, bytes;
	uint64_t binding; /* of all bound filters, combined */
	struct chain chain;
	char key[];
};

static bool
is_too_long(const struct skua_subscription *sub, struct skua_error *e)
{
	if (sub->expression.len <= SKUA_EXPRESSION_MAX)
		return false;
	(void)skua_fail(e, SKUA_ELIMIT,
	    "the expression has %zu bytes, more than %d", sub->expression.len,
	    SKUA_EXPRESSION_MAX);
	return true;
}

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
	skua_plugin_will_say(e);
	rc = skua_plugin_said(f->compile(p->host, sub, &instance, e), e);
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

/* --- what is kept --- */

static void
unlink_compiled(struct loop_state *s, struct compiled *c)
{
	if (c->newer != NULL)
		c->newer->older = c->older;
	else
		s->compiled_newest = c->older;
	if (c->older != NULL)
		c->older->newer = c->newer;
	else
		s->compiled_oldest = c->newer;
}

static void
link_newest(struct loop_state *s, struct compiled *c)
{
	c->newer = NULL;
	c->older = s->compiled_newest;
	if (c->older != NULL)
		c->older->newer = c;
	else
		s->compiled_oldest = c;
	s->compiled_newest = c;
}

static void
forget(struct loop_state *s, struct compiled *c)
{
	HASH_DEL(s->compiled, c);
	unlink_compiled(s, c);
	s->compiled_bytes -= c->bytes;
	free_compiled(c);
}

/* A script's memory changes while it runs. */
static void
account(struct loop_state *s, struct compiled *c)
{
	size_t bytes = sizeof(*c) + 3 * c->key_len;

	for (size_t i = 0; i < c->chain.count; i++) {
		const struct chain_link *link = &c->chain.links[i];

		if (link->filter->memory != NULL)
			bytes += link->filter->memory(link->instance);
	}
	s->compiled_bytes += bytes - c->bytes;
	c->bytes = bytes;
}

/* The newest stays, however large it is: it is about to be used. */
static void
keep_within(struct loop_state *s)
{
	size_t share = (size_t)broker_conf(s->broker)->filter_bytes_max /
	    s->broker->loop_count;

	while (s->compiled_bytes > share &&
	    s->compiled_oldest != s->compiled_newest)
		forget(s, s->compiled_oldest);
}

void
skua_chain_drop_all(struct loop_state *s)
{
	while (s->compiled_oldest != NULL)
		forget(s, s->compiled_oldest);
}

static void
use(struct loop_state *s, struct compiled *c, const struct chain **chain_r)
{
	account(s, c);
	if (s->compiled_newest != c) {
		unlink_compiled(s, c);
		link_newest(s, c);
	}
	keep_within(s);
	*chain_r = c->chain.count == 0 ? NULL : &c->chain;
}

static int
add(struct loop_state *s, const struct skua_subscription *sub,
    struct skua_str key, uint64_t binding, struct compiled **c_r,
    struct skua_error *e)
{
	struct compiled *c = skua_mem_new(1, sizeof(*c) + key.len);
	int rc;

	skua_str_copy(c->key, key);
	c->key_len = key.len;
	c->binding = binding;
	rc = build(s->broker, sub, &c->chain, e);
	if (rc != SKUA_OK) {
		free_compiled(c);
		return rc;
	}
	if (c->chain.first_record < c->chain.count)
		c->chain.cost = skua_filter_cost(s->broker, sub->group,
		    sub->topic);
	HASH_ADD_KEYPTR(hh, s->compiled, c->key, c->key_len, c);
	link_newest(s, c);
	*c_r = c;
	return SKUA_OK;
}

int
skua_chain_get(struct loop_state *s, const struct skua_subscription *sub,
    const struct chain **chain_r, struct skua_error *e)
{
	struct skua_str key;
	uint64_t binding;
	struct compiled *c;
	int rc = SKUA_OK;

	if (is_too_long(sub, e))
		return SKUA_ELIMIT;
	key = key_of(s, sub);
	if (key.p == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	binding = binding_of(s->broker, sub);
	HASH_FIND(hh, s->compiled, key.p, key.len, c);
	if (c != NULL && c->binding != binding) {
		forget(s, c);
		c = NULL;
	}
	if (c == NULL)
		rc = add(s, sub, key, binding, &c, e);
	if (rc == SKUA_OK)
		use(s, c, chain_r);
	return rc;
}

int
skua_chain_check(struct broker *b, const struct skua_subscription *sub,
    struct skua_error *e)
{
	const struct provider *p;
	const struct skua_filter *f;

	if (is_too_long(sub, e))
		return SKUA_ELIMIT;
	p = filter_of_type(b, sub->expression_type, e);
	if (p == NULL)
		return SKUA_ENOTSUP;
	f = p->ops;
	if (f->check == NULL)
		return SKUA_OK;
	skua_plugin_will_say(e);
	return skua_plugin_said(f->check(p->host, sub, e), e);
}
