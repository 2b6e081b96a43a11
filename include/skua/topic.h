/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics, as a plug-in sees them: what they are, and how one comes to be.
 *
 * Any thread, unless said otherwise; network loops take no lock.  SKUA_ENOTSUP,
 * or nothing, in a process without the role broker.
 * Upstream: broker.topic.TopicConfigManager, common.TopicConfig.
 */
#ifndef SKUA_TOPIC_H
#define SKUA_TOPIC_H

#include <skua/host.h>

SKUA_BEGIN_DECLS

enum skua_perm {
	SKUA_PERM_INHERIT = 1, /* topics are made after its pattern */
	SKUA_PERM_WRITE = 2,
	SKUA_PERM_READ = 4,
};

struct skua_topic_info {
	size_t size; /* sizeof(struct skua_topic_info), set by who asks */
	int32_t read_queues, write_queues; /* a send may name the more of both */
	int32_t perm;     /* of enum skua_perm */
	int32_t sys_flag; /* 1: unit, 2: unit subscription */
	bool order, multi_tag;
	bool is_system;
	void *reserved[4];
};

/* SKUA_ENOENT: there is no such topic. */
SKUA_API int skua_topic_get(struct skua_host *host, struct skua_str topic,
    struct skua_topic_info *info_r) SKUA_MUST_CHECK;

/* The text of an attribute ("message.type"), with a NUL, cut at size bytes;
 * returns its whole length, or SKUA_ENOENT. */
SKUA_API int skua_topic_attribute(struct skua_host *host, struct skua_str topic,
    const char *name, char *text, size_t size);

/* Calls fn with each until it returns false; those that come or go meanwhile may
 * be among them.  The views are valid during the call, which must not block. */
typedef bool skua_topic_fn(void *arg, struct skua_str topic,
    const struct skua_topic_info *info);
SKUA_API int skua_topics_each(struct skua_host *host, skua_topic_fn *fn,
    void *arg);

/* On the main thread. */
typedef void skua_done_fn(void *arg, int rc);

/* Makes the topic unless there is one, which stays as it is.  done is called
 * once, never within this call: SKUA_OK when there is one and, if it was made,
 * topics.json has it and each nameserver has answered or a second has passed;
 * SKUA_ELIMIT when there are maxAutoCreatedTopics; SKUA_ECLOSED when the broker
 * stops first, before the services are stopped.
 *
 * From a service's start on.  SKUA_EINVAL: the name is none of a topic, or the
 * numbers of queues (1 to 65536) or perm are out of range; SKUA_EBUSY: plug-ins
 * wait for 1024 topics and groups; SKUA_ECLOSED: the broker stops.  Then done is
 * never called. */
SKUA_API int skua_topic_ensure(struct skua_host *host, struct skua_str topic,
    const struct skua_topic_info *info, skua_done_fn *done, void *arg)
    SKUA_MUST_CHECK;

enum skua_system_flag {
	SKUA_SYSTEM_SENDABLE = 1,  /* clients may send to it */
	SKUA_SYSTEM_ON_DEMAND = 2, /* it is made by skua_topic_ensure only */
};

/* In load: the topic is the plug-in's own.  It is a system topic, which clients
 * can't delete and, without SKUA_SYSTEM_SENDABLE, can't send to, and is made at
 * the start when it is missing.  %c and %b in the name stand for the cluster's
 * name and the broker's.  SKUA_EINVAL; SKUA_EEXIST: another plug-in owns it;
 * SKUA_ECLOSED: it is too late. */
SKUA_API int skua_topic_declare(struct skua_host *host, const char *topic,
    const struct skua_topic_info *info, unsigned flags) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
