/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET_ALL_TOPIC_CONFIG (21), GET_TOPIC_CONFIG (351),
 * GET_SYSTEM_TOPIC_LIST_FROM_BROKER (305).
 * Upstream: broker.processor.AdminBrokerProcessor.
 */
#include <stdlib.h>

#include "broker/admin.h"
#include "broker/handlers.h"

void
handle_get_topic(struct broker *b, struct skua_request *request)
{
	struct topic *topic;
	struct skua_str name;
	struct skua_jsonw w;

	if (!skua_need_field(request, "topic", &name))
		return;
	topic = skua_topic_find(&b->topics, name);
	if (topic == NULL) {
		skua_answer(request, SKUA_CODE_TOPIC_NOT_EXIST,
		    "No topic in this broker. topic: " SKUA_STR_FMT,
		    SKUA_STR_ARG(name));
		return;
	}
	skua_answer_json_begin(&w);
	skua_topic_write(&w, topic);
	skua_answer_json(request, &w);
}

static void
write_empty(struct skua_jsonw *w, const char *name)
{
	skua_jsonw_key_z(w, name);
	skua_jsonw_open(w, '{');
	skua_jsonw_close(w, '}');
}

/* There are no static topics: their mappings are empty, and as old as the
 * broker. */
static void
answer_topics(struct broker *b, struct skua_request *request,
    struct map_entry **all, size_t total, const struct page *page)
{
	struct data_version mapping = { .timestamp = b->boot_ms };
	struct skua_jsonw w;

	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "dataVersion");
	data_version_write(&w, &b->topics.version);
	skua_jsonw_key_z(&w, "mappingDataVersion");
	data_version_write(&w, &mapping);
	skua_jsonw_key_z(&w, "topicConfigTable");
	skua_jsonw_open(&w, '{');
	for (size_t i = page->begin; i < page->end && w.error == SKUA_OK; i++) {
		skua_jsonw_key(&w, all[i]->key);
		skua_topic_write(&w, sk_container(all[i], struct topic, entry));
	}
	skua_jsonw_close(&w, '}');
	write_empty(&w, "topicQueueMappingDetailMap");
	write_empty(&w, "topicQueueMappingInfoMap");
	skua_jsonw_close(&w, '}');
	skua_answer_int(request, "totalTopicNum", (int64_t)total);
	skua_answer_json(request, &w);
}

void
handle_all_topics(struct broker *b, struct skua_request *request)
{
	static const struct page_fields fields = { "topicSeq", "maxTopicNum" };
	struct map_entry **all;
	struct page page;
	size_t total;

	all = skua_admin_sorted(&b->topics.map, &total);
	if (skua_admin_page(b, request, &fields, &b->topics.version, total,
		&page))
		answer_topics(b, request, all, total, &page);
	free(all);
}

/* Names a broker keeps for itself, whether or not the topic exists.  %c: the
 * cluster's name, %b: the broker's. */
static const char *const system_names[] = { "BenchmarkTest",
	"CHECKPOINT_TOPIC", "OFFSET_MOVED_EVENT",
	"RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC",
	"RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC", "RMQ_SYS_TRACE_TOPIC",
	"RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC",
	"SCHEDULE_TOPIC_XXXX", "SELF_TEST_TOPIC", "TBW102",
	"TRANS_CHECK_MAX_TIME_TOPIC", "%c", "%b", "%c_REPLY_TOPIC",
	"rmq_sys_REVIVE_LOG_%c", "rmq_sys_SYNC_BROKER_MEMBER_%b",
	"rmq_sys_wheel_timer" };
#define SYSTEM_COUNT (sizeof(system_names) / sizeof(system_names[0]))

static void
write_system_name(struct skua_jsonw *w, const struct conf *conf,
    const char *pattern)
{
	const char *mark = strchr(pattern, '%'), *own;
	size_t head, len;
	char *name;

	if (mark == NULL) {
		skua_jsonw_str_z(w, pattern);
		return;
	}
	own = mark[1] == 'c' ? conf->cluster : conf->broker;
	head = (size_t)(mark - pattern);
	len = strlen(own);
	name = skua_mem_new(1, strlen(pattern) + len);
	memcpy(name, pattern, head);
	memcpy(name + head, own, len);
	memcpy(name + head + len, mark + 2, strlen(mark + 2));
	skua_jsonw_str_z(w, name);
	free(name);
}

void
handle_system_topics(struct broker *b, struct skua_request *request)
{
	const struct conf *conf = broker_conf(b);
	struct skua_jsonw w;

	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "topicList");
	skua_jsonw_open(&w, '[');
	for (size_t i = 0; i < SYSTEM_COUNT; i++)
		write_system_name(&w, conf, system_names[i]);
	skua_jsonw_close(&w, ']');
	skua_jsonw_close(&w, '}');
	skua_answer_json(request, &w);
}
