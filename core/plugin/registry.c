/* SPDX-License-Identifier: Apache-2.0 */
/* Who provides what, and the skua_provide_* functions. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/filter.h>
#include <skua/flush.h>
#include <skua/hook.h>
#include <skua/index.h>
#include <skua/replication.h>
#include <skua/route.h>
#include <skua/selector.h>
#include <skua/service.h>
#include <skua/store.h>

#include "base/mem.h"
#include "plugin/host.h"
#include "plugin/registry.h"

static const char *const kind_names[] = {
#define KIND(kind, word, ops) [PLUGIN_##kind] = word,
	PLUGIN_KINDS(KIND)
#undef KIND
};

const char *
skua_plugin_kind_name(enum plugin_kind kind)
{
	return kind_names[kind];
}

const struct provider *
skua_registry_find(const struct registry *r, enum plugin_kind kind,
    const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->providers[i].kind == kind &&
		    strcmp(r->providers[i].name, name) == 0)
			return &r->providers[i];
	return NULL;
}

const struct provider *
skua_registry_next(const struct registry *r, enum plugin_kind kind, size_t *at)
{
	while (*at < r->count) {
		const struct provider *p = &r->providers[(*at)++];

		if (p->kind == kind)
			return p;
	}
	return NULL;
}

const struct provider *
skua_registry_need(const struct registry *r, enum plugin_kind kind,
    const char *name, struct skua_error *e)
{
	const struct provider *p = skua_registry_find(r, kind, name);
	char list[256] = "";
	size_t len = 0;

	if (p != NULL)
		return p;
	for (size_t at = 0; (p = skua_registry_next(r, kind, &at)) != NULL;) {
		int n = snprintf(list + len, sizeof(list) - len, "%s%s",
		    len == 0 ? "" : ", ", p->name);

		if (n < 0 || (size_t)n >= sizeof(list) - len)
			break;
		len += (size_t)n;
	}
	(void)skua_fail(e, SKUA_ENOENT,
	    "no plug-in provides the %s \"%s\"; there is: %s",
	    kind_names[kind], name, len == 0 ? "none" : list);
	return NULL;
}

int
skua_registry_add(struct registry *r, enum plugin_kind kind, const char *name,
    const void *ops, struct skua_host *host)
{
	const struct provider *other = skua_registry_find(r, kind, name);
	struct provider *p;

	if (other != NULL) {
		skua_log(SKUA_LOG_ERROR, "plugin",
		    "%s: the %s \"%s\" is provided by %s already",
		    skua_host_name(host), kind_names[kind], name,
		    skua_host_name(other->host));
		return SKUA_EEXIST;
	}
	r->providers = skua_mem_grow(r->providers, r->count + 1, sizeof(*p));
	p = &r->providers[r->count++];
	p->kind = kind;
	p->name = skua_mem_dup(skua_str_z(name));
	p->ops = ops;
	p->host = host;
	return SKUA_OK;
}

void
skua_registry_remove_host(struct registry *r, const struct skua_host *host)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (r->providers[i].host == host)
			free(r->providers[i].name);
		else
			r->providers[kept++] = r->providers[i];
	}
	r->count = kept;
}

void
skua_registry_fini(struct registry *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->providers[i].name);
	free(r->providers);
	memset(r, 0, sizeof(*r));
}

/* A vtable of another size is one of another minor version: it must not be
 * larger than what the host knows, and what it lacks reads as NULL. */
static int
provide(struct skua_host *host, enum plugin_kind kind, const char *name,
    const void *ops, size_t size, size_t known)
{
	if (size == 0 || size > known) {
		skua_log(SKUA_LOG_ERROR, "plugin",
		    "%s: the %s \"%s\" has a table of %zu bytes; this broker "
		    "knows %zu",
		    skua_host_name(host), kind_names[kind], name, size, known);
		return SKUA_EABI;
	}
	return skua_registry_add(&host->plugins->registry, kind, name, ops,
	    host);
}

#define DEFINE_PROVIDE(kind_, fn, type)                                        \
	int fn(struct skua_host *host, const char *name,                       \
	    const struct type *ops)                                            \
	{                                                                      \
		return provide(host, PLUGIN_##kind_, name, ops, ops->size,     \
		    sizeof(*ops));                                             \
	}

DEFINE_PROVIDE(SELECTOR, skua_provide_selector, skua_selector)
DEFINE_PROVIDE(FILTER, skua_provide_filter, skua_filter)
DEFINE_PROVIDE(ROUTE, skua_provide_route, skua_route)
DEFINE_PROVIDE(STORE, skua_provide_store, skua_store)
DEFINE_PROVIDE(INDEX, skua_provide_index, skua_index)
DEFINE_PROVIDE(FLUSH, skua_provide_flush, skua_flush)
DEFINE_PROVIDE(REPLICATION, skua_provide_replication, skua_replication)
DEFINE_PROVIDE(HOOK, skua_provide_hook, skua_hook)
DEFINE_PROVIDE(SERVICE, skua_provide_service, skua_service)
