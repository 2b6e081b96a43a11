/* SPDX-License-Identifier: Apache-2.0 */
/* Producers: their options, their life, handing messages over, waiting. */
#include <time.h>
#include <utlist.h>

#include <skua/host.h>

#include "client/guest.h"
#include "client/heartbeat.h"
#include "client/producer.h"

#define DEFAULT_GROUP "skua"

/* --- life --- */

static void
take_options(struct skua_producer *p, const struct skua_producer_options *given)
{
	struct skua_producer_options *o = &p->options;

	if (given != NULL)
		memcpy(o, given,
		    given->size < sizeof(*o) ? given->size : sizeof(*o));
	p->group = skua_mem_dup(
	    skua_str_z(o->group == NULL ? DEFAULT_GROUP : o->group));
	if (o->timeout_ms <= 0)
		o->timeout_ms = 3000;
	o->retries = o->retries == 0 ? 2 : o->retries < 0 ? 0 : o->retries;
	if (o->compress_from == 0)
		o->compress_from = 4096;
	if (o->compression_level == 0)
		o->compression_level = 5;
	if (o->max_messages == 0)
		o->max_messages = 10000;
	if (o->max_bytes == 0)
		o->max_bytes = 64 * 1024 * 1024;
}

static int
try_selector(const struct skua_selector *selector, const void *conf,
    struct skua_error *e)
{
	void *state;
	int rc;

	if (selector == NULL || selector->init == NULL)
		return SKUA_OK;
	state = skua_mem_new(1, selector->state_size + 1);
	rc = selector->init(state, conf, e);
	if (rc == SKUA_OK && selector->fini != NULL)
		selector->fini(state);
	free(state);
	return rc;
}

static void
enlist(struct skua_client *client, void *arg)
{
	struct skua_producer *p = arg;

	DL_APPEND(client->producers, p);
}

int
skua_producer_new(struct skua_client *client,
    const struct skua_producer_options *options,
    struct skua_producer **producer_r, struct skua_error *e)
{
	struct skua_producer *p;
	int rc = options == NULL ? SKUA_OK :
				   try_selector(options->selector,
				       options->selector_conf, e);

	if (rc != SKUA_OK)
		return rc;
	p = sk_new(struct skua_producer);
	p->client = client;
	take_options(p, options);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->room, NULL);
	(void)pthread_cond_init(&p->empty, NULL);
	skua_client_run(client, enlist, p);
	*producer_r = p;
	return SKUA_OK;
}

static void
tell_brokers(struct skua_producer *p)
{
	struct field fields[] = {
		{ SKUA_STR("clientID"), skua_str_z(p->client->id) },
		{ SKUA_STR("producerGroup"), skua_str_z(p->group) },
	};
	struct client_peer *peer, *next;

	HASH_ITER(hh, p->client->peers, peer, next) {
		struct command_out out = { .code = REQUEST_UNREGISTER,
			.fields = fields, .field_count = 2 };

		if (skua_peer_is_connected(peer->peer))
			(void)skua_client_oneway(p->client, peer->address,
			    &out, skua_str_n(NULL, 0));
	}
}

static void
free_topics(struct skua_producer *p)
{
	const struct skua_selector *selector = p->options.selector;
	struct send_topic *t, *next;

	HASH_ITER(hh, p->topics, t, next) {
		HASH_DEL(p->topics, t);
		skua_client_route_unref(t->default_route);
		if (selector != NULL && selector->fini != NULL)
			selector->fini(t->selector_state);
		free(t->selector_state);
		free(t);
	}
}

/* Those that wait for a route are nobody else's; the others come back to
 * on_answer, try_later or finish_now, and find no producer. */
static void
cancel(struct sending *s)
{
	struct skua_producer *p = s->producer;
	bool is_ours = false;

	for (struct sending *w = s->topic->waiting; w != NULL; w = w->next)
		is_ours |= w == s;
	if (is_ours)
		LL_DELETE(s->topic->waiting, s);
	(void)skua_fail(&s->error, SKUA_ECANCELED, "%s",
	    skua_strerror(SKUA_ECANCELED));
	if (s->fn != NULL)
		s->fn(s->arg, SKUA_ECANCELED, NULL, &s->error);
	DL_DELETE2(p->sendings, s, older, newer);
	s->producer = NULL;
	if (is_ours)
		skua_sending_free(s);
}

static void
end(struct skua_client *client, void *arg)
{
	struct skua_producer *p = arg;

	p->ending = true;
	while (p->sendings != NULL)
		cancel(p->sendings);
	tell_brokers(p);
	DL_DELETE(client->producers, p);
	free_topics(p);
	skua_fault_free(p);
	while (p->pool != NULL) {
		struct sending *s = p->pool;

		p->pool = s->next;
		free(s);
	}
}

void
skua_producer_free(struct skua_producer **producer)
{
	struct skua_producer *p = *producer;

	if (p == NULL)
		return;
	*producer = NULL;
	skua_client_run(p->client, end, p);
	(void)pthread_mutex_destroy(&p->lock);
	(void)pthread_cond_destroy(&p->room);
	(void)pthread_cond_destroy(&p->empty);
	free(p->group);
	free(p);
}

/* --- handing over --- */

static void
start_here(struct loop *loop, struct loop_msg *msg)
{
	(void)loop;
	skua_send_start(sk_container(msg, struct sending, msg));
}

static void
hand_over(struct sending *s)
{
	struct skua_client *client = s->producer->client;

	if (skua_client_is_here(client)) {
		skua_send_start(s);
		return;
	}
	s->msg.fn = start_here;
	skua_loop_post(&client->loop, &s->msg);
}

static int
submit(struct skua_producer *p, const struct skua_outgoing *messages,
    size_t count, enum sending_kind kind, skua_sent_fn *fn, void *arg)
{
	struct sending *s;
	int rc = skua_sending_new(p, messages, count, kind, &s, NULL);

	if (rc != SKUA_OK)
		return rc;
	s->fn = fn;
	s->arg = arg;
	if (!skua_room_take(p, count, s->weight)) {
		/* Once more after the note, in case it was just emptied. */
		atomic_store(&p->wants_room, true);
		if (!skua_room_take(p, count, s->weight)) {
			skua_sending_free(s);
			return SKUA_EAGAIN;
		}
	}
	hand_over(s);
	return SKUA_OK;
}

int
skua_producer_send_async(struct skua_producer *p,
    const struct skua_outgoing *message, skua_sent_fn *fn, void *arg)
{
	return submit(p, message, 1, SENDING_ANSWERED, fn, arg);
}

int
skua_producer_send_oneway(struct skua_producer *p,
    const struct skua_outgoing *message)
{
	return submit(p, message, 1, SENDING_ONEWAY, NULL, NULL);
}

int
skua_producer_send_batch_async(struct skua_producer *p,
    const struct skua_outgoing *messages, size_t count, skua_sent_fn *fn,
    void *arg)
{
	return submit(p, messages, count, SENDING_BATCH, fn, arg);
}

/* --- waiting --- */

struct send_wait {
	struct waiting waiting;
	int status;
	struct skua_sent *sent;
	struct skua_error error;
};

static void
sent_one(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e)
{
	struct send_wait *w = arg;

	w->status = status;
	if (status == SKUA_OK)
		*w->sent = *sent;
	else
		w->error = *e;
	skua_waiting_done(&w->waiting);
}

static void
wait_for_room(struct skua_producer *p, size_t count, size_t bytes)
{
	if (p->client->guest == NULL || !skua_client_is_here(p->client)) {
		skua_room_wait(p, count, bytes);
		return;
	}
	while (!skua_room_take(p, count, bytes))
		skua_guest_drive(p->client, true);
}

static int
send_and_wait(struct skua_producer *p, const struct skua_outgoing *messages,
    size_t count, enum sending_kind kind, struct skua_sent *sent_r,
    struct skua_error *e)
{
	struct skua_sent ignored;
	struct send_wait w = { .sent = sent_r == NULL ? &ignored : sent_r };
	struct sending *s;
	int rc = skua_client_may_wait(p->client, e);

	if (rc == SKUA_OK)
		rc = skua_sending_new(p, messages, count, kind, &s, e);
	if (rc != SKUA_OK)
		return rc;
	skua_waiting_init(&w.waiting);
	s->fn = sent_one;
	s->arg = &w;
	wait_for_room(p, count, s->weight);
	hand_over(s);
	skua_waiting_wait(p->client, &w.waiting);
	if (w.status != SKUA_OK && e != NULL)
		*e = w.error;
	return w.status;
}

int
skua_producer_send(struct skua_producer *p, const struct skua_outgoing *message,
    struct skua_sent *sent_r, struct skua_error *e)
{
	return send_and_wait(p, message, 1, SENDING_ANSWERED, sent_r, e);
}

int
skua_producer_send_batch(struct skua_producer *p,
    const struct skua_outgoing *messages, size_t count,
    struct skua_sent *sent_r, struct skua_error *e)
{
	return send_and_wait(p, messages, count, SENDING_BATCH, sent_r, e);
}

static int
drain_here(struct skua_producer *p, int64_t until_ms)
{
	while (atomic_load(&p->messages) > 0) {
		if (skua_mono_ms() >= until_ms)
			return SKUA_ETIMEOUT;
		skua_guest_drive(p->client, true);
	}
	return SKUA_OK;
}

int
skua_producer_drain(struct skua_producer *p, int64_t timeout_ms)
{
	int64_t until_ms = skua_mono_ms() + timeout_ms;
	struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000 * 1000000) };
	int rc = 0;

	if (skua_client_may_wait(p->client, NULL) != SKUA_OK)
		return SKUA_EBUSY;
	if (p->client->guest != NULL && skua_client_is_here(p->client))
		return drain_here(p, skua_mono_ms() + timeout_ms);
	(void)pthread_mutex_lock(&p->lock);
	atomic_fetch_add(&p->drainers, 1);
	while (atomic_load(&p->messages) > 0 && rc == 0)
		rc = pthread_cond_clockwait(&p->empty, &p->lock,
		    CLOCK_MONOTONIC, &until);
	atomic_fetch_sub(&p->drainers, 1);
	(void)pthread_mutex_unlock(&p->lock);
	return atomic_load(&p->messages) == 0 ? SKUA_OK : SKUA_ETIMEOUT;
}
