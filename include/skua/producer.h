/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libskua: sending.  Threads and ownership are as client.h says.
 *
 * A message goes to the next writable queue in turn, or where its hash key, its
 * queue or the producer's selector says.  When a broker cannot be reached, or
 * answers that it cannot now, another one is tried.  A topic without a route
 * goes where the route of TBW102 leads, and the broker makes it.
 */
#ifndef SKUA_PRODUCER_H
#define SKUA_PRODUCER_H

#include <skua/client.h>
#include <skua/selector.h>

SKUA_BEGIN_DECLS

struct skua_producer;

enum skua_compression {
	SKUA_COMPRESSION_ZLIB = 0,
	SKUA_COMPRESSION_LZ4 = 1,
	SKUA_COMPRESSION_ZSTD = 2,
	SKUA_COMPRESSION_NONE = 3,
};

/* Zero means the default everywhere. */
struct skua_producer_options {
	size_t size;         /* sizeof(struct skua_producer_options) */
	const char *group;   /* ["skua"] */
	int64_t timeout_ms;  /* of a message, all tries together [3000] */
	int64_t try_ms;      /* of one try [what is left of timeout_ms] */
	int32_t retries;     /* on another broker [2]; -1: none */
	size_t compress_from; /* bytes of body [4096]; SIZE_MAX: never */
	enum skua_compression compression;
	int32_t compression_level; /* [5] */
	/* Messages and bytes of body under way, beyond which a send waits or
	 * is put off with SKUA_EAGAIN. */
	size_t max_messages; /* [10000] */
	size_t max_bytes;    /* [67108864] */
	/* On the client's thread: there is room again after SKUA_EAGAIN. */
	void (*writable)(void *arg);
	void *arg;
	/* Leave out brokers that were slow or failed, for as long as
	 * RocketMQ's MQFaultStrategy does. */
	bool avoid_slow;
	/* The producer's strategy: the same contract as in the broker, one state
	 * per topic, called on the client's thread.  It must outlive the
	 * producer.  skua_selector_open has those of plug-ins. */
	const struct skua_selector *selector;
	const void *selector_conf; /* for its init */
};

/* A selector out of a plug-in, for the options above. */
struct skua_selector_module {
	const struct skua_selector *selector;
	const void *conf;
	void *owner; /* libskua's */
};
/* module: "hash" for selector-hash on SKUA_PLUGIN_PATH, or where plug-ins are
 * installed; or the path of a module's file.  settings: option, value, …, NULL
 * (the module's own names); may be NULL.  The module brings the broker's library
 * along.  SKUA_ENOENT: no such module or setting, or no selector in it; SKUA_EABI:
 * it was built for another version. */
SKUA_API int skua_selector_open(const char *module, const char *const *settings,
    struct skua_selector_module *module_r, struct skua_error *e)
    SKUA_MUST_CHECK;
/* After the last producer that uses it was freed. */
SKUA_API void skua_selector_close(struct skua_selector_module *module);

/* options may be NULL. */
SKUA_API int skua_producer_new(struct skua_client *client,
    const struct skua_producer_options *options,
    struct skua_producer **producer_r, struct skua_error *e) SKUA_MUST_CHECK;
/* What is under way ends with SKUA_ECANCELED on the client's thread, before
 * this returns; brokers are told that it is gone. */
SKUA_API void skua_producer_free(struct skua_producer **producer);
/* Waits until nothing is under way: SKUA_OK, or SKUA_ETIMEOUT. */
SKUA_API int skua_producer_drain(struct skua_producer *producer,
    int64_t timeout_ms) SKUA_MUST_CHECK;

struct skua_outgoing {
	const char *topic;
	const char *tag, *keys;        /* may be NULL */
	const char *const *properties; /* name, value, …, NULL; may be NULL */
	struct skua_str body;
	int32_t flag;        /* the program's own */
	int32_t delay_level; /* 1 … 18; 0: at once */
	/* Messages with one key go to one queue, while the route stays. */
	const char *hash_key;
	/* To this queue and no other; no other broker is tried. */
	const struct skua_queue *queue;
};

enum skua_stored {
	SKUA_STORED = 0,
	SKUA_STORED_FLUSH_TIMEOUT = 10, /* not yet on the broker's disk */
	SKUA_STORED_NO_SLAVE = 11,      /* on no second broker */
	SKUA_STORED_SLAVE_TIMEOUT = 12, /* on a second broker perhaps */
};

struct skua_sent {
	char msg_id[SKUA_MSG_ID_SIZE];    /* the unique key */
	char offset_id[SKUA_MSG_ID_SIZE]; /* where it is stored */
	char broker[SKUA_TOPIC_MAX + 1];  /* name */
	int32_t queue_id;
	int64_t queue_offset; /* of the first message of a batch */
	enum skua_stored stored;
	size_t count; /* messages: 1, or the batch's */
};
/* SKUA_OK: stored.  SKUA_EREFUSED: the broker said no; e has its words.
 * SKUA_ENOENT: the topic has no writable queue.  SKUA_ETIMEOUT: perhaps stored.
 * SKUA_ECLOSED: no broker could be reached.  sent only with SKUA_OK, e only
 * otherwise. */
typedef void skua_sent_fn(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e);

/* Errors returned (fn is then never called): SKUA_EINVAL: no topic, no body, a
 * name with forbidden characters; SKUA_ELIMIT: too large; SKUA_EAGAIN: too much
 * is under way, writable() will be called. */
SKUA_API int skua_producer_send_async(struct skua_producer *producer,
    const struct skua_outgoing *message, skua_sent_fn *fn, void *arg)
    SKUA_MUST_CHECK;
/* Waits for room, and for the answer. */
SKUA_API int skua_producer_send(struct skua_producer *producer,
    const struct skua_outgoing *message, struct skua_sent *sent_r,
    struct skua_error *e) SKUA_MUST_CHECK;
/* Nobody will know whether it arrived. */
SKUA_API int skua_producer_send_oneway(struct skua_producer *producer,
    const struct skua_outgoing *message) SKUA_MUST_CHECK;

/* count messages of one topic as one request: all are stored, or none; bodies
 * are not compressed.  No delay; queue and hash_key of the first count.  In
 * sent, msg_id is the first message's. */
SKUA_API int skua_producer_send_batch_async(struct skua_producer *producer,
    const struct skua_outgoing *messages, size_t count, skua_sent_fn *fn,
    void *arg) SKUA_MUST_CHECK;
SKUA_API int skua_producer_send_batch(struct skua_producer *producer,
    const struct skua_outgoing *messages, size_t count,
    struct skua_sent *sent_r, struct skua_error *e) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
