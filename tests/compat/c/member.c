/* SPDX-License-Identifier: Apache-2.0 */
/* A member of a group, for cases that mix clients. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <skua/consumer.h>

#include "member.h"

static void
on_assigned(void *arg, const struct skua_assigned *queues, size_t count)
{
	(void)printf("queues");
	for (size_t i = 0; i < count; i++)
		if (strcmp(queues[i].topic, arg) == 0)
			(void)printf(" %d", queues[i].queue.queue_id);
	(void)printf("\n");
	(void)fflush(stdout);
}

static enum skua_consumed
print(void *arg, const struct skua_received *m, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		(void)printf("got " SKUA_STR_FMT "\n", SKUA_STR_ARG(m[i].keys));
	(void)fflush(stdout);
	return SKUA_CONSUMED;
}

int
member(const char *namesrv, const char *group, const char *topic)
{
	struct skua_push_options o = { .size = sizeof(o),
		.group = { .group = group,
		    .from = SKUA_FROM_FIRST,
		    .assigned = on_assigned,
		    .assigned_arg = (char *)(uintptr_t)topic },
		.consume = print };
	struct skua_client *client = NULL;
	struct skua_push *push = NULL;
	struct skua_error e;
	char byte;
	int rc = skua_client_new(namesrv, &client, &e);

	if (rc == SKUA_OK)
		rc = skua_push_new(client, &o, &push, &e);
	if (rc == SKUA_OK)
		rc = skua_push_subscribe(push, topic, NULL, NULL, &e);
	if (rc == SKUA_OK)
		rc = skua_push_start(push, &e);
	if (rc != SKUA_OK)
		(void)fprintf(stderr, "member: %s\n", e.text);
	while (rc == SKUA_OK && read(0, &byte, 1) > 0)
		;
	skua_push_free(&push);
	skua_client_free(&client);
	return rc == SKUA_OK ? 0 : 1;
}
