/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registration with every nameserver, in parallel.  Main thread.
 * Upstream: broker.out.BrokerOuterAPI.registerBrokerAll.
 */
#include <stdlib.h>

#include "base/crc32.h"
#include "broker/keeping.h"
#include "net/addr.h"
#include "net/peer.h"

#define CALL_TIMEOUT_MS 24000
#define NAMESRVS_MAX 16

enum { REQUEST_REGISTER_BROKER = 103, REQUEST_UNREGISTER_BROKER = 104 };

struct registrar {
	struct broker *broker;
	struct peer *peers[NAMESRVS_MAX];
	bool failed[NAMESRVS_MAX]; /* the last call; said once */
	size_t count;
};

/* One round: a call to each nameserver, and who waits for it. */
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
	size_t index;
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
on_answer(void *arg, int status, const struct command *answer)
{
	struct one_call *call = arg;
	struct round *r = call->round;
	struct registrar *g = r->registrar;
	bool ok = status == SKUA_OK && answer->code == 0;
	char text[ADDR_TEXT_SIZE];

	if (status != SKUA_ECANCELED && ok == g->failed[call->index]) {
		(void)skua_addr_format(skua_peer_addr(g->peers[call->index]),
		    text);
		g->failed[call->index] = !ok;
		if (ok)
			skua_log(SKUA_LOG_NOTICE, "broker",
			    "registered with the nameserver %s", text);
		else
			skua_log(SKUA_LOG_WARNING, "broker",
			    "could not register with the nameserver %s: %s",
			    text,
			    status == SKUA_OK ? "refused" :
						skua_strerror(status));
	}
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
	(void)uv_timer_init(&g->broker->main.uv, &r->timer);
	r->timer.data = r;
	(void)uv_timer_start(&r->timer, on_limit,
	    g->count == 0 ? 0 : (uint64_t)limit_ms, 0);
	return r;
}

/* One request to every nameserver. */
static void
tell_all(struct round *r, int32_t code, struct skua_str body)
{
	struct registrar *g = r->registrar;
	struct registration fields;

	fill_fields(g->broker, &fields, body);
	for (size_t i = 0; i < g->count; i++) {
		struct command_out out = { .code = code,
			.fields = fields.fields, .field_count = fields.count };
		struct one_call *call = sk_new(struct one_call);

		call->round = r;
		call->index = i;
		r->waiting++;
		r->refs++;
		skua_peer_call(g->peers[i], &out, body, CALL_TIMEOUT_MS,
		    on_answer, call);
	}
}

/* --- topics, in parts --- */

struct part {
	struct round *round;
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

	end_body(&p->w);
	if (skua_jsonw_finish(&p->w, &body) != SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "broker",
		    "no memory to register with the nameservers");
	else
		tell_all(p->round, REQUEST_REGISTER_BROKER, body);
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
	skua_topic_write(&p->w, topic);
}

/* A nameserver that has to be connected to anew may know nothing. */
static bool
all_connected(const struct registrar *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (!skua_peer_is_connected(g->peers[i]) || g->failed[i])
			return false;
	return true;
}

void
skua_registrar_register(struct registrar *g, bool whole, int64_t limit_ms,
    registered_fn *fn, void *arg)
{
	struct topics *t = &g->broker->topics;
	struct part p = { .round = round_new(g, limit_ms, fn, arg) };
	struct map_entry *e;

	part_begin(&p);
	if (whole || !all_connected(g))
		for (size_t at = 0; (e = skua_map_next(&t->map, &at)) != NULL;)
			part_add(&p, sk_container(e, struct topic, entry));
	else
		for (size_t i = 0; i < t->changed_count; i++) {
			const struct topic *topic = skua_topic_find(t,
			    skua_str_z(t->changed[i]));

			if (topic != NULL)
				part_add(&p, topic);
		}
	part_end(&p);
}

void
skua_registrar_unregister(struct registrar *g, int64_t limit_ms,
    registered_fn *fn, void *arg)
{
	tell_all(round_new(g, limit_ms, fn, arg), REQUEST_UNREGISTER_BROKER,
	    skua_str_n(NULL, 0));
}

static void
drop_peers(struct registrar *g)
{
	size_t n = g->count;

	g->count = 0;
	for (size_t i = 0; i < n; i++)
		skua_peer_free(g->peers[i]);
}

void
skua_registrar_set(struct registrar *g, const char *namesrvs)
{
	drop_peers(g);
	for (const char *p = namesrvs; *p != '\0';) {
		size_t n;
		struct skua_addr addr;

		p += strspn(p, "; ,");
		n = strcspn(p, "; ,");
		if (n > 0 && g->count < NAMESRVS_MAX) {
			if (skua_addr_parse(skua_str_n(p, n), &addr) ==
			    SKUA_OK) {
				g->failed[g->count] = false;
				g->peers[g->count++] = skua_peer_new(
				    &g->broker->main, &addr, NULL, g);
			} else {
				skua_log(SKUA_LOG_ERROR, "broker",
				    "namesrvAddr: no address: %.*s", (int)n, p);
			}
		}
		p += n;
	}
}

struct registrar *
skua_registrar_new(struct broker *b, const char *namesrvs)
{
	struct registrar *g = sk_new(struct registrar);

	g->broker = b;
	skua_registrar_set(g, namesrvs);
	return g;
}

void
skua_registrar_free(struct registrar *g)
{
	drop_peers(g);
	free(g);
}
