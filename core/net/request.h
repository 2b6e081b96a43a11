/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests as core handlers see them; plug-ins use skua/request.h.
 *
 * Each loop has one request object that every frame is decoded into; a handler
 * that answers later makes a copy (skua_request_defer).
 */
#ifndef NET_REQUEST_H
#define NET_REQUEST_H

#include <skua/request.h>

#include "net/conn.h"

#define ANSWER_FIELDS_OWN 16 /* more go to the arena */

struct skua_request {
	struct conn *conn;
	/* Called with the answer's code before it leaves; may be NULL. */
	void (*answered)(struct skua_request *request, int32_t code);
	const char *port; /* its name */
	enum skua_operation operation;
	bool done; /* answered, or deferred: the loop's own */
	void *handler_data; /* what the dispatch stored for its handler */
	struct arena *arena; /* the turn's, or own */
	size_t answer_count, answer_size;
	struct field *answer; /* own_answer, or in the arena */
	struct field own_answer[ANSWER_FIELDS_OWN];
	struct skua_str answer_body;
	bool too_large; /* the answer: more than a frame, or than there is memory */
	/* of a deferred copy */
	bool deferred, parked;
	int64_t held; /* bytes that count for its connection */
	bool retried; /* the handler's: this is its second try */
	int64_t resume; /* the handler's: where it goes on; -1: from the start */
	struct arena own_arena;
	struct loop_msg msg;
	int32_t late_code;
	char *late_remark;
	struct command command;
};

struct skua_request *skua_request_new(void);
void skua_request_free(struct skua_request *request);
struct command *skua_request_command(struct skua_request *request);

/* Makes the loop's request that of conn's newest command. */
struct skua_request *skua_request_begin(struct conn *conn);

/* Frees a deferred request without an answer.  On its loop. */
void skua_request_drop(struct skua_request *request);
/* A deferred request begins to wait for messages; false when its connection has
 * too many that do, and then it was answered.  On its loop. */
bool skua_request_park(struct skua_request *request) SKUA_MUST_CHECK;
void skua_request_unpark(struct skua_request *request);

/* An answer whose body lies in the store: views that are released when they have
 * been written, or at once when nobody is there to take them. */
struct answer_view {
	const void *bytes;
	size_t len;
	void *pin;
};
void skua_answer_views(struct skua_request *request, const char *remark,
    const struct answer_view *views, size_t n, out_release_fn *release,
    void *owner);

/* Like skua_answer_field, without copying: name and value outlive the answer. */
void skua_answer_field_view(struct skua_request *request, const char *name,
    struct skua_str value);

#endif
