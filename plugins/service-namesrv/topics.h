/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator changes in the tables; these take the lock. */
#ifndef NAMESRV_TOPICS_H
#define NAMESRV_TOPICS_H

#include "tables.h"

/* An empty cluster: everywhere. */
void topic_delete(struct tables *t, struct skua_str topic,
    struct skua_str cluster);

struct topic_queue_data {
	const char *broker;
	struct queue_conf conf;
};
/* All or nothing; the name of the first broker that did not register over this
 * connection (each speaks for itself), or NULL when done.  *full_r: a limit is
 * reached. */
const char *topic_register(struct tables *t, struct skua_str topic,
    const struct topic_queue_data *queues, size_t n, uint64_t connection,
    const struct tables_limits *limits, bool *full_r);

/* Gives every topic of the broker write permission (and read), or takes it;
 * how many topics it has. */
size_t broker_permit_write(struct tables *t, struct skua_str broker,
    bool permit);

#endif
