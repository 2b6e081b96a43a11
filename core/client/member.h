/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member of a consumer group: what push and lite consumers have in common.
 * It has subscriptions, is told which queues are its own (rebalance.c), and
 * keeps one flow for each of them (flow.c): messages fetched in order, done in
 * any order, and the lowest offset that is not done.  Everything is the
 * client's thread's.
 */
#ifndef CLIENT_MEMBER_H
#define CLIENT_MEMBER_H

#include <skua/consumer.h>
#include <skua/json.h>

#include "client/client.h"
#include "client/subscription.h"

struct flow;
struct parcel;

struct member_ops {
	/* CONSUME_PASSIVELY or CONSUME_ACTIVELY */
	const char *consume_type;
	bool has_retry;  /* subscribes to %RETRY%group */
	bool posts;      /* its pulls carry the subscription */
	/* Takes the parcel's only reference. */
	void (*fetched)(struct group_member *m, struct parcel *parcel);
	/* A flow goes: forget what was not delivered.  May be NULL. */
	void (*dropped)(struct group_member *m, struct flow *flow);
};

struct group_member {
	struct group_member *prev, *next; /* of the client's list */
	struct skua_client *client;
	const struct member_ops *ops;
	struct skua_group_options options; /* its texts are not kept */
	char *group;
	struct subscription *subscriptions; /* by topic */
	struct flow *flows;                 /* by key */
	bool started, stopping, paused;
	bool manual_commit;
	bool assigns; /* its queues are the caller's choice */
	unsigned rebalancing; /* topics being looked at */
	bool rebalance_again, unbalanced;
	bool left; /* the group: no commits from here */
	int64_t start_ms;
	struct local_offsets *local; /* broadcasting */
	struct client_timer *rebalance_timer, *commit_timer;
};

/* options->group must be set; texts are copied. */
int skua_member_init(struct group_member *m, struct skua_client *client,
    const struct skua_group_options *options, const struct member_ops *ops,
    struct skua_error *e);
/* Nothing of it is in use any more. */
void skua_member_fini(struct group_member *m);

/* Waiting, any thread. */
int skua_member_subscribe(struct group_member *m, const char *topic,
    const char *expression, const char *type, struct skua_error *e);
int skua_member_start(struct group_member *m, struct skua_error *e);
/* Stops pulling and takes no more queues. */
void skua_member_stop_pulling(struct group_member *m);
/* Commits, leaves the group, drops every flow; waits for the answers. */
void skua_member_leave(struct group_member *m);

/* On the client's thread. */
void skua_member_rebalance(struct group_member *m);
void skua_member_rebalance_soon(struct group_member *m, int64_t ms);
/* Makes the topic's flows these; calls `assigned` when that changes anything.
 * queues is borrowed. */
void skua_member_set_queues(struct group_member *m, const char *topic,
    const struct skua_queue *queues, size_t count);
void skua_member_tell_assigned(struct group_member *m);
bool skua_member_is_broadcasting(const struct group_member *m);
void skua_members_route_changed(struct skua_client *client);
struct group_member *skua_member_find(struct skua_client *client,
    struct skua_str group);
void skua_member_commit(struct group_member *m);

/* The writer's text, or none when there was no memory. */
struct skua_str skua_client_text(struct skua_jsonw *w);

#endif
