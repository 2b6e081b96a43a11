/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker comes, is heard of, and goes: the transitions of the tables.
 * Nothing here knows of requests; these functions take the lock themselves.
 */
#ifndef NAMESRV_ENROLL_H
#define NAMESRV_ENROLL_H

#include "body.h"
#include "tables.h"

#define DEFAULT_TIMEOUT_MS 120000

struct enrolment {
	struct skua_str cluster, broker, addr, ha_addr, zone;
	int64_t id;
	int64_t timeout_ms;
	bool knows_acting; /* the broker said whether it … */
	bool acting_master;
	uint64_t connection;
	int64_t now_ms; /* monotonic */
	/* What tells one body from another. */
	uint64_t body_sum;
	size_t body_len;
	struct tables_limits limits;
	bool delete_missing; /* topics that the body does not have */
	bool notify;
};

enum enrolled {
	ENROLLED = 0,
	ENROL_IGNORED = 1, /* a newer broker has the id */
	ENROL_REFUSED = 2, /* one topic of a broker not yet known */
	ENROL_FULL = 3,    /* a limit is reached; what there was room for is in */
};

/* The smallest id of a group is another: whom to tell what. */
struct notice {
	uint64_t *connections;
	size_t n_connections;
	int64_t min_id;
	char *broker, *min_addr;
	char *offline_addr, *ha_addr; /* or NULL */
};

struct outcome {
	/* For slaves, when there is a master; else NULL. */
	char *master_addr, *ha_addr;
	struct notice *notices;
	size_t n_notices;
};

void outcome_free(struct outcome *outcome);

/* True when the broker said exactly this before and nothing happened to it
 * since: it counts as heard of, and the body need not be decoded. */
bool enrol_again(const struct tables *t, const struct enrolment *who,
    struct outcome *outcome_r);

enum enrolled enrol(struct tables *t, const struct enrolment *who,
    const struct body *body, struct outcome *outcome_r);

/* Marks the broker as heard of; its data version if it is known. */
bool enrol_heard(const struct tables *t, struct skua_str cluster,
    struct skua_str addr, int64_t now_ms, struct data_version *version_r);

/* All of these add to the outcome; notify as in struct enrolment. */
void leave(struct tables *t, struct skua_str cluster, struct skua_str broker,
    struct skua_str addr, bool notify, struct outcome *outcome);
/* Brokers that registered over this connection, and no later one. */
size_t leave_connection(struct tables *t, uint64_t connection, bool notify,
    struct outcome *outcome);
/* Connections to close, in malloc'd memory. */
struct expired {
	uint64_t *connections;
	size_t n_connections;
};
/* Brokers not heard of for their time; how many there were. */
size_t leave_expired(struct tables *t, int64_t now_ms, bool notify,
    struct outcome *outcome, struct expired *expired_r);

#endif
