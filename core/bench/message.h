/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A send request as the Java client writes it, made once for each queue and
 * then patched: what changes from message to message has a fixed width.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include "bench/bench.h"

enum {
	BENCH_HEAD_SIZE = 1024,
	BENCH_OPAQUE_BASE = 1000000000, /* ten digits, whatever is added */
	BENCH_OPAQUE_SPAN = 1000000000,
	BENCH_STAMP_SIZE = 16, /* at the start of a body: the run, and when */
	BENCH_ITEM_SIZE = 22,  /* of a batch, without body and properties */
};

/* Where the changing parts of a header are; 0: there is none. */
struct bench_head {
	size_t len;
	size_t opaque, born, unique_key, key;
	char bytes[BENCH_HEAD_SIZE];
};

/* Every message of the run that goes into one queue. */
struct bench_target {
	const char *topic;
	const char *broker; /* "IP:PORT" */
	int32_t queue_id;
	struct bench_head heads[2]; /* [matched] */
};

/* A frame that is one length field, codec, header. */
size_t skua_bench_head(char to[BENCH_HEAD_SIZE], int code, const char *fields);

struct bench_pull {
	const char *group, *topic;
	int32_t queue_id;
	int64_t offset;
	unsigned count;
	bool suspends; /* waits for messages */
	const char *type, *subscription;
	uint32_t opaque;
};
size_t skua_bench_pull(char to[BENCH_HEAD_SIZE],
    const struct bench_pull *pull);
/* What a consumer tells of itself, so that the broker keeps a session of it. */
struct bench_beat {
	const char *client_id, *group, *topic;
	uint32_t opaque;
};
enum { BENCH_BEAT_SIZE = 1536 };
size_t skua_bench_beat(char to[BENCH_BEAT_SIZE],
    const struct bench_beat *beat);

void skua_bench_target_init(struct bench_target *target,
    const struct bench_options *options);

/* What is new in one message, or in the first of a batch. */
struct bench_stamp {
	uint32_t opaque;
	uint64_t number; /* of the run's messages */
	uint64_t scheduled_ns;
	uint64_t born_ms;
	uint64_t run;
};
/* Puts the header in front of a body that is there already. */
char *skua_bench_put_head(char *body, size_t body_len,
    const struct bench_head *head, const struct bench_stamp *stamp);
/* The stamp of a body of len bytes, when it has room for one. */
void skua_bench_put_stamp(char *body, size_t len,
    const struct bench_stamp *stamp);
/* When the message was due, by its body; 0: it is not of this run. */
uint64_t skua_bench_stamp_of(struct skua_str body, uint64_t run);

/* One item of a batch's body; returns behind it. */
char *skua_bench_put_item(char *to, size_t body_len, bool matched,
    const struct bench_options *options, const struct bench_stamp *stamp);
size_t skua_bench_item_max(const struct bench_options *options);

#endif
