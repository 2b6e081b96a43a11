/* SPDX-License-Identifier: Apache-2.0 */
/* What a producer and a consumer do to a broker, by a seed; what it answered
 * goes into the ledger. */
#ifndef CRASH_WORKLOAD_H
#define CRASH_WORKLOAD_H

#include "ledger.h"

struct workload {
	struct ledger *ledger;
	struct wire *wire;
	uint64_t *random;
	/* Whether answers still count: false once the disk has ended. */
	bool (*counts)(void *arg);
	void *arg;
	uint64_t refused, unanswered; /* figures */
	bool retention; /* time may jump by hours, and old files go */
	/* Topics, groups and their offsets are removed and made again, and the
	 * clock is wrong now and then. */
	bool removal;
	int64_t answer_ms;
};

/* One thing, chosen by chance; false when the connection is gone. */
bool workload_step(struct workload *w);
/* So many messages to a queue in one go; the codes are in the ledger. */
bool workload_send(struct workload *w, int32_t topic, int32_t queue,
    unsigned count, bool batch);
bool workload_add_topic(struct workload *w);

#endif
