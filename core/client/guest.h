/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client on a loop of the caller's.  The client keeps its own loop inside:
 * the caller's watches that loop's descriptor and its next timer, and runs it
 * without waiting.  So everything of the client can end at once and on its own,
 * and only a few handles live on the caller's loop.
 */
#ifndef CLIENT_GUEST_H
#define CLIENT_GUEST_H

#include <uv.h>

#include "client/client.h"

int skua_guest_start(struct skua_client *client, uv_loop_t *host)
    SKUA_MUST_CHECK;
/* The client's loop may go; the caller's closes the handles with its next
 * turn. */
void skua_guest_stop(struct skua_client *client);
/* Handles what is there; wait: at least one event. */
void skua_guest_drive(struct skua_client *client, bool wait);

#endif
