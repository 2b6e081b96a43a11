/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "service": answers request codes of its own, on the broker's port or on
 * one it opens; keeps its own timers, topics and files.
 */
#ifndef SKUA_SERVICE_H
#define SKUA_SERVICE_H

#include <skua/host.h>
#include <skua/message.h>
#include <skua/plugin.h>
#include <skua/request.h>

SKUA_BEGIN_DECLS

/* On the connection's loop; must not block.  Answers the request, or defers it
 * and answers later; when it has done neither, the peer gets a system error. */
typedef void skua_handle_fn(struct skua_host *host,
    struct skua_request *request);

enum skua_service_flag {
	SKUA_SERVICE_REPLACES = 1, /* another one's answer to this code */
};

struct skua_service_code {
	int32_t code;
	skua_handle_fn *handle;
	/* What the request does, for hooks (access control).  0: what the table
	 * of RocketMQ's codes says; a code that is not in it counts as
	 * SKUA_OP_UNKNOWN, which hook-guard takes for a change: say what yours
	 * does. */
	enum skua_operation operation;
	/* A code has one answerer: without SKUA_SERVICE_REPLACES the start is
	 * refused when there is another. */
	unsigned flags;
};

struct skua_service {
	size_t size;
	/* The role (of the setting `roles`) under which it runs; NULL: under
	 * any. */
	const char *role;
	/* Its request codes; ends with a NULL handle.  May be NULL. */
	const struct skua_service_code *codes;
	size_t code_size; /* sizeof(struct skua_service_code) */
	/* The setting that holds its own port: the codes are then served there
	 * and nowhere else.  NULL: on the broker's port. */
	const char *port_setting;
	/* Main thread.  start: before the listeners open, after recovery.  Both
	 * may be NULL. */
	int (*start)(struct skua_host *host, struct skua_error *e);
	/* After the loops have stopped: no handler runs.  Threads of its own end
	 * here; what they still answer is taken. */
	void (*stop)(struct skua_host *host);
	/* A connection is gone: of the service's own port, or of the broker's
	 * ports if it has none.  Its loop.  May be NULL.  Not called once it was
	 * stopped. */
	void (*disconnected)(struct skua_host *host, uint64_t connection);
};

SKUA_API int skua_provide_service(struct skua_host *host, const char *name,
    const struct skua_service *ops) SKUA_MUST_CHECK;

/* Closes a connection by its number; one that is gone already is ignored. */
SKUA_API void skua_service_disconnect(struct skua_host *host,
    uint64_t connection);

/* Sends a one-way request to a connected peer.  Fields are name, value, name,
 * value …, NULL, any number of them; copied. */
SKUA_API int skua_service_notify(struct skua_host *host, uint64_t connection,
    int32_t code, const char *const *fields, struct skua_str body)
    SKUA_MUST_CHECK;

/* --- the log, for services that follow or read it --- */

/* In a process without the role broker there is no log: SKUA_ENOTSUP, or
 * nothing. */

/* Called on the follower's own thread: once without a record, as it begins, and
 * then with records in log order; the views are valid during the call. */
typedef void skua_follow_fn(void *arg, const struct skua_record *records,
    size_t n);

/* Starts a thread that hands over every record from from_pos on (but not below
 * the oldest), up to the published end, and then as they arrive, once flush and
 * replication have agreed to them.  It ends with the host, after the last
 * record. */
SKUA_API int skua_log_follow(struct skua_host *host, int64_t from_pos,
    skua_follow_fn *fn, void *arg, struct skua_error *e) SKUA_MUST_CHECK;

/* The follower with this arg goes on from there, after the records that it is
 * given now.  Any thread. */
SKUA_API void skua_log_follow_again(struct skua_host *host, const void *arg,
    int64_t from_pos);

/* Reads the record at pos; release it with skua_log_release. */
struct skua_log_record {
	struct skua_record record;
	const uint8_t *bytes;
	void *pin;
	void *reserved[2];
};
SKUA_API int skua_log_read(struct skua_host *host, int64_t pos,
    struct skua_log_record *record_r) SKUA_MUST_CHECK;
SKUA_API void skua_log_release(struct skua_host *host,
    struct skua_log_record *record);
/* Whether the record is of a topic that is there, and not of an earlier one of
 * its name that was removed.  Any thread. */
SKUA_API bool skua_log_is_current(struct skua_host *host,
    const struct skua_record *record) SKUA_MUST_CHECK;
/* [min, max) of readable positions. */
SKUA_API void skua_log_range(struct skua_host *host, int64_t *min_pos_r,
    int64_t *max_pos_r);
/* Whether the store keeps its records across a restart. */
SKUA_API bool skua_log_is_durable(struct skua_host *host);
/* Whether the last stop was orderly (no `abort` file was found). */
SKUA_API bool skua_log_was_clean(struct skua_host *host);

SKUA_END_DECLS

#endif
