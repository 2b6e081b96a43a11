/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service that stores messages as requests ask, for the scenarios:
 *
 *	9911 topic, queue, count, routes (all, none, after), body
 *	     stores it so often at once; the body says code and places
 *	9912 topic, count
 *	     a thread of its own puts one by one; the body says how many were
 *	     stored, and how many in the order of the calls
 *	9913 topic
 *	     puts until it is busy; the body says how many were taken and stored
 *	9914 what is refused at once
 *	310  sends: the service answers in the broker's place
 *
 * With the setting `forever` a thread puts to a topic until the broker stops.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/put.h>
#include <skua/service.h>

#define COUNT_MAX 64

struct put_conf {
	const char *forever;
};

static void
say(struct skua_request *request, const char *text)
{
	skua_answer_body(request, text, strlen(text));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static int64_t
number(const struct skua_request *request, const char *name, int64_t dflt)
{
	int64_t value = dflt;

	(void)skua_request_int(request, name, &value);
	return value;
}

static struct skua_message
message_of(const struct skua_request *request)
{
	struct skua_message m;

	memset(&m, 0, sizeof(m));
	m.topic = skua_request_field(request, "topic");
	m.queue_id = (int32_t)number(request, "queue", 0);
	m.properties = skua_request_field(request, "properties");
	m.body = skua_request_body(request);
	return m;
}

/* --- at once --- */

static void
say_places(void *arg, const struct skua_put_result *r)
{
	char text[COUNT_MAX * 48 + 64];
	int n = snprintf(text, sizeof(text), "%d", r->code);

	for (size_t i = 0; i < r->count; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %d/%lld",
		    r->places[i].queue_id,
		    (long long)r->places[i].queue_offset);
	if (r->remark != NULL)
		(void)snprintf(text + n, sizeof(text) - (size_t)n, " %s",
		    r->remark);
	say(arg, text);
}

static void
choose_routes(const struct skua_request *request, struct skua_put *put)
{
	struct skua_str routes = skua_request_field(request, "routes");

	if (skua_str_eq_z(routes, "none"))
		put->flags |= SKUA_PUT_NO_ROUTES;
	else if (skua_str_eq_z(routes, "after"))
		put->after_route = "test";
}

static void
handle_put(struct skua_host *host, struct skua_request *request)
{
	struct skua_message m[COUNT_MAX];
	struct skua_put put = { .size = sizeof(put), .messages = m,
		.count = (size_t)number(request, "count", 1) };
	struct skua_request *copy;

	for (size_t i = 0; i < put.count && i < COUNT_MAX; i++)
		m[i] = message_of(request);
	choose_routes(request, &put);
	copy = skua_request_defer(request);
	if (copy != NULL && skua_put(host, &put, say_places, copy) != SKUA_OK)
		skua_answer(copy, SKUA_CODE_SYSTEM_ERROR, "not taken");
}

/* --- from a thread --- */

struct series {
	struct skua_host *host;
	struct skua_request *request;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int64_t wanted, taken, done, stored, in_order, last_offset;
};

static struct series *running;

static struct series *
series_new(struct skua_host *host, struct skua_request *request)
{
	struct series *s = calloc(1, sizeof(*s));

	s->host = host;
	s->request = request;
	s->wanted = request == NULL ? 0 : number(request, "count", 100);
	s->last_offset = -1;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->wake, NULL);
	return s;
}

static void
count_one(void *arg, const struct skua_put_result *r)
{
	struct series *s = arg;

	(void)pthread_mutex_lock(&s->lock);
	s->done++;
	if (r->code == SKUA_CODE_SUCCESS) {
		s->stored++;
		s->in_order += r->places[0].queue_offset == s->last_offset + 1;
		s->last_offset = r->places[0].queue_offset;
	}
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
}

static int
put_one(struct series *s)
{
	struct skua_message m = message_of(s->request);
	struct skua_put put = { .size = sizeof(put), .messages = &m,
		.count = 1 };

	m.body = skua_str_z("one of many");
	return skua_put(s->host, &put, count_one, s);
}

static void
wait_for(struct series *s, int64_t done)
{
	(void)pthread_mutex_lock(&s->lock);
	while (s->done < done)
		(void)pthread_cond_wait(&s->wake, &s->lock);
	(void)pthread_mutex_unlock(&s->lock);
}

static void
end_series(struct series *s)
{
	char text[96];

	wait_for(s, s->taken);
	(void)snprintf(text, sizeof(text), "%lld taken, %lld stored, %lld in "
	    "order", (long long)s->taken, (long long)s->stored,
	    (long long)s->in_order);
	say(s->request, text);
}

static void *
run_series(void *arg)
{
	struct series *s = arg;

	while (s->taken < s->wanted) {
		int rc = put_one(s);

		if (rc == SKUA_EBUSY)
			wait_for(s, s->taken);
		else if (rc != SKUA_OK)
			break;
		s->taken += rc == SKUA_OK;
	}
	end_series(s);
	return NULL;
}

static void
handle_series(struct skua_host *host, struct skua_request *request)
{
	struct skua_request *copy = skua_request_defer(request);

	if (copy == NULL)
		return;
	running = series_new(host, copy);
	if (pthread_create(&running->thread, NULL, run_series, running) != 0)
		skua_answer(copy, SKUA_CODE_SYSTEM_ERROR, NULL);
}

/* --- until the broker stops --- */

static void *
run_forever(void *arg)
{
	struct series *s = arg;
	const struct put_conf *conf = skua_host_conf(s->host);
	struct skua_message m;
	struct skua_put put = { .size = sizeof(put), .messages = &m,
		.count = 1 };
	int rc;

	memset(&m, 0, sizeof(m));
	m.topic = skua_str_z(conf->forever);
	m.body = skua_str_z("one of many");
	while ((rc = skua_put(s->host, &put, count_one, s)) != SKUA_ECLOSED)
		if (rc == SKUA_OK)
			s->taken++;
		else
			wait_for(s, s->taken);
	wait_for(s, s->taken);
	return NULL;
}

static int
start(struct skua_host *host, struct skua_error *e)
{
	const struct put_conf *conf = skua_host_conf(host);

	if (*conf->forever == '\0')
		return SKUA_OK;
	running = series_new(host, NULL);
	return pthread_create(&running->thread, NULL, run_forever, running) == 0 ?
	    SKUA_OK :
	    skua_fail(e, SKUA_EIO, "no thread");
}

/* Its thread ends with the last answer. */
static void
stop(struct skua_host *host)
{
	(void)host;
	if (running == NULL)
		return;
	(void)pthread_join(running->thread, NULL);
	skua_log(SKUA_LOG_NOTICE, "put", "%lld taken, %lld told, %s stored",
	    (long long)running->taken, (long long)running->done,
	    running->stored > 0 ? "some" : "none");
	free(running);
}

/* --- limits --- */

static void
said_busy(void *arg, const struct skua_put_result *r)
{
	struct series *s = arg;

	s->stored += r->code == SKUA_CODE_SUCCESS;
	if (++s->done < s->taken)
		return;
	end_series(s);
	free(s);
}

/* On a loop, where none of them is done before this returns; of a topic of the
 * same loop (there is one). */
static void
handle_busy(struct skua_host *host, struct skua_request *request)
{
	struct skua_request *copy = skua_request_defer(request);
	struct series *s;
	struct skua_message m;
	struct skua_put put = { .size = sizeof(put), .messages = &m,
		.count = 1 };
	int rc;

	if (copy == NULL)
		return;
	s = series_new(host, copy);
	m = message_of(copy);
	while ((rc = skua_put(host, &put, said_busy, s)) == SKUA_OK)
		s->taken++;
	if (rc == SKUA_EBUSY && s->taken > 0)
		return;
	skua_answer(copy, SKUA_CODE_SYSTEM_ERROR, "%s", skua_strerror(rc));
	free(s);
}

static void
not_called(void *arg, const struct skua_put_result *r)
{
	(void)arg;
	(void)r;
	abort();
}

static void
handle_refused(struct skua_host *host, struct skua_request *request)
{
	struct skua_message m[2];
	struct skua_put put = { .size = sizeof(put), .messages = m,
		.count = 0 };
	int none, many, two, route;

	m[0] = m[1] = message_of(request);
	none = skua_put(host, &put, not_called, NULL);
	put.count = SKUA_PUT_MESSAGES_MAX + 1;
	many = skua_put(host, &put, not_called, NULL);
	put.count = 2;
	m[1].topic = skua_str_z("another");
	two = skua_put(host, &put, not_called, NULL);
	put.count = 1;
	put.after_route = "there is no such route";
	route = skua_put(host, &put, not_called, NULL);
	say(request, none == SKUA_EINVAL && many == SKUA_EINVAL &&
		two == SKUA_EINVAL && route == SKUA_EINVAL ? "refused" :
							     "taken");
}

/* --- in the broker's place --- */

struct send {
	struct skua_host *host;
	struct skua_request *request;
};

static void
answer_send(void *arg, const struct skua_put_result *r)
{
	struct send *send = arg;

	skua_answer_put(send->host, send->request, r);
	free(send);
}

static void
handle_send(struct skua_host *host, struct skua_request *request)
{
	struct send *send = calloc(1, sizeof(*send));
	struct skua_message m;
	struct skua_put put = { .size = sizeof(put), .messages = &m,
		.count = 1 };

	memset(&m, 0, sizeof(m));
	m.topic = skua_request_field(request, "b");
	m.queue_id = (int32_t)number(request, "e", 0);
	m.properties = skua_request_field(request, "i");
	m.body = skua_request_body(request);
	send->host = host;
	send->request = skua_request_defer(request);
	if (send->request == NULL) {
		free(send);
	} else if (skua_put(host, &put, answer_send, send) != SKUA_OK) {
		skua_answer(send->request, SKUA_CODE_SYSTEM_ERROR, NULL);
		free(send);
	}
}

static const struct skua_service_code codes[] = {
	{ .code = 9911, .handle = handle_put, .operation = SKUA_OP_PRODUCE },
	{ .code = 9912, .handle = handle_series,
	    .operation = SKUA_OP_PRODUCE },
	{ .code = 9913, .handle = handle_busy, .operation = SKUA_OP_PRODUCE },
	{ .code = 9914, .handle = handle_refused,
	    .operation = SKUA_OP_PRODUCE },
	{ .code = 310, .handle = handle_send, .operation = SKUA_OP_PRODUCE,
	    .flags = SKUA_SERVICE_REPLACES },
	{ .handle = NULL },
};

static const struct skua_service ops = {
	.size = sizeof(struct skua_service),
	.role = "broker",
	.codes = codes,
	.code_size = sizeof(codes[0]),
	.start = start,
	.stop = stop,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_service(host, "put", &ops);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_STRING("forever", struct put_conf, forever, 0, "",
	    "The topic that a thread puts to until the broker stops."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "service-put",
	.version = "1",
	.descr = "store messages as requests ask",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct put_conf),
	.load = load,
};
