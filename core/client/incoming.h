/* SPDX-License-Identifier: Apache-2.0 */
/* What brokers ask of clients. */
#ifndef CLIENT_INCOMING_H
#define CLIENT_INCOMING_H

#include "client/client.h"

void skua_client_incoming(struct skua_client *client, struct conn *conn,
    const struct command *command);

#endif
