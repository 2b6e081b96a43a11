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
		if (r->providers[i]->kind == kind &&
		    strcmp(r->providers[i]->name, name) == 0)
			return r->providers[i];
	return NULL;
}

const struct provider *
skua_registry_next(const struct registry *r, enum plugin_kind kind, size_t *at)
{
	while (*at < r->count) {
		const struct provider *p = r->providers[(*at)++];

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

static void
free_provider(struct provider *p)
{
	free(p->name);
	free(p->ops);
	free(p);
}

int
skua_registry_add(struct registry *r, enum plugin_kind kind, const char *name,
    const void *ops, size_t size, size_t known, struct skua_host *host)
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
	p = sk_new(struct provider);
	p->kind = kind;
	p->name = skua_mem_dup(skua_str_z(name));
	p->ops = skua_mem_new(1, known);
	memcpy(p->ops, ops, size);
	memcpy(p->ops, &known, sizeof(known));
	p->host = host;
	p->order = r->added++;
	r->providers = skua_mem_grow(r->providers, r->count + 1,
	    sizeof(r->providers[0]));
	r->providers[r->count++] = p;
	return SKUA_OK;
}

void
skua_registry_remove_host(struct registry *r, const struct skua_host *host)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (r->providers[i]->host == host)
			free_provider(r->providers[i]);
		else
			r->providers[kept++] = r->providers[i];
	}
	r->count = kept;
}

void
skua_registry_fini(struct registry *r)
{
	for (size_t i = 0; i < r->count; i++)
		free_provider(r->providers[i]);
	free(r->providers);
	memset(r, 0, sizeof(*r));
}

/* What a kind's table must hold: the function at an offset. */
struct needed {
	const char *name;
	size_t at;
};

static int
refuse(const struct skua_host *host, enum plugin_kind kind, const char *name,
    const char *why)
{
	skua_log(SKUA_LOG_ERROR, "plugin", "%s: the %s \"%s\" %s",
	    skua_host_name(host), kind_names[kind], name, why);
	return SKUA_EABI;
}

/* A table that is too large was built for a later minor than the module says,
 * or is none. */
static int
check_size(const struct skua_host *host, enum plugin_kind kind,
    const char *name, size_t size, size_t known)
{
	const struct skua_plugin *p = host->plugin;
	char why[160];

	if (size >= sizeof(size_t) && size <= known &&
	    size % sizeof(void *) == 0)
		return SKUA_OK;
	(void)snprintf(why, sizeof(why),
	    "has a table of %zu bytes; the plug-in was built for ABI %u.%u, and "
	    "ABI %d.%d of this broker has %zu",
	    size, p->abi_major, p->abi_minor, SKUA_ABI_MAJOR, SKUA_ABI_MINOR,
	    known);
	return refuse(host, kind, name, why);
}

static int
check_needed(const struct skua_host *host, enum plugin_kind kind,
    const char *name, const void *ops, size_t size,
    const struct needed *needed)
{
	char why[96];

	for (; needed->name != NULL; needed++) {
		void (*fn)(void) = NULL;

		if (needed->at + sizeof(fn) <= size)
			memcpy(&fn, (const char *)ops + needed->at, sizeof(fn));
		if (fn != NULL)
			continue;
		(void)snprintf(why, sizeof(why), "has no function %s",
		    needed->name);
		return refuse(host, kind, name, why);
	}
	return SKUA_OK;
}

/* A smaller table is one of an older minor: what it lacks is NULL in the copy
 * that the broker reads. */
static int
provide(struct skua_host *host, enum plugin_kind kind, const char *name,
    const void *ops, size_t known, const struct needed *needed)
{
	size_t size = 0;
	int rc;

	if (name == NULL || *name == '\0' || strlen(name) > PROVIDER_NAME_MAX)
		return refuse(host, kind, name == NULL ? "" : name,
		    "needs a name of 1 to 64 bytes");
	if (ops == NULL)
		return refuse(host, kind, name, "has no table");
	memcpy(&size, ops, sizeof(size));
	rc = check_size(host, kind, name, size, known);
	if (rc == SKUA_OK)
		rc = check_needed(host, kind, name, ops, size, needed);
	return rc != SKUA_OK ? rc :
			       skua_registry_add(&host->plugins->registry,
				   kind, name, ops, size, known, host);
}

#define NEED(type, fn) { #fn, offsetof(struct type, fn) }
#define DEFINE_PROVIDE(kind_, fn, type, ...)                                   \
	int fn(struct skua_host *host, const char *name,                       \
	    const struct type *ops)                                            \
	{                                                                      \
		static const struct needed needed[] = { __VA_ARGS__            \
			{ NULL, 0 } };                                         \
                                                                               \
		return provide(host, PLUGIN_##kind_, name, ops,                \
		    sizeof(*ops), needed);                                     \
	}

DEFINE_PROVIDE(SELECTOR, skua_provide_selector, skua_selector,
    NEED(skua_selector, pick), )
DEFINE_PROVIDE(FILTER, skua_provide_filter, skua_filter,
    NEED(skua_filter, compile), NEED(skua_filter, release),
    NEED(skua_filter, match), )
DEFINE_PROVIDE(ROUTE, skua_provide_route, skua_route, NEED(skua_route, route), )
DEFINE_PROVIDE(STORE, skua_provide_store, skua_store, NEED(skua_store, open),
    NEED(skua_store, recover), NEED(skua_store, append),
    NEED(skua_store, read), NEED(skua_store, release), NEED(skua_store, sync),
    NEED(skua_store, get_state), NEED(skua_store, close), )
DEFINE_PROVIDE(INDEX, skua_provide_index, skua_index, NEED(skua_index, open),
    NEED(skua_index, queue), NEED(skua_index, min), NEED(skua_index, max),
    NEED(skua_index, append), NEED(skua_index, read), NEED(skua_index, cut),
    NEED(skua_index, repair), NEED(skua_index, trim), NEED(skua_index, flush),
    NEED(skua_index, remove), NEED(skua_index, close), )
DEFINE_PROVIDE(FLUSH, skua_provide_flush, skua_flush, NEED(skua_flush, start),
    NEED(skua_flush, appended), NEED(skua_flush, stop), )
DEFINE_PROVIDE(REPLICATION, skua_provide_replication, skua_replication,
    NEED(skua_replication, start), NEED(skua_replication, appended),
    NEED(skua_replication, stop), )
DEFINE_PROVIDE(HOOK, skua_provide_hook, skua_hook, )
DEFINE_PROVIDE(SERVICE, skua_provide_service, skua_service, )
