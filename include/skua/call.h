/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to connected clients, and who they are.
 * Upstream: broker.client.net.Broker2Client, broker.client.ProducerManager.
 */
#ifndef SKUA_CALL_H
#define SKUA_CALL_H

#include <skua/host.h>
#include <skua/request.h>

SKUA_BEGIN_DECLS

/* A client's answer; views valid during the call. */
struct skua_reply {
	size_t size;
	int32_t code;
	struct skua_str remark, body;
	const struct skua_request *fields; /* for skua_request_field */
	void *reserved[4];
};

/* On the connection's loop, where it must not block; or, when the broker stops
 * first, on the main thread before the services are stopped.  reply is NULL
 * unless rc is SKUA_OK: SKUA_ETIMEOUT; SKUA_ECLOSED: the connection is gone;
 * SKUA_EBUSY: it takes nothing at present; SKUA_ECANCELED: the broker stops. */
typedef void skua_reply_fn(void *arg, int rc, const struct skua_reply *reply);

/* Sends a request to a client and hands over its answer.  Any thread.  fields:
 * name, value, …, NULL, or NULL; fields and body are copied.  timeout_ms: 1 to
 * 3600000.
 *
 * SKUA_OK: fn is called once, never within this call.  Else never: SKUA_EINVAL;
 * SKUA_ENOENT: there is no such connection; SKUA_EBUSY while plug-ins' puts and
 * calls hold maxPluginPutBytes, SKUA_ELIMIT for one that would on its own;
 * SKUA_ECLOSED: the loops do not run; SKUA_ENOTSUP without the role broker. */
SKUA_API int skua_client_call(struct skua_host *host, uint64_t connection,
    int32_t code, const char *const *fields, struct skua_str body,
    int64_t timeout_ms, skua_reply_fn *fn, void *arg) SKUA_MUST_CHECK;

/* Main thread: up to n connections of a producer group, in the order in which
 * they came; returns how many it has. */
SKUA_API size_t skua_producers(struct skua_host *host, struct skua_str group,
    uint64_t *connections, size_t n);

SKUA_END_DECLS

#endif
