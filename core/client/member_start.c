/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member's start: routes; what a broker has to say of expressions; the first
 * heartbeat, answered, so that the pulls that follow are known; then the queues.
 */
#include <skua/host.h>

#include "client/flow.h"
#include "client/heartbeat.h"

struct starting {
	struct waiting waiting;
	struct group_member *member;
	size_t under_way;
	struct skua_error error;
};

static void
on_commit_timer(void *arg)
{
	struct group_member *m = arg;

	skua_member_commit(m);
	m->commit_timer = skua_client_after(m->client,
	    m->client->options.commit_ms, on_commit_timer, m);
}

static void
finish(struct starting *s)
{
	struct group_member *m = s->member;

	if (s->error.code != 0)
		m->started = false;
	else
		m->commit_timer = skua_client_after(m->client,
		    m->client->options.commit_ms, on_commit_timer, m);
	skua_waiting_done(&s->waiting);
}

static void
on_heartbeats(void *arg, size_t taken)
{
	struct starting *s = arg;
	struct group_member *m = s->member;
	struct flow *flow, *next;

	(void)taken; /* those that failed are told again, soon */
	finish(s);
	if (!m->assigns)
		skua_member_rebalance(m);
	else
		HASH_ITER(hh, m->flows, flow, next)
			skua_flow_begin(flow);
}

static void
announce(struct starting *s)
{
	s->member->started = true;
	skua_client_heartbeat(s->member->client, on_heartbeats, s);
}

static void
step_done(struct starting *s)
{
	if (--s->under_way > 0)
		return;
	if (s->error.code != 0)
		finish(s);
	else
		announce(s);
}

/* --- expressions --- */

static void
on_checked(void *arg, int status, const struct skua_reply *reply)
{
	struct starting *s = arg;

	/* An older broker does not know the question. */
	if (status == SKUA_OK && reply->code != CODE_OK &&
	    reply->code != CODE_UNSUPPORTED && s->error.code == 0)
		(void)skua_client_refusal(reply, &s->error);
	step_done(s);
}

static void
check_expression(struct starting *s, const struct subscription *sub,
    const char *address)
{
	struct group_member *m = s->member;
	struct skua_str body;
	struct skua_jsonw w;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "clientId");
	skua_jsonw_str_z(&w, m->client->id);
	skua_jsonw_key_z(&w, "group");
	skua_jsonw_str_z(&w, m->group);
	skua_jsonw_key_z(&w, "subscriptionData");
	skua_subscription_json(sub, &w);
	skua_jsonw_close(&w, '}');
	body = skua_client_text(&w);
	s->under_way++;
	skua_client_start_call(m->client, address, REQUEST_CHECK_CONFIG, NULL,
	    0, body, 0, on_checked, s);
	skua_jsonw_free(&w);
}

/* --- routes --- */

struct topic_start {
	struct starting *starting;
	const struct subscription *subscription;
};

static void
on_route(void *arg, int status, struct client_route *route,
    const struct skua_error *e)
{
	struct topic_start *t = arg;
	struct starting *s = t->starting;

	/* A topic that is not there yet is waited for. */
	if (status != SKUA_OK && status != SKUA_ENOENT && s->error.code == 0)
		s->error = *e;
	if (status == SKUA_OK && route->broker_count > 0 &&
	    strcmp(t->subscription->type, "TAG") != 0)
		check_expression(s, t->subscription,
		    route->brokers[0].address);
	skua_client_route_unref(route);
	free(t);
	step_done(s);
}

static void
start_here(struct skua_client *client, void *arg)
{
	struct starting *s = arg;
	struct subscription *sub, *next;

	s->under_way = 1;
	HASH_ITER(hh, s->member->subscriptions, sub, next) {
		struct topic_start *t = sk_new(struct topic_start);

		t->starting = s;
		t->subscription = sub;
		s->under_way++;
		skua_client_find_route(client, sub->topic, on_route, t);
	}
	step_done(s);
}

int
skua_member_start(struct group_member *m, struct skua_error *e)
{
	struct starting s = { .member = m };
	int rc = skua_client_may_wait(m->client, e);

	if (rc != SKUA_OK)
		return rc;
	if (m->started)
		return skua_fail(e, SKUA_EEXIST, "it was started before");
	skua_waiting_init(&s.waiting);
	skua_client_post(m->client, start_here, &s);
	skua_waiting_wait(m->client, &s.waiting);
	if (s.error.code != 0 && e != NULL)
		*e = s.error;
	return s.error.code;
}
