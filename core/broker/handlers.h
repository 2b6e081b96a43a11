/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers named in requests.def; each file handle_*.c holds a few. */
#ifndef BROKER_HANDLERS_H
#define BROKER_HANDLERS_H

#include "broker/broker.h"

#define REQUEST(name, flags, handler) handler_fn handler;
#include "broker/requests.def"
#undef REQUEST

/* Runs a handler on the main thread with this request, later. */
void skua_dispatch_to_main(struct broker *b, struct skua_request *request,
    handler_fn *handler);
/* A client's answer to a request of ours. */
void skua_answer_from_client(struct broker *b, struct skua_request *response);

/* The field, or false after answering that it is missing or not a number. */
bool skua_need_field(struct skua_request *request, const char *name,
    struct skua_str *value_r);
bool skua_need_int(struct skua_request *request, const char *name,
    int64_t *value_r);
/* The body as JSON (a new reference), or NULL after answering. */
json_t *skua_need_json(struct skua_request *request);
/* The same within a range, both ends included; code is the answer's for one that
 * is not. */
bool skua_need_i32(struct skua_request *request, const char *name, int32_t min,
    int32_t max, int32_t code, int32_t *value_r);
/* A writer for an answer, which is no larger than a frame. */
void skua_answer_json_begin(struct skua_jsonw *w);
/* Answers success with the writer's text, and frees it. */
void skua_answer_json(struct skua_request *request, struct skua_jsonw *w);

/* The queue a request means, NULL when it has no messages yet. */
struct queue *skua_find_queue(struct broker *b, struct skua_str topic,
    int64_t queue_id);

#endif
