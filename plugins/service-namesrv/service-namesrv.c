/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nameserver: brokers register here, clients ask here where a topic is.
 * Nameservers know nothing of each other, and keep nothing but the key-value
 * configuration: routes come back with the brokers' next registration.
 *
 * Handlers run on any loop and share the tables under one lock, taken after a
 * request has been decoded and left before anything is sent.
 */
#include "namesrv.h"

/* In the order of their connection. */
#define IN_ORDER(handler)                                                      \
	static void in_order_##handler(struct skua_host *host,                 \
	    struct skua_request *request)                                      \
	{                                                                      \
		worker_run(namesrv_of(host), request, handler);                \
	}
IN_ORDER(handle_register)
IN_ORDER(handle_unregister)
IN_ORDER(handle_register_topic)
IN_ORDER(handle_query_version)
IN_ORDER(handle_heartbeat)
#undef IN_ORDER

static const struct skua_service_code codes[] = {
	{ .code = 100, .handle = handle_put_kv },
	{ .code = 101, .handle = handle_get_kv },
	{ .code = 102, .handle = handle_delete_kv },
	{ .code = 103, .handle = in_order_handle_register },
	{ .code = 104, .handle = in_order_handle_unregister },
	{ .code = 105, .handle = handle_route },
	{ .code = 106, .handle = handle_clusters },
	{ .code = 205, .handle = handle_wipe_write },
	{ .code = 206, .handle = handle_all_topics },
	{ .code = 216, .handle = handle_delete_topic },
	{ .code = 217, .handle = in_order_handle_register_topic },
	{ .code = 219, .handle = handle_list_kv },
	{ .code = 224, .handle = handle_cluster_topics },
	{ .code = 304, .handle = handle_system_topics },
	{ .code = 311, .handle = handle_unit_topics },
	{ .code = 312, .handle = handle_unit_sub_topics },
	{ .code = 313, .handle = handle_unit_sub_only_topics },
	{ .code = 318, .handle = handle_update_config },
	{ .code = 319, .handle = handle_get_config },
	{ .code = 322, .handle = in_order_handle_query_version },
	{ .code = 327, .handle = handle_add_write },
	{ .code = 901, .handle = handle_members },
	{ .code = 904, .handle = in_order_handle_heartbeat },
	{ .handle = NULL },
};

static int
provide_metrics(struct namesrv *ns)
{
	const struct skua_metric rows[] = {
		{ .name = "skua_namesrv_brokers_alive",
		    .type = SKUA_GAUGE, .help = "Brokers that are registered.",
		    .cell = &ns->brokers },
		{ .name = "skua_namesrv_topics",
		    .type = SKUA_GAUGE, .help = "Topics with a route.",
		    .cell = &ns->topics },
		{ .name = "skua_namesrv_registrations_total",
		    .type = SKUA_COUNTER, .help = "Registrations received.",
		    .cell = &ns->registrations },
		{ .name = "skua_namesrv_registrations_repeated_total",
		    .type = SKUA_COUNTER, .help = "Registrations that said nothing new.",
		    .cell = &ns->repeats },
		{ .name = "skua_namesrv_registrations_refused_total",
		    .type = SKUA_COUNTER, .help = "Registrations refused or ignored.",
		    .cell = &ns->refusals },
		{ .name = "skua_namesrv_brokers_expired_total",
		    .type = SKUA_COUNTER, .help = "Brokers removed because they were silent.",
		    .cell = &ns->expired },
		{ .name = "skua_namesrv_full_total",
		    .type = SKUA_COUNTER,
		    .help = "Requests refused because a limit was reached.",
		    .cell = &ns->full },
	};
	int rc = SKUA_OK;

	for (size_t i = 0; rc == SKUA_OK && i < sizeof(rows) / sizeof(rows[0]);
	     i++)
		rc = skua_host_metric(ns->host, &rows[i]);
	return rc;
}

static int
namesrv_start(struct skua_host *host, struct skua_error *e)
{
	struct namesrv *ns = namesrv_of(host);
	int64_t period_ms = ns->conf.scan_interval_ms;
	int rc = kv_init(&ns->kv, ns->conf.kv_config_path, e);

	if (rc != SKUA_OK)
		return rc;
	ns->started_ms = skua_mono_ms();
	rc = skua_host_timer(host, period_ms, period_ms, expiry_scan, ns);
	if (rc == SKUA_OK)
		rc = provide_metrics(ns);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s", skua_strerror(rc));
	return worker_start(ns, e);
}

static void
namesrv_stop(struct skua_host *host)
{
	worker_stop(namesrv_of(host));
}

static const struct skua_service namesrv_service = {
	.size = sizeof(struct skua_service),
	.role = "namesrv",
	.codes = codes,
	.code_size = sizeof(codes[0]),
	.port_setting = "namesrvListenPort",
	.start = namesrv_start,
	.stop = namesrv_stop,
	.disconnected = expiry_disconnected,
};

static void
namesrv_unload(struct skua_host *host)
{
	struct namesrv *ns = namesrv_of(host);

	/* Not if it was never started. */
	if (ns->kv.path != NULL)
		kv_fini(&ns->kv);
	tables_fini(&ns->tables);
	config_fini(ns);
	skua_host_set_data(host, NULL);
	free(ns);
}

static int
namesrv_load(struct skua_host *host, struct skua_error *e)
{
	struct namesrv *ns = must_alloc(1, sizeof(*ns));
	int rc;

	ns->host = host;
	config_init(ns);
	tables_init(&ns->tables);
	skua_host_set_data(host, ns);
	rc = skua_provide_service(host, "namesrv", &namesrv_service);
	if (rc == SKUA_OK)
		return SKUA_OK;
	namesrv_unload(host);
	return skua_fail(e, rc, "could not provide the service \"namesrv\": %s",
	    skua_strerror(rc));
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "service-namesrv",
	.version = "1.0",
	.descr = "nameserver: which broker has which topic",
	.license = "Apache-2.0",
	.options = namesrv_options,
	.conf_size = sizeof(struct namesrv_conf),
	.load = namesrv_load,
	.unload = namesrv_unload,
	.reconfigure = config_reconfigure,
};
