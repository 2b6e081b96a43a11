/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sending side.  Each connection has a fixed number of slots; a slot holds
 * one request from its scheduling to its answer.  With a rate, a message is due
 * at its time whether or not a slot is free, and its latency counts from then.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <skua/host.h>
#include <skua/request.h>

#include "base/mem.h"
#include "bench/link.h"
#include "bench/run.h"

struct slot {
	char *bytes; /* BENCH_HEAD_SIZE, then the body */
	uint32_t opaque; /* of the request under way */
	uint64_t scheduled_ns;
	uint32_t messages;
	size_t len; /* of bodies */
	const char *frame;
	size_t frame_len;
};

struct lane {
	struct bench_link link; /* first: events point to it */
	struct slot *slots;
	unsigned *free;
	unsigned free_count;
	const char *broker;
	size_t target; /* the next queue */
};

struct producer {
	struct bench_run *run;
	const struct bench_options *o;
	struct bench_side *side;
	struct bench_sizes sizes;
	struct lane *lanes;
	int poll, timer;
	uint64_t begin_ns;
	uint64_t total;   /* that are to be sent; grows without bound until
			   * time is over */
	uint64_t sent;    /* first tries */
	uint64_t matched; /* of them */
	uint64_t use;     /* of slots, for opaques */
	uint64_t match_rest;
	bool measures;
	uint64_t now_ns, now_ms; /* of this turn */
	struct skua_error *e;
};

/* --- one request --- */

/* Spreads the share evenly: 30 % are the 4th, the 7th, the 10th … */
static bool
next_matches(struct producer *p)
{
	if (p->o->filter == BENCH_ALL)
		return true;
	p->match_rest += p->o->match;
	if (p->match_rest < 100)
		return false;
	p->match_rest -= 100;
	return true;
}

static uint64_t
schedule_of(const struct producer *p, uint64_t number)
{
	if (p->o->rate <= 0)
		return p->now_ns;
	return p->begin_ns + (uint64_t)((double)number * 1e9 / p->o->rate);
}

static void
fill_single(struct producer *p, struct slot *s,
    const struct bench_target *target, struct bench_stamp *stamp)
{
	char *body = s->bytes + BENCH_HEAD_SIZE;
	bool matched = next_matches(p);

	s->len = skua_bench_sizes_next(&p->sizes);
	s->messages = 1;
	p->matched += matched;
	skua_bench_put_stamp(body, s->len, stamp);
	s->frame = skua_bench_put_head(body, s->len,
	    &target->heads[matched], stamp);
	s->frame_len = (size_t)(body - s->frame) + s->len;
}

static void
fill_batch(struct producer *p, struct slot *s,
    const struct bench_target *target, struct bench_stamp *stamp)
{
	char *body = s->bytes + BENCH_HEAD_SIZE, *end = body;

	s->len = 0;
	for (s->messages = 0; s->messages < p->o->batch; s->messages++) {
		size_t len = skua_bench_sizes_next(&p->sizes);
		bool matched = next_matches(p);

		p->matched += matched;
		end = skua_bench_put_item(end, len, matched, p->o, stamp);
		stamp->number++;
		s->len += len;
	}
	s->frame = skua_bench_put_head(body, (size_t)(end - body),
	    &target->heads[true], stamp);
	s->frame_len = (size_t)(end - s->frame);
}

/* The opaque tells the slot: it is its number modulo the slots of the lane, and
 * differs with each use. */
static uint32_t
next_opaque(struct producer *p, unsigned index)
{
	uint64_t use = p->use++ % (BENCH_OPAQUE_SPAN / p->o->inflight);

	return BENCH_OPAQUE_BASE + (uint32_t)(use * p->o->inflight + index);
}

/* The broker's queues in turn. */
static const struct bench_target *
next_target(struct producer *p, struct lane *lane)
{
	const struct bench_run *run = p->run;
	const struct bench_target *target;

	do {
		target = &run->targets[lane->target];
		if (++lane->target == run->target_count)
			lane->target = 0;
	} while (strcmp(target->broker, lane->broker) != 0);
	return target;
}

static void
send_next(struct producer *p, struct lane *lane)
{
	unsigned index = lane->free[--lane->free_count];
	const struct bench_target *target = next_target(p, lane);
	struct slot *s = &lane->slots[index];
	struct bench_stamp stamp = { .number = p->sent,
		.born_ms = p->now_ms, .run = p->run->id };

	s->opaque = stamp.opaque = next_opaque(p, index);
	s->scheduled_ns = stamp.scheduled_ns = schedule_of(p, p->sent);
	if (p->o->batch > 1)
		fill_batch(p, s, target, &stamp);
	else
		fill_single(p, s, target, &stamp);
	p->sent += s->messages;
	skua_bench_link_put(&lane->link, s->frame, s->frame_len);
}

/* How many messages are due. */
static uint64_t
due(const struct producer *p)
{
	double by_time;

	if (p->o->rate <= 0)
		return p->total;
	by_time = (double)(p->now_ns - p->begin_ns) * 1e-9 * p->o->rate + 1;
	return by_time < (double)p->total ? (uint64_t)by_time : p->total;
}

static void
look_at_clock(struct producer *p)
{
	p->now_ns = skua_bench_now_ns();
	p->now_ms = (uint64_t)skua_now_ms();
	/* Time is over: no more than what is under way. */
	if (bench_is_ending(p->o) ||
	    (p->o->messages == 0 && p->measures &&
		(double)(p->now_ns - p->side->start_ns) >=
		    p->o->seconds * 1e9))
		p->total = p->sent;
}

static int
fill(struct producer *p, struct lane *lane)
{
	uint64_t until = due(p);

	while (lane->free_count > 0 && p->sent < until)
		send_next(p, lane);
	return skua_bench_link_flush(&lane->link, p->e);
}

/* --- answers --- */

static void
begin_measuring(struct producer *p)
{
	p->measures = true;
	skua_bench_side_begin(p->side, p->now_ns);
	skua_bench_begin(p->run);
}

static void
account(struct producer *p, const struct slot *s)
{
	struct bench_side *side = p->side;
	uint64_t done = atomic_load_explicit(&side->done,
	    memory_order_relaxed) + s->messages;

	atomic_store_explicit(&side->done, done, memory_order_relaxed);
	if (!p->measures) {
		if (done >= p->o->warmup)
			begin_measuring(p);
		return;
	}
	side->messages += s->messages;
	side->bytes += s->len;
	skua_histogram_add(&side->latency, p->now_ns > s->scheduled_ns ?
		p->now_ns - s->scheduled_ns : 0);
	skua_series_add(&side->series, p->now_ns - side->start_ns,
	    s->messages);
}

static int
take_answer(void *arg, struct bench_link *link,
    const struct bench_answer *answer)
{
	struct producer *p = arg;
	struct lane *lane = (struct lane *)link;
	int64_t opaque = skua_bench_opaque(answer);
	unsigned index = (unsigned)(opaque - BENCH_OPAQUE_BASE) %
	    p->o->inflight;
	struct slot *s = &lane->slots[index];
	int32_t code = skua_bench_code(answer);

	if (opaque < BENCH_OPAQUE_BASE || (uint32_t)opaque != s->opaque)
		return skua_fail(p->e, SKUA_EPROTO,
		    "an answer to a request that is not open: " SKUA_STR_FMT,
		    SKUA_STR_ARG(answer->head));
	if (code == SKUA_CODE_SYSTEM_BUSY) {
		p->side->busy++;
		skua_bench_link_put(link, s->frame, s->frame_len);
		return SKUA_OK;
	}
	/* 10 to 12: stored, not as safe as asked. */
	if (code != SKUA_CODE_SUCCESS && (code < 10 || code > 12))
		return skua_fail(p->e, SKUA_EREFUSED,
		    "a message was refused: " SKUA_STR_FMT,
		    SKUA_STR_ARG(answer->head));
	s->opaque = 0;
	lane->free[lane->free_count++] = index;
	account(p, s);
	return SKUA_OK;
}

/* --- life --- */

static void
slot_init(struct producer *p, struct slot *s)
{
	size_t body = p->o->batch > 1 ?
	    p->o->batch * skua_bench_item_max(p->o) :
	    p->o->sizes.largest;

	s->bytes = sk_new_array(BENCH_HEAD_SIZE + body + 1, char);
	for (size_t i = 0; i < body; i++)
		s->bytes[BENCH_HEAD_SIZE + i] = (char)('a' + i % 26);
}

/* The lane goes to the broker of its first queue; neighbours begin far from
 * each other. */
static int
lane_init(struct producer *p, struct lane *lane, unsigned number)
{
	const struct bench_run *run = p->run;
	int rc;

	lane->target = (size_t)number * run->target_count / p->o->connections;
	lane->broker = run->targets[lane->target].broker;
	rc = skua_bench_link_open(&lane->link, lane->broker, p->poll,
	    p->o->inflight, p->e);
	if (rc != SKUA_OK)
		return rc;
	lane->slots = sk_new_array(p->o->inflight, struct slot);
	lane->free = sk_new_array(p->o->inflight, unsigned);
	for (unsigned i = 0; i < p->o->inflight; i++) {
		slot_init(p, &lane->slots[i]);
		lane->free[lane->free_count++] = p->o->inflight - 1 - i;
	}
	return SKUA_OK;
}

static void
lane_fini(struct producer *p, struct lane *lane)
{
	for (unsigned i = 0; lane->slots != NULL && i < p->o->inflight; i++)
		free(lane->slots[i].bytes);
	free(lane->slots);
	free(lane->free);
	skua_bench_link_close(&lane->link);
}

/* With a rate a timer gives the beat: every message, or 20,000 a second. */
static int
timer_init(struct producer *p)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	long beat_ns = (long)(1e9 / p->o->rate);
	struct itimerspec spec;

	if (beat_ns < 50000)
		beat_ns = 50000;
	spec.it_interval.tv_sec = beat_ns / 1000000000;
	spec.it_interval.tv_nsec = beat_ns % 1000000000;
	spec.it_value = spec.it_interval;
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->timer < 0 || timerfd_settime(p->timer, 0, &spec, NULL) != 0 ||
	    epoll_ctl(p->poll, EPOLL_CTL_ADD, p->timer, &event) != 0)
		return skua_fail(p->e, skua_from_errno(errno), "no timer: %s",
		    strerror(errno));
	return SKUA_OK;
}

static int
init(struct producer *p)
{
	int rc = SKUA_OK;

	p->poll = epoll_create1(EPOLL_CLOEXEC);
	p->lanes = sk_new_array(p->o->connections, struct lane);
	for (unsigned i = 0; i < p->o->connections; i++)
		p->lanes[i].link.fd = -1;
	for (unsigned i = 0; rc == SKUA_OK && i < p->o->connections; i++)
		rc = lane_init(p, &p->lanes[i], i);
	if (rc == SKUA_OK && p->o->rate > 0)
		rc = timer_init(p);
	return rc;
}

static void
fini(struct producer *p)
{
	for (unsigned i = 0; i < p->o->connections; i++)
		lane_fini(p, &p->lanes[i]);
	free(p->lanes);
	if (p->timer >= 0)
		(void)close(p->timer);
	if (p->poll >= 0)
		(void)close(p->poll);
}

/* --- turning --- */

static int
fill_all(struct producer *p)
{
	int rc = SKUA_OK;

	for (unsigned i = 0; rc == SKUA_OK && i < p->o->connections; i++)
		rc = fill(p, &p->lanes[i]);
	return rc;
}

static int
take_event(struct producer *p, const struct epoll_event *event)
{
	struct lane *lane = event->data.ptr;
	uint64_t beats;
	int rc = SKUA_OK;

	if (lane == NULL) {
		if (read(p->timer, &beats, sizeof(beats)) < 0)
			return SKUA_OK;
		look_at_clock(p);
		return fill_all(p);
	}
	if (event->events & EPOLLOUT)
		rc = skua_bench_link_flush(&lane->link, p->e);
	if (rc != SKUA_OK || (event->events & ~(uint32_t)EPOLLOUT) == 0)
		return rc;
	look_at_clock(p);
	rc = skua_bench_link_read(&lane->link, take_answer, p, p->e);
	return rc == SKUA_OK ? fill(p, lane) : rc;
}

static bool
is_done(const struct producer *p)
{
	return atomic_load_explicit(&p->side->done, memory_order_relaxed) >=
	    p->total;
}

static int
turn(struct producer *p)
{
	struct epoll_event events[64];
	int n = epoll_wait(p->poll, events, 64, BENCH_PATIENCE_MS), rc = SKUA_OK;

	if (n < 0 && errno != EINTR)
		return skua_fail(p->e, skua_from_errno(errno), "epoll: %s",
		    strerror(errno));
	if (n == 0 && p->sent > atomic_load(&p->side->done))
		return skua_fail(p->e, SKUA_ETIMEOUT,
		    "no answer for %d s to %llu messages",
		    BENCH_PATIENCE_MS / 1000,
		    (unsigned long long)(p->sent - p->side->done));
	for (int i = 0; rc == SKUA_OK && i < n; i++)
		rc = take_event(p, &events[i]);
	return rc;
}

int
skua_bench_produce(struct bench_run *run, struct skua_error *e)
{
	struct producer p = { .run = run, .o = run->options,
		.side = &run->report->produced, .sizes = run->options->sizes,
		.poll = -1, .timer = -1, .e = e };
	int rc;

	/* A last batch may be larger than what is left. */
	p.total = p.o->messages == 0 ? UINT64_MAX :
				       p.o->warmup + p.o->messages;
	rc = init(&p);
	p.begin_ns = skua_bench_now_ns();
	look_at_clock(&p);
	if (p.o->warmup == 0)
		begin_measuring(&p);
	if (rc == SKUA_OK)
		rc = fill_all(&p);
	while (rc == SKUA_OK && !is_done(&p) && !atomic_load(&run->failed))
		rc = turn(&p);
	p.side->end_ns = skua_bench_now_ns();
	atomic_store(&run->expected, p.matched);
	fini(&p);
	return rc;
}
