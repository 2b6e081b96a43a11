/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of brokers: registration, its end, heartbeats, data version.
 * Upstream: namesrv.processor.DefaultRequestProcessor. */
#include <zlib.h>

#include "namesrv.h"

/* Tells registrations apart whose body is the same but means another thing. */
static uint64_t
sum_of(struct skua_request *request, struct skua_str body, uint32_t crc,
    const struct enrolment *who)
{
	uLong adler = adler32(1L, (const Bytef *)body.p, (uInt)body.len);
	unsigned how = (unsigned)skua_request_bool(request, "compressed",
	    false) |
	    (unsigned)who->knows_acting << 1 |
	    (unsigned)who->delete_missing << 2 |
	    (unsigned)skua_request_version(request) << 3;

	return ((uint64_t)crc << 32 | (uint32_t)adler) ^
	    (uint64_t)how * UINT64_C(0x9e3779b97f4a7c15);
}

static bool
read_numbers(struct skua_request *request, struct enrolment *who)
{
	struct skua_str timeout = skua_request_field(request,
	    "heartbeatTimeoutMillis");

	if (!need_int(request, "brokerId", &who->id))
		return false;
	who->timeout_ms = DEFAULT_TIMEOUT_MS;
	if (timeout.len > 0 &&
	    !need_int(request, "heartbeatTimeoutMillis", &who->timeout_ms))
		return false;
	if (who->timeout_ms <= 0)
		who->timeout_ms = DEFAULT_TIMEOUT_MS;
	return true;
}

static bool
read_header(struct namesrv *ns, struct skua_request *request,
    struct enrolment *who)
{
	memset(who, 0, sizeof(*who));
	if (!need_kind(request, "brokerName", SKUA_NAME_BROKER,
		&who->broker) ||
	    !need_address(request, "brokerAddr", &who->addr) ||
	    !need_kind(request, "clusterName", SKUA_NAME_CLUSTER,
		&who->cluster) ||
	    !read_numbers(request, who))
		return false;
	who->ha_addr = skua_request_field(request, "haServerAddr");
	who->zone = skua_request_field(request, "__ZONE_NAME");
	if (who->ha_addr.len > NAME_MAX_LEN || who->zone.len > NAME_MAX_LEN) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "haServerAddr or __ZONE_NAME is longer than %d bytes",
		    NAME_MAX_LEN);
		return false;
	}
	who->knows_acting =
	    skua_request_field(request, "enableActingMaster").p != NULL;
	who->acting_master = skua_request_bool(request, "enableActingMaster",
	    false);
	who->connection = skua_request_connection(request);
	who->now_ms = skua_mono_ms();
	who->limits = (struct tables_limits){ CONF_OF(ns, max_brokers),
		CONF_OF(ns, max_topics), CONF_OF(ns, max_queues) };
	who->delete_missing = CONF_OF(ns, delete_topics);
	who->notify = CONF_OF(ns, notify_min_id);
	return true;
}

/* 0 and none at all mean: do not check. */
static bool
check_crc(struct skua_request *request, uint32_t crc)
{
	int64_t wanted;

	if (skua_request_field(request, "bodyCrc32").len == 0)
		return true;
	if (!need_int(request, "bodyCrc32", &wanted))
		return false;
	if (wanted == 0 || wanted == (int64_t)crc)
		return true;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "crc32 not match");
	return false;
}

static void
answer_registered(struct namesrv *ns, struct skua_request *request,
    const struct outcome *outcome)
{
	if (outcome->ha_addr != NULL)
		skua_answer_field(request, "haServerAddr",
		    skua_str_z(outcome->ha_addr));
	if (outcome->master_addr != NULL)
		skua_answer_field(request, "masterAddr",
		    skua_str_z(outcome->master_addr));
	if (CONF_OF(ns, return_order_conf))
		(void)kv_answer_namespace(&ns->kv, request, KV_ORDER_CONF);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static void
register_body(struct namesrv *ns, struct skua_request *request,
    struct enrolment *who)
{
	struct outcome outcome;
	struct skua_error e;
	struct body body;
	enum enrolled done;
	int rc = body_decode(skua_request_body(request),
	    skua_request_bool(request, "compressed", false),
	    skua_request_version(request), skua_now_ms(), &body, &e);

	if (rc != SKUA_OK) {
		body_free(&body);
		complain(ns, "broker \"" SKUA_STR_FMT "\" at \"" SKUA_STR_FMT
		    "\" sent a bad registration: %s",
		    SKUA_STR_ARG(who->broker), SKUA_STR_ARG(who->addr),
		    e.text);
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "Failed to decode RegisterBrokerBody: %s", e.text);
		return;
	}
	if (body.n_odd > 0)
		complain(ns, "broker \"" SKUA_STR_FMT "\": %zu topics whose "
		    "names no broker takes were left out",
		    SKUA_STR_ARG(who->broker), body.n_odd);
	done = enrol(&ns->tables, who, &body, &outcome);
	body_free(&body);
	if (done == ENROL_FULL) {
		answer_full(ns, request, "the nameserver is full: "
		    "namesrvMaxBrokers, namesrvMaxTopics or namesrvMaxQueues "
		    "is reached");
		settle(ns, &outcome);
		return;
	}
	if (done != ENROLLED) {
		COUNT_ONE(ns, refusals);
		complain(ns, "broker \"" SKUA_STR_FMT "\" at \"" SKUA_STR_FMT
		    "\" was %s", SKUA_STR_ARG(who->broker),
		    SKUA_STR_ARG(who->addr), done == ENROL_IGNORED ?
			"ignored: a later one has its id" :
			"refused: one topic before its first registration");
	}
	if (done == ENROL_REFUSED)
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "register broker failed");
	else
		answer_registered(ns, request, &outcome);
	settle(ns, &outcome);
}

void
handle_register(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str bytes = skua_request_body(request);
	struct enrolment who;
	struct outcome outcome;
	uint32_t crc = skua_body_crc(bytes.p, bytes.len);

	if (!read_header(ns, request, &who) || !check_crc(request, crc))
		return;
	COUNT_ONE(ns, registrations);
	who.body_len = bytes.len;
	who.body_sum = sum_of(request, bytes, crc, &who);
	if (!enrol_again(&ns->tables, &who, &outcome)) {
		register_body(ns, request, &who);
		return;
	}
	COUNT_ONE(ns, repeats);
	answer_registered(ns, request, &outcome);
	outcome_free(&outcome);
}

void
handle_unregister(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str cluster, broker, addr;
	struct outcome outcome;

	/* brokerId says nothing that the address does not. */
	if (!need_name(request, "brokerName", &broker) ||
	    !need_name(request, "brokerAddr", &addr) ||
	    !need_name(request, "clusterName", &cluster))
		return;
	memset(&outcome, 0, sizeof(outcome));
	leave(&ns->tables, cluster, broker, addr, CONF_OF(ns, notify_min_id),
	    &outcome);
	skua_log(SKUA_LOG_NOTICE, UNIT, "broker \"" SKUA_STR_FMT "\" at \""
	    SKUA_STR_FMT "\" unregistered", SKUA_STR_ARG(broker),
	    SKUA_STR_ARG(addr));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	settle(ns, &outcome);
}

void
handle_heartbeat(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str cluster, addr;
	struct data_version version;

	if (!need_name(request, "clusterName", &cluster) ||
	    !need_name(request, "brokerAddr", &addr))
		return;
	(void)enrol_heard(&ns->tables, cluster, addr, skua_mono_ms(),
	    &version);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static void
answer_version(struct skua_request *request,
    const struct data_version *version)
{
	struct skua_jsonw w;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "counter");
	skua_jsonw_int(&w, version->counter);
	skua_jsonw_key_z(&w, "stateVersion");
	skua_jsonw_int(&w, version->state);
	skua_jsonw_key_z(&w, "timestamp");
	skua_jsonw_int(&w, version->timestamp_ms);
	skua_jsonw_close(&w, '}');
	answer_json(request, &w, NULL);
}

void
handle_query_version(struct skua_host *host, struct skua_request *request)
{
	struct namesrv *ns = namesrv_of(host);
	struct skua_str cluster, addr, bytes = skua_request_body(request);
	struct data_version known, said;
	json_t *json = NULL;
	bool changed = true;

	if (!need_name(request, "clusterName", &cluster) ||
	    !need_name(request, "brokerAddr", &addr))
		return;
	if (bytes.len > 0 && (skua_json_parse(bytes, &json) != SKUA_OK ||
	    !json_is_object(json))) {
		json_decref(json);
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the body is not a data version");
		return;
	}
	said = data_version_from(json, skua_now_ms());
	if (!enrol_heard(&ns->tables, cluster, addr, skua_mono_ms(), &known)) {
		skua_answer_field(request, "changed", skua_str_z("true"));
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	} else {
		changed = json == NULL || !data_version_eq(&known, &said);
		skua_answer_field(request, "changed",
		    skua_str_z(changed ? "true" : "false"));
		answer_version(request, &known);
	}
	json_decref(json);
}
