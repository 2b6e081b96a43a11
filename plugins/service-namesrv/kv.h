/* SPDX-License-Identifier: Apache-2.0 */
/* The key-value configuration: namespaces of texts, kept in one JSON file.
 * Upstream: namesrv.kvconfig.KVConfigManager. */
#ifndef NAMESRV_KV_H
#define NAMESRV_KV_H

#include <pthread.h>

#include <skua/json.h>
#include <skua/request.h>

#define KV_ORDER_CONF skua_str_z("ORDER_TOPIC_CONFIG")

struct kv {
	pthread_rwlock_t lock;
	json_t *table; /* namespace -> key -> text */
	char *path;
	int64_t max_bytes; /* of the file, when a value is put; 0: no limit */
};

/* A file that is there but cannot be read is an error, not an empty table. */
int kv_init(struct kv *kv, const char *path, struct skua_error *e);
void kv_fini(struct kv *kv);

/* Main thread.  value.p NULL removes the key.  The file is written first: on
 * an error nothing has changed. */
int kv_set(struct kv *kv, struct skua_str space, struct skua_str key,
    struct skua_str value, struct skua_error *e);

/* The value in malloc'd memory, or NULL. */
char *kv_get(struct kv *kv, struct skua_str space, struct skua_str key);

/* Sets {"table":{…}} as the answer's body; false without the namespace. */
bool kv_answer_namespace(struct kv *kv, struct skua_request *request,
    struct skua_str space);

#endif
