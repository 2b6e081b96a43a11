/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a message to the log: route, encode, collect; at the turn's end append
 * the batch, wake parked pulls, answer now or when flush and replication agree.
 */
#ifndef BROKER_PUT_H
#define BROKER_PUT_H

#include <skua/message.h>

#include "broker/state.h"

/* Why a message is refused: a RocketMQ code and a remark. */
struct put_refusal {
	int32_t code;
	char remark[512];
};

/* Begins a send request's entry in the batch; ends the turn first if the batch
 * is full. */
struct put_request *skua_put_begin(struct loop_state *s,
    struct skua_request *request);
/* Adds a message to it.  topic is message->topic's. */
int skua_put_add(struct loop_state *s, struct put_request *r,
    struct topic *topic, const struct skua_message *message,
    struct skua_str properties_tail, struct put_refusal *refusal);
/* Takes back what was added since begin. */
void skua_put_cancel(struct loop_state *s, struct put_request *r);

/* Appends the batch.  Called at the turn's end. */
void skua_put_flush(struct loop_state *s);

/* put_answer.c.  code is the batch's; end_pos: when the log is durable up to
 * there, 0: now. */
void skua_put_answer(struct loop_state *s, const struct put_request *r,
    int32_t code, const char *remark, int64_t end_pos);

/* put_wait.c */
void skua_put_answer_later(struct loop_state *s, const struct put_request *r,
    const struct command_out *out, int64_t end_pos);
/* Positions became durable: answers what waited.  On the loop. */
void skua_put_release(struct loop_state *s);
/* Any thread. */
void skua_put_durable(struct broker *b);
/* A tick: what waited too long is answered with a timeout code. */
void skua_put_expire(struct loop_state *s);
void skua_put_drop_waiting(struct loop_state *s);

#endif
