/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers that are no longer heard of, and telling the others. */
#include <inttypes.h>
#include <stdio.h>

#include "namesrv.h"

#define NOTIFY_MIN_BROKER_ID_CHANGE 905

static void
send_notice(struct namesrv *ns, const struct notice *notice)
{
	char id[24];
	const char *fields[11];
	size_t n = 0;

	(void)snprintf(id, sizeof(id), "%" PRId64, notice->min_id);
	fields[n++] = "minBrokerId";
	fields[n++] = id;
	fields[n++] = "brokerName";
	fields[n++] = notice->broker;
	fields[n++] = "minBrokerAddr";
	fields[n++] = notice->min_addr;
	if (notice->offline_addr != NULL) {
		fields[n++] = "offlineBrokerAddr";
		fields[n++] = notice->offline_addr;
	}
	if (notice->ha_addr != NULL) {
		fields[n++] = "haBrokerAddr";
		fields[n++] = notice->ha_addr;
	}
	fields[n] = NULL;
	for (size_t i = 0; i < notice->n_connections; i++) {
		int rc = skua_service_notify(ns->host, notice->connections[i],
		    NOTIFY_MIN_BROKER_ID_CHANGE, fields, skua_str_n(NULL, 0));

		/* Brokers also ask for their group each second. */
		if (rc != SKUA_OK)
			complain(ns, "broker \"%s\": a member could not be "
			    "told of the new smallest id: %s", notice->broker,
			    skua_strerror(rc));
	}
}

void
settle(struct namesrv *ns, struct outcome *outcome)
{
	const struct tables *t = &ns->tables;
	int64_t brokers, topics;

	for (size_t i = 0; i < outcome->n_notices; i++)
		send_notice(ns, &outcome->notices[i]);
	outcome_free(outcome);
	tables_read(t);
	brokers = HASH_COUNT(t->lives);
	topics = HASH_COUNT(t->topics);
	tables_unlock(t);
	__atomic_store_n(&ns->brokers, brokers, __ATOMIC_RELAXED);
	__atomic_store_n(&ns->topics, topics, __ATOMIC_RELAXED);
}

void
expiry_scan(void *arg)
{
	struct namesrv *ns = arg;
	struct outcome outcome;
	struct expired expired;
	size_t n;

	memset(&outcome, 0, sizeof(outcome));
	n = leave_expired(&ns->tables, skua_mono_ms(),
	    CONF_OF(ns, notify_min_id), &outcome, &expired);
	for (size_t i = 0; i < expired.n_connections; i++)
		skua_service_disconnect(ns->host, expired.connections[i]);
	free(expired.connections);
	if (n == 0)
		return;
	(void)__atomic_add_fetch(&ns->expired, (int64_t)n, __ATOMIC_RELAXED);
	skua_log(SKUA_LOG_WARNING, UNIT,
	    "brokers silent for their heartbeat timeout were removed: %zu", n);
	settle(ns, &outcome);
}

void
expiry_disconnected(struct skua_host *host, uint64_t connection)
{
	worker_lost(namesrv_of(host), connection);
}

void
expiry_lost(struct namesrv *ns, uint64_t connection)
{
	struct outcome outcome;
	size_t n;

	memset(&outcome, 0, sizeof(outcome));
	n = leave_connection(&ns->tables, connection,
	    CONF_OF(ns, notify_min_id), &outcome);
	if (n == 0)
		return;
	skua_log(SKUA_LOG_WARNING, UNIT,
	    "brokers whose connection was lost were removed: %zu", n);
	settle(ns, &outcome);
}
