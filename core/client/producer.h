/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A producer's inside.  Sends may be handed over by any thread; from there on
 * everything is the client's thread's, but the counters of what is under way.
 */
#ifndef CLIENT_PRODUCER_H
#define CLIENT_PRODUCER_H

#include <skua/producer.h>

#include "client/client.h"

#define SENDING_POOL_MAX 1024
#define SENDING_POOL_SIZE 2048 /* bytes of a pooled one */

/* A producer's view of a topic. */
struct send_topic {
	UT_hash_handle hh;
	struct skua_producer *producer;
	uint32_t next; /* whose turn it is */
	void *selector_state;
	/* While its own route is not known: TBW102's, until then. */
	struct client_route *default_route;
	int64_t default_until_ms;
	bool asking;
	struct sending *waiting, **waiting_end; /* for the route */
	size_t name_len;
	char name[];
};

enum sending_kind { SENDING_ANSWERED, SENDING_ONEWAY, SENDING_BATCH };

/* One message, or one batch, on its way: the fixed part, then its texts. */
struct sending {
	struct loop_msg msg; /* to the client's thread */
	struct sending *next; /* waiting for a route, or pooled */
	struct sending *older, *newer; /* the producer's, while it lives */
	struct skua_producer *producer;
	struct send_topic *topic;
	enum sending_kind kind;
	bool pooled;
	unsigned tries;
	int32_t sys_flag, flag;
	size_t count, weight; /* messages; bytes of body, for back-pressure */
	int64_t born_ms, deadline_ms, try_started_ms;
	struct skua_str topic_name, hash_key;
	struct skua_str properties; /* without UNIQ_KEY, which goes behind */
	struct skua_str body;
	char *owned_body; /* compressed */
	const char *fixed_broker; /* to this queue only */
	const char *fixed_address;
	int32_t fixed_queue;
	const char *failed_broker; /* of the last try; in `sent` */
	struct skua_sent sent;
	struct skua_error error;
	skua_sent_fn *fn;
	void *arg;
	char text[];
};

/* What is known of a broker's health.  fault.c */
struct fault {
	UT_hash_handle hh;
	int64_t until_ms; /* not to be used before */
	char broker[];
};

struct skua_producer {
	struct skua_producer *prev, *next; /* of the client's list */
	struct skua_client *client;
	struct skua_producer_options options; /* its texts are not kept */
	char *group;
	struct send_topic *topics;
	struct fault *faults;
	struct sending *sendings; /* all that are on the client's thread */
	struct sending *pool;
	unsigned pool_count;
	bool ending;
	/* any thread */
	_Atomic size_t messages, bytes; /* under way */
	_Atomic bool wants_room;        /* somebody was told SKUA_EAGAIN */
	pthread_mutex_t lock;           /* of room, for those that sleep */
	pthread_cond_t room, empty;
	_Atomic unsigned sleepers, drainers;
};

/* --- flow.. of a send --- */

/* sending.c: making one out of the caller's words. */
int skua_sending_new(struct skua_producer *p,
    const struct skua_outgoing *messages, size_t count, enum sending_kind kind,
    struct sending **s_r, struct skua_error *e);
void skua_sending_free(struct sending *s);

/* room.c: back-pressure; any thread. */
bool skua_room_take(struct skua_producer *p, size_t count, size_t bytes);
void skua_room_wait(struct skua_producer *p, size_t count, size_t bytes);
void skua_room_give(struct skua_producer *p, size_t count, size_t bytes);

/* send.c: on the client's thread. */
void skua_send_start(struct sending *s);
void skua_send_finish(struct sending *s, int status);

/* select.c: the queue of a message; NULL: none is writable. */
const struct skua_queue *skua_send_select(struct sending *s,
    const struct client_route *route, bool is_default);

/* fault.c */
void skua_fault_note(struct skua_producer *p, const char *broker,
    int64_t latency_ms, bool failed);
bool skua_fault_is_fine(const struct skua_producer *p, const char *broker);
void skua_fault_free(struct skua_producer *p);

/* compress.c: true: *body_r is malloc'd, smaller, and *sys_flag_r says how. */
bool skua_client_compress(enum skua_compression how, int level,
    struct skua_str body, char **body_r, size_t *len_r, int32_t *sys_flag_r);

#endif
