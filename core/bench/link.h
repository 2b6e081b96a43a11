/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of the load generator: whole answers in, frames of a ring out. */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <skua/error.h>
#include <skua/types.h>

/* A frame on its way; the link borrows it until it was written. */
struct bench_out {
	const char *frame;
	size_t len;
};

struct bench_link {
	int fd, poll;
	bool blocked; /* the socket took no more */
	char *in;
	size_t in_len, in_size;
	struct bench_out *ring;
	size_t ring_size, first, waiting;
	size_t written; /* of the first */
};

/* Joins the epoll set poll, with itself as the event's pointer.  ring_size: as
 * many frames as are ever put before they were written. */
int skua_bench_link_open(struct bench_link *link, const char *address, int poll,
    size_t ring_size, struct skua_error *e) SKUA_MUST_CHECK;
void skua_bench_link_close(struct bench_link *link);

void skua_bench_link_put(struct bench_link *link, const char *frame,
    size_t len);
/* As much as the socket takes; again when it takes more. */
int skua_bench_link_flush(struct bench_link *link, struct skua_error *e)
    SKUA_MUST_CHECK;

struct bench_answer {
	struct skua_str head, body;
};
/* Reads once, and hands every whole answer to fn, which may fail. */
typedef int bench_answer_fn(void *arg, struct bench_link *link,
    const struct bench_answer *answer);
int skua_bench_link_read(struct bench_link *link, bench_answer_fn *fn,
    void *arg, struct skua_error *e) SKUA_MUST_CHECK;

/* A number of the header, with or without quotes; name with its quotes and the
 * colon. */
int64_t skua_bench_number(const struct bench_answer *answer, const char *name,
    int64_t otherwise);
int32_t skua_bench_code(const struct bench_answer *answer);
int64_t skua_bench_opaque(const struct bench_answer *answer); /* -1: none */

#endif
