/* SPDX-License-Identifier: Apache-2.0 */
/* Routes: asked of a nameserver, kept for half a minute. */
#include <stdlib.h>

#include <skua/host.h>
#include <skua/json.h>

#include "client/client.h"

#define QUEUES_MAX 65536

struct finding {
	struct skua_client *client;
	client_route_fn *fn;
	void *arg;
	char topic[];
};

static void
free_info(struct skua_route_info *info)
{
	for (size_t i = 0; i < info->count; i++) {
		free((char *)(uintptr_t)info->queues[i].broker);
		free((char *)(uintptr_t)info->queues[i].address);
	}
	free(info->queues);
}

void
skua_client_route_unref(struct client_route *route)
{
	if (route == NULL || --route->refs > 0)
		return;
	free_info(&route->info);
	free(route);
}

static const char *
master_of(const json_t *brokers, const char *name)
{
	const json_t *broker;
	size_t i;

	json_array_foreach (brokers, i, broker) {
		const char *own = skua_json_text(broker, "brokerName");

		if (own != NULL && strcmp(own, name) == 0)
			return skua_json_text(
			    json_object_get(broker, "brokerAddrs"), "0");
	}
	return NULL;
}

static void
add_queues(struct skua_route_info *info, const json_t *data,
    const json_t *brokers)
{
	const char *name = skua_json_text(data, "brokerName");
	const char *master = name == NULL ? NULL : master_of(brokers, name);
	int64_t perm = skua_json_int(data, "perm", 0);
	int64_t readable = skua_json_int(data, "readQueueNums", 0);
	int64_t writable = skua_json_int(data, "writeQueueNums", 0);
	int64_t n = readable > writable ? readable : writable;

	if (master == NULL || n < 0 || n > QUEUES_MAX)
		return;
	info->queues = skua_mem_grow(info->queues, info->count + (size_t)n,
	    sizeof(info->queues[0]));
	for (int64_t i = 0; i < n; i++) {
		struct skua_queue *q = &info->queues[info->count++];

		q->broker = skua_mem_dup(skua_str_z(name));
		q->address = skua_mem_dup(skua_str_z(master));
		q->queue_id = (int32_t)i;
		q->perm = (int32_t)((i < readable ? perm & 4 : 0) |
		    (i < writable ? perm & 2 : 0));
	}
}

static int
by_queue(const void *a, const void *b)
{
	const struct skua_queue *x = a, *y = b;
	int c = strcmp(x->broker, y->broker);

	return c != 0 ? c : x->queue_id - y->queue_id;
}

static struct client_route *
route_of_json(struct skua_client *client, const char *topic, const json_t *json)
{
	const json_t *brokers = json_object_get(json, "brokerDatas"), *data;
	struct client_route *route =
	    skua_mem_new(1, sizeof(*route) + strlen(topic) + 1);
	size_t i;

	memcpy(route->topic, topic, strlen(topic) + 1);
	route->refs = 1; /* the cache's */
	route->fetched_ms = skua_mono_ms();
	route->next = client->unique_salt;
	json_array_foreach (json_object_get(json, "queueDatas"), i, data)
		add_queues(&route->info, data, brokers);
	if (route->info.count > 0)
		qsort(route->info.queues, route->info.count,
		    sizeof(route->info.queues[0]), by_queue);
	return route;
}

void
skua_client_forget_route(struct skua_client *client, const char *topic)
{
	struct client_route *route;

	HASH_FIND_STR(client->routes, topic, route);
	if (route == NULL)
		return;
	HASH_DEL(client->routes, route);
	skua_client_route_unref(route);
}

static void
finish(struct finding *f, int status, struct client_route *route,
    const struct skua_error *e)
{
	if (route != NULL)
		route->refs++;
	f->fn(f->arg, status, route, e);
	free(f);
}

static void
on_route(void *arg, int status, const struct skua_reply *reply)
{
	struct finding *f = arg;
	struct client_route *route;
	struct skua_error e;
	json_t *json;

	if (status != SKUA_OK) {
		(void)skua_fail(&e, status, "no nameserver answers: %s",
		    skua_strerror(status));
		finish(f, status, NULL, &e);
		return;
	}
	if (reply->code != 0) {
		status = reply->code == 17 ? SKUA_ENOENT : SKUA_EREFUSED;
		(void)skua_client_refusal(reply, &e);
		finish(f, status, NULL, &e);
		return;
	}
	status = skua_json_parse(reply->body, &json);
	if (status != SKUA_OK) {
		(void)skua_fail(&e, status, "the nameserver's route is no JSON");
		finish(f, status, NULL, &e);
		return;
	}
	route = route_of_json(f->client, f->topic, json);
	json_decref(json);
	skua_client_forget_route(f->client, f->topic);
	HASH_ADD_STR(f->client->routes, topic, route);
	finish(f, SKUA_OK, route, NULL);
}

void
skua_client_find_route(struct skua_client *client, const char *topic,
    client_route_fn *fn, void *arg)
{
	struct field field = { SKUA_STR("topic"), skua_str_z(topic) };
	struct finding *f =
	    skua_mem_new(1, sizeof(*f) + strlen(topic) + 1);
	struct client_route *route;

	f->client = client;
	f->fn = fn;
	f->arg = arg;
	memcpy(f->topic, topic, strlen(topic) + 1);
	HASH_FIND_STR(client->routes, topic, route);
	if (route != NULL &&
	    skua_mono_ms() - route->fetched_ms < ROUTE_FRESH_MS) {
		finish(f, SKUA_OK, route, NULL);
		return;
	}
	skua_client_start_call(client, NULL, REQUEST_ROUTE, &field, 1,
	    skua_str_n(NULL, 0), CALL_TIMEOUT_MS, on_route, f);
}

/* --- from outside --- */

struct routing {
	struct waiting waiting;
	const char *topic;
	int status;
	struct skua_route_info *info;
	struct skua_error error;
};

static void
copy_route(void *arg, int status, struct client_route *route,
    const struct skua_error *e)
{
	struct routing *r = arg;

	r->status = status;
	if (status == SKUA_OK) {
		r->info = sk_new(struct skua_route_info);
		r->info->count = route->info.count;
		r->info->queues =
		    sk_new_array(route->info.count + 1, struct skua_queue);
		for (size_t i = 0; i < route->info.count; i++) {
			struct skua_queue *q = &r->info->queues[i];

			*q = route->info.queues[i];
			q->broker = skua_mem_dup(skua_str_z(q->broker));
			q->address = skua_mem_dup(skua_str_z(q->address));
		}
		skua_client_route_unref(route);
	} else {
		r->error = *e;
	}
	skua_waiting_done(&r->waiting);
}

static void
start_routing(struct skua_client *client, void *arg)
{
	struct routing *r = arg;

	skua_client_find_route(client, r->topic, copy_route, r);
}

int
skua_client_route(struct skua_client *client, const char *topic,
    struct skua_route_info **route_r, struct skua_error *e)
{
	struct routing r = { .topic = topic };

	skua_waiting_init(&r.waiting);
	skua_client_post(client, start_routing, &r);
	skua_waiting_wait(&r.waiting);
	if (r.status == SKUA_OK)
		*route_r = r.info;
	else if (e != NULL)
		*e = r.error;
	return r.status;
}

void
skua_route_free(struct skua_route_info **route)
{
	if (*route == NULL)
		return;
	free_info(*route);
	free(*route);
	*route = NULL;
}
