/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the broker to its clients.  Any thread. */
#ifndef BROKER_NOTICE_H
#define BROKER_NOTICE_H

#include "base/hash.h"
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

/* --- calls: a request to a client, and its answer --- */

/* A part of what is asked. */
struct client_call {
	UT_hash_handle hh;
	int32_t opaque;
	struct conn *conn;
	uv_timer_t timer;
	uint8_t *frame; /* freed with the call */
	size_t len;
	int64_t timeout_ms;
	/* Once, on the loop: SKUA_OK with the answer, SKUA_ETIMEOUT, SKUA_ECLOSED
	 * (the connection), SKUA_EBUSY, SKUA_ECANCELED (the loop ends). */
	void (*done)(struct client_call *call, int status,
	    struct skua_request *reply);
	void (*free)(struct client_call *call); /* after done */
};

/* Makes the frame.  Any thread. */
void skua_call_encode(struct client_call *call, struct command_out *out,
    struct skua_str body);
/* On the connection's loop.  done may be called within. */
void skua_call_start(struct client_call *call, struct conn *conn);
/* On the client's loop: an answer came; false when nobody waits for it. */
bool skua_call_answered(struct skua_request *response);
void skua_calls_connection_closed(const struct conn *conn);
/* The loop ends: gives up what it still waits for. */
void skua_calls_end_all(void);

#endif
