/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <skua/request.h>

#include "base/mem.h"
#include "bench/idle.h"
#include "bench/link.h"
#include "bench/run.h"
#include "bench/server.h"

enum {
	BEAT_EVERY_MS = 30000,
	SETTLE_MS = 1000, /* before costs are measured */
	TURN_MS = 20,
	EVENTS = 256,
	OPEN_AT_ONCE = 64, /* between two looks at answers */
	REQUEST_FLAG = 1,  /* of an answer; a broker also asks */
};

struct idler {
	struct bench_link link;
	uint32_t number;
	bool known;
	int64_t offset;
	char pull[BENCH_HEAD_SIZE], beat[BENCH_BEAT_SIZE];
};

struct crowd {
	struct bench_run run;
	unsigned members;
	int64_t *ends; /* by target */
	struct idler *idlers;
	unsigned opened, known;
	uint64_t answers, beats;
	int poll;
	struct skua_error *e;
};

/* --- what an idler says: its opaques are even for pulls, odd for beats --- */

static const struct bench_target *
target_of(const struct crowd *c, const struct idler *i)
{
	return &c->run.targets[i->number % c->run.target_count];
}

static void
group_of(const struct crowd *c, const struct idler *i, char group[64])
{
	(void)snprintf(group, 64, "skua-bench-%u", i->number / c->members);
}

static int
pull(struct crowd *c, struct idler *i)
{
	const struct bench_target *t = target_of(c, i);
	char group[64];
	const struct bench_pull p = { .group = group,
		.topic = t->topic,
		.queue_id = t->queue_id,
		.offset = i->offset,
		.count = 32,
		.suspends = true,
		.type = "TAG",
		.subscription = "*",
		.opaque = BENCH_OPAQUE_BASE + 2 * i->number };

	group_of(c, i, group);
	skua_bench_link_put(&i->link, i->pull, skua_bench_pull(i->pull, &p));
	return skua_bench_link_flush(&i->link, c->e);
}

static int
beat(struct crowd *c, struct idler *i)
{
	char group[64], id[64];
	const struct bench_beat b = { .client_id = id,
		.group = group,
		.topic = target_of(c, i)->topic,
		.opaque = BENCH_OPAQUE_BASE + 2 * i->number + 1 };

	(void)snprintf(id, sizeof(id), "127.0.0.1@bench-%u", i->number);
	group_of(c, i, group);
	skua_bench_link_put(&i->link, i->beat, skua_bench_beat(i->beat, &b));
	return skua_bench_link_flush(&i->link, c->e);
}

/* --- what it hears --- */

static int
take_beat(struct crowd *c, struct idler *i, const struct bench_answer *answer)
{
	if (skua_bench_code(answer) != SKUA_CODE_SUCCESS)
		return skua_fail(c->e, SKUA_EREFUSED,
		    "a heartbeat was refused: " SKUA_STR_FMT,
		    SKUA_STR_ARG(answer->head));
	c->known += !i->known;
	i->known = true;
	return SKUA_OK;
}

/* Whatever came, the next pull goes on behind it. */
static int
take_pull(struct crowd *c, struct idler *i, const struct bench_answer *answer)
{
	switch (skua_bench_code(answer)) {
	case SKUA_CODE_SUCCESS:
	case SKUA_CODE_SYSTEM_BUSY:
	case SKUA_CODE_PULL_NOT_FOUND:
	case SKUA_CODE_PULL_RETRY_IMMEDIATELY:
	case SKUA_CODE_PULL_OFFSET_MOVED:
		c->answers++;
		i->offset = skua_bench_number(answer, "\"nextBeginOffset\":",
		    i->offset);
		return pull(c, i);
	default:
		return skua_fail(c->e, SKUA_EREFUSED,
		    "a pull was refused: " SKUA_STR_FMT,
		    SKUA_STR_ARG(answer->head));
	}
}

static int
take_answer(void *arg, struct bench_link *link,
    const struct bench_answer *answer)
{
	struct crowd *c = arg;
	struct idler *i = (struct idler *)link; /* its first member */

	if ((skua_bench_number(answer, "\"flag\":", 0) & REQUEST_FLAG) == 0)
		return SKUA_OK; /* that its group has changed */
	return skua_bench_opaque(answer) % 2 == 0 ? take_pull(c, i, answer) :
						    take_beat(c, i, answer);
}

static int
turn(struct crowd *c, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(c->poll, events, EVENTS, timeout_ms), rc = SKUA_OK;

	if (n < 0 && errno != EINTR)
		return skua_fail(c->e, skua_from_errno(errno), "epoll: %s",
		    strerror(errno));
	for (int k = 0; rc == SKUA_OK && k < n; k++) {
		struct bench_link *link = events[k].data.ptr;

		if ((events[k].events & ~(uint32_t)EPOLLOUT) != 0)
			rc = skua_bench_link_read(link, take_answer, c, c->e);
		if (rc == SKUA_OK)
			rc = skua_bench_link_flush(link, c->e);
	}
	return rc;
}

/* --- the phases --- */

static int
open_one(struct crowd *c)
{
	struct idler *i = &c->idlers[c->opened];
	int rc;

	i->number = c->opened;
	i->offset = c->ends[i->number % c->run.target_count];
	/* A beat and a pull, which a socket that is full keeps waiting. */
	rc = skua_bench_link_open(&i->link, target_of(c, i)->broker, c->poll,
	    4, c->e);
	if (rc != SKUA_OK)
		return rc;
	c->opened++;
	rc = beat(c, i);
	return rc == SKUA_OK ? pull(c, i) : rc;
}

static int
open_all(struct crowd *c, struct bench_idle *r)
{
	uint64_t from_ns = skua_bench_now_ns();
	uint64_t until_ns = from_ns + BENCH_PATIENCE_MS * UINT64_C(1000000);
	int rc = SKUA_OK;

	while (rc == SKUA_OK && c->opened < r->connections) {
		rc = open_one(c);
		if (rc == SKUA_OK && c->opened % OPEN_AT_ONCE == 0)
			rc = turn(c, 0);
	}
	r->open_ns = skua_bench_now_ns() - from_ns;
	while (rc == SKUA_OK && c->known < c->opened) {
		if (skua_bench_now_ns() > until_ns + r->open_ns)
			return skua_fail(c->e, SKUA_ETIMEOUT,
			    "the broker knew %u of %u consumers after %d s",
			    c->known, c->opened, BENCH_PATIENCE_MS / 1000);
		rc = turn(c, TURN_MS);
	}
	r->known_ns = skua_bench_now_ns() - from_ns;
	return rc;
}

/* Beats are spread over their interval. */
static int
idle_for(struct crowd *c, double seconds)
{
	uint64_t from_ns = skua_bench_now_ns(), ns;
	int rc = SKUA_OK;

	c->beats = c->answers = 0;
	do {
		rc = turn(c, TURN_MS);
		ns = skua_bench_now_ns() - from_ns;
		while (rc == SKUA_OK &&
		    c->beats < ns / 1000000 * c->opened / BEAT_EVERY_MS)
			rc = beat(c, &c->idlers[c->beats++ % c->opened]);
	} while (rc == SKUA_OK && (double)ns < seconds * 1e9 &&
	    !bench_is_ending(c->run.options));
	return rc;
}

static int
measure(struct crowd *c, struct bench_idle *r)
{
	long pid = c->run.options->pid;
	uint64_t from_ns;
	int rc;

	r->base_kib = r->idle_kib = -1;
	if (pid != 0)
		r->base_kib = skua_server_anonymous_kib(pid);
	rc = open_all(c, r);
	if (rc == SKUA_OK)
		rc = idle_for(c, SETTLE_MS / 1000.0);
	if (rc != SKUA_OK)
		return rc;
	from_ns = skua_bench_now_ns();
	r->cpu_us = pid == 0 ? 0 : skua_server_cpu_us(pid);
	rc = idle_for(c, c->run.options->seconds);
	if (rc != SKUA_OK)
		return rc;
	r->idle_ns = skua_bench_now_ns() - from_ns;
	r->answers = c->answers;
	if (pid != 0) {
		r->cpu_us = skua_server_cpu_us(pid) - r->cpu_us;
		r->idle_kib = skua_server_anonymous_kib(pid);
	}
	return SKUA_OK;
}

int
skua_bench_idle(struct skua_client *client, const struct bench_options *options,
    unsigned members, struct bench_idle *r, struct skua_error *e)
{
	struct crowd c = { .run.options = options, .members = members, .e = e };
	int rc = skua_bench_targets_find(&c.run, client, e);

	memset(r, 0, sizeof(*r));
	r->connections = options->connections;
	skua_bench_raise_limits();
	c.idlers = sk_new_array(options->connections, struct idler);
	c.ends = sk_new_array(c.run.target_count + 1, int64_t);
	c.poll = epoll_create1(EPOLL_CLOEXEC);
	if (c.poll < 0)
		rc = skua_fail(e, skua_from_errno(errno), "epoll: %s",
		    strerror(errno));
	if (rc == SKUA_OK)
		rc = skua_bench_targets_ends(&c.run, client, c.ends, e);
	if (rc == SKUA_OK)
		rc = measure(&c, r);
	for (unsigned i = 0; i < c.opened; i++)
		skua_bench_link_close(&c.idlers[i].link);
	if (c.poll >= 0)
		(void)close(c.poll);
	free(c.ends);
	free(c.idlers);
	skua_bench_targets_free(&c.run);
	return rc;
}
