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

/* Begins an entry in the batch, which is appended first if it is full.  On the
 * loop. */
struct put_request *skua_put_begin(struct loop_state *s, put_done_fn *done,
    void *arg);
/* Adds a message to it.  topic is message->topic's. */
int skua_put_add(struct loop_state *s, struct put_request *r,
    struct topic *topic, const struct skua_message *message,
    struct skua_str properties_tail, struct put_refusal *refusal);
/* Takes back what was added since begin. */
void skua_put_cancel(struct loop_state *s, struct put_request *r);

/* Appends the batch.  Called at the turn's end. */
void skua_put_flush(struct loop_state *s);

/* put_answer.c: what a producer is told.  The answer to this send request; NULL:
 * no memory.  Lives until the turn ends. */
struct send_answer *skua_send_answer_new(struct loop_state *s,
    struct skua_request *request);
/* A batch is told the ids of all. */
void skua_send_answer_want_ids(struct send_answer *a);
/* Echoed; copied. */
void skua_send_answer_note_key(struct loop_state *s, struct send_answer *a,
    struct skua_str unique_key);
/* arg: a struct send_answer. */
void skua_send_answer(struct loop_state *s, const struct put_request *r,
    int32_t code, const char *remark, int64_t end_pos);

/* put_wait.c.  w->done is called when the log is safe up to end_pos. */
void skua_put_wait(struct loop_state *s, struct put_wait *w, int64_t end_pos);
/* Positions became durable: tells who waited.  On the loop. */
void skua_put_release(struct loop_state *s);
/* Any thread. */
void skua_put_durable(struct broker *b);
/* A tick: who waited too long is told so. */
void skua_put_expire(struct loop_state *s);
void skua_put_drop_waiting(struct loop_state *s);

#endif
