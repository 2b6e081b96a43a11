/* SPDX-License-Identifier: Apache-2.0 */
/* What session.c, session_view.c and heartbeat.c share.  Main thread. */
#ifndef BROKER_SESSION_PRIV_H
#define BROKER_SESSION_PRIV_H

#include "broker/session.h"

struct consumer_group *session_need_consumers(struct sessions *s,
    struct skua_str name);
struct producer_group *session_need_producers(struct sessions *s,
    struct skua_str name);

enum session_touch { TOUCH_KNOWN, TOUCH_NEW, TOUCH_REFUSED };
/* A client is its connection.  TOUCH_NEW also when it was renamed. */
enum session_touch session_touch(struct broker *b, struct members *members,
    const struct skua_request *request, const char *id);
/* Whether maxSessionBytes leaves room for so much more. */
bool session_has_room(const struct broker *b, int64_t bytes);
/* Memory that a subscription takes, about. */
int64_t session_weight(const json_t *json);
/* Its view is out of date: settling makes a new one. */
void session_changed(struct broker *b, struct consumer_group *g);
/* Somebody left: a new view, and the others are told. */
void session_left(struct broker *b, struct consumer_group *g);
/* Frees a group when nobody is left in it. */
void session_forget_empty(struct broker *b, struct members *members);
void session_free_view(void *view);

#endif
