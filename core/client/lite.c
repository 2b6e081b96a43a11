/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lite consumers: parcels wait in a queue until they are asked for.  What was
 * polled counts as done: its offset is committed with the next commit.
 * Upstream: client.impl.consumer.DefaultLitePullConsumerImpl.
 */
#include <errno.h>
#include <time.h>
#include <utlist.h>

#include <skua/host.h>
#include <skua/pull.h>

#include "client/flow.h"
#include "client/guest.h"

struct skua_lite {
	struct group_member member;
	struct skua_lite_options options;
	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct parcel *ready, **ready_end; /* by `later`; each a reference */
	bool hungry; /* a poll found nothing */
};

/* What was polled of a parcel, on its way to the client's thread. */
struct polling {
	struct loop_msg msg;
	struct parcel *parcel; /* a reference */
	size_t first, count;
};

static struct skua_lite *
lite_of(struct group_member *m)
{
	return sk_container(m, struct skua_lite, member);
}

/* --- parcels come and go --- */

static void
fetched(struct group_member *m, struct parcel *p)
{
	struct skua_lite *lite = lite_of(m);
	bool tell;

	skua_parcel_unpack(p, 0, p->count);
	(void)pthread_mutex_lock(&lite->lock);
	p->later = NULL;
	*lite->ready_end = p;
	lite->ready_end = &p->later;
	tell = lite->hungry;
	lite->hungry = false;
	(void)pthread_cond_broadcast(&lite->wake);
	(void)pthread_mutex_unlock(&lite->lock);
	if (tell && lite->options.ready != NULL)
		lite->options.ready(lite->options.arg);
}

static void
take_out(struct skua_lite *lite, struct parcel **at)
{
	struct parcel *p = *at;

	*at = p->later;
	if (lite->ready_end == &p->later)
		lite->ready_end = at;
}

static void
dropped(struct group_member *m, struct flow *flow)
{
	struct skua_lite *lite = lite_of(m);
	struct parcel **at = &lite->ready, *out = NULL;

	(void)pthread_mutex_lock(&lite->lock);
	while (*at != NULL) {
		struct parcel *p = *at;

		if (p->flow != flow) {
			at = &p->later;
			continue;
		}
		take_out(lite, at);
		p->later = out;
		out = p;
	}
	(void)pthread_mutex_unlock(&lite->lock);
	while (out != NULL) {
		struct parcel *p = out;

		out = p->later;
		skua_parcel_unref(p);
	}
}

static const struct member_ops lite_ops = {
	.consume_type = "CONSUME_ACTIVELY",
	.posts = true,
	.fetched = fetched,
	.dropped = dropped,
};

/* --- life --- */

int
skua_lite_new(struct skua_client *client,
    const struct skua_lite_options *options, struct skua_lite **lite_r,
    struct skua_error *e)
{
	struct skua_lite *lite = sk_new(struct skua_lite);
	int rc;

	memcpy(&lite->options, options, options->size < sizeof(lite->options) ?
		options->size : sizeof(lite->options));
	lite->ready_end = &lite->ready;
	lite->member.manual_commit = lite->options.no_auto_commit;
	rc = skua_member_init(&lite->member, client, &options->group, &lite_ops,
	    e);
	if (rc != SKUA_OK) {
		free(lite);
		return rc;
	}
	(void)pthread_mutex_init(&lite->lock, NULL);
	(void)pthread_cond_init(&lite->wake, NULL);
	*lite_r = lite;
	return SKUA_OK;
}

void
skua_lite_free(struct skua_lite **lite_p)
{
	struct skua_lite *lite = *lite_p;

	if (lite == NULL)
		return;
	*lite_p = NULL;
	skua_member_stop_pulling(&lite->member);
	skua_member_leave(&lite->member);
	skua_member_fini(&lite->member);
	(void)pthread_mutex_destroy(&lite->lock);
	(void)pthread_cond_destroy(&lite->wake);
	free(lite);
}

int
skua_lite_subscribe(struct skua_lite *lite, const char *topic,
    const char *expression, const char *type, struct skua_error *e)
{
	if (lite->member.assigns)
		return skua_fail(e, SKUA_EINVAL,
		    "queues are assigned: no topic can be subscribed to");
	return skua_member_subscribe(&lite->member, topic, expression, type, e);
}

int
skua_lite_start(struct skua_lite *lite, struct skua_error *e)
{
	return skua_member_start(&lite->member, e);
}

/* --- what runs on the client's thread for a caller --- */

struct order {
	struct skua_lite *lite;
	const char *topic;
	const struct skua_queue *queues;
	size_t count;
	int64_t offset;
	int status;
};

static void
assign_here(struct skua_client *client, void *arg)
{
	struct order *o = arg;
	struct group_member *m = &o->lite->member;

	(void)client;
	m->assigns = true;
	skua_member_set_queues(m, o->topic, o->queues, o->count);
}

int
skua_lite_assign(struct skua_lite *lite, const char *topic,
    const struct skua_queue *queues, size_t count, struct skua_error *e)
{
	struct order o = { .lite = lite, .topic = topic, .queues = queues,
		.count = count };
	int rc;

	if (!lite->member.assigns && lite->member.subscriptions != NULL)
		return skua_fail(e, SKUA_EINVAL,
		    "topics are subscribed to: no queue can be assigned");
	rc = skua_member_subscribe(&lite->member, topic, NULL, NULL, e);
	if (rc == SKUA_OK)
		skua_client_run(lite->member.client, assign_here, &o);
	return rc;
}

static void
find_and(struct order *o, void (*fn)(struct flow *flow, struct order *o))
{
	struct flow *flow = skua_flow_find(&o->lite->member, o->topic,
	    o->queues->broker, o->queues->queue_id);

	o->status = flow == NULL ? SKUA_ENOENT : SKUA_OK;
	if (flow != NULL)
		fn(flow, o);
}

static void
seek_flow(struct flow *flow, struct order *o)
{
	skua_flow_restart(flow, o->offset);
}

static void
pause_flow(struct flow *flow, struct order *o)
{
	(void)pthread_mutex_lock(&o->lite->lock);
	flow->paused = true;
	(void)pthread_mutex_unlock(&o->lite->lock);
}

static void
resume_flow(struct flow *flow, struct order *o)
{
	(void)pthread_mutex_lock(&o->lite->lock);
	flow->paused = false;
	(void)pthread_cond_broadcast(&o->lite->wake);
	(void)pthread_mutex_unlock(&o->lite->lock);
	skua_flow_fetch(flow);
}

static void
seek_here(struct skua_client *client, void *arg)
{
	(void)client;
	find_and(arg, seek_flow);
}

static void
pause_here(struct skua_client *client, void *arg)
{
	(void)client;
	find_and(arg, pause_flow);
}

static void
resume_here(struct skua_client *client, void *arg)
{
	(void)client;
	find_and(arg, resume_flow);
}

int
skua_lite_seek(struct skua_lite *lite, const char *topic,
    const struct skua_queue *queue, int64_t offset, struct skua_error *e)
{
	struct order o = { .lite = lite, .topic = topic, .queues = queue,
		.count = 1, .offset = offset };
	int rc = SKUA_OK;

	if (offset < 0 || offset == INT64_MAX)
		rc = skua_offset_at(lite->member.client, topic, queue,
		    offset < 0 ? 0 : INT64_MAX, &o.offset, e);
	if (rc != SKUA_OK)
		return rc;
	skua_client_run(lite->member.client, seek_here, &o);
	if (o.status != SKUA_OK)
		(void)skua_fail(e, o.status, "%s, queue %d of %s is not ours",
		    queue->broker, queue->queue_id, topic);
	return o.status;
}

int
skua_lite_pause(struct skua_lite *lite, const char *topic,
    const struct skua_queue *queue)
{
	struct order o = { .lite = lite, .topic = topic, .queues = queue };

	skua_client_run(lite->member.client, pause_here, &o);
	return o.status;
}

int
skua_lite_resume(struct skua_lite *lite, const char *topic,
    const struct skua_queue *queue)
{
	struct order o = { .lite = lite, .topic = topic, .queues = queue };

	skua_client_run(lite->member.client, resume_here, &o);
	return o.status;
}

/* --- polling --- */

static void
count_as_done(struct loop *loop, struct loop_msg *msg)
{
	struct polling *p = sk_container(msg, struct polling, msg);

	(void)loop;
	for (size_t i = p->first; i < p->first + p->count; i++)
		skua_flow_done(p->parcel, i);
	skua_parcel_unref(p->parcel);
	free(p);
}

/* Under the lock.  The first messages of a queue that is not paused. */
static bool
take_some(struct skua_lite *lite, size_t max, struct skua_polled *polled_r)
{
	struct parcel **at = &lite->ready, *p;
	struct polling *done;
	size_t n;

	while ((p = *at) != NULL && p->flow->paused)
		at = &p->later;
	if (p == NULL)
		return false;
	n = p->count - p->delivered;
	if (n > max)
		n = max;
	polled_r->messages = p->messages + p->delivered;
	polled_r->count = n;
	polled_r->owner = skua_parcel_ref(p);
	done = sk_new(struct polling);
	done->parcel = skua_parcel_ref(p);
	done->first = p->delivered;
	done->count = n;
	done->msg.fn = count_as_done;
	p->delivered += n;
	if (p->delivered == p->count) {
		take_out(lite, at);
		skua_parcel_unref(p);
	}
	/* In order, and before a commit that is asked for after the poll. */
	skua_loop_post(&lite->member.client->loop, &done->msg);
	return true;
}

/* Under the lock. */
static bool
wait_for_some(struct skua_lite *lite, int64_t until_ms)
{
	struct skua_client *client = lite->member.client;
	struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000 * 1000000) };

	if (skua_client_is_here(client)) {
		(void)pthread_mutex_unlock(&lite->lock);
		skua_guest_drive(client, true);
		(void)pthread_mutex_lock(&lite->lock);
		return skua_mono_ms() < until_ms;
	}
	return pthread_cond_clockwait(&lite->wake, &lite->lock,
		   CLOCK_MONOTONIC, &until) != ETIMEDOUT;
}

int
skua_lite_poll(struct skua_lite *lite, size_t max, int64_t timeout_ms,
    struct skua_polled *polled_r)
{
	int64_t until_ms = skua_mono_ms() + timeout_ms;
	bool found, again = timeout_ms > 0;

	if (max == 0)
		return SKUA_EINVAL;
	if (again && skua_client_may_wait(lite->member.client, NULL) != SKUA_OK)
		return SKUA_EBUSY;
	(void)pthread_mutex_lock(&lite->lock);
	while (!(found = take_some(lite, max, polled_r)) && again)
		again = wait_for_some(lite, until_ms);
	lite->hungry = !found;
	(void)pthread_mutex_unlock(&lite->lock);
	return found ? SKUA_OK : SKUA_EAGAIN;
}

void
skua_polled_free(struct skua_polled *polled)
{
	if (polled->owner != NULL)
		skua_parcel_unref(polled->owner);
	memset(polled, 0, sizeof(*polled));
}

/* --- committing --- */

struct commit_wait {
	struct waiting waiting;
	struct skua_lite *lite;
	struct skua_error error;
};

static void
on_committed(void *arg, int status, const struct skua_error *e)
{
	struct commit_wait *w = arg;

	if (status != SKUA_OK)
		w->error = *e;
	skua_waiting_done(&w->waiting);
}

static void
commit_here(struct skua_client *client, void *arg)
{
	struct commit_wait *w = arg;

	(void)client;
	skua_member_commit_all(&w->lite->member, on_committed, w);
}

int
skua_lite_commit(struct skua_lite *lite, struct skua_error *e)
{
	struct commit_wait w = { .lite = lite };
	int rc = skua_client_may_wait(lite->member.client, e);

	if (rc != SKUA_OK)
		return rc;
	skua_waiting_init(&w.waiting);
	skua_client_post(lite->member.client, commit_here, &w);
	skua_waiting_wait(lite->member.client, &w.waiting);
	if (w.error.code != SKUA_OK && e != NULL)
		*e = w.error;
	return w.error.code;
}
