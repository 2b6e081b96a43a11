/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RocketMQ's index files: hash chains from keys to log positions; their bytes
 * are in skua/files.h.
 *
 * A file is mapped writable: a slot is four bytes anywhere in 20 MB, and a call
 * for each would cost more than the message's way to the log.  The files are
 * derived; what a crash leaves is dropped and built anew from the log.  Blocks
 * are allocated before they are touched, so that a full disk is an error here,
 * too, and not a signal.
 *
 * One thread (the log's follower) checks what an earlier process left, and
 * writes; queries read under the lock.
 * Upstream: store.index.IndexFile, IndexHeader, IndexService.
 */
#ifndef QUERY_H
#define QUERY_H

#include <pthread.h>
#include <stdatomic.h>

#include <skua/files.h>
#include <skua/host.h>
#include <skua/service.h>

#define HITS_MAX 64
#define STEPS_AT_ONCE 1024   /* of hash chains, before the lock is let go */
#define STEPS_MAX (1 << 17)  /* of a query: some 10 ms */
#define ANSWER_MAX ((size_t)12 << 20) /* bytes; a first message always fits */
#define PENDING_MAX 64

struct query_conf {
	bool enabled;
	int64_t slots, entries;
};

struct index_file {
	struct index_file *older;
	char *path;
	int fd;
	uint8_t *map;
	size_t size;
	int64_t allocated; /* entries whose blocks are there */
	bool sealed;       /* on disk as it is, and sealed */
};

/* A key that is not in the file yet.  A slot is anywhere in 20 MB: it is asked
 * for when the key is seen, and written some keys later. */
struct pending_key {
	int64_t pos, store_ms;
	int32_t hash;
};

struct query {
	struct skua_host *host;
	char *folder, *seals;
	int64_t slots, entries;
	pthread_mutex_t lock;
	struct index_file *newest;
	int64_t opened_max;  /* the log's end when it was opened */
	int64_t indexed_pos; /* behind the last record taken */
	/* The record that the index ends with, and how many of its keys it has:
	 * the others may have been in a file that was dropped. */
	int64_t resumed_pos;
	uint32_t resumed_keys;
	bool failed;         /* no more room: said once */
	_Atomic bool is_checked; /* the files are what was sealed */
	struct waiting *waiting; /* queries, until then */
	struct pending_key pending[PENDING_MAX];
	size_t pending_count;
	/* Of the record that is indexed now. */
	int32_t hashes[SKUA_KEYS_PER_RECORD];
	size_t hash_count;
};

/* A way along the chains of a hash, newest first, through all files; files live
 * as long as queries are answered. */
struct chain_walk {
	const struct index_file *file; /* NULL: at the end */
	int32_t hash;
	int64_t from_ms, to_ms;
	uint32_t next, limit; /* in the file; limit 0: not begun */
	size_t steps;         /* so far */
};

/* index_file.c */
int index_file_create(struct query *q, int64_t first_ms,
    struct index_file **file_r);
int index_file_open(struct query *q, const char *path,
    struct index_file **file_r);
void index_file_close(struct index_file *f);
bool index_file_is_full(const struct query *q, const struct index_file *f);
/* Begins to bring a key's slot into the cache. */
void index_file_fetch_slot(const struct query *q, const struct index_file *f,
    int32_t hash);
int index_file_put(struct query *q, struct index_file *f, int32_t hash,
    int64_t pos, int64_t store_ms);
/* Lock held: the next position whose hash and time fit.  False when so many steps
 * were made without one, or at the end. */
bool index_file_walk(const struct query *q, struct chain_walk *w, size_t steps,
    int64_t *pos_r);
int64_t index_file_last_pos(const struct index_file *f);
/* How many entries in a row, at the end, are of the record at pos. */
uint32_t index_file_tail(const struct query *q, const struct index_file *f,
    int64_t pos);
int64_t index_file_last_ms(const struct index_file *f);

uint32_t index_file_count(const struct index_file *f);

/* seal.c */
void index_file_seal(const struct query *q, struct index_file *f);
/* False: it is not what was sealed.  Sets f->sealed when it is. */
bool index_file_is_sound(const struct query *q, struct index_file *f);
void index_file_unseal(const struct query *q, const char *path);

/* check.c */
void index_file_drop(const struct query *q, const char *path);
/* The follower's thread; answers what waits. */
void query_check_files(struct query *q);
/* Whether the request is answered later. */
bool query_must_wait(struct query *q, struct skua_request *request);

/* service-query.c */
/* Where the log may not be indexed yet: from the record of the last entry on. */
int64_t query_start_pos(struct query *q);

/* build.c */
skua_follow_fn build_index;

/* find.c */
skua_handle_fn handle_query_message, query_answer;
int32_t query_tag_hash(struct skua_str topic, struct skua_str tag);

#endif
