/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the broker to its clients.  Any thread. */
#ifndef BROKER_NOTICE_H
#define BROKER_NOTICE_H

#include "net/conn.h"
#include "net/request.h"

enum {
	REQUEST_NOTIFY_CONSUMER_IDS_CHANGED = 40,
	REQUEST_RESET_CONSUMER_OFFSET = 220,
	REQUEST_CONSUMER_RUNNING_INFO = 307,
};

/* One-way.  fields: name, value, …, NULL. */
void skua_notice_send(struct conn *conn, int32_t code,
    const char *const *fields, struct skua_str body);
void skua_notice_close(struct conn *conn, const char *why);

/* Hands a request on to a client; its answer becomes the answer.  Takes the
 * deferred request.  Upstream: AdminBrokerProcessor.callConsumer. */
void skua_notice_relay(struct conn *conn, struct skua_request *request,
    int64_t timeout_ms);
/* On the client's loop: an answer came; false when nobody waits for it. */
bool skua_relay_answered(struct skua_request *response);
/* The loop ends: gives up what it still waits for. */
void skua_relay_end_all(void);

#endif
