/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parked pulls: requests that wait on their loop for a message.
 * Upstream: broker.longpolling.PullRequestHoldService.
 */
#ifndef BROKER_PARK_H
#define BROKER_PARK_H

#include "broker/get.h"

/* Keeps the pull until there is more than it has seen, or hold_ms have passed. */
void skua_park(struct loop_state *s, struct skua_request *request,
    struct queue *queue, const struct get_result *seen, int64_t hold_ms);
/* The queue has grown: wakes the loops that wait for it.  Any thread. */
void skua_park_wake(struct broker *b, struct queue *queue);
/* A tick: answers what has waited long enough. */
void skua_park_expire(struct loop_state *s);
/* Re-runs every pull on a queue. */
void skua_park_rerun(struct loop_state *s, struct queue *queue);
/* Messages have become safe: re-runs the pulls that wait for that. */
void skua_park_rerun_hidden(struct loop_state *s);
/* One of the loop's connections is gone: its pulls are due. */
void skua_park_connection_closed(struct loop_state *s);
void skua_park_drop_all(struct loop_state *s);

/* Handles a pull that was parked: like a new one, but it commits no offset, and
 * parks again only while left_ms > 0.  Takes the request. */
void skua_pull_again(struct loop_state *s, struct skua_request *request,
    int64_t left_ms);

#endif
