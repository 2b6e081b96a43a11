/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consumes as a member of a group, on four threads:
 * push_consumer NAMESRV TOPIC GROUP TAGS COUNT.  Ends after COUNT messages.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/consumer.h>

struct work {
	pthread_mutex_t lock;
	pthread_cond_t done;
	long left;
};

/* On one of the worker threads. */
static enum skua_consumed
consume(void *arg, const struct skua_received *messages, size_t count)
{
	struct work *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < count; i++)
		(void)printf("%s %d:%lld " SKUA_STR_FMT " " SKUA_STR_FMT "\n",
		    messages[i].queue->broker, messages[i].queue->queue_id,
		    (long long)messages[i].record.queue_offset,
		    SKUA_STR_ARG(messages[i].tag),
		    SKUA_STR_ARG(messages[i].body));
	w->left -= (long)count;
	if (w->left <= 0)
		(void)pthread_cond_signal(&w->done);
	(void)pthread_mutex_unlock(&w->lock);
	return SKUA_CONSUMED;
}

int
main(int argc, char **argv)
{
	struct work w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
		argc > 5 ? strtol(argv[5], NULL, 10) : 0 };
	struct skua_push_options options = { .size = sizeof(options),
		.group = { .group = argc > 3 ? argv[3] : NULL,
		    .from = SKUA_FROM_FIRST },
		.threads = 4,
		.batch = 8,
		.consume = consume,
		.arg = &w };
	struct skua_client *client = NULL;
	struct skua_push *push = NULL;
	struct skua_error e;
	int rc;

	if (argc != 6) {
		(void)fprintf(stderr, "usage: push_consumer NAMESRV TOPIC "
				      "GROUP TAGS COUNT\n");
		return 2;
	}
	rc = skua_client_new(argv[1], &client, &e);
	if (rc == SKUA_OK)
		rc = skua_push_new(client, &options, &push, &e);
	if (rc == SKUA_OK)
		rc = skua_push_subscribe(push, argv[2], argv[4], "TAG", &e);
	if (rc == SKUA_OK)
		rc = skua_push_start(push, &e);
	if (rc != SKUA_OK)
		(void)fprintf(stderr, "push_consumer: %s\n", e.text);
	(void)pthread_mutex_lock(&w.lock);
	while (rc == SKUA_OK && w.left > 0)
		(void)pthread_cond_wait(&w.done, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
	skua_push_free(&push);
	skua_client_free(&client);
	return rc == SKUA_OK ? 0 : 1;
}
