/* SPDX-License-Identifier: Apache-2.0 */
/* What session.c and heartbeat.c share.  Main thread. */
#ifndef BROKER_SESSION_PRIV_H
#define BROKER_SESSION_PRIV_H

#include "broker/session.h"

struct consumer_group *session_need_consumers(struct sessions *s,
    struct skua_str name);
struct producer_group *session_need_producers(struct sessions *s,
    struct skua_str name);
/* A client is its connection.  True when it is new to the list, or renamed. */
bool session_touch(struct session_client **list,
    const struct skua_request *request, const char *id);
/* Makes the group's new view the one that loops see. */
void session_publish(struct consumer_group *g);

#endif
