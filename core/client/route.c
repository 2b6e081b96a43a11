/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes: asked of a nameserver, kept, and asked anew in the background while
 * they are used.  When no nameserver answers, what is known stays.
 */
#include <stdlib.h>

#include <skua/host.h>
#include <skua/json.h>

#include "base/text.h"
#include "client/client.h"
#include "client/member.h"

/* More than any cluster has for one topic. */
#define BROKERS_MAX 4096 /* addresses */
#define QUEUES_MAX ((int64_t)4 * 65536)
#define NAME_MAX_LEN 255
#define UNUSED_MS 600000
#define NONE_FRESH_MS 1000 /* "no such topic" is believed so long */
#define DOUBT_PAUSE_MS 500

struct finding {
	struct finding *next;
	client_route_fn *fn;
	void *arg;
};

struct fetch {
	struct skua_client *client;
	char topic[];
};

/* --- routes --- */

static void
free_queue(struct skua_queue *q)
{
	free((char *)(uintptr_t)q->broker);
	free((char *)(uintptr_t)q->address);
}

static void
free_info(struct skua_route_info *info)
{
	for (size_t i = 0; i < info->count; i++)
		free_queue(&info->queues[i]);
	free(info->queues);
}

struct client_route *
skua_client_route_ref(struct client_route *route)
{
	route->refs++;
	return route;
}

void
skua_client_route_unref(struct client_route *route)
{
	if (route == NULL || --route->refs > 0)
		return;
	free_info(&route->info);
	for (size_t i = 0; i < route->broker_count; i++) {
		free(route->brokers[i].name);
		free(route->brokers[i].address);
	}
	free(route->brokers);
	free(route->writable);
	free(route);
}

const char *
skua_client_route_address(const struct client_route *route, const char *broker,
    int64_t id)
{
	for (size_t i = 0; i < route->broker_count; i++)
		if (route->brokers[i].id == id &&
		    strcmp(route->brokers[i].name, broker) == 0)
			return route->brokers[i].address;
	return NULL;
}

static bool
is_name(const char *name)
{
	return name != NULL && *name != '\0' && strlen(name) <= NAME_MAX_LEN;
}

static bool
add_broker(struct client_route *route, const char *name, const json_t *addrs)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)addrs, key, value) {
		struct route_broker *b;
		int64_t id;

		if (!json_is_string(value) ||
		    !skua_text_int(skua_str_z(key), &id))
			continue;
		if (route->broker_count == BROKERS_MAX)
			return false;
		route->brokers = skua_mem_grow(route->brokers,
		    route->broker_count + 1, sizeof(route->brokers[0]));
		b = &route->brokers[route->broker_count++];
		b->name = skua_mem_dup(skua_str_z(name));
		b->address = skua_mem_dup(skua_str_z(json_string_value(value)));
		b->id = id;
	}
	return true;
}

static bool
add_brokers(struct client_route *route, const json_t *brokers)
{
	const json_t *broker;
	size_t i;

	json_array_foreach (brokers, i, broker) {
		const char *name = skua_json_text(broker, "brokerName");

		if (is_name(name) &&
		    !add_broker(route, name,
			json_object_get(broker, "brokerAddrs")))
			return false;
	}
	return true;
}

static bool
add_queues(struct client_route *route, const json_t *data)
{
	struct skua_route_info *info = &route->info;
	const char *name = skua_json_text(data, "brokerName");
	const char *master =
	    name == NULL ? NULL : skua_client_route_address(route, name, 0);
	int64_t perm = skua_json_int(data, "perm", 0);
	int64_t readable = skua_json_int(data, "readQueueNums", 0);
	int64_t writable = skua_json_int(data, "writeQueueNums", 0);
	int64_t n = readable > writable ? readable : writable;

	if (!is_name(name) || n <= 0)
		return true;
	if (n > QUEUES_MAX - (int64_t)info->count)
		return false;
	info->queues = skua_mem_grow(info->queues, info->count + (size_t)n,
	    sizeof(info->queues[0]));
	for (int64_t i = 0; i < n; i++) {
		struct skua_queue *q = &info->queues[info->count++];

		q->broker = skua_mem_dup(skua_str_z(name));
		/* Without a master it can be read from a slave. */
		q->address = skua_mem_dup(
		    skua_str_z(master == NULL ? "" : master));
		q->queue_id = (int32_t)i;
		q->perm = (int32_t)((i < readable ? perm & 4 : 0) |
		    (i < writable && master != NULL ? perm & 2 : 0));
	}
	return true;
}

static int
by_queue(const void *a, const void *b)
{
	const struct skua_queue *x = a, *y = b;
	int c = strcmp(x->broker, y->broker);

	return c != 0 ? c : x->queue_id - y->queue_id;
}

/* A broker may be told of twice. */
static void
drop_repeated(struct skua_route_info *info)
{
	size_t kept = 0;

	for (size_t i = 0; i < info->count; i++) {
		struct skua_queue *q = &info->queues[i];

		if (kept > 0 && by_queue(&info->queues[kept - 1], q) == 0)
			free_queue(q);
		else
			info->queues[kept++] = *q;
	}
	info->count = kept;
}

static void
index_writable(struct client_route *route)
{
	route->writable = sk_new_array(route->info.count + 1,
	    const struct skua_queue *);
	for (size_t i = 0; i < route->info.count; i++)
		if ((route->info.queues[i].perm & 2) != 0)
			route->writable[route->writable_count++] =
			    &route->info.queues[i];
}

/* NULL: it is more than there can be. */
static struct client_route *
route_of_json(const json_t *json)
{
	const json_t *list = json_object_get(json, "queueDatas"), *data;
	struct client_route *route = sk_new(struct client_route);
	bool fits;
	size_t i;

	route->refs = 1;
	fits = add_brokers(route, json_object_get(json, "brokerDatas")) &&
	    json_array_size(list) <= BROKERS_MAX;
	json_array_foreach (list, i, data)
		fits = fits && add_queues(route, data);
	if (!fits) {
		skua_client_route_unref(route);
		return NULL;
	}
	if (route->info.count > 0)
		qsort(route->info.queues, route->info.count,
		    sizeof(route->info.queues[0]), by_queue);
	drop_repeated(&route->info);
	index_writable(route);
	return route;
}

static bool
is_same(const struct client_route *a, const struct client_route *b)
{
	if (a == NULL || b == NULL || a->info.count != b->info.count)
		return false;
	for (size_t i = 0; i < a->info.count; i++) {
		const struct skua_queue *x = &a->info.queues[i];
		const struct skua_queue *y = &b->info.queues[i];

		if (by_queue(x, y) != 0 || x->perm != y->perm)
			return false;
	}
	return true;
}

/* --- asking --- */

static void
tell_waiters(struct route_entry *entry, int status, const struct skua_error *e)
{
	struct finding *waiters = entry->waiters;
	struct client_route *route = entry->route;

	entry->waiters = NULL;
	if (route != NULL)
		(void)skua_client_route_ref(route); /* while we tell */
	while (waiters != NULL) {
		struct finding *f = waiters;

		waiters = f->next;
		if (route != NULL)
			f->fn(f->arg, SKUA_OK, skua_client_route_ref(route),
			    NULL);
		else
			f->fn(f->arg, status, NULL, e);
		free(f);
	}
	skua_client_route_unref(route);
}

static int
take_reply(const struct skua_client *client, const struct route_entry *entry,
    int status, const struct skua_reply *reply, struct client_route **route_r,
    struct skua_error *e)
{
	struct client_route *route;
	json_t *json;

	*route_r = entry->route; /* stays */
	if (status != SKUA_OK)
		return skua_client_no_namesrv(client, status, e);
	if (reply->code != CODE_OK) {
		*route_r = NULL;
		(void)skua_client_refusal(reply, e);
		return reply->code == CODE_NO_TOPIC ? SKUA_ENOENT :
						      SKUA_EREFUSED;
	}
	status = skua_json_parse(reply->body, &json);
	if (status != SKUA_OK)
		return skua_fail(e, status, "the nameserver's route is not valid JSON");
	route = route_of_json(json);
	json_decref(json);
	if (route == NULL)
		return skua_fail(e, SKUA_EPROTO,
		    "the nameserver's route has more than %d brokers or %lld "
		    "queues", BROKERS_MAX, (long long)QUEUES_MAX);
	*route_r = route;
	return SKUA_OK;
}

static void
on_route(void *arg, int status, const struct skua_reply *reply)
{
	struct fetch *f = arg;
	struct skua_client *client = f->client;
	struct client_route *route;
	struct route_entry *entry;
	struct skua_error e = { 0 };
	bool changed;

	HASH_FIND_STR(client->routes, f->topic, entry);
	free(f);
	if (entry == NULL)
		return; /* the client ends */
	status = take_reply(client, entry, status, reply, &route, &e);
	changed = status == SKUA_OK && !is_same(route, entry->route);
	if (route != entry->route) {
		skua_client_route_unref(entry->route);
		entry->route = route;
	}
	entry->fetched_ms = skua_mono_ms();
	entry->fetching = false;
	tell_waiters(entry, status, &e);
	if (changed)
		skua_members_route_changed(client);
}

static void
start_fetch(struct skua_client *client, struct route_entry *entry)
{
	struct field field = { SKUA_STR("topic"), skua_str_z(entry->topic) };
	struct fetch *f =
	    skua_mem_new(1, sizeof(*f) + strlen(entry->topic) + 1);

	f->client = client;
	memcpy(f->topic, entry->topic, strlen(entry->topic) + 1);
	entry->fetching = true;
	skua_client_start_call(client, NULL, REQUEST_ROUTE, &field, 1,
	    skua_str_n(NULL, 0), 0, on_route, f);
}

static struct route_entry *
need_entry(struct skua_client *client, const char *topic)
{
	struct route_entry *entry;

	HASH_FIND_STR(client->routes, topic, entry);
	if (entry == NULL) {
		entry = skua_mem_new(1, sizeof(*entry) + strlen(topic) + 1);
		memcpy(entry->topic, topic, strlen(topic) + 1);
		entry->fetched_ms = -NONE_FRESH_MS;
		HASH_ADD_STR(client->routes, topic, entry);
	}
	entry->used_ms = (int64_t)uv_now(&client->loop.uv);
	return entry;
}

struct client_route *
skua_client_peek_route(struct skua_client *client, const char *topic)
{
	struct route_entry *entry;

	HASH_FIND_STR(client->routes, topic, entry);
	if (entry == NULL || entry->route == NULL)
		return NULL;
	entry->used_ms = (int64_t)uv_now(&client->loop.uv);
	return entry->route;
}

void
skua_client_find_route(struct skua_client *client, const char *topic,
    client_route_fn *fn, void *arg)
{
	struct route_entry *entry = need_entry(client, topic);
	int64_t age = skua_mono_ms() - entry->fetched_ms;
	struct skua_error e;
	struct finding *f;

	if (entry->route != NULL && age < client->options.route_ms) {
		fn(arg, SKUA_OK, skua_client_route_ref(entry->route), NULL);
		return;
	}
	if (client->ending) {
		fn(arg, SKUA_ECANCELED, NULL,
		    (skua_fail(&e, SKUA_ECANCELED, "cancelled"), &e));
		return;
	}
	f = sk_new(struct finding);
	f->fn = fn;
	f->arg = arg;
	f->next = entry->waiters;
	entry->waiters = f;
	if (!entry->fetching)
		start_fetch(client, entry);
}

void
skua_client_doubt_route(struct skua_client *client, const char *topic)
{
	struct route_entry *entry;

	HASH_FIND_STR(client->routes, topic, entry);
	if (entry != NULL && !entry->fetching && !client->ending &&
	    skua_mono_ms() - entry->fetched_ms > DOUBT_PAUSE_MS)
		start_fetch(client, entry);
}

void
skua_client_refresh_routes(struct skua_client *client)
{
	int64_t now = (int64_t)uv_now(&client->loop.uv);
	struct route_entry *entry, *next;

	HASH_ITER(hh, client->routes, entry, next) {
		if (entry->fetching)
			continue;
		if (now - entry->used_ms < UNUSED_MS) {
			start_fetch(client, entry);
			continue;
		}
		HASH_DEL(client->routes, entry);
		skua_client_route_unref(entry->route);
		free(entry);
	}
}

void
skua_client_free_routes(struct skua_client *client)
{
	struct route_entry *entry, *next;

	HASH_ITER(hh, client->routes, entry, next) {
		HASH_DEL(client->routes, entry);
		skua_client_route_unref(entry->route);
		free(entry);
	}
}

/* --- from outside --- */

struct routing {
	struct waiting waiting;
	const char *topic;
	int status;
	struct skua_route_info *info;
	struct skua_error error;
};

static struct skua_route_info *
copy_info(const struct skua_route_info *from)
{
	struct skua_route_info *to = sk_new(struct skua_route_info);

	to->count = from->count;
	to->queues = sk_new_array(from->count + 1, struct skua_queue);
	for (size_t i = 0; i < from->count; i++) {
		struct skua_queue *q = &to->queues[i];

		*q = from->queues[i];
		q->broker = skua_mem_dup(skua_str_z(q->broker));
		q->address = skua_mem_dup(skua_str_z(q->address));
	}
	return to;
}

static void
copy_route(void *arg, int status, struct client_route *route,
    const struct skua_error *e)
{
	struct routing *r = arg;

	r->status = status;
	if (status == SKUA_OK) {
		r->info = copy_info(&route->info);
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
	int rc = skua_client_may_wait(client, e);

	if (rc != SKUA_OK)
		return rc;
	skua_waiting_init(&r.waiting);
	skua_client_post(client, start_routing, &r);
	skua_waiting_wait(client, &r.waiting);
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
