/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request of a peer, and its answer.  Used by hooks and services.
 * Upstream: remoting.protocol.RemotingCommand.
 */
#ifndef SKUA_REQUEST_H
#define SKUA_REQUEST_H

#include <skua/error.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

/* RocketMQ response codes used by plug-ins; the whole list is in
 * org.apache.rocketmq.remoting.protocol.ResponseCode. */
enum skua_code {
	SKUA_CODE_SUCCESS = 0,
	SKUA_CODE_SYSTEM_ERROR = 1,
	SKUA_CODE_SYSTEM_BUSY = 2,
	SKUA_CODE_NOT_SUPPORTED = 3,
	SKUA_CODE_FLUSH_DISK_TIMEOUT = 10,
	SKUA_CODE_SLAVE_NOT_AVAILABLE = 11,
	SKUA_CODE_FLUSH_SLAVE_TIMEOUT = 12,
	SKUA_CODE_MESSAGE_ILLEGAL = 13,
	SKUA_CODE_SERVICE_NOT_AVAILABLE = 14,
	SKUA_CODE_NO_PERMISSION = 16,
	SKUA_CODE_TOPIC_NOT_EXIST = 17,
	SKUA_CODE_PULL_NOT_FOUND = 19,
	SKUA_CODE_PULL_RETRY_IMMEDIATELY = 20,
	SKUA_CODE_PULL_OFFSET_MOVED = 21,
	SKUA_CODE_QUERY_NOT_FOUND = 22,
	SKUA_CODE_SUBSCRIPTION_PARSE_FAILED = 23,
	SKUA_CODE_SUBSCRIPTION_NOT_EXIST = 24,
	SKUA_CODE_SUBSCRIPTION_NOT_LATEST = 25,
	SKUA_CODE_GROUP_NOT_EXIST = 26,
	SKUA_CODE_INVALID_PARAMETER = 29,
	SKUA_CODE_CONSUMER_NOT_ONLINE = 206,
};

/* What a request does, whatever its code and fields are called. */
enum skua_operation {
	SKUA_OP_UNKNOWN = 0, /* nothing is known of it: it may change anything */
	SKUA_OP_NONE,        /* nobody here answers it */
	SKUA_OP_PRODUCE,     /* stores messages */
	SKUA_OP_CONSUME,     /* reads messages, says how far its group has read */
	SKUA_OP_CLIENT,      /* a client comes, is there, or goes */
	SKUA_OP_READ,        /* looks at anything else, changes nothing */
	SKUA_OP_CHANGE_TOPIC,
	SKUA_OP_CHANGE_GROUP, /* that need not be the caller's */
	SKUA_OP_CHANGE_SETTINGS,
	SKUA_OP_CHANGE_FILES,
	SKUA_OP_CHANGE_USERS, /* and their rights; also looks at them */
	SKUA_OP_REGISTER,     /* a broker at a nameserver */
	SKUA_OP_CLUSTER,      /* brokers and controllers among themselves */
};

struct skua_request; /* owned by the host */

/* Any of these: on the request's loop, or anywhere after a defer. */
SKUA_API int32_t skua_request_code(const struct skua_request *request);
SKUA_API int32_t skua_request_version(const struct skua_request *request);
SKUA_API bool skua_request_is_oneway(const struct skua_request *request);
/* Distinguishes connections for the life of the process. */
SKUA_API uint64_t skua_request_connection(const struct skua_request *request);
SKUA_API const struct skua_addr *skua_request_peer(
    const struct skua_request *request);
/* The port it came by: "broker", "VIP", or the name of the service whose it is. */
SKUA_API const char *skua_request_port(const struct skua_request *request);
SKUA_API enum skua_operation skua_request_operation(
    const struct skua_request *request);
/* RocketMQ's name of a code; "" for one that it does not have. */
SKUA_API const char *skua_request_name(int32_t code);

/* The topic or group that the handler will use, whatever the field is called;
 * false when there is none or may be several: then the walks below tell each.
 * Of RocketMQ's codes; those of other services have fields of their own. */
SKUA_API bool skua_request_topic(const struct skua_request *request,
    struct skua_str *topic_r);
SKUA_API bool skua_request_group(const struct skua_request *request,
    struct skua_str *group_r);
/* Calls fn with each, in fields or in the body (which is read for it), until it
 * returns false.  The name is valid during the call.  Not SKUA_OK: the body
 * can't be read, and the handler will refuse it. */
typedef bool skua_name_fn(void *arg, struct skua_str name);
SKUA_API int skua_request_topics(const struct skua_request *request,
    skua_name_fn *fn, void *arg);
SKUA_API int skua_request_groups(const struct skua_request *request,
    skua_name_fn *fn, void *arg);

/* An extension field; an empty view (p NULL) when absent.  Of a field that comes
 * twice the last one counts, here and for every handler.  Borrowed. */
SKUA_API struct skua_str skua_request_field(const struct skua_request *request,
    const char *name);
/* The field as a number; false when absent or not one. */
SKUA_API bool skua_request_int(const struct skua_request *request,
    const char *name, int64_t *value_r);
/* The field as a truth value: "true" in any case; else dflt when absent. */
SKUA_API bool skua_request_bool(const struct skua_request *request,
    const char *name, bool dflt);
/* Walks all fields: index from 0; false behind the last. */
SKUA_API bool skua_request_field_at(const struct skua_request *request,
    size_t index, struct skua_str *name_r, struct skua_str *value_r);
SKUA_API struct skua_str skua_request_body(const struct skua_request *request);

/* The answer.  Fields are added first, then skua_answer sends it; the request
 * is gone afterwards.  A one-way request takes an answer and sends nothing.
 * Names and text are copied; there may be any number of fields.  When memory is
 * short, the peer gets a system error instead of a part of the answer. */
SKUA_API void skua_answer_field(struct skua_request *request, const char *name,
    struct skua_str value);
SKUA_API void skua_answer_int(struct skua_request *request, const char *name,
    int64_t value);
SKUA_API void skua_answer_body(struct skua_request *request,
    const void *bytes, size_t len);
/* remark may be NULL.  Takes the request. */
SKUA_API void skua_answer(struct skua_request *request, int32_t code,
    const char *remark, ...) SKUA_PRINTF(3, 4);

/* Keeps the request beyond the handler: a copy, to be answered exactly once,
 * from any thread, also when the connection is gone by then.  What it holds counts
 * for its connection until then.  NULL when there is no memory or too much is
 * held: the request was answered.  Answering twice is a use after free; never
 * answering keeps the memory, and the peer waits until its own time-out. */
SKUA_API struct skua_request *skua_request_defer(struct skua_request *request);

SKUA_END_DECLS

#endif
