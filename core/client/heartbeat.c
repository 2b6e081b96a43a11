/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heartbeats.  Brokers that know version 2 are told the subscriptions once for
 * each connection, and a fingerprint of them from then on; when the fingerprint
 * is news to them, they say so and are told all again.
 * Upstream: client.impl.factory.MQClientInstance, protocol.heartbeat.
 */
#include "base/crc32.h"
#include "client/heartbeat.h"
#include "client/member.h"
#include "client/producer.h"

#define SOON_MS 200
#define AGAIN_MS 1000

struct round {
	struct skua_client *client;
	size_t under_way, taken;
	heartbeat_fn *fn;
	void *arg;
};

struct beat {
	struct round *round;
	struct skua_client *client;
	int32_t fingerprint;
	bool without;
	char address[];
};

struct skua_str
skua_client_text(struct skua_jsonw *w)
{
	struct skua_str text;

	return skua_jsonw_finish(w, &text) == SKUA_OK ? text :
							skua_str_n(NULL, 0);
}

/* --- the body --- */

struct shape {
	const char *client_id;
	int32_t fingerprint;
	bool without;  /* subscriptions */
	bool timeless; /* no versions: what a fingerprint is made of */
};

static const char *const from_names[] = { "CONSUME_FROM_LAST_OFFSET",
	"CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP" };

static void
put_subscriptions(struct skua_jsonw *w, const struct group_member *m,
    const struct shape *shape)
{
	const struct subscription *s, *next;

	skua_jsonw_open(w, '[');
	if (!shape->without)
		HASH_ITER(hh, m->subscriptions, s, next) {
			struct subscription copy = *s;

			if (!shape->timeless) {
				skua_subscription_json(s, w);
				continue;
			}
			copy.version = 0;
			skua_jsonw_str_z(w, s->topic);
			skua_jsonw_str_z(w, copy.expression);
			skua_jsonw_str_z(w, copy.type);
		}
	skua_jsonw_close(w, ']');
}

static void
put_member(struct skua_jsonw *w, const struct group_member *m,
    const struct shape *shape)
{
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "consumeFromWhere");
	skua_jsonw_str_z(w, from_names[m->options.from]);
	skua_jsonw_key_z(w, "consumeType");
	skua_jsonw_str_z(w, m->ops->consume_type);
	skua_jsonw_key_z(w, "groupName");
	skua_jsonw_str_z(w, m->group);
	skua_jsonw_key_z(w, "messageModel");
	skua_jsonw_str_z(w,
	    m->options.broadcasting ? "BROADCASTING" : "CLUSTERING");
	skua_jsonw_key_z(w, "subscriptionDataSet");
	put_subscriptions(w, m, shape);
	skua_jsonw_key_z(w, "unitMode");
	skua_jsonw_bool(w, false);
	skua_jsonw_close(w, '}');
}

static void
put_producers(struct skua_jsonw *w, const struct skua_client *client)
{
	skua_jsonw_open(w, '[');
	for (const struct skua_producer *p = client->producers; p != NULL;
	     p = p->next) {
		skua_jsonw_open(w, '{');
		skua_jsonw_key_z(w, "groupName");
		skua_jsonw_str_z(w, p->group);
		skua_jsonw_close(w, '}');
	}
	skua_jsonw_close(w, ']');
}

static bool
takes_part(const struct group_member *m)
{
	return m->started && !m->assigns;
}

static void
put_body(struct skua_jsonw *w, const struct skua_client *client,
    const struct shape *shape)
{
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "clientID");
	skua_jsonw_str_z(w, shape->client_id);
	skua_jsonw_key_z(w, "consumerDataSet");
	skua_jsonw_open(w, '[');
	for (const struct group_member *m = client->members; m != NULL;
	     m = m->next)
		if (takes_part(m))
			put_member(w, m, shape);
	skua_jsonw_close(w, ']');
	skua_jsonw_key_z(w, "heartbeatFingerprint");
	skua_jsonw_int(w, shape->fingerprint);
	skua_jsonw_key_z(w, "producerDataSet");
	put_producers(w, client);
	skua_jsonw_key_z(w, "withoutSub");
	skua_jsonw_bool(w, shape->without);
	skua_jsonw_close(w, '}');
}

/* Members of a group have the same one if they want the same. */
static int32_t
fingerprint_of(const struct skua_client *client)
{
	struct shape shape = { .client_id = "", .timeless = true };
	struct skua_str text;
	struct skua_jsonw w;
	int32_t n = 0;

	if (client->options.no_heartbeat_v2)
		return 0;
	skua_jsonw_init(&w);
	put_body(&w, client, &shape);
	if (skua_jsonw_finish(&w, &text) == SKUA_OK)
		n = (int32_t)(skua_crc32(text.p, text.len) & 0x7fffffff) | 1;
	skua_jsonw_free(&w);
	return n;
}

/* --- sending --- */

static bool
has_members(const struct skua_client *client)
{
	for (const struct group_member *m = client->members; m != NULL;
	     m = m->next)
		if (takes_part(m))
			return true;
	return false;
}

static void
finish_one(struct round *round, bool taken)
{
	if (round == NULL)
		return;
	round->taken += taken;
	if (--round->under_way > 0)
		return;
	if (round->fn != NULL)
		round->fn(round->arg, round->taken);
	free(round);
}

static void send_beat(struct skua_client *client, struct client_peer *p,
    struct round *round);

static void
on_beat(void *arg, int status, const struct skua_reply *reply)
{
	struct beat *b = arg;
	struct client_peer *p = NULL;
	bool taken = status == SKUA_OK && reply->code == CODE_OK;

	if (!b->client->ending)
		HASH_FIND_STR(b->client->peers, b->address, p);
	if (p != NULL)
		p->beats--;
	if (p != NULL && !taken && status != SKUA_OK)
		skua_client_heartbeat_lost(b->client, p);
	if (p != NULL && taken) {
		bool is_v2 = skua_str_eq_z(skua_reply_field(reply,
		    "IS_SUPPORT_HEART_BEAT_V2"), "true");
		bool is_news = skua_str_eq_z(skua_reply_field(reply,
		    "IS_SUB_CHANGE"), "true");

		p->needs_heartbeat = false;
		p->fingerprint = is_v2 && !is_news ? b->fingerprint : 0;
		if (b->without && is_news) {
			send_beat(b->client, p, b->round);
			free(b);
			return;
		}
	}
	finish_one(b->round, taken);
	free(b);
}

static void
send_beat(struct skua_client *client, struct client_peer *p,
    struct round *round)
{
	struct beat *b = skua_mem_new(1, sizeof(*b) + strlen(p->address) + 1);
	struct shape shape = { .client_id = client->id };
	struct skua_str body;
	struct skua_jsonw w;

	p->beats++;
	b->client = client;
	b->round = round;
	memcpy(b->address, p->address, strlen(p->address) + 1);
	shape.fingerprint = b->fingerprint = fingerprint_of(client);
	shape.without = b->without =
	    p->fingerprint != 0 && p->fingerprint == b->fingerprint;
	skua_jsonw_init(&w);
	put_body(&w, client, &shape);
	body = skua_client_text(&w);
	skua_client_start_call(client, p->address, REQUEST_HEARTBEAT, NULL, 0,
	    body, 0, on_beat, b);
	skua_jsonw_free(&w);
}

/* Calls fn for every broker that should hear of us, once. */
static size_t
each_broker(struct skua_client *client, struct client_peer **found, size_t max)
{
	bool slaves = has_members(client);
	struct route_entry *entry, *next;
	size_t n = 0;

	HASH_ITER(hh, client->routes, entry, next) {
		const struct client_route *r = entry->route;

		for (size_t i = 0; r != NULL && i < r->broker_count; i++) {
			struct client_peer *p;
			size_t at = 0;

			if ((r->brokers[i].id != 0 && !slaves) ||
			    (p = skua_client_peer(client,
				 r->brokers[i].address)) == NULL)
				continue;
			while (at < n && found[at] != p)
				at++;
			if (at == n && n < max)
				found[n++] = p;
		}
	}
	return n;
}

#define BROKERS_MAX 512

void
skua_client_heartbeat(struct skua_client *client, heartbeat_fn *fn, void *arg)
{
	struct client_peer *found[BROKERS_MAX];
	struct round *round = sk_new(struct round);
	size_t n = 0;

	round->client = client;
	round->fn = fn;
	round->arg = arg;
	if (!client->ending &&
	    (client->producers != NULL || has_members(client)))
		n = each_broker(client, found, BROKERS_MAX);
	round->under_way = n + 1;
	for (size_t i = 0; i < n; i++)
		send_beat(client, found[i], round);
	finish_one(round, false);
}

void
skua_client_heartbeat_to(struct skua_client *client, const char *address)
{
	struct client_peer *p =
	    client->ending ? NULL : skua_client_peer(client, address);

	if (p == NULL)
		return;
	p->fingerprint = 0;
	send_beat(client, p, NULL);
}

bool
skua_client_heartbeat_is_quiet(const struct skua_client *client)
{
	const struct client_peer *p, *next;

	HASH_ITER(hh, client->peers, p, next)
		if (p->beats > 0)
			return false;
	return true;
}

/* --- brokers that lost us --- */

static void
on_soon(void *arg)
{
	struct skua_client *client = arg;
	struct client_peer *found[BROKERS_MAX];
	size_t n = each_broker(client, found, BROKERS_MAX);
	struct client_peer *p, *next;

	client->soon_timer = NULL;
	for (size_t i = 0; i < n; i++)
		if (found[i]->needs_heartbeat)
			send_beat(client, found[i], NULL);
	/* Those that are in no route any more need none. */
	HASH_ITER(hh, client->peers, p, next)
		p->needs_heartbeat = false;
}

void
skua_client_heartbeat_lost(struct skua_client *client, struct client_peer *peer)
{
	bool again = peer->fingerprint == 0 && peer->needs_heartbeat;

	if (client->ending ||
	    (client->producers == NULL && !has_members(client)))
		return;
	peer->needs_heartbeat = true;
	if (client->soon_timer == NULL)
		client->soon_timer = skua_client_after(client,
		    again ? AGAIN_MS : SOON_MS, on_soon, client);
}

static void
on_timer(void *arg)
{
	struct skua_client *client = arg;

	skua_client_heartbeat(client, NULL, NULL);
	client->heartbeat_timer = skua_client_after(client,
	    client->options.heartbeat_ms, on_timer, client);
}

void
skua_client_heartbeat_begin(struct skua_client *client)
{
	client->heartbeat_timer = skua_client_after(client,
	    client->options.heartbeat_ms, on_timer, client);
}
