/* SPDX-License-Identifier: Apache-2.0 */
/* A member's life: options, subscriptions, start, end. */
#include <stdio.h>
#include <utlist.h>

#include <skua/host.h>

#include "base/assert.h"
#include "client/flow.h"
#include "client/heartbeat.h"

#define PULL_BATCH 32
#define HOLD_MS 15000
#define QUEUE_MESSAGES 1000
#define QUEUE_BYTES (100 * 1024 * 1024)
#define GROUP_MAX 120
#define QUIET_MS 3000
#define QUIET_POLL_MS 5

/* --- life --- */

static void
enlist(struct skua_client *client, void *arg)
{
	struct group_member *m = arg;

	DL_APPEND(client->members, m);
}

static int
check_group(const char *group, struct skua_error *e)
{
	size_t n = group == NULL ? 0 : strlen(group);

	if (n == 0)
		return skua_fail(e, SKUA_EINVAL, "a consumer needs a group");
	if (n > GROUP_MAX || strspn(group,
		"%|_-0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ") != n)
		return skua_fail(e, SKUA_EINVAL,
		    "\"%.200s\" is no group: at most %d of "
		    "a-z A-Z 0-9 _ - %% |", group, GROUP_MAX);
	return SKUA_OK;
}

static void
add_subscription(struct group_member *m, struct subscription *s)
{
	struct subscription *old;

	HASH_FIND_STR(m->subscriptions, s->topic, old);
	if (old != NULL) {
		HASH_DEL(m->subscriptions, old);
		if (s->version <= old->version)
			s->version = old->version + 1;
		skua_subscription_free(old);
	}
	HASH_ADD_STR(m->subscriptions, topic, s);
}

static void
subscribe_retry(struct group_member *m)
{
	char topic[GROUP_MAX + 16];
	struct subscription *s;

	(void)snprintf(topic, sizeof(topic), "%%RETRY%%%s", m->group);
	if (skua_subscription_new(topic, NULL, NULL, &s, NULL) == SKUA_OK)
		add_subscription(m, s);
}

int
skua_member_init(struct group_member *m, struct skua_client *client,
    const struct skua_group_options *options, const struct member_ops *ops,
    struct skua_error *e)
{
	int rc = check_group(options->group, e);

	if (rc != SKUA_OK)
		return rc;
	m->client = client;
	m->ops = ops;
	m->options = *options;
	m->group = skua_mem_dup(skua_str_z(options->group));
	m->start_ms = skua_now_ms();
	if (m->options.pull_batch <= 0)
		m->options.pull_batch = PULL_BATCH;
	if (m->options.hold_ms <= 0)
		m->options.hold_ms = HOLD_MS;
	if (m->options.queue_messages == 0)
		m->options.queue_messages = QUEUE_MESSAGES;
	if (m->options.queue_bytes == 0)
		m->options.queue_bytes = QUEUE_BYTES;
	if (options->broadcasting)
		m->local = skua_local_open(client, m->group);
	else if (ops->has_retry)
		subscribe_retry(m);
	skua_client_run(client, enlist, m);
	return SKUA_OK;
}

static void
drop_everything(struct skua_client *client, void *arg)
{
	struct group_member *m = arg;
	struct flow *flow, *next;

	m->stopping = m->left = true;
	skua_client_cancel(&m->rebalance_timer);
	skua_client_cancel(&m->commit_timer);
	HASH_ITER(hh, m->flows, flow, next)
		skua_flow_drop(flow);
	DL_DELETE(client->members, m);
}

void
skua_member_fini(struct group_member *m)
{
	struct subscription *s, *next;

	skua_client_run(m->client, drop_everything, m);
	HASH_ITER(hh, m->subscriptions, s, next) {
		HASH_DEL(m->subscriptions, s);
		skua_subscription_free(s);
	}
	skua_local_close(m->local);
	free(m->group);
}

struct group_member *
skua_member_find(struct skua_client *client, struct skua_str group)
{
	for (struct group_member *m = client->members; m != NULL; m = m->next)
		if (skua_str_eq_z(group, m->group) && m->started &&
		    !m->stopping)
			return m;
	return NULL;
}

/* --- subscriptions --- */

struct subscribing {
	struct group_member *member;
	struct subscription *subscription;
};

static void
on_told(void *arg, size_t taken)
{
	struct subscribing *s = arg;

	(void)taken;
	for (struct group_member *m = s->member->client->members; m != NULL;
	     m = m->next)
		if (m == s->member)
			skua_member_rebalance(m);
	free(s);
}

static void
subscribe_here(struct skua_client *client, void *arg)
{
	struct subscribing *s = arg, *told;
	struct group_member *m = s->member;

	add_subscription(m, s->subscription);
	if (!m->started || m->assigns)
		return;
	told = sk_new(struct subscribing);
	*told = *s;
	skua_client_heartbeat(client, on_told, told);
}

int
skua_member_subscribe(struct group_member *m, const char *topic,
    const char *expression, const char *type, struct skua_error *e)
{
	struct subscribing s = { .member = m };
	int rc = skua_subscription_new(topic, expression, type,
	    &s.subscription, e);

	if (rc != SKUA_OK)
		return rc;
	skua_client_run(m->client, subscribe_here, &s);
	return SKUA_OK;
}

/* --- leaving --- */

static void
stop_here(struct skua_client *client, void *arg)
{
	struct group_member *m = arg;
	struct flow *flow, *next;

	(void)client;
	m->stopping = true;
	skua_client_cancel(&m->rebalance_timer);
	skua_client_cancel(&m->commit_timer);
	HASH_ITER(hh, m->flows, flow, next) {
		flow->epoch++; /* what still comes is not ours */
		flow->pulling = false;
		skua_client_cancel(&flow->timer);
	}
}

void
skua_member_stop_pulling(struct group_member *m)
{
	/* In a callback the end would be waited for without end. */
	sk_assert(skua_client_may_wait(m->client, NULL) == SKUA_OK);
	skua_client_run(m->client, stop_here, m);
}

struct leaving {
	struct waiting waiting;
	struct group_member *member;
	size_t under_way;
	int64_t until_ms; /* heartbeats' answers are waited for */
};

static void
finish_one(struct leaving *l)
{
	if (--l->under_way == 0)
		skua_waiting_done(&l->waiting);
}

static void
on_unregistered(void *arg, int status, const struct skua_reply *reply)
{
	(void)status;
	(void)reply;
	finish_one(arg);
}

static void
unregister(struct leaving *l)
{
	struct group_member *m = l->member;
	struct skua_client *client = m->client;
	const struct field fields[] = {
		{ SKUA_STR("clientID"), skua_str_z(client->id) },
		{ SKUA_STR("consumerGroup"), skua_str_z(m->group) },
	};
	struct client_peer *p, *next;

	m->left = true;
	m->started = false; /* for the next heartbeat */
	l->under_way = 1;
	HASH_ITER(hh, client->peers, p, next) {
		if (!skua_peer_is_connected(p->peer))
			continue;
		l->under_way++;
		skua_client_start_call(client, p->address, REQUEST_UNREGISTER,
		    fields, 2, skua_str_n(NULL, 0), 0, on_unregistered, l);
	}
	finish_one(l);
}

/* RocketMQ works on heartbeats in other threads: one that is late would make a
 * member of us again, whose queues nobody reads until the broker has given up
 * waiting for it. */
static void
unregister_when_quiet(void *arg)
{
	struct leaving *l = arg;
	struct skua_client *client = l->member->client;

	if (skua_client_heartbeat_is_quiet(client) ||
	    skua_mono_ms() >= l->until_ms)
		unregister(l);
	else
		(void)skua_client_after(client, QUIET_POLL_MS,
		    unregister_when_quiet, l);
}

static void
on_committed(void *arg, int status, const struct skua_error *e)
{
	struct leaving *l = arg;

	if (status != SKUA_OK)
		skua_log(SKUA_LOG_WARNING, "client",
		    "group %s: the last offsets were not committed: %s",
		    l->member->group, e->text);
	unregister_when_quiet(l);
}

static void
leave_here(struct skua_client *client, void *arg)
{
	struct leaving *l = arg;

	(void)client;
	/* What is not to be committed by itself is not committed now. */
	l->until_ms = skua_mono_ms() + QUIET_MS;
	if (l->member->manual_commit)
		unregister_when_quiet(l);
	else
		skua_member_commit_all(l->member, on_committed, l);
}

void
skua_member_leave(struct group_member *m)
{
	struct leaving l = { .member = m };

	if (!m->started)
		return;
	skua_waiting_init(&l.waiting);
	skua_client_post(m->client, leave_here, &l);
	skua_waiting_wait(m->client, &l.waiting);
}
