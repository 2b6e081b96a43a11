/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything on one thread, the program's own uv loop: sends COUNT messages and
 * consumes them: own_loop NAMESRV TOPIC COUNT.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include <skua/consumer.h>
#include <skua/producer.h>

struct program {
	uv_loop_t loop;
	uv_timer_t timer;
	struct skua_client *client;
	struct skua_producer *producer;
	struct skua_push *push;
	const char *topic;
	long count, sent, stored, consumed;
};

static void
on_sent(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e)
{
	struct program *p = arg;

	(void)sent;
	if (status == SKUA_OK)
		p->stored++;
	else
		(void)fprintf(stderr, "not stored: %s\n", e->text);
}

static enum skua_consumed
consume(void *arg, const struct skua_received *messages, size_t count)
{
	struct program *p = arg;

	(void)messages;
	p->consumed += (long)count;
	if (p->consumed >= p->count)
		uv_stop(&p->loop);
	return SKUA_CONSUMED;
}

/* Some every millisecond, until all are sent. */
static void
on_timer(uv_timer_t *timer)
{
	struct program *p = timer->data;
	struct skua_outgoing m = { .topic = p->topic,
		.body = skua_str_z("from a loop") };

	for (int i = 0; i < 50 && p->sent < p->count; i++) {
		if (skua_producer_send_async(p->producer, &m, on_sent, p) !=
		    SKUA_OK)
			return;
		p->sent++;
	}
	if (p->sent == p->count)
		(void)uv_timer_stop(timer);
}

static int
start(struct program *p, const char *namesrv, struct skua_error *e)
{
	struct skua_client_options options = { .size = sizeof(options),
		.namesrvs = namesrv,
		.loop = &p->loop };
	struct skua_push_options push = { .size = sizeof(push),
		.group = { .group = "example-own-loop",
		    .from = SKUA_FROM_FIRST },
		.batch = 32,
		.consume = consume,
		.arg = p };
	int rc = skua_client_open(&options, &p->client, e);

	if (rc == SKUA_OK)
		rc = skua_producer_new(p->client, NULL, &p->producer, e);
	if (rc == SKUA_OK)
		rc = skua_push_new(p->client, &push, &p->push, e);
	if (rc == SKUA_OK)
		rc = skua_push_subscribe(p->push, p->topic, NULL, NULL, e);
	/* Waiting on the loop's own thread drives the client meanwhile. */
	if (rc == SKUA_OK)
		rc = skua_push_start(p->push, e);
	return rc;
}

int
main(int argc, char **argv)
{
	struct program p = { .count = argc > 3 ? strtol(argv[3], NULL, 10) : 0,
		.topic = argc > 2 ? argv[2] : NULL };
	struct skua_error e;
	int rc;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: own_loop NAMESRV TOPIC COUNT\n");
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN); /* libuv writes to what has gone */
	(void)uv_loop_init(&p.loop);
	rc = start(&p, argv[1], &e);
	if (rc == SKUA_OK) {
		(void)uv_timer_init(&p.loop, &p.timer);
		p.timer.data = &p;
		(void)uv_timer_start(&p.timer, on_timer, 1, 1);
		(void)uv_run(&p.loop, UV_RUN_DEFAULT);
		uv_close((uv_handle_t *)&p.timer, NULL);
	} else {
		(void)fprintf(stderr, "own_loop: %s\n", e.text);
	}
	skua_push_free(&p.push);
	skua_producer_free(&p.producer);
	skua_client_free(&p.client);
	(void)uv_run(&p.loop, UV_RUN_DEFAULT); /* closes the client's handles */
	(void)uv_loop_close(&p.loop);
	(void)printf("sent %ld, stored %ld, consumed %ld\n", p.sent, p.stored,
	    p.consumed);
	return rc == SKUA_OK ? 0 : 1;
}
