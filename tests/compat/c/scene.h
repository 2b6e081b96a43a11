/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scene of a case: a topic, a group, a client and a producer, named after
 * the case; what a case checks ends it when it does not hold.
 */
#ifndef COMPAT_SCENE_H
#define COMPAT_SCENE_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/admin.h>
#include <skua/consumer.h>
#include <skua/producer.h>
#include <skua/pull.h>

#define PATIENCE_S 45
#define BODIES_MAX 4096

struct scene {
	char topic[128], group[128];
	char namesrv[128], broker[128];
	struct skua_client *client;
	struct skua_producer *producer;
	struct skua_error e;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int times[BODIES_MAX]; /* each body came */
	int distinct, all;
	bool later_once; /* what comes is asked for again, once */
};
typedef void case_fn(struct scene *s);

/* Ends the case. */
void fail(const char *fmt, ...) SKUA_PRINTF(1, 2);
#define CHECK(x)                                                               \
	do {                                                                   \
		if (!(x))                                                      \
			fail("%s:%d: %s", __FILE__, __LINE__, #x);             \
	} while (0)
#define OK(x)                                                                  \
	do {                                                                   \
		if ((x) != SKUA_OK)                                            \
			fail("%s:%d: %s: %s", __FILE__, __LINE__, #x,          \
			    s->e.text);                                        \
	} while (0)

int64_t now_ms(void);
/* Runs the case in a scene of its own, and says how it went. */
bool verdict(const char *suite, const char *name, case_fn *run);

struct skua_client *new_client(struct scene *s, bool binary);
/* The scene's, until the nameserver has heard of it. */
void make_topic(struct scene *s, int queues);
struct skua_sent send_body(struct scene *s, struct skua_producer *producer,
    const char *text, const char *tag, const char *key);
/* Bodies are numbers, keys k0, k1, …, tags odd and even. */
void send_numbers(struct scene *s, int first, int n);
/* A member that counts what comes. */
struct skua_push *push_as(struct scene *s, struct skua_client *client,
    const char *expression, const char *type);
void wait_count(struct scene *s, const int *count, int wanted);

#endif
