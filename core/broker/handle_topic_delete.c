/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DELETE_TOPIC_IN_BROKER (215): the topic, its offsets, and the retry topics
 * that groups which pop have for it.
 * Upstream: AdminBrokerProcessor.deleteTopic.
 */
#include <stdio.h>
#include <stdlib.h>

#include "broker/admin.h"
#include "broker/handlers.h"
#include "broker/keeping.h"

struct doomed {
	struct skua_str topic;
	char **names;
	size_t count;
};

/* %RETRY%group+topic, and %RETRY%group_topic as older brokers named them. */
static void
add_retry_topics(void *arg, struct skua_str group)
{
	struct doomed *d = arg;
	char name[SKUA_GROUP_NAME_SIZE + 128];

	for (const char *mark = "+_"; *mark != '\0'; mark++) {
		int n = snprintf(name, sizeof(name),
		    "%%RETRY%%" SKUA_STR_FMT "%c" SKUA_STR_FMT,
		    SKUA_STR_ARG(group), *mark, SKUA_STR_ARG(d->topic));

		if (n < 0 || (size_t)n >= sizeof(name))
			continue;
		d->names = skua_mem_grow(d->names, d->count + 1,
		    sizeof(d->names[0]));
		d->names[d->count++] = skua_mem_dup(skua_str_z(name));
	}
}

/* SKUA_ENOENT when it was not there. */
static int
delete_one(struct broker *b, struct skua_str name)
{
	int rc = skua_topic_remove(b, name);

	skua_offset_remove_topic(&b->offsets, name);
	if (rc != SKUA_ENOENT)
		skua_log(SKUA_LOG_NOTICE, "broker",
		    "topic " SKUA_STR_FMT " deleted", SKUA_STR_ARG(name));
	return rc;
}

/* All of them; SKUA_ENOENT when none was there. */
static int
delete_all(struct broker *b, const struct doomed *d)
{
	int rc = delete_one(b, d->topic);

	for (size_t i = 0; i < d->count; i++) {
		struct skua_str name = skua_str_z(d->names[i]);
		int rc_one = skua_topic_find(&b->topics, name) == NULL ?
		    SKUA_ENOENT :
		    delete_one(b, name);

		if (rc == SKUA_ENOENT ||
		    (rc == SKUA_OK && rc_one != SKUA_ENOENT))
			rc = rc_one;
	}
	return rc;
}

/* Nothing is answered as deleted that a crash could bring back. */
static void
answer_deleted(struct broker *b, struct skua_request *request, int rc)
{
	int rc_kept = skua_keep_removals(b);

	if (rc_kept != SKUA_OK || (rc != SKUA_OK && rc != SKUA_ENOENT)) {
		skua_keep_topics(b, NULL, NULL);
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "deleted, but that could not be written down: %s",
		    skua_strerror(rc_kept != SKUA_OK ? rc_kept : rc));
	} else if (rc == SKUA_OK) {
		skua_keep_topics(b, skua_admin_kept, request);
	} else {
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	}
}

static bool
is_blank(struct skua_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] != ' ' && text.p[i] != '\t')
			return false;
	return true;
}

void
handle_delete_topic(struct broker *b, struct skua_request *request)
{
	struct doomed d = { skua_request_field(request, "topic"), NULL, 0 };
	int rc;

	if (is_blank(d.topic)) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "The specified topic is blank.");
		return;
	}
	if (!skua_admin_may_change(b, request, d.topic))
		return;
	if (skua_admin_is_set(b, "clearRetryTopicWhenDeleteTopic"))
		skua_admin_groups_of(b, d.topic, add_retry_topics, &d);
	rc = delete_all(b, &d);
	for (size_t i = 0; i < d.count; i++)
		free(d.names[i]);
	free(d.names);
	answer_deleted(b, request, rc);
}
