/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of a message that has none: asks the topic's selector. */
#ifndef BROKER_SELECTING_H
#define BROKER_SELECTING_H

#include "broker/state.h"

struct skua_message;

int32_t skua_select_queue(struct loop_state *s, struct topic *topic,
    const struct topic_conf *conf, const struct skua_message *message);
void skua_selecting_free(struct loop_state *s);

#endif
