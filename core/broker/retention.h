/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old messages go: whole log files whose newest message is older than
 * fileReservedTime, at the hour deleteWhen, or when an administrator asks.
 * Upstream: DefaultMessageStore.CleanCommitLogService.
 */
#ifndef BROKER_RETENTION_H
#define BROKER_RETENTION_H

#include "broker/broker.h"

/* Worker thread, now and then. */
void skua_retention_run(struct broker *b);

/* Recovery and the worker: entries of records below min_pos go. */
void skua_retention_trim_queues(struct broker *b, int64_t min_pos);

#endif
