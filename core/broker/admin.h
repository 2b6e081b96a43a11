/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of administration share.  Main thread. */
#ifndef BROKER_ADMIN_H
#define BROKER_ADMIN_H

#include "broker/broker.h"
#include "net/request.h"

/* A setting that only administration reads. */
bool skua_admin_is_set(const struct broker *b, const char *key);

/* The entries of a table by name; the array is freed by the caller. */
struct map_entry **skua_admin_sorted(const struct map *map, size_t *n_r);

/* What a request names the three fields by which it asks for a part. */
struct page_fields {
	const char *first, *max;
};
/* The part [begin, end) of a sorted table that a request asks for; all of it
 * when it has none of the fields.  False after answering. */
struct page {
	size_t begin, end;
};
bool skua_admin_page(struct broker *b, struct skua_request *request,
    const struct page_fields *fields, const struct data_version *version,
    size_t total, struct page *page_r);

/* Answers success; for skua_keep_topics. */
void skua_admin_kept(struct broker *b, void *request);
/* Whether a topic is not the broker's own; false after answering. */
bool skua_admin_may_change(struct broker *b, struct skua_request *request,
    struct skua_str topic);

/* Every group that has an offset of the topic: fn(arg, group).  The visited
 * table must not change meanwhile. */
typedef void admin_group_fn(void *arg, struct skua_str group);
void skua_admin_groups_of(const struct broker *b, struct skua_str topic,
    admin_group_fn *fn, void *arg);

/* A client's MQVersion as text, for versions before 3.1.8. */
#define ADMIN_VERSION_SIZE 32
const char *skua_admin_old_version(int32_t version,
    char text[ADMIN_VERSION_SIZE]);

#endif
