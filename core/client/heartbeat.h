/* SPDX-License-Identifier: Apache-2.0 */
/* Heartbeats: who this client is, to every broker of the topics it uses. */
#ifndef CLIENT_HEARTBEAT_H
#define CLIENT_HEARTBEAT_H

#include "client/client.h"

void skua_client_heartbeat_begin(struct skua_client *client);
/* Sends one to every broker now.  fn (may be NULL) is called when all have
 * answered or failed, with how many took it; perhaps from inside. */
typedef void heartbeat_fn(void *arg, size_t taken);
void skua_client_heartbeat(struct skua_client *client, heartbeat_fn *fn,
    void *arg);
/* A broker may have forgotten us: again, soon, until it answers. */
void skua_client_heartbeat_lost(struct skua_client *client,
    struct client_peer *peer);
/* No broker owes an answer to one. */
bool skua_client_heartbeat_is_quiet(const struct skua_client *client);
void skua_client_heartbeat_to(struct skua_client *client, const char *address);

#endif
