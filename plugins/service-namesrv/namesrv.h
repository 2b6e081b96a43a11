/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the plug-in share: its state, its settings, its handlers.
 * Handlers run on any network loop, those of registrations on the worker as well;
 * jobs and timers on the main thread.
 */
#ifndef NAMESRV_NAMESRV_H
#define NAMESRV_NAMESRV_H

#include <skua/json.h>
#include <skua/name.h>
#include <skua/service.h>

#include "enroll.h"
#include "kv.h"
#include "tables.h"

#define UNIT "namesrv"
#define NAME_MAX_LEN 255 /* of clusters, brokers, addresses */

/* Upstream: common.namesrv.NamesrvConfig.  Numbers and truth values are read
 * and written atomically; text is the main thread's, once loops run. */
struct namesrv_conf {
	int64_t listen_port;
	const char *rocketmq_home, *kv_config_path, *config_store_path;
	const char *product_env_name, *config_black_list;
	bool cluster_test, order_message, return_order_conf;
	bool support_acting_master, all_topic_list, topic_list;
	bool notify_min_id, controller, need_wait, delete_topics;
	int64_t client_threads, client_queue, default_threads, default_queue;
	int64_t unregister_queue, scan_interval_ms, wait_seconds;
	int64_t max_brokers, max_topics, max_queues, max_kv_bytes; /* ours */
};

struct namesrv {
	struct skua_host *host;
	struct namesrv_conf conf;      /* text is its own */
	struct namesrv_conf host_conf; /* as last seen; numbers only */
	struct tables tables;
	struct kv kv;
	int64_t started_ms;
	int64_t complained_ms; /* atomic */
	/* Figures, atomic. */
	int64_t brokers, topics, registrations, repeats, refusals, expired;
	int64_t full;
	int64_t jobs, job_bytes; /* for other threads, atomic */
	struct worker *worker;
};

#define CONF_OF(ns, field) __atomic_load_n(&(ns)->conf.field, __ATOMIC_RELAXED)
#define COUNT_ONE(ns, field)                                                   \
	(void)__atomic_add_fetch(&(ns)->field, 1, __ATOMIC_RELAXED)

/* answer.c */
struct namesrv *namesrv_of(struct skua_host *host);
/* A mandatory name; answers the request itself when it is missing or longer
 * than NAME_MAX_LEN. */
bool need_name(struct skua_request *request, const char *field,
    struct skua_str *value_r);
bool need_int(struct skua_request *request, const char *field,
    int64_t *value_r);
/* The field, or "null" as Java puts an absent one into a sentence. */
struct skua_str field_shown(struct skua_request *request, const char *field);
/* Sends the writer's text as body and frees the writer; remark may be NULL. */
void answer_json(struct skua_request *request, struct skua_jsonw *w,
    const char *remark);
/* A limit was reached: answers so, and counts it. */
void answer_full(struct namesrv *ns, struct skua_request *request,
    const char *fmt, ...) SKUA_PRINTF(3, 4);
/* A mandatory name of a kind; address: IP or name, and port. */
bool need_kind(struct skua_request *request, const char *field,
    enum skua_name_kind kind, struct skua_str *value_r);
bool need_address(struct skua_request *request, const char *field,
    struct skua_str *value_r);
/* One line a second of what peers do wrong. */
void complain(struct namesrv *ns, const char *fmt, ...) SKUA_PRINTF(2, 3);
/* Runs fn with the request, deferred, on the main thread: what writes files. */
typedef void job_fn(struct namesrv *ns, struct skua_request *request);
void run_later(struct namesrv *ns, struct skua_request *request, job_fn *fn);
/* What waits for another thread is bounded: false when there is too much.  Each
 * call is followed by one of jobs_leave. */
bool jobs_join(struct namesrv *ns, int64_t bytes);
void jobs_leave(struct namesrv *ns, int64_t bytes);

/* worker.c: any loop. */
int worker_start(struct namesrv *ns, struct skua_error *e);
void worker_stop(struct namesrv *ns);
/* Here or on the worker, in the connection's order. */
void worker_run(struct namesrv *ns, struct skua_request *request,
    skua_handle_fn *fn);
void worker_lost(struct namesrv *ns, uint64_t connection);

/* config.c */
extern const struct skua_option namesrv_options[];
void config_init(struct namesrv *ns);
void config_fini(struct namesrv *ns);
int config_reconfigure(struct skua_host *host, const void *conf,
    struct skua_error *e);
skua_handle_fn handle_update_config, handle_get_config;

/* expiry.c */
void expiry_scan(void *ns);
void expiry_disconnected(struct skua_host *host, uint64_t connection);
void expiry_lost(struct namesrv *ns, uint64_t connection);
/* Sends what came of a change, frees it, and refreshes the figures. */
void settle(struct namesrv *ns, struct outcome *outcome);

/* register.c */
skua_handle_fn handle_register, handle_unregister, handle_heartbeat,
    handle_query_version;
/* route.c */
skua_handle_fn handle_route;
/* query.c */
skua_handle_fn handle_clusters, handle_members;
void put_broker_addrs(struct skua_jsonw *w, bool standard,
    const struct group *group, bool acts_as_master);
void put_group(struct skua_jsonw *w, bool standard, const struct group *group,
    bool acts_as_master);
/* lists.c */
skua_handle_fn handle_all_topics, handle_cluster_topics, handle_system_topics,
    handle_unit_topics, handle_unit_sub_topics, handle_unit_sub_only_topics;
/* topics.c */
skua_handle_fn handle_delete_topic, handle_register_topic, handle_wipe_write,
    handle_add_write;
/* kv.c */
skua_handle_fn handle_put_kv, handle_get_kv, handle_delete_kv, handle_list_kv;

#endif
