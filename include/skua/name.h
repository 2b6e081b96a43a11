/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: the one door through which each passes, be it from the wire, a file,
 * a setting or a record of the log.  A name that passed is short, has no
 * control characters, and is safe as one component of a path.
 *
 * Any thread.  Upstream: common.topic.TopicValidator, common.UtilAll.
 */
#ifndef SKUA_NAME_H
#define SKUA_NAME_H

#include <skua/error.h>

SKUA_BEGIN_DECLS

/* Bytes. */
#define SKUA_TOPIC_MAX 127     /* a record has no room for more */
#define SKUA_GROUP_MAX 255     /* of a client */
#define SKUA_GROUP_NEW_MAX 120 /* %RETRY%GROUP is a topic as well */
#define SKUA_BROKER_MAX 100    /* so that topics named after it are topics */
#define SKUA_CLUSTER_MAX 100

enum skua_name_kind {
	/* What a client may ask for: letters, digits, % | _ and -. */
	SKUA_NAME_TOPIC = 1,
	SKUA_NAME_GROUP,
	/* Those, and . : @ + but not at the beginning: brokers are often named
	 * after hosts. */
	SKUA_NAME_BROKER,
	SKUA_NAME_CLUSTER,
	/* What tables, files, records and nameservers may hold: topics and the
	 * system topics named after brokers and clusters. */
	SKUA_NAME_STORED_TOPIC,
	SKUA_NAME_STORED_GROUP,
};

/* SKUA_OK; SKUA_EINVAL with RocketMQ's sentence in *e (may be NULL). */
SKUA_API int skua_name_check(enum skua_name_kind kind, struct skua_str name,
    struct skua_error *e) SKUA_MUST_CHECK;

/* The same as a question. */
static inline bool
skua_name_is(enum skua_name_kind kind, struct skua_str name)
{
	return skua_name_check(kind, name, NULL) == SKUA_OK;
}

SKUA_END_DECLS

#endif
