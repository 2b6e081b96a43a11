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

static bool
delete_one(struct broker *b, struct skua_str name)
{
	bool was_there = skua_topic_remove(b, name);

	skua_offset_remove_topic(&b->offsets, name);
	if (was_there)
		skua_log(SKUA_LOG_NOTICE, "broker",
		    "topic " SKUA_STR_FMT " deleted", SKUA_STR_ARG(name));
	return was_there;
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
	bool any;

	if (is_blank(d.topic)) {
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "The specified topic is blank.");
		return;
	}
	if (!skua_admin_may_change(b, request, d.topic))
		return;
	if (skua_admin_is_set(b, "clearRetryTopicWhenDeleteTopic"))
		skua_admin_groups_of(b, d.topic, add_retry_topics, &d);
	any = delete_one(b, d.topic);
	for (size_t i = 0; i < d.count; i++) {
		struct skua_str name = skua_str_z(d.names[i]);

		if (skua_topic_find(&b->topics, name) != NULL)
			any |= delete_one(b, name);
		free(d.names[i]);
	}
	free(d.names);
	if (any)
		skua_keep_topics(b, skua_admin_kept, request);
	else
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}
