/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old messages go, in whole log files.
 *
 *	deleteWhen, an administrator,	  files whose newest message is older
 *	or diskMaxUsedSpaceRatio	  than fileReservedTime
 *	diskSpaceCleanForciblyRatio	  the oldest files, as many as it takes
 *	diskSpaceWarningLevelRatio	  and producers are refused
 *	a topic's reserve.time		  its queues begin later
 *
 * What the groups of retainUnconsumedOf have not consumed is never deleted;
 * when that keeps a full disk from being cleaned, producers are slowed down
 * before they are refused.
 * Upstream: DefaultMessageStore.CleanCommitLogService.
 */
#ifndef BROKER_RETENTION_H
#define BROKER_RETENTION_H

#include "broker/broker.h"

/* Worker thread; asked: only what an administrator asked for. */
void skua_retention_run(struct broker *b, bool asked_only);

/* Recovery and the worker: entries of records below min_pos go. */
void skua_retention_trim_queues(struct broker *b, int64_t min_pos);

/* The first position that a group of retainUnconsumedOf still needs; INT64_MAX
 * when none does.  (retention_keep.c) */
int64_t skua_retention_keep_pos(struct broker *b);
/* Queues of topics with a reserve.time begin at what is younger. */
void skua_retention_trim_topics(struct broker *b, int64_t now);

#endif
