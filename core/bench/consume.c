/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiving side: one pull under way for every queue, as clients do it.
 * Beside a producer it waits for messages, and measures from the time that their
 * bodies carry; alone it reads what there is, from the start.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <skua/message.h>
#include <skua/request.h>

#include "base/mem.h"
#include "bench/link.h"
#include "bench/run.h"
#include "wire/record.h"

struct queue {
	const struct bench_target *target;
	struct bench_link *link;
	int64_t offset;
	char frame[BENCH_HEAD_SIZE];
};

struct consumer {
	struct bench_run *run;
	const struct bench_options *o;
	struct bench_side *side;
	struct bench_link *links;
	size_t link_count;
	struct queue *queues; /* as many as the run has targets */
	size_t drained;
	bool follows, measures;
	int poll;
	struct skua_error *e;
};

/* type, text: with a match, and without */
static const struct subscription {
	const char *type, *text;
} subscriptions[] = {
	[BENCH_ALL] = { "TAG", "*" },
	[BENCH_TAG] = { "TAG", "match" },
	[BENCH_SQL] = { "SQL92", "n = '1'" },
	[BENCH_LUA] = { "LUA", "msg.props.n == '1'" },
};

static void
pull(struct consumer *c, struct queue *q)
{
	const struct subscription *s = &subscriptions[c->o->filter];
	const struct bench_pull pull = { .group = "skua-bench",
		.topic = q->target->topic,
		.queue_id = q->target->queue_id,
		.offset = q->offset,
		.count = c->o->pull_count,
		.suspends = c->follows,
		.type = s->type,
		.subscription = s->text,
		.opaque = BENCH_OPAQUE_BASE + (uint32_t)(q - c->queues) };

	skua_bench_link_put(q->link, q->frame,
	    skua_bench_pull(q->frame, &pull));
}

/* --- answers --- */

static void
begin_measuring(struct consumer *c, uint64_t now_ns)
{
	c->measures = true;
	skua_bench_side_begin(c->side, now_ns);
	if (!c->follows)
		skua_bench_begin(c->run);
}

/* The warm-up is over for the consumer when it is for the producer; alone it
 * counts for itself. */
static bool
is_warm(const struct consumer *c)
{
	if (c->follows)
		return atomic_load(&c->run->measured_from_ns) != 0;
	return c->side->done >= c->o->warmup;
}

static void
account(struct consumer *c, const struct skua_record *r, uint64_t now_ns)
{
	struct bench_side *side = c->side;
	uint64_t sent_ns = skua_bench_stamp_of(r->body, c->run->id);

	side->messages++;
	side->bytes += r->body.len;
	if (sent_ns != 0)
		skua_histogram_add(&side->latency,
		    now_ns > sent_ns ? now_ns - sent_ns : 0);
}

static int
take_records(struct consumer *c, struct skua_str body)
{
	uint64_t now_ns = skua_bench_now_ns(), count = 0;

	if (!c->measures && is_warm(c))
		begin_measuring(c, now_ns);
	while (body.len > 0) {
		struct skua_record r;

		if (skua_record_decode(body.p, body.len, &r) != SKUA_OK)
			return skua_fail(c->e, SKUA_EPROTO,
			    "an answer with bytes that are no message");
		if (c->measures)
			account(c, &r, now_ns);
		count++;
		body.p += r.size;
		body.len -= (size_t)r.size;
	}
	atomic_store_explicit(&c->side->done, c->side->done + count,
	    memory_order_relaxed);
	if (c->measures)
		skua_series_add(&c->side->series,
		    now_ns - c->side->start_ns, count);
	return SKUA_OK;
}

static int
take_answer(void *arg, struct bench_link *link,
    const struct bench_answer *answer)
{
	struct consumer *c = arg;
	int64_t index = skua_bench_opaque(answer) -
	    BENCH_OPAQUE_BASE;
	int32_t code = skua_bench_code(answer);
	struct queue *q;
	int rc = SKUA_OK;

	if (index < 0 || (size_t)index >= c->run->target_count)
		return skua_fail(c->e, SKUA_EPROTO,
		    "an answer to a request that is not open: " SKUA_STR_FMT,
		    SKUA_STR_ARG(answer->head));
	q = &c->queues[index];
	switch (code) {
	case SKUA_CODE_SUCCESS:
		rc = take_records(c, answer->body);
		break;
	case SKUA_CODE_SYSTEM_BUSY:
	case SKUA_CODE_PULL_NOT_FOUND:
	case SKUA_CODE_PULL_RETRY_IMMEDIATELY:
	case SKUA_CODE_PULL_OFFSET_MOVED:
		break;
	default:
		return skua_fail(c->e, SKUA_EREFUSED,
		    "a pull was refused: " SKUA_STR_FMT,
		    SKUA_STR_ARG(answer->head));
	}
	q->offset = skua_bench_number(answer, "\"nextBeginOffset\":",
	    q->offset);
	if (code == SKUA_CODE_PULL_NOT_FOUND && !c->follows) {
		c->drained++;
		return rc;
	}
	pull(c, q);
	(void)link;
	return rc;
}

/* --- life --- */

static int
open_links(struct consumer *c)
{
	size_t targets = c->run->target_count;
	int rc = SKUA_OK;

	c->link_count = c->o->connections < targets ? c->o->connections :
						      targets;
	c->links = sk_new_array(c->link_count, struct bench_link);
	for (size_t i = 0; i < c->link_count; i++)
		c->links[i].fd = -1;
	for (size_t i = 0; rc == SKUA_OK && i < c->link_count; i++)
		rc = skua_bench_link_open(&c->links[i],
		    c->run->targets[i].broker, c->poll, targets, c->e);
	return rc;
}

/* A link to the queue's broker: the queue's own in turn where that is one. */
static struct bench_link *
link_of(struct consumer *c, size_t target)
{
	const struct bench_target *targets = c->run->targets;

	for (size_t i = 0; i < c->link_count; i++) {
		size_t at = (target + i) % c->link_count;

		if (strcmp(targets[at].broker, targets[target].broker) == 0)
			return &c->links[at];
	}
	return NULL;
}

static int
init(struct consumer *c, const int64_t *offsets)
{
	struct epoll_event wake = { .events = EPOLLIN, .data.ptr = NULL };
	size_t n = c->run->target_count;
	int rc;

	c->poll = epoll_create1(EPOLL_CLOEXEC);
	if (c->poll < 0 ||
	    epoll_ctl(c->poll, EPOLL_CTL_ADD, c->run->wake_fd, &wake) != 0)
		return skua_fail(c->e, skua_from_errno(errno), "epoll: %s",
		    strerror(errno));
	rc = open_links(c);
	c->queues = sk_new_array(n, struct queue);
	for (size_t i = 0; rc == SKUA_OK && i < n; i++) {
		struct queue *q = &c->queues[i];

		q->target = &c->run->targets[i];
		q->offset = offsets == NULL ? 0 : offsets[i];
		q->link = link_of(c, i);
		if (q->link == NULL)
			return skua_fail(c->e, SKUA_EINVAL,
			    "fewer connections than brokers");
		pull(c, q);
	}
	for (size_t i = 0; rc == SKUA_OK && i < c->link_count; i++)
		rc = skua_bench_link_flush(&c->links[i], c->e);
	return rc;
}

static void
fini(struct consumer *c)
{
	for (size_t i = 0; i < c->link_count; i++)
		skua_bench_link_close(&c->links[i]);
	free(c->links);
	free(c->queues);
	if (c->poll >= 0)
		(void)close(c->poll);
}

/* --- turning --- */

static bool
is_done(const struct consumer *c)
{
	uint64_t done = c->side->done;

	if (c->follows)
		return done >= atomic_load(&c->run->expected);
	if (bench_is_ending(c->o))
		return true;
	if (c->o->messages > 0 && done >= c->o->warmup + c->o->messages)
		return true;
	if (c->o->seconds > 0 && c->measures &&
	    (double)(skua_bench_now_ns() - c->side->start_ns) >=
		c->o->seconds * 1e9)
		return true;
	return c->drained == c->run->target_count;
}

static int
take_event(struct consumer *c, const struct epoll_event *event)
{
	struct bench_link *link = event->data.ptr;
	uint64_t ignored;
	int rc = SKUA_OK;

	if (link == NULL) {
		(void)!read(c->run->wake_fd, &ignored, sizeof(ignored));
		return SKUA_OK;
	}
	if ((event->events & ~(uint32_t)EPOLLOUT) != 0)
		rc = skua_bench_link_read(link, take_answer, c, c->e);
	return rc == SKUA_OK ? skua_bench_link_flush(link, c->e) : rc;
}

static int
turn(struct consumer *c)
{
	struct epoll_event events[64];
	int n = epoll_wait(c->poll, events, 64, BENCH_PATIENCE_MS), rc = SKUA_OK;

	if (n < 0 && errno != EINTR)
		return skua_fail(c->e, skua_from_errno(errno), "epoll: %s",
		    strerror(errno));
	if (n == 0 && atomic_load(&c->run->expected) != UINT64_MAX)
		return skua_fail(c->e, SKUA_ETIMEOUT,
		    "%llu of %llu messages had not arrived after %d s",
		    (unsigned long long)(c->run->expected - c->side->done),
		    (unsigned long long)c->run->expected,
		    BENCH_PATIENCE_MS / 1000);
	for (int i = 0; rc == SKUA_OK && i < n; i++)
		rc = take_event(c, &events[i]);
	return rc;
}

int
skua_bench_consume(struct bench_run *run, const int64_t *offsets,
    struct skua_error *e)
{
	struct consumer c = { .run = run, .o = run->options,
		.side = &run->report->consumed, .follows = offsets != NULL,
		.poll = -1, .e = e };
	int rc = init(&c, offsets);

	if (!c.follows && c.o->warmup == 0)
		begin_measuring(&c, skua_bench_now_ns());
	while (rc == SKUA_OK && !is_done(&c) && !atomic_load(&run->failed))
		rc = turn(&c);
	c.side->end_ns = skua_bench_now_ns();
	fini(&c);
	return rc;
}
