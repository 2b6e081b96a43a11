/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to a broker: requests as they are, one thread, many in flight. */
#ifndef CRASH_WIRE_H
#define CRASH_WIRE_H

#include <skua/message.h>

#include "wire/command.h"

#define WIRE_GROUP "readers" /* who pulls here */

enum wire_code {
	WIRE_PULL = 11,
	WIRE_QUERY_KEY = 12,
	WIRE_QUERY_OFFSET = 14,
	WIRE_UPDATE_OFFSET = 15,
	WIRE_CREATE_TOPIC = 17,
	WIRE_RUNTIME_INFO = 28,
	WIRE_SEARCH_OFFSET = 29,
	WIRE_MAX_OFFSET = 30,
	WIRE_MIN_OFFSET = 31,
	WIRE_DELETE_GROUP = 207,
	WIRE_DELETE_TOPIC = 215,
	WIRE_SEND_V2 = 310,
	WIRE_SEND_BATCH = 320,
	WIRE_DELETE_EXPIRED = 329,
};

/* A request's fields. */
struct wire_ask {
	struct field fields[24];
	char numbers[24][24];
	size_t count;
};
void wire_text(struct wire_ask *a, const char *name, const char *value);
void wire_number(struct wire_ask *a, const char *name, int64_t value);

struct wire;
/* 127.0.0.1; NULL when nobody listens. */
struct wire *wire_open(uint16_t port);
void wire_close(struct wire **w);

/* The number of the request, or -1: the connection is gone.  It leaves with the
 * next wire_flush or wire_take. */
int32_t wire_post(struct wire *w, int32_t code, const struct wire_ask *a,
    struct skua_str body);
void wire_flush(struct wire *w);
/* The next answer, good until the next call; NULL: none came in time, or none
 * will (wire_is_gone). */
const struct command *wire_take(struct wire *w, int64_t limit_ms);
bool wire_is_gone(const struct wire *w);
/* Both, with nothing else in flight. */
const struct command *wire_call(struct wire *w, int32_t code,
    const struct wire_ask *a, struct skua_str body, int64_t limit_ms);

/* A field's number; -1 without it. */
int64_t wire_int_of(const struct command *c, const char *name);

/* --- the requests that are used here --- */

void wire_ask_send(struct wire_ask *a, const char *topic, int32_t queue,
    const char *properties, bool batch);
/* SKUA_OK: 0; a code; -1: no answer. */
int32_t wire_create_topic(struct wire *w, const char *topic, int32_t queues,
    int64_t limit_ms);
int32_t wire_delete_topic(struct wire *w, const char *topic, int64_t limit_ms);
/* With its offsets. */
int32_t wire_delete_group(struct wire *w, const char *group, int64_t limit_ms);
/* The first offset whose message was stored at ms or later. */
int64_t wire_search(struct wire *w, const char *topic, int32_t queue, int64_t ms,
    int64_t limit_ms);
int64_t wire_offset(struct wire *w, enum wire_code code, const char *topic,
    int32_t queue, int64_t limit_ms);
const struct command *wire_pull(struct wire *w, const char *topic,
    int32_t queue, int64_t offset, int32_t max, int64_t limit_ms);
/* Only of that tag; "*": all. */
const struct command *wire_pull_tag(struct wire *w, const char *topic,
    int32_t queue, int64_t offset, int32_t max, const char *tag,
    int64_t limit_ms);
const struct command *wire_query_key(struct wire *w, const char *topic,
    const char *key, int64_t limit_ms);
int32_t wire_commit(struct wire *w, const char *group, const char *topic,
    int32_t queue, int64_t offset, int64_t limit_ms);
/* -1: none; -2: no answer. */
int64_t wire_committed(struct wire *w, const char *group, const char *topic,
    int32_t queue, int64_t limit_ms);

#endif
