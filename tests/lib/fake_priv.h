/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the scripted peer share; under its lock. */
#ifndef TESTS_FAKE_PRIV_H
#define TESTS_FAKE_PRIV_H

#include <pthread.h>

#include "fake.h"

#define CONNS_MAX 64
#define SEEN_MAX 65536
#define MESSAGES_MAX 8192
#define QUEUES_MAX 16
#define SCRIPTS_MAX 32
#define ANSWERS_MAX 64
#define MEMBERS_MAX 8

struct seen {
	int32_t code;
	size_t count;
	char *names[24], *values[24];
	char *body;
	size_t body_len;
};

struct stored {
	int queue;
	char topic[64];
	uint8_t *record;
	size_t size;
};

struct fake {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int listener, wake[2];
	uint16_t port;
	bool ending, gone;
	int fds[CONNS_MAX];
	uint8_t *in[CONNS_MAX];
	size_t in_len[CONNS_MAX];
	char address[32], broker[32], *route;
	int queues;
	struct seen seen[SEEN_MAX];
	int seen_count;
	struct {
		int32_t code, answer;
		int left;
	} scripts[SCRIPTS_MAX];
	struct stored messages[MESSAGES_MAX];
	int message_count;
	struct {
		char topic[64];
		int queue;
		int64_t offset;
	} committed[64];
	int committed_count;
	int64_t default_committed;
	char *answers[ANSWERS_MAX];
	int answer_count;
	char members[MEMBERS_MAX][128];
	int member_count;
	int32_t next_opaque;
};

/* fake_serve.c */
void fake_serve(struct fake *f, int fd, const struct command *c);
void fake_reply(int fd, const struct command *c, int32_t code);
int64_t fake_store(struct fake *f, struct skua_str topic, int queue,
    struct skua_str properties, struct skua_str body, int32_t sys_flag);
void fake_know_member(struct fake *f, const char *id, size_t n);

#endif
