/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Push consumers: parcels become jobs, workers (or the client's thread) run
 * them, results come back to the flow.
 * Upstream: client.impl.consumer.ConsumeMessageConcurrentlyService.
 */
#include <stdio.h>
#include <utlist.h>

#include <skua/host.h>

#include "client/push.h"

#define THREADS_MAX 1024

static struct skua_push *
push_of(struct group_member *m)
{
	return sk_container(m, struct skua_push, member);
}

/* --- results --- */

void
skua_push_less(struct skua_push *push)
{
	struct waiting *idle = push->idle;

	if (--push->under_way > 0 || idle == NULL)
		return;
	push->idle = NULL;
	skua_waiting_done(idle);
}

static void
take_result(struct job *job)
{
	struct skua_push *push = job->push;
	struct parcel *p = job->parcel;
	bool again = job->result != SKUA_CONSUMED &&
	    !push->member.options.broadcasting;

	for (size_t i = job->first; i < job->first + job->count; i++) {
		if (again && !p->detached)
			skua_push_back(push, skua_parcel_ref(p), i);
		else
			skua_flow_done(p, i);
	}
	skua_push_less(push);
	skua_parcel_unref(p);
}

static void
on_result(struct loop *loop, struct loop_msg *msg)
{
	(void)loop;
	take_result(sk_container(msg, struct job, msg));
}

static void
run_job(struct job *job)
{
	struct skua_push *push = job->push;
	struct parcel *p = job->parcel;

	skua_parcel_unpack(p, job->first, job->count);
	job->result = push->options.consume(push->options.arg,
	    p->messages + job->first, job->count);
}

static void *
work(void *arg)
{
	struct skua_push *push = arg;
	struct job *job;

	(void)pthread_mutex_lock(&push->lock);
	for (;;) {
		while (push->queue == NULL && !push->ending)
			(void)pthread_cond_wait(&push->wake, &push->lock);
		if (push->queue == NULL)
			break;
		job = push->queue;
		DL_DELETE(push->queue, job);
		(void)pthread_mutex_unlock(&push->lock);
		run_job(job);
		job->msg.fn = on_result;
		skua_loop_post(&push->member.client->loop, &job->msg);
		(void)pthread_mutex_lock(&push->lock);
	}
	(void)pthread_mutex_unlock(&push->lock);
	return NULL;
}

/* --- jobs --- */

void
skua_push_enqueue(struct skua_push *push, struct parcel *parcel, size_t first,
    size_t count, struct job *job)
{
	job->push = push;
	job->parcel = skua_parcel_ref(parcel);
	job->first = first;
	job->count = count;
	push->under_way++;
	if (push->worker_count == 0) {
		run_job(job);
		take_result(job);
		return;
	}
	(void)pthread_mutex_lock(&push->lock);
	DL_APPEND(push->queue, job);
	(void)pthread_cond_signal(&push->wake);
	(void)pthread_mutex_unlock(&push->lock);
}

static void
fetched(struct group_member *m, struct parcel *p)
{
	struct skua_push *push = push_of(m);
	size_t batch = push->options.batch;
	size_t n = (p->count + batch - 1) / batch;
	struct job *jobs = sk_new_array(n, struct job);

	skua_parcel_own(p, jobs);
	for (size_t i = 0; i < n; i++) {
		size_t first = i * batch, left = p->count - first;

		/* A callback may have made the flow go. */
		if (p->detached || m->stopping)
			break;
		skua_push_enqueue(push, p, first, left < batch ? left : batch,
		    &jobs[i]);
	}
	skua_parcel_unref(p);
}

/* Jobs no worker has taken yet; flow NULL: all of them. */
static void
forget_jobs(struct skua_push *push, const struct flow *flow)
{
	struct job *job, *next, *out = NULL;

	(void)pthread_mutex_lock(&push->lock);
	DL_FOREACH_SAFE (push->queue, job, next) {
		if (flow != NULL && job->parcel->flow != flow)
			continue;
		DL_DELETE(push->queue, job);
		DL_APPEND(out, job);
	}
	(void)pthread_mutex_unlock(&push->lock);
	DL_FOREACH_SAFE (out, job, next) {
		struct parcel *p = job->parcel;

		skua_push_less(push);
		skua_parcel_unref(p); /* and the job with it */
	}
}

static void
dropped(struct group_member *m, struct flow *flow)
{
	struct skua_push *push = push_of(m);

	forget_jobs(push, flow);
	skua_push_forget_retries(push, flow);
}

static const struct member_ops push_ops = {
	.consume_type = "CONSUME_PASSIVELY",
	.has_retry = true,
	.fetched = fetched,
	.dropped = dropped,
};

/* --- life --- */

static void
end_workers(struct skua_push *push)
{
	(void)pthread_mutex_lock(&push->lock);
	push->ending = true;
	(void)pthread_cond_broadcast(&push->wake);
	(void)pthread_mutex_unlock(&push->lock);
	for (unsigned i = 0; i < push->worker_count; i++)
		(void)pthread_join(push->workers[i], NULL);
	free(push->workers);
}

static int
start_workers(struct skua_push *push, struct skua_error *e)
{
	push->workers = sk_new_array(push->options.threads + 1, pthread_t);
	for (unsigned i = 0; i < push->options.threads; i++) {
		char name[24];
		int rc =
		    pthread_create(&push->workers[i], NULL, work, push);

		if (rc != 0)
			return skua_fail(e, skua_from_errno(rc),
			    "could not start %u threads",
			    push->options.threads);
		(void)snprintf(name, sizeof(name), "skua-push%u", i % 10000);
		(void)pthread_setname_np(push->workers[i], name);
		push->worker_count++;
	}
	return SKUA_OK;
}

static void
destroy(struct skua_push *push)
{
	end_workers(push);
	(void)pthread_mutex_destroy(&push->lock);
	(void)pthread_cond_destroy(&push->wake);
	free(push);
}

int
skua_push_new(struct skua_client *client,
    const struct skua_push_options *options, struct skua_push **push_r,
    struct skua_error *e)
{
	struct skua_push *push = sk_new(struct skua_push);
	struct skua_push_options *o = &push->options;
	int rc;

	memcpy(o, options,
	    options->size < sizeof(*o) ? options->size : sizeof(*o));
	if (o->batch == 0)
		o->batch = 1;
	(void)pthread_mutex_init(&push->lock, NULL);
	(void)pthread_cond_init(&push->wake, NULL);
	if (o->consume == NULL || o->threads > THREADS_MAX)
		rc = skua_fail(e, SKUA_EINVAL,
		    "a push consumer needs a callback, and at most %d threads",
		    THREADS_MAX);
	else
		rc = start_workers(push, e);
	if (rc == SKUA_OK)
		rc = skua_member_init(&push->member, client, &options->group,
		    &push_ops, e);
	if (rc != SKUA_OK) {
		destroy(push);
		return rc;
	}
	*push_r = push;
	return SKUA_OK;
}

int
skua_push_subscribe(struct skua_push *push, const char *topic,
    const char *expression, const char *type, struct skua_error *e)
{
	return skua_member_subscribe(&push->member, topic, expression, type, e);
}

int
skua_push_start(struct skua_push *push, struct skua_error *e)
{
	return skua_member_start(&push->member, e);
}

static void
pause_here(struct skua_client *client, void *arg)
{
	struct skua_push *push = arg;

	(void)client;
	push->member.paused = true;
}

static void
resume_here(struct skua_client *client, void *arg)
{
	struct skua_push *push = arg;
	struct flow *flow, *next;

	(void)client;
	push->member.paused = false;
	HASH_ITER(hh, push->member.flows, flow, next)
		skua_flow_fetch(flow);
}

void
skua_push_pause(struct skua_push *push)
{
	skua_client_run(push->member.client, pause_here, push);
}

void
skua_push_resume(struct skua_push *push)
{
	skua_client_run(push->member.client, resume_here, push);
}

struct ending {
	struct waiting waiting;
	struct skua_push *push;
};

/* On the client's thread: nothing new is begun; who waits is told when the last
 * callback has returned. */
static void
wind_down(struct skua_client *client, void *arg)
{
	struct ending *end = arg;
	struct skua_push *push = end->push;

	(void)client;
	push->idle = &end->waiting;
	push->under_way++;
	forget_jobs(push, NULL);
	skua_push_forget_retries(push, NULL);
	skua_push_less(push);
}

void
skua_push_free(struct skua_push **push_p)
{
	struct skua_push *push = *push_p;
	struct skua_client *client;
	struct ending end = { .push = push };

	if (push == NULL)
		return;
	*push_p = NULL;
	client = push->member.client;
	skua_waiting_init(&end.waiting);
	skua_member_stop_pulling(&push->member);
	skua_client_post(client, wind_down, &end);
	skua_waiting_wait(client, &end.waiting);
	skua_member_leave(&push->member);
	skua_member_fini(&push->member);
	destroy(push);
}
