/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings that core code reads, typed: an immutable snapshot.  A change
 * makes a new one; loops read the one in force while online (base/rcu.h).
 * settings.def says what each means.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "conf/settings.h"

struct conf {
	/* who and where */
	const char *cluster, *broker, *namesrv_addr, *bind_address;
	const char *advertised_ip, *roles, *region, *role;
	const char *store_folder, *user, *log_level, *config_black_list;
	int64_t broker_id, listen_port, register_ms;
	/* plug-ins */
	const char *plugin_path, *plugins, *store, *index, *flush, *flush_type;
	const char *replication, *selector;
	/* what peers can cost */
	int64_t io_threads, conns_max, conns_per_addr, reserved_fds;
	int64_t unsent_max, unsent_all_max, reading_all_max;
	int64_t deferred_max, parked_max, deferred_bytes_max, deferred_all_max;
	int64_t plugin_puts_max;
	int64_t heartbeat_max, sessions_max;
	int64_t auto_topics_max, auto_groups_max, pull_budget_ms;
	int64_t filter_bytes_max;
	/* topics and groups */
	bool auto_create_topic, auto_create_group, broker_topic, cluster_topic;
	bool trace_topic, trace_on, timer_wheel, mixed_types;
	bool validate_system_topics, clear_retry_topics, split_metadata;
	int64_t default_queues, permission, split_metadata_size;
	/* sending */
	int64_t message_size_max, flush_timeout_ms, accept_sends_ms;
	bool reject_transactions;
	/* What the broker adds to every message, from region, trace_on and
	 * cluster, as a property text. */
	struct skua_str own_properties;
	/* pulling */
	bool long_polling, lite_pull, notify_ids_changed, server_side_reset;
	int64_t short_polling_ms, transfer_bytes, transfer_count;
	int64_t cold_bytes, cold_count, scan_bytes;
	/* clients */
	int64_t channel_expired_ms, idle_seconds, offset_flush_ms;
	/* retention */
	int64_t reserved_hours;
	int64_t disk_max_percent, force_percent, full_percent;
	bool clean_forcibly;
	const char *delete_when, *retain_unconsumed_of;
};

/* Typed from the text in force; strings are copies the snapshot owns. */
struct conf *skua_conf_new(const struct settings *s);
void skua_conf_free(struct conf *conf);

/* Whether a comma-separated list has the word. */
bool skua_conf_list_has(const char *list, const char *word);

#endif
