/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far each consumer group has read each queue.  Any thread; network loops
 * take no lock, but for the first offset of a group and topic.
 * Upstream: broker.offset.ConsumerOffsetManager.
 */
#ifndef SKUA_OFFSET_H
#define SKUA_OFFSET_H

#include <skua/host.h>

SKUA_BEGIN_DECLS

/* -1: none was set, or this process has not the role broker. */
SKUA_API int64_t skua_consumer_offset(struct skua_host *host,
    struct skua_str group, struct skua_str topic, int32_t queue);

/* As if the group had committed it: in force at once, kept within
 * flushConsumerOffsetInterval.  SKUA_EINVAL: a name or number out of range, or
 * an offset below 0. */
SKUA_API int skua_consumer_offset_set(struct skua_host *host,
    struct skua_str group, struct skua_str topic, int32_t queue,
    int64_t offset) SKUA_MUST_CHECK;

/* Calls fn with each that was set, of a group and a topic or (an empty view) of
 * any, until it returns false.  The views are valid during the call, which must
 * not block. */
typedef bool skua_consumer_offset_fn(void *arg, struct skua_str group,
    struct skua_str topic, int32_t queue, int64_t offset);
SKUA_API void skua_consumer_offsets_each(struct skua_host *host,
    struct skua_str group, struct skua_str topic, skua_consumer_offset_fn *fn,
    void *arg);

SKUA_END_DECLS

#endif
