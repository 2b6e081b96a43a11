/* SPDX-License-Identifier: Apache-2.0 */
/* The typed snapshot: one table of key and field. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"

static const struct conf_field {
	const char *key;
	enum setting_type type;
	size_t offset;
} fields[] = {
#define TEXT(key, field) { #key, SETTING_TEXT, offsetof(struct conf, field) }
#define INT(key, field) { #key, SETTING_INT, offsetof(struct conf, field) }
#define BOOL(key, field) { #key, SETTING_BOOL, offsetof(struct conf, field) }
	TEXT(brokerClusterName, cluster),
	TEXT(brokerName, broker),
	TEXT(namesrvAddr, namesrv_addr),
	TEXT(bindAddress, bind_address),
	TEXT(brokerIP1, advertised_ip),
	TEXT(roles, roles),
	TEXT(regionId, region),
	TEXT(storePathRootDir, store_folder),
	INT(brokerId, broker_id),
	INT(listenPort, listen_port),
	INT(haListenPort, ha_port),
	INT(ioThreads, io_threads),
	BOOL(autoCreateTopicEnable, auto_create_topic),
	BOOL(autoCreateSubscriptionGroup, auto_create_group),
	BOOL(brokerTopicEnable, broker_topic),
	BOOL(clusterTopicEnable, cluster_topic),
	BOOL(traceTopicEnable, trace_topic),
	BOOL(traceOn, trace_on),
	BOOL(timerWheelEnable, timer_wheel),
	INT(defaultTopicQueueNums, default_queues),
	INT(brokerPermission, permission),
	TEXT(msgTraceTopicName, trace_topic_name),
	INT(maxMessageSize, message_size_max),
	BOOL(rejectTransactionMessage, reject_transactions),
	TEXT(queueSelector, selector),
	INT(syncFlushTimeout, flush_timeout_ms),
	INT(slaveTimeout, slave_timeout_ms),
	BOOL(longPollingEnable, long_polling),
	BOOL(litePullMessageEnable, lite_pull),
	BOOL(enablePropertyFilter, property_filter),
	BOOL(notifyConsumerIdsChangedEnable, notify_ids_changed),
	INT(shortPollingTimeMills, short_polling_ms),
	INT(maxTransferBytesOnMessageInMemory, transfer_bytes),
	INT(maxTransferCountOnMessageInMemory, transfer_count),
	INT(maxTransferBytesOnMessageInDisk, cold_bytes),
	INT(maxTransferCountOnMessageInDisk, cold_count),
	INT(maxFilterMessageSize, scan_bytes),
	INT(channelExpiredTimeout, channel_expired_ms),
	INT(serverChannelMaxIdleTimeSeconds, idle_seconds),
	INT(flushConsumerOffsetInterval, offset_flush_ms),
	INT(registerNameServerPeriod, register_ms),
	INT(fileReservedTime, reserved_hours),
	INT(diskMaxUsedSpaceRatio, disk_max_percent),
	INT(diskSpaceCleanForciblyRatio, force_percent),
	INT(diskSpaceWarningLevelRatio, full_percent),
	BOOL(cleanFileForciblyEnable, clean_forcibly),
	TEXT(deleteWhen, delete_when),
	TEXT(retainUnconsumedOf, retain_unconsumed_of),
#undef TEXT
#undef INT
#undef BOOL
};
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

static void
derive_own_properties(struct conf *conf)
{
	size_t size = strlen(conf->region) + strlen(conf->cluster) + 64;
	char *text = sk_new_array(size, char);
	int n = snprintf(text, size,
	    "MSG_REGION\1%s\2TRACE_ON\1%s\2CLUSTER\1%s\2", conf->region,
	    conf->trace_on ? "true" : "false", conf->cluster);

	conf->own_properties = skua_str_n(text, (size_t)n);
}

struct conf *
skua_conf_new(const struct settings *s)
{
	struct conf *conf = sk_new(struct conf);

	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct conf_field *f = &fields[i];
		const char *text = skua_settings_get(s, f->key);
		void *to = (char *)conf + f->offset;

		if (f->type == SETTING_TEXT)
			*(char **)to = skua_mem_dup(skua_str_z(text));
		else if (f->type == SETTING_BOOL)
			*(bool *)to = skua_text_eq_nocase(skua_str_z(text),
			    "true");
		else
			(void)skua_text_int(skua_str_z(text), to);
	}
	derive_own_properties(conf);
	return conf;
}

void
skua_conf_free(struct conf *conf)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (fields[i].type == SETTING_TEXT)
			free(*(char **)(void *)((char *)conf +
			    fields[i].offset));
	free((void *)(uintptr_t)conf->own_properties.p);
	free(conf);
}

void
skua_conf_use(struct settings *s)
{
	static const char *const elsewhere[] = { "pluginPath", "plugins",
		"store", "index", "flush", "replication", "logLevel",
		"flushDiskType", "configBlackList", "brokerRole",
		"validateSystemTopicWhenUpdateTopic", "enableMixedMessageType",
		"clearRetryTopicWhenDeleteTopic", "enableSplitMetadata",
		"splitMetadataSize", "useServerSideResetOffset",
		"startAcceptSendRequestTimeStamp" };

	for (size_t i = 0; i < FIELD_COUNT; i++)
		skua_settings_use(s, fields[i].key);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		skua_settings_use(s, elsewhere[i]);
}

bool
skua_conf_list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p != '\0';) {
		size_t n;

		p += strspn(p, ", ");
		n = strcspn(p, ", ");
		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}
