/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consumer groups, as a plug-in sees them.  Threads and errors are those of
 * skua/topic.h.
 * Upstream: broker.subscription.SubscriptionGroupManager.
 */
#ifndef SKUA_GROUP_H
#define SKUA_GROUP_H

#include <skua/topic.h>

SKUA_BEGIN_DECLS

struct skua_group_info {
	size_t size; /* sizeof(struct skua_group_info), set by who asks */
	bool consume_enable, broadcast_enable, notify_ids_changed;
	int32_t retry_queues; /* of its retry topic; 0: no retries */
	int32_t retry_max;    /* before a message is dead; -1: no bound */
	int32_t sys_flag;
	void *reserved[4];
};

/* SKUA_ENOENT: there is no such group. */
SKUA_API int skua_group_get(struct skua_host *host, struct skua_str group,
    struct skua_group_info *info_r) SKUA_MUST_CHECK;

typedef bool skua_group_fn(void *arg, struct skua_str group,
    const struct skua_group_info *info);
SKUA_API int skua_groups_each(struct skua_host *host, skua_group_fn *fn,
    void *arg);

/* Makes the group with the usual settings unless there is one; done as
 * skua_topic_ensure has it, once subscriptionGroup.json has the group.
 * SKUA_ELIMIT in done: there are maxAutoCreatedGroups. */
SKUA_API int skua_group_ensure(struct skua_host *host, struct skua_str group,
    skua_done_fn *done, void *arg) SKUA_MUST_CHECK;

/* In load: a group that is there from the start on. */
SKUA_API int skua_group_declare(struct skua_host *host, const char *group)
    SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
