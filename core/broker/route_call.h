/* SPDX-License-Identifier: Apache-2.0 */
/* A message's passage through its topic's routes. */
#ifndef BROKER_ROUTE_CALL_H
#define BROKER_ROUTE_CALL_H

#include "broker/put.h"

/* Runs the topic's routes and adds what is left.  After one that redirects come
 * those of the new topic that were provided after it. */
int skua_route_run(struct loop_state *s, struct put_request *r,
    struct topic *topic, const struct skua_message *message,
    struct skua_str properties_tail, struct put_refusal *refusal);

/* For routes: adds a message that has passed them. */
int skua_put_add_routed(struct loop_state *s, struct put_request *r,
    struct topic *topic, const struct skua_message *message,
    struct skua_str properties_tail, bool is_copy, struct put_refusal *refusal);

/* Sets properties and the views into them. */
void skua_message_set_properties(struct skua_message *message,
    struct skua_str properties);

#endif
