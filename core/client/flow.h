/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One queue that a member reads.
 *
 *	done | parcel: x . x | parcel: . . . | pull under way
 *	     ^ offset                        ^ next_offset
 *
 * A parcel is what one pull brought.  Its messages are done in any order; the
 * offset to commit is that of the first one that is not.  Everything is the
 * client's thread's, but a parcel's messages may be read wherever they are
 * delivered, while somebody holds a reference.
 * Upstream: client.impl.consumer.ProcessQueue.
 */
#ifndef CLIENT_FLOW_H
#define CLIENT_FLOW_H

#include "client/member.h"

struct parcel {
	struct parcel *next; /* of the flow */
	struct parcel *later; /* free for whoever delivers it */
	struct skua_client *client;
	struct flow *flow;
	_Atomic unsigned refs; /* any thread */
	bool detached; /* the flow went, or began anew elsewhere */
	size_t count, done_count;
	size_t delivered; /* free for whoever delivers it */
	struct skua_received *messages;
	bool *done;
	char **plain; /* uncompressed bodies */
	struct loop_msg msg; /* the last reference comes back */
	struct arena arena;
	void **owned; /* freed with it */
	size_t owned_count;
};

struct flow {
	UT_hash_handle hh; /* of its member, by key */
	unsigned refs;
	struct group_member *member;
	char *topic;
	struct skua_queue queue;
	bool dropped, pulling, paused, stalled;
	unsigned epoch; /* answers to pulls of an earlier one are late */
	int64_t next_offset; /* -1: not known yet */
	int64_t broker_id;   /* whom to pull from next */
	size_t messages, bytes; /* fetched and not done */
	struct parcel *first, **last;
	int64_t pulled_ms, done_ms; /* wall time */
	int64_t asked_ms;
	struct client_timer *timer;
	char key[];
};

/* --- flow.c --- */

struct flow *skua_flow_new(struct group_member *m, const char *topic,
    const struct skua_queue *queue);
struct flow *skua_flow_find(const struct group_member *m, const char *topic,
    const char *broker, int32_t queue_id);
struct flow *skua_flow_ref(struct flow *flow);
void skua_flow_unref(struct flow *flow);
/* Commits, and forgets the queue. */
void skua_flow_drop(struct flow *flow);
/* Forgets what was fetched and goes on at offset. */
void skua_flow_restart(struct flow *flow, int64_t offset);
/* The lowest offset that is not done; -1: not known yet. */
int64_t skua_flow_offset(const struct flow *flow);
void skua_flow_add(struct flow *flow, struct parcel *parcel);
/* Message i of the parcel is done; pulls go on if they waited for that. */
void skua_flow_done(struct parcel *parcel, size_t i);
bool skua_flow_is_full(const struct flow *flow);

/* --- parcel.c --- */

/* From records back to back; those whose tags are not wanted are left out. */
struct parcel *skua_parcel_new(struct flow *flow, struct skua_str records);
struct parcel *skua_parcel_ref(struct parcel *parcel);
void skua_parcel_unref(struct parcel *parcel); /* any thread */
/* p is malloc'd, and goes with the parcel. */
void skua_parcel_own(struct parcel *parcel, void *p);
/* Uncompresses the bodies of n messages; whoever delivers them, once. */
void skua_parcel_unpack(struct parcel *parcel, size_t first, size_t n);
/* The record as a program sees it; ids without a unique key are written to
 * memory of the arena.  retry_topic: where topics are put back; or NULL. */
void skua_received_of(struct skua_received *r, const struct skua_record *record,
    const char *retry_topic, struct arena *arena);

/* --- fetch.c --- */

/* Pulls if nothing speaks against it. */
void skua_flow_fetch(struct flow *flow);
/* Finds out where to begin, and pulls. */
void skua_flow_begin(struct flow *flow);
void skua_flow_fetch_later(struct flow *flow, int64_t ms);

/* --- begin.c, offsets.c --- */

/* Where a broker of the flow is; NULL: no route says. */
const char *skua_flow_address(const struct flow *flow, int64_t broker_id);
/* Commits the flow's offset, without an answer. */
void skua_flow_commit(struct flow *flow);
/* Commits those of all flows; fn is called when the brokers have answered, with
 * the first failure; perhaps from inside. */
typedef void commit_fn(void *arg, int status, const struct skua_error *e);
void skua_member_commit_all(struct group_member *m, commit_fn *fn, void *arg);

/* local.c: a broadcasting member's file */
struct local_offsets *skua_local_open(const struct skua_client *client,
    const char *group);
void skua_local_close(struct local_offsets *l);
int64_t skua_local_get(const struct local_offsets *l, const char *key);
void skua_local_set(struct local_offsets *l, const struct flow *flow,
    int64_t offset);
/* Writes the file if anything changed. */
int skua_local_save(struct local_offsets *l);

#endif
