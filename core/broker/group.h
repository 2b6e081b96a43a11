/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscription groups: what a consumer group may do.
 * Upstream: broker.subscription.SubscriptionGroupManager.
 */
#ifndef BROKER_GROUP_H
#define BROKER_GROUP_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include <skua/json.h>

#include "base/map.h"
#include "broker/data_version.h"

struct broker;

/* Immutable; json holds every member, the fields are those that code reads. */
struct group_conf {
	json_t *json;
	bool consume_enable, broadcast_enable, notify_ids_changed;
	int32_t retry_queues, retry_max, sys_flag;
};

struct group {
	struct map_entry entry;
	_Atomic(const struct group_conf *) conf;
	char name[];
};

struct groups {
	struct map map;
	pthread_mutex_t lock;
	struct data_version version;
	json_t *forbidden; /* group -> { topic: bits }, kept as read */
};

void skua_groups_init(struct groups *g);
void skua_groups_fini(struct groups *g);
/* Any thread, online. */
struct group *skua_group_find(const struct groups *g, struct skua_str name);
const struct group_conf *skua_group_conf(const struct group *group);
/* Main thread.  json (borrowed) may lack members: defaults apply. */
struct group *skua_group_put(struct broker *b, struct skua_str name,
    const json_t *json);
/* The group, created when autoCreateSubscriptionGroup allows and the name is
 * good; else NULL.  Main thread. */
struct group *skua_group_need(struct broker *b, struct skua_str name);
/* Whether a consumer would create it. */
bool skua_group_may_create(const struct broker *b, struct skua_str name);
/* What it would then be. */
void skua_group_write_defaults(struct skua_jsonw *w, struct skua_str name);
bool skua_group_remove(struct broker *b, struct skua_str name);
int skua_group_check_name(struct skua_str name, struct skua_error *e);
void skua_groups_add_system(struct broker *b);

/* subscriptionGroup.json */
int skua_groups_load(struct broker *b, const char *path, struct skua_error *e);
int skua_groups_persist(struct broker *b, const char *path);

#endif
