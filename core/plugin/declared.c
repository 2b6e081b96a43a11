/* SPDX-License-Identifier: Apache-2.0 */
/* System topics and groups that plug-ins say are theirs. */
#include <stdlib.h>

#include <skua/group.h>
#include <skua/name.h>

#include "base/mem.h"
#include "plugin/host.h"

static const struct declared *
find(const struct plugins *p, bool is_group, const char *name)
{
	for (size_t i = 0; i < p->declared_count; i++)
		if (p->declared[i].is_group == is_group &&
		    strcmp(p->declared[i].name, name) == 0)
			return &p->declared[i];
	return NULL;
}

static int
add(struct skua_host *host, const struct declared *d)
{
	struct plugins *p = host->plugins;
	const struct declared *other;

	if (host->loaded)
		return SKUA_ECLOSED;
	other = find(p, d->is_group, d->name);
	if (other != NULL) {
		skua_log(SKUA_LOG_ERROR, "plugin",
		    "%s: the %s %s is that of %s already", host->name,
		    d->is_group ? "group" : "topic", d->name,
		    other->host->name);
		return SKUA_EEXIST;
	}
	p->declared = skua_mem_grow(p->declared, p->declared_count + 1,
	    sizeof(p->declared[0]));
	p->declared[p->declared_count] = *d;
	p->declared[p->declared_count].host = host;
	p->declared[p->declared_count++].name =
	    skua_mem_dup(skua_str_z(d->name));
	return SKUA_OK;
}

int
skua_topic_declare(struct skua_host *host, const char *topic,
    const struct skua_topic_info *info, unsigned flags)
{
	struct declared d = { .name = (char *)(uintptr_t)topic,
		.sendable = (flags & SKUA_SYSTEM_SENDABLE) != 0,
		.on_demand = (flags & SKUA_SYSTEM_ON_DEMAND) != 0 };

	if (topic == NULL || info == NULL ||
	    !skua_name_is(SKUA_NAME_STORED_TOPIC, skua_str_z(topic)) ||
	    info->size < offsetof(struct skua_topic_info, sys_flag) ||
	    info->read_queues < 1 || info->read_queues > 65536 ||
	    info->write_queues < 1 || info->write_queues > 65536 ||
	    info->perm < 0 || info->perm > 7)
		return SKUA_EINVAL;
	d.read_queues = info->read_queues;
	d.write_queues = info->write_queues;
	d.perm = info->perm;
	return add(host, &d);
}

int
skua_group_declare(struct skua_host *host, const char *group)
{
	struct declared d = { .name = (char *)(uintptr_t)group,
		.is_group = true };

	if (group == NULL || !skua_name_is(SKUA_NAME_GROUP, skua_str_z(group)))
		return SKUA_EINVAL;
	return add(host, &d);
}

void
skua_declared_remove_host(struct plugins *p, const struct skua_host *host)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->declared_count; i++) {
		if (p->declared[i].host == host)
			free(p->declared[i].name);
		else
			p->declared[kept++] = p->declared[i];
	}
	p->declared_count = kept;
	if (kept > 0)
		return;
	free(p->declared);
	p->declared = NULL;
}
