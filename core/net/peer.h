/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An outgoing connection to HOST:PORT: connects when it is first needed and
 * again after it broke; matches answers to calls by their opaque id.
 * Everything runs on its loop.
 */
#ifndef NET_PEER_H
#define NET_PEER_H

#include "net/conn.h"

struct peer;

/* status SKUA_OK: answer is what came back, valid during the call.  Else the
 * call failed: SKUA_ECLOSED, SKUA_ETIMEOUT, SKUA_ECANCELED.  Exactly once, on
 * the loop, never from inside skua_peer_call. */
typedef void peer_answer_fn(void *arg, int status,
    const struct command *answer);

/* A request of the other side that comes on this connection. */
typedef void peer_request_fn(void *arg, struct conn *conn,
    const struct command *command);

/* address: HOST:PORT; a name is looked up whenever a connection is made.
 * SKUA_EINVAL: it is not of that form. */
int skua_peer_new(struct loop *loop, struct skua_str address,
    peer_request_fn *on_request, void *arg, struct peer **peer_r)
    SKUA_MUST_CHECK;
/* Fails what is in flight with SKUA_ECANCELED. */
void skua_peer_free(struct peer *peer);
/* As it was given. */
const char *skua_peer_address(const struct peer *peer);
/* Follows a name that moved: looks it up, and leaves a connection to where it
 * does not lead any more.  To be called now and then. */
void skua_peer_refresh(struct peer *peer);
bool skua_peer_is_connected(const struct peer *peer);
/* No connection, none under way, no call. */
bool skua_peer_is_idle(const struct peer *peer);
/* After connecting failed: how long until it should be tried again.  For the
 * caller to heed; doubles with each failure. */
int64_t skua_peer_backoff_ms(const struct peer *peer);

/* Sends out (its opaque is chosen here) with body. */
void skua_peer_call(struct peer *peer, struct command_out *out,
    struct skua_str body, int64_t timeout_ms, peer_answer_fn *fn, void *arg);
void skua_peer_oneway(struct peer *peer, struct command_out *out,
    struct skua_str body);
/* Calls closed(arg) whenever an established connection is lost. */
void skua_peer_on_lost(struct peer *peer, void (*lost)(void *arg));

#endif
