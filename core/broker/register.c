/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registration with every nameserver, in parallel.  Main thread.
 * Upstream: broker.out.BrokerOuterAPI.registerBrokerAll.
 */
#include <stdlib.h>
#include <utlist.h>

#include "base/assert.h"
#include "base/crc32.h"
#include "broker/keeping.h"
#include "broker/ports.h"
#include "net/addr.h"
#include "net/peer.h"

#define CALL_TIMEOUT_MS 24000

enum { REQUEST_REGISTER_BROKER = 103, REQUEST_UNREGISTER_BROKER = 104 };

struct namesrv {
	struct namesrv *prev, *next;
	struct peer *peer;
	bool failed; /* the last call; said once */
	/* In this round: it may know nothing, so it is told of all. */
	bool is_behind;
};

struct registrar {
	struct broker *broker;
	struct namesrv *all;
};

/* One round: calls to each nameserver, and who waits for them. */
struct round {
	struct registrar *registrar;
	size_t waiting;
	unsigned refs; /* calls in flight, and the timer */
	registered_fn *fn;
	void *arg;
	uv_timer_t timer;
};

struct one_call {
	struct round *round;
	struct namesrv *to; /* gone when the call is cancelled */
};

static void
round_unref(struct round *r)
{
	if (--r->refs == 0)
		free(r);
}

static void
on_timer_closed(uv_handle_t *timer)
{
	round_unref(timer->data);
}

static void
finish(struct round *r)
{
	registered_fn *fn = r->fn;

	if (uv_is_closing((uv_handle_t *)&r->timer))
		return;
	uv_close((uv_handle_t *)&r->timer, on_timer_closed);
	if (fn != NULL)
		fn(r->registrar->broker, r->arg);
}

static void
on_limit(uv_timer_t *timer)
{
	struct round *r = timer->data;

	skua_loop_enter(&r->registrar->broker->main);
	finish(r);
}

static void
note_answer(struct namesrv *n, int status, const struct command *answer)
{
	bool ok = status == SKUA_OK && answer->code == 0;

	if (ok != n->failed)
		return;
	n->failed = !ok;
	if (ok)
		skua_log(SKUA_LOG_NOTICE, "broker",
		    "registered with the nameserver %s",
		    skua_peer_address(n->peer));
	else
		skua_log(SKUA_LOG_WARNING, "broker",
		    "could not register with the nameserver %s: %s",
		    skua_peer_address(n->peer),
		    status == SKUA_OK ? "refused" : skua_strerror(status));
}

static void
on_answer(void *arg, int status, const struct command *answer)
{
	struct one_call *call = arg;
	struct round *r = call->round;

	if (status != SKUA_ECANCELED)
		note_answer(call->to, status, answer);
	free(call);
	if (--r->waiting == 0)
		finish(r);
	round_unref(r);
}

/* --- what is told --- */

/* A frame of RocketMQ has 16 MiB at most, and the nameserver answers nobody
 * while it reads one. */
#define PART_BYTES ((size_t)1 << 20)

static void
begin_body(struct broker *b, struct skua_jsonw *w)
{
	skua_jsonw_init(w);
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "filterServerList");
	skua_jsonw_raw(w, (struct skua_str)SKUA_STR("[]"));
	skua_jsonw_key_z(w, "topicConfigSerializeWrapper");
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "dataVersion");
	data_version_write(w, &b->topics.version);
	skua_jsonw_key_z(w, "mappingDataVersion");
	data_version_write(w, &(struct data_version){ 0 });
	skua_jsonw_key_z(w, "topicConfigTable");
	skua_jsonw_open(w, '{');
}

static void
end_body(struct skua_jsonw *w)
{
	skua_jsonw_close(w, '}');
	skua_jsonw_key_z(w, "topicQueueMappingDetailMap");
	skua_jsonw_raw(w, (struct skua_str)SKUA_STR("{}"));
	skua_jsonw_key_z(w, "topicQueueMappingInfoMap");
	skua_jsonw_raw(w, (struct skua_str)SKUA_STR("{}"));
	skua_jsonw_close(w, '}');
	skua_jsonw_close(w, '}');
}

struct registration {
	struct field fields[12];
	char crc[16], id[24], ha[ADDR_TEXT_SIZE];
	size_t count;
};

static void
add_field(struct registration *r, const char *name, const char *value)
{
	r->fields[r->count].name = skua_str_z(name);
	r->fields[r->count++].value = skua_str_z(value);
}

static void
fill_fields(struct broker *b, struct registration *r, struct skua_str body)
{
	const struct conf *conf = broker_conf(b);
	struct skua_addr ha = b->store_host;

	ha.port = (uint16_t)(b->store_host.port + 1);
	r->count = 0;
	(void)snprintf(r->id, sizeof(r->id), "%lld",
	    (long long)conf->broker_id);
	(void)skua_addr_format(&ha, r->ha);
	add_field(r, "brokerName", conf->broker);
	add_field(r, "brokerAddr", b->store_host_text);
	add_field(r, "clusterName", conf->cluster);
	add_field(r, "brokerId", r->id);
	if (body.len == 0)
		return;
	(void)snprintf(r->crc, sizeof(r->crc), "%u",
	    skua_body_crc(body.p, body.len));
	add_field(r, "haServerAddr", r->ha);
	add_field(r, "compressed", "false");
	add_field(r, "bodyCrc32", r->crc);
	add_field(r, "enableActingMaster", "false");
}

static struct round *
round_new(struct registrar *g, int64_t limit_ms, registered_fn *fn, void *arg)
{
	struct round *r = sk_new(struct round);

	r->registrar = g;
	r->fn = fn;
	r->arg = arg;
	r->refs = 1;
	sk_must(uv_timer_init(&g->broker->main.uv, &r->timer));
	r->timer.data = r;
	sk_must(uv_timer_start(&r->timer, on_limit,
	    g->all == NULL ? 0 : (uint64_t)limit_ms, 0));
	return r;
}

static void
tell(struct round *r, struct namesrv *n, int32_t code, struct skua_str body)
{
	struct registration fields;
	struct command_out out = { .code = code, .fields = fields.fields };
	struct one_call *call = sk_new(struct one_call);

	fill_fields(r->registrar->broker, &fields, body);
	out.field_count = fields.count;
	call->round = r;
	call->to = n;
	r->waiting++;
	r->refs++;
	skua_peer_call(n->peer, &out, body, CALL_TIMEOUT_MS, on_answer, call);
}

/* --- topics, in parts --- */

struct part {
	struct round *round;
	bool whole; /* for those that are behind; else for the others */
	int32_t perm; /* and-ed with that of each topic */
	struct skua_jsonw w;
};

static void
part_begin(struct part *p)
{
	begin_body(p->round->registrar->broker, &p->w);
}

static void
part_end(struct part *p)
{
	struct skua_str body;
	struct namesrv *n;

	end_body(&p->w);
	if (skua_jsonw_finish(&p->w, &body) != SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "broker",
		    "no memory to register with the nameservers");
	else
		DL_FOREACH (p->round->registrar->all, n)
			if (n->is_behind == p->whole)
				tell(p->round, n, REQUEST_REGISTER_BROKER,
				    body);
	skua_jsonw_free(&p->w);
}

static void
part_add(struct part *p, const struct topic *topic)
{
	if (p->w.len > PART_BYTES) {
		part_end(p);
		/* Of a version that it knows, a nameserver takes only the
		 * topics that it lacks. */
		data_version_next(&p->round->registrar->broker->topics.version);
		part_begin(p);
	}
	skua_jsonw_key(&p->w, topic->entry.key);
	skua_topic_write_masked(&p->w, topic, p->perm);
}

static void
tell_all_topics(struct part *p, const struct topics *t)
{
	struct map_entry *e;

	p->whole = true;
	part_begin(p);
	for (size_t at = 0; (e = skua_map_next(&t->map, &at)) != NULL;)
		part_add(p, sk_container(e, struct topic, entry));
	part_end(p);
}

static void
tell_changes(struct part *p, const struct topics *t)
{
	p->whole = false;
	part_begin(p);
	for (size_t i = 0; i < t->changed_count; i++) {
		const struct topic *topic = skua_topic_find(t,
		    skua_str_z(t->changed[i]));

		if (topic != NULL)
			part_add(p, topic);
	}
	part_end(p);
}

/* One that has to be connected to anew may know nothing. */
static size_t
count_behind(struct registrar *g, bool whole, size_t *others_r)
{
	struct namesrv *n;
	size_t behind = 0;

	*others_r = 0;
	DL_FOREACH (g->all, n) {
		n->is_behind = whole || n->failed ||
		    !skua_peer_is_connected(n->peer);
		behind += n->is_behind;
		*others_r += !n->is_behind;
	}
	return behind;
}

/* A broker that allows all takes nothing away: topics like TBW102 have a bit
 * more, to hand their permission on. */
static int32_t
topic_mask(const struct broker *b)
{
	const int32_t all = PERM_READ | PERM_WRITE;
	int32_t perm = (int32_t)broker_conf(b)->permission;

	return (perm & all) == all ? -1 : perm;
}

void
skua_registrar_register(struct registrar *g, bool whole, int64_t limit_ms,
    registered_fn *fn, void *arg)
{
	struct topics *t = &g->broker->topics;
	struct part p = { .round = round_new(g, limit_ms, fn, arg),
		.perm = topic_mask(g->broker) };
	size_t others;

	/* In this order: what changed is told under the newest version. */
	if (count_behind(g, whole, &others) > 0)
		tell_all_topics(&p, t);
	if (others > 0)
		tell_changes(&p, t);
}

void
skua_registrar_unregister(struct registrar *g, int64_t limit_ms,
    registered_fn *fn, void *arg)
{
	struct round *r = round_new(g, limit_ms, fn, arg);
	struct namesrv *n;

	DL_FOREACH (g->all, n)
		tell(r, n, REQUEST_UNREGISTER_BROKER, skua_str_n(NULL, 0));
}

/* --- which nameservers --- */

void
skua_registrar_refresh(struct registrar *g)
{
	struct namesrv *n;

	DL_FOREACH (g->all, n)
		skua_peer_refresh(n->peer);
}

/* Takes it out of the list; NULL: it is not there. */
static struct namesrv *
take_out(struct namesrv **list, struct skua_str address)
{
	struct namesrv *n;

	DL_FOREACH (*list, n)
		if (skua_str_eq_z(address, skua_peer_address(n->peer))) {
			DL_DELETE(*list, n);
			return n;
		}
	return NULL;
}

static struct namesrv *
namesrv_new(struct registrar *g, struct skua_str address)
{
	struct namesrv *n = sk_new(struct namesrv);

	if (skua_peer_new(&g->broker->main, address, NULL, g, &n->peer) ==
	    SKUA_OK)
		return n;
	/* The setting was checked; what is left is said. */
	skua_log(SKUA_LOG_ERROR, "broker",
	    "namesrvAddr: \"" SKUA_STR_FMT "\" is not an address of the form "
	    "HOST:PORT", SKUA_STR_ARG(address));
	free(n);
	return NULL;
}

static void
drop_all(struct namesrv *list)
{
	struct namesrv *n, *next;

	DL_FOREACH_SAFE (list, n, next) {
		DL_DELETE(list, n);
		skua_peer_free(n->peer);
		free(n);
	}
}

static void
set_namesrvs(struct registrar *g, const char *list)
{
	struct namesrv *old = g->all, *n;
	struct skua_str one;

	g->all = NULL;
	while (skua_addrs_next(&list, &one)) {
		/* One that is named twice is told once. */
		n = take_out(&g->all, one);
		if (n == NULL)
			n = take_out(&old, one);
		if (n == NULL)
			n = namesrv_new(g, one);
		if (n != NULL)
			DL_APPEND(g->all, n);
	}
	drop_all(old);
}

/* As set, else the one in this process. */
void
skua_registrar_choose(struct registrar *g)
{
	const char *set = broker_conf(g->broker)->namesrv_addr;
	char own[ADDR_TEXT_SIZE + 8] = "";
	const struct port *port = skua_ports_find(g->broker, "namesrv");

	if (port != NULL)
		(void)snprintf(own, sizeof(own), "%s:%u",
		    port->listener.addr.len == 16 ? "[::1]" : "127.0.0.1",
		    port->listener.addr.port);
	set_namesrvs(g, *set != '\0' ? set : own);
}

struct registrar *
skua_registrar_new(struct broker *b)
{
	struct registrar *g = sk_new(struct registrar);

	g->broker = b;
	skua_registrar_choose(g);
	return g;
}

void
skua_registrar_free(struct registrar *g)
{
	struct namesrv *all = g->all;

	g->all = NULL; /* what is cancelled may register again */
	drop_all(all);
	free(g);
}
