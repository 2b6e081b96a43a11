/* SPDX-License-Identifier: Apache-2.0 */
/* What the two forms of a registration body share. */
#ifndef NAMESRV_BODY_PRIV_H
#define NAMESRV_BODY_PRIV_H

#include "body.h"

/* Longer than any name a broker makes up ("%RETRY%" group "_" topic). */
#define TOPIC_NAME_MAX 1024

int body_decode_compressed(struct skua_str bytes, int32_t version,
    int64_t now_ms, struct body *body, struct skua_error *e);

int body_add_topic(struct body *body, struct skua_str name,
    const struct queue_conf *conf);
/* topic NULL: the one the mapping names. */
int body_add_mapping(struct body *body, const char *topic, const json_t *info);
int body_set_filters(struct body *body, const json_t *list);

#endif
