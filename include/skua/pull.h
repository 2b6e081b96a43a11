/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libskua: reading single queues and keeping offsets, without membership in a
 * group.  Threads and ownership are as client.h says.
 */
#ifndef SKUA_PULL_H
#define SKUA_PULL_H

#include <skua/client.h>

SKUA_BEGIN_DECLS

struct skua_pull {
	const char *group, *topic;
	const struct skua_queue *queue;
	int64_t offset;
	int32_t max_messages;
	const char *expression, *expression_type; /* NULL: everything, "TAG" */
	int64_t hold_ms; /* wait so long for a message; 0: not at all */
};
enum skua_pull_outcome {
	SKUA_PULL_FOUND = 0,
	SKUA_PULL_NONE = 1,  /* nothing there now */
	SKUA_PULL_MOVED = 2, /* the offset was not there: go on at next_offset */
};
struct skua_pulled {
	enum skua_pull_outcome outcome;
	int64_t next_offset, min_offset, max_offset;
	struct skua_str records; /* back to back, for skua_record_decode */
};
/* pulled only with SKUA_OK, e only otherwise; records are borrowed. */
typedef void skua_pulled_fn(void *arg, int status,
    const struct skua_pulled *pulled, const struct skua_error *e);
SKUA_API int skua_pull_async(struct skua_client *client,
    const struct skua_pull *pull, skua_pulled_fn *fn, void *arg)
    SKUA_MUST_CHECK;
/* records in *pulled_r are malloc'd: free them with skua_pulled_free. */
SKUA_API int skua_pull(struct skua_client *client,
    const struct skua_pull *pull, struct skua_pulled *pulled_r,
    struct skua_error *e) SKUA_MUST_CHECK;
SKUA_API void skua_pulled_free(struct skua_pulled *pulled);

/* The group's offset; -1 when it has none. */
SKUA_API int skua_offset_query(struct skua_client *client, const char *group,
    const char *topic, const struct skua_queue *queue, int64_t *offset_r,
    struct skua_error *e) SKUA_MUST_CHECK;
SKUA_API int skua_offset_commit(struct skua_client *client, const char *group,
    const char *topic, const struct skua_queue *queue, int64_t offset,
    struct skua_error *e) SKUA_MUST_CHECK;
/* The first offset at or after a store time; INT64_MAX: the end; 0: the
 * oldest. */
SKUA_API int skua_offset_at(struct skua_client *client, const char *topic,
    const struct skua_queue *queue, int64_t ms, int64_t *offset_r,
    struct skua_error *e) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
