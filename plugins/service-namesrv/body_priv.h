/* SPDX-License-Identifier: Apache-2.0 */
/* What the two forms of a registration body share. */
#ifndef NAMESRV_BODY_PRIV_H
#define NAMESRV_BODY_PRIV_H

#include "body.h"

#define TOPICS_MAX 500000 /* of one registration */
#define FILTERS_MAX 256
#define FILTER_MAX 255 /* bytes */

int body_decode_compressed(struct skua_str bytes, int32_t version,
    int64_t now_ms, struct body *body, struct skua_error *e);

int body_add_topic(struct body *body, struct skua_str name,
    const struct queue_conf *conf);
/* topic NULL: the one the mapping names. */
int body_add_mapping(struct body *body, const char *topic, const json_t *info);
int body_set_filters(struct body *body, const json_t *list);

#endif
