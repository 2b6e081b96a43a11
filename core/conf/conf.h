/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings that core code reads, typed: an immutable snapshot.  A change
 * makes a new one; loops read the one in force while online (base/rcu.h).
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "conf/settings.h"

struct conf {
	/* who and where */
	const char *cluster, *broker, *namesrv_addr, *bind_address;
	const char *advertised_ip, *roles, *region;
	const char *store_folder;
	int64_t broker_id, listen_port, ha_port, io_threads;
	/* topics and groups */
	bool auto_create_topic, auto_create_group, broker_topic, cluster_topic;
	bool trace_topic, trace_on, timer_wheel;
	int64_t default_queues, permission;
	const char *trace_topic_name;
	/* sending */
	int64_t message_size_max;
	bool reject_transactions;
	/* What the broker adds to every message, from region, trace_on and
	 * cluster, as a property text. */
	struct skua_str own_properties;
	const char *selector;
	int64_t flush_timeout_ms, slave_timeout_ms;
	/* pulling */
	bool long_polling, lite_pull, property_filter, notify_ids_changed;
	int64_t short_polling_ms, transfer_bytes, transfer_count;
	int64_t cold_bytes, cold_count, scan_bytes;
	/* clients, timers */
	int64_t channel_expired_ms, idle_seconds;
	int64_t offset_flush_ms, register_ms;
	/* retention */
	int64_t reserved_hours;
	int64_t disk_max_percent, force_percent, full_percent;
	bool clean_forcibly;
	const char *delete_when, *retain_unconsumed_of;
};

/* Typed from the text in force; strings are copies the snapshot owns. */
struct conf *skua_conf_new(const struct settings *s);
void skua_conf_free(struct conf *conf);
/* Tells the settings which keys the snapshot reads. */
void skua_conf_use(struct settings *s);

/* Whether a comma-separated list has the word. */
bool skua_conf_list_has(const char *list, const char *word);

#endif
